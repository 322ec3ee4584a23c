package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/orders/internal/event"
	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

var mugs = pricing.Basket{Items: []pricing.Item{{SKU: "MUG-01", Quantity: 2}}, Country: "DE"}

// recorder is a Publisher that remembers.
type recorder []event.Event

func (r *recorder) Publish(e event.Event) { *r = append(*r, e) }

// rival is a store in which somebody else is faster a number of times.
type rival struct {
	store.Store
	wins int
}

func (r *rival) Update(ctx context.Context, o order.Order) error {
	if r.wins > 0 {
		r.wins--
		return fmt.Errorf("%w: %s", store.ErrConflict, o.ID)
	}
	return r.Store.Update(ctx, o)
}

func config(events event.Publisher) Config {
	ids := 0
	return Config{
		Store: store.NewMemory(),
		Policy: &pricing.Policy{
			Currency: currency.EUR,
			Catalog:  map[string]money.Amount{"MUG-01": money.MustNew(1000, currency.EUR)},
			Shipping: money.MustNew(490, currency.EUR),
			FreeFrom: money.MustNew(2000, currency.EUR),
			Tax:      map[string]int{"DE": 1900},
		},
		Events: events,
		Now:    func() time.Time { return noon },
		NewID: func() (string, error) {
			ids++
			return fmt.Sprintf("o-%d", ids), nil
		},
	}
}

func service(t *testing.T, cfg Config) *Service {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewChecksItsConfiguration(t *testing.T) {
	incomplete := config(&recorder{})
	incomplete.Now = nil
	if _, err := New(incomplete); err == nil {
		t.Error("a service without a clock was accepted")
	}
	broke := config(&recorder{})
	broke.Policy = &pricing.Policy{}
	if _, err := New(broke); err == nil {
		t.Error("a policy without a currency was accepted")
	}
}

func TestLifeOfAnOrder(t *testing.T) {
	ctx := context.Background()
	var events recorder
	s := service(t, config(&events))

	o, err := s.Place(ctx, "ada", mugs)
	if err != nil {
		t.Fatal(err)
	}
	if o.ID != "o-1" || o.State != order.Pending || o.Total.String() != "23.80 EUR" {
		t.Errorf("placed %s, %s, %s", o.ID, o.State, o.Total)
	}
	for _, action := range []order.Action{order.Pay, order.Ship, order.Deliver, order.Refund} {
		if o, err = s.Advance(ctx, o.ID, action); err != nil {
			t.Fatalf("%s: %v", action, err)
		}
	}

	stored, err := s.Get(ctx, o.ID)
	if err != nil || stored.State != order.Refunded || stored.Version != 4 {
		t.Errorf("stored %+v, %v", stored, err)
	}
	var kinds []event.Kind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	want := []event.Kind{event.Placed, event.Paid, event.Shipped, event.Delivered, event.Refunded}
	if !slices.Equal(kinds, want) {
		t.Errorf("events = %v, want %v", kinds, want)
	}
}

func TestPlaceRefuses(t *testing.T) {
	lostIDs := errors.New("no ids left")
	tests := []struct {
		name     string
		customer string
		basket   pricing.Basket
		change   func(*Config)
		want     error
	}{
		{"a basket without a price", "ada", pricing.Basket{Country: "XX"}, nil, pricing.ErrCountry},
		{"an empty basket", "ada", pricing.Basket{Country: "DE"}, nil, order.ErrInvalid},
		{"nobody's basket", "", mugs, nil, order.ErrInvalid},
		{"an order without an id", "ada", mugs, func(c *Config) {
			c.NewID = func() (string, error) { return "", lostIDs }
		}, lostIDs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var events recorder
			cfg := config(&events)
			if tt.change != nil {
				tt.change(&cfg)
			}
			_, err := service(t, cfg).Place(context.Background(), tt.customer, tt.basket)
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if len(events) != 0 {
				t.Errorf("a refused order was announced: %v", events)
			}
		})
	}
}

func TestAdvanceRetriesAfterAConflict(t *testing.T) {
	tests := []struct {
		wins int
		want error
	}{
		{wins: 0},
		{wins: attempts - 1},
		{wins: attempts, want: store.ErrConflict},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d conflicts", tt.wins), func(t *testing.T) {
			ctx := context.Background()
			var events recorder
			cfg := config(&events)
			cfg.Store = &rival{cfg.Store, tt.wins}
			s := service(t, cfg)
			o, err := s.Place(ctx, "ada", mugs)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = s.Advance(ctx, o.ID, order.Pay); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if paid := len(events) == 2; paid != (tt.want == nil) {
				t.Errorf("events = %v", events)
			}
		})
	}
}

func TestAdvanceRefuses(t *testing.T) {
	ctx := context.Background()
	var events recorder
	s := service(t, config(&events))
	if _, err := s.Advance(ctx, "o-9", order.Pay); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("error = %v, want %v", err, store.ErrNotFound)
	}
	o, err := s.Place(ctx, "ada", mugs)
	if err != nil {
		t.Fatal(err)
	}
	var refused *order.TransitionError
	if _, err := s.Advance(ctx, o.ID, order.Ship); !errors.As(err, &refused) {
		t.Errorf("error = %v, want a TransitionError", err)
	}
}
