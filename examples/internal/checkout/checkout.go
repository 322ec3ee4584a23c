// Package checkout is the service itself: it prices, stores and changes
// orders, and tells the rest of the world about it.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/orders/internal/event"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
)

// attempts is how often a change is tried against concurrent ones.
const attempts = 3

// Config is what a [Service] works with. Every field is required.
type Config struct {
	Store  store.Store
	Policy *pricing.Policy
	Events event.Publisher
	// Now is the clock.
	Now func() time.Time
	// NewID returns a fresh id for an order.
	NewID func() (string, error)
}

// Service takes orders. It is safe for concurrent use.
type Service struct {
	cfg Config
}

// New returns a service, or an error if its configuration cannot work.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Policy == nil || cfg.Events == nil || cfg.Now == nil || cfg.NewID == nil {
		return nil, errors.New("checkout: incomplete configuration")
	}
	if err := cfg.Policy.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg}, nil
}

// Quote prices a basket without placing an order.
func (s *Service) Quote(b pricing.Basket) (pricing.Quote, error) {
	return s.cfg.Policy.Quote(b, s.cfg.Now())
}

// Place prices a basket and stores it as a new, pending order.
func (s *Service) Place(ctx context.Context, customer string, b pricing.Basket) (order.Order, error) {
	quote, err := s.Quote(b)
	if err != nil {
		return order.Order{}, err
	}
	id, err := s.cfg.NewID()
	if err != nil {
		return order.Order{}, fmt.Errorf("new order id: %w", err)
	}
	o, err := order.New(id, customer, quote.Lines, quote.Total)
	if err != nil {
		return order.Order{}, err
	}
	if err := s.cfg.Store.Create(ctx, o); err != nil {
		return order.Order{}, fmt.Errorf("place order: %w", err)
	}
	s.cfg.Events.Publish(event.Event{Kind: event.Placed, OrderID: o.ID, At: s.cfg.Now()})
	return o, nil
}

// Advance performs an action on an order. If the order changes between
// reading and writing, the action is judged anew against the new state.
func (s *Service) Advance(ctx context.Context, id string, action order.Action) (order.Order, error) {
	for range attempts {
		o, err := s.cfg.Store.Get(ctx, id)
		if err != nil {
			return order.Order{}, err
		}
		now := s.cfg.Now()
		if err := o.Apply(action, now); err != nil {
			return order.Order{}, err
		}
		err = s.cfg.Store.Update(ctx, o)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return order.Order{}, fmt.Errorf("%s order: %w", action, err)
		}
		s.cfg.Events.Publish(event.Event{Kind: kindOf(o.State), OrderID: o.ID, Version: o.Version, At: now})
		return o, nil
	}
	return order.Order{}, fmt.Errorf("gave up after %d attempts: %w", attempts, store.ErrConflict)
}

// Get returns an order.
func (s *Service) Get(ctx context.Context, id string) (order.Order, error) {
	return s.cfg.Store.Get(ctx, id)
}

// List returns a page of orders.
func (s *Service) List(ctx context.Context, q store.Query) (store.Page, error) {
	return s.cfg.Store.List(ctx, q)
}

// kindOf returns the event that announces a state.
func kindOf(s order.State) event.Kind {
	switch s {
	case order.Paid:
		return event.Paid
	case order.Shipped:
		return event.Shipped
	case order.Delivered:
		return event.Delivered
	case order.Cancelled:
		return event.Cancelled
	case order.Refunded:
		return event.Refunded
	default:
		return event.Placed
	}
}
