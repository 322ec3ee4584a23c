package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
	"example.com/orders/internal/store"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

func newOrder(t *testing.T, id, customer string) order.Order {
	t.Helper()
	price := money.MustNew(950, currency.EUR)
	o, err := order.New(id, customer, []order.Line{{SKU: "MUG-01", Quantity: 1, Unit: price}}, price)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// filled returns a store with n orders, o-0 to o-(n-1): the even ones are
// ada's, the odd ones bob's, and every third one is paid.
func filled(t *testing.T, n int) *store.Memory {
	t.Helper()
	m := store.NewMemory()
	for i := range n {
		o := newOrder(t, fmt.Sprintf("o-%d", i), []string{"ada", "bob"}[i%2])
		if i%3 == 0 {
			if err := o.Apply(order.Pay, noon); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Create(context.Background(), o); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestCreateAndGet(t *testing.T) {
	ctx := context.Background()
	m := filled(t, 1)

	if err := m.Create(ctx, newOrder(t, "o-0", "eve")); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second o-0: error = %v, want %v", err, store.ErrExists)
	}
	got, err := m.Get(ctx, "o-0")
	if err != nil || got.Customer != "ada" {
		t.Errorf("Get = %+v, %v", got, err)
	}
	if _, err := m.Get(ctx, "o-1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("error = %v, want %v", err, store.ErrNotFound)
	}
}

func TestGetReturnsACopy(t *testing.T) {
	ctx := context.Background()
	m := filled(t, 1)
	got, err := m.Get(ctx, "o-0")
	if err != nil {
		t.Fatal(err)
	}
	got.Lines[0].Quantity = 99
	if again, _ := m.Get(ctx, "o-0"); again.Lines[0].Quantity != 1 {
		t.Error("changing what Get returned changed the store")
	}
}

func TestUpdate(t *testing.T) {
	ctx := context.Background()
	m := filled(t, 2)
	mine, err := m.Get(ctx, "o-1")
	if err != nil {
		t.Fatal(err)
	}
	theirs := mine.Clone()
	for _, o := range []*order.Order{&mine, &theirs} {
		if err := o.Apply(order.Pay, noon); err != nil {
			t.Fatal(err)
		}
	}

	if err := m.Update(ctx, theirs); err != nil {
		t.Fatalf("the first update: %v", err)
	}
	if err := m.Update(ctx, mine); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the second update: error = %v, want %v", err, store.ErrConflict)
	}
	if err := m.Update(ctx, newOrder(t, "o-9", "ada")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an update of nothing: error = %v, want %v", err, store.ErrNotFound)
	}
}

func TestOnlyOneConcurrentUpdateWins(t *testing.T) {
	ctx := context.Background()
	m := filled(t, 2)
	o, err := m.Get(ctx, "o-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Apply(order.Cancel, noon); err != nil {
		t.Fatal(err)
	}

	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if m.Update(ctx, o) == nil {
				won.Add(1)
			}
		}()
	}
	wg.Wait()
	if got := won.Load(); got != 1 {
		t.Errorf("%d updates of one version succeeded", got)
	}
}

func TestList(t *testing.T) {
	paid := order.Paid
	tests := []struct {
		name  string
		query store.Query
		want  []string
		next  string
	}{
		{"first page", store.Query{Limit: 3}, []string{"o-0", "o-1", "o-2"}, "o-2"},
		{"next page", store.Query{Limit: 3, After: "o-2"}, []string{"o-3", "o-4", "o-5"}, "o-5"},
		{"last page", store.Query{Limit: 3, After: "o-5"}, []string{"o-6"}, ""},
		{"exact last page", store.Query{Limit: 2, After: "o-4"}, []string{"o-5", "o-6"}, ""},
		{"past the end", store.Query{After: "o-6"}, nil, ""},
		{"one customer", store.Query{Customer: "bob"}, []string{"o-1", "o-3", "o-5"}, ""},
		{"one state", store.Query{State: &paid}, []string{"o-0", "o-3", "o-6"}, ""},
		{"both", store.Query{Customer: "ada", State: &paid, Limit: 1}, []string{"o-0"}, "o-0"},
	}
	m := filled(t, 7)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, err := m.List(context.Background(), tt.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range page.Orders {
				got = append(got, o.ID)
			}
			if !slices.Equal(got, tt.want) || page.Next != tt.next {
				t.Errorf("page = %v, next %q, want %v, next %q", got, page.Next, tt.want, tt.next)
			}
		})
	}

	if _, err := m.List(context.Background(), store.Query{After: "gone"}); !errors.Is(err, store.ErrCursor) {
		t.Errorf("error = %v, want %v", err, store.ErrCursor)
	}
}

func TestListLimits(t *testing.T) {
	m := filled(t, store.MaxLimit+5)
	for limit, want := range map[int]int{
		0:                  store.DefaultLimit,
		-1:                 store.DefaultLimit,
		store.MaxLimit + 1: store.MaxLimit,
	} {
		page, err := m.List(context.Background(), store.Query{Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Orders) != want {
			t.Errorf("limit %d: %d orders, want %d", limit, len(page.Orders), want)
		}
	}
}

func TestReadsStopWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m := store.NewMemory()
	if _, err := m.Get(ctx, "o-0"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: error = %v", err)
	}
	if _, err := m.List(ctx, store.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("List: error = %v", err)
	}
}
