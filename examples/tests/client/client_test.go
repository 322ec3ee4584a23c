// Package client_test runs pkg/client against the real server and against
// servers that misbehave.
package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/orders/internal/audit"
	"example.com/orders/internal/checkout"
	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/httpapi"
	"example.com/orders/internal/money"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
	"example.com/orders/pkg/api"
	"example.com/orders/pkg/client"
)

var mug = api.PlaceOrder{
	Customer: "ada",
	Country:  "DE",
	Items:    []api.Item{{SKU: "MUG-01", Quantity: 1}},
}

// realService returns a client of the whole service, its ids o-1, o-2, …
func realService(t *testing.T) *client.Client {
	t.Helper()
	var ids atomic.Int64
	service, err := checkout.New(checkout.Config{
		Store: store.NewMemory(),
		Policy: &pricing.Policy{
			Currency: currency.EUR,
			Catalog:  map[string]money.Amount{"MUG-01": money.MustNew(1000, currency.EUR)},
			Shipping: money.Zero(currency.EUR),
			FreeFrom: money.Zero(currency.EUR),
			Tax:      map[string]int{"DE": 1900},
		},
		Events: audit.NewTrail(10),
		Now:    func() time.Time { return time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC) },
		NewID: func() (string, error) {
			return fmt.Sprintf("o-%d", ids.Add(1)), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, httpapi.New(service, slog.New(slog.NewTextHandler(io.Discard, nil))))
}

// serve returns a client of a server that runs until the test ends.
func serve(t *testing.T, handler http.Handler, options ...client.Option) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	options = append([]client.Option{client.WithHTTPClient(server.Client())}, options...)
	c, err := client.New(server.URL, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOrderFromPlacedToShipped(t *testing.T) {
	ctx := context.Background()
	c := realService(t)

	placed, err := c.Place(ctx, mug)
	if err != nil {
		t.Fatal(err)
	}
	if placed.Total != (api.Money{Amount: "11.90", Currency: "EUR"}) {
		t.Errorf("total = %+v", placed.Total)
	}
	for _, action := range []string{"pay", "ship"} {
		if _, err := c.Advance(ctx, placed.ID, action); err != nil {
			t.Fatalf("%s: %v", action, err)
		}
	}
	got, err := c.Get(ctx, placed.ID)
	if err != nil || got.State != "shipped" || len(got.History) != 2 {
		t.Errorf("order = %+v, %v", got, err)
	}
}

func TestEach(t *testing.T) {
	ctx := context.Background()
	c := realService(t)
	for i := range 5 {
		wish := mug
		wish.Customer = []string{"ada", "bob"}[i%2]
		o, err := c.Place(ctx, wish)
		if err != nil {
			t.Fatal(err)
		}
		if i < 2 {
			if _, err := c.Advance(ctx, o.ID, "pay"); err != nil {
				t.Fatal(err)
			}
		}
	}

	tests := []struct {
		name   string
		filter client.Filter
		want   []string
	}{
		{"all, in pages", client.Filter{PageSize: 2}, []string{"o-1", "o-2", "o-3", "o-4", "o-5"}},
		{"one customer", client.Filter{Customer: "ada"}, []string{"o-1", "o-3", "o-5"}},
		{"one state", client.Filter{State: "paid"}, []string{"o-1", "o-2"}},
		{"none", client.Filter{Customer: "eve"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			err := c.Each(ctx, tt.filter, func(o api.Order) error {
				got = append(got, o.ID)
				return nil
			})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("orders = %v, %v, want %v", got, err, tt.want)
			}
		})
	}

	t.Run("until an error", func(t *testing.T) {
		enough := errors.New("enough")
		calls := 0
		err := c.Each(ctx, client.Filter{}, func(api.Order) error {
			calls++
			return enough
		})
		if !errors.Is(err, enough) || calls != 1 {
			t.Errorf("%d calls, error = %v", calls, err)
		}
	})
	t.Run("unknown state", func(t *testing.T) {
		if err := c.Each(ctx, client.Filter{State: "lost"}, nil); err == nil {
			t.Error("no error")
		}
	})
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	c := realService(t)
	placed, err := c.Place(ctx, mug)
	if err != nil {
		t.Fatal(err)
	}

	if _, err := c.Get(ctx, "o/9 ?"); !client.IsNotFound(err) || client.IsConflict(err) {
		t.Errorf("Get of nothing: error = %v", err)
	}
	_, err = c.Advance(ctx, placed.ID, "ship")
	if !client.IsConflict(err) {
		t.Errorf("Advance out of turn: error = %v", err)
	}
	if want := "order service: cannot ship an order that is pending"; err.Error() != want {
		t.Errorf("error = %q, want %q", err, want)
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.Get(ctx, id); err == nil {
			t.Errorf("Get(%q) went somewhere", id)
		}
		if _, err := c.Advance(ctx, id, "pay"); err == nil {
			t.Errorf("Advance(%q) went somewhere", id)
		}
	}
}

func TestRetries(t *testing.T) {
	tests := []struct {
		name     string
		down     int64 // how many requests are refused
		write    bool
		requests int64
		ok       bool
	}{
		{name: "up", down: 0, requests: 1, ok: true},
		{name: "down for a moment", down: 2, requests: 3, ok: true},
		{name: "down for long", down: 9, requests: 3},
		{name: "writes are not repeated", down: 1, write: true, requests: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int64
			c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) <= tt.down {
					http.Error(w, "<h1>come back later</h1>", http.StatusServiceUnavailable)
					return
				}
				io.WriteString(w, `{"id":"o-1"}`)
			}), client.WithRetries(2), client.WithBackoff(func(int) time.Duration { return 0 }))

			var err error
			if tt.write {
				_, err = c.Place(context.Background(), mug)
			} else {
				_, err = c.Get(context.Background(), "o-1")
			}
			if got := requests.Load(); (err == nil) != tt.ok || got != tt.requests {
				t.Errorf("%d requests, error = %v, want %d", got, err, tt.requests)
			}
			if want := "order service: 503 Service Unavailable"; err != nil && err.Error() != want {
				t.Errorf("error = %q, want %q", err, want)
			}
		})
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}), client.WithBackoff(func(int) time.Duration {
		cancel()
		return time.Hour
	}))
	if _, err := c.Get(ctx, "o-1"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
}

func TestBadAnswer(t *testing.T) {
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "welcome to the hotel wifi")
	}))
	if _, err := c.Get(context.Background(), "o-1"); err == nil {
		t.Error("no error")
	}
}

func TestNewRefusesBadURLs(t *testing.T) {
	for _, bad := range []string{"", "localhost:8080", "ftp://example.com", "http://", "http://[::1"} {
		if _, err := client.New(bad); err == nil {
			t.Errorf("New(%q) was accepted", bad)
		}
	}
}
