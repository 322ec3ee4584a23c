// Package store keeps orders.
//
// [Store] is what the rest of the service relies on; [Memory] is the one
// implementation, good for tests and for a single process.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"example.com/orders/internal/order"
)

// Errors that callers tell apart with [errors.Is].
var (
	ErrNotFound = errors.New("no such order")
	ErrExists   = errors.New("order already exists")
	ErrConflict = errors.New("order was changed meanwhile")
	ErrCursor   = errors.New("bad cursor")
)

// Page sizes of [Store.List].
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Store keeps orders by their id. Implementations are safe for concurrent use
// and never share memory with their callers.
type Store interface {
	// Create adds a new order, or fails with ErrExists.
	Create(ctx context.Context, o order.Order) error
	// Get returns an order, or fails with ErrNotFound.
	Get(ctx context.Context, id string) (order.Order, error)
	// Update replaces an order that was read at version o.Version-1, or
	// fails with ErrConflict if somebody else was faster.
	Update(ctx context.Context, o order.Order) error
	// List returns orders in the order they were created.
	List(ctx context.Context, q Query) (Page, error)
}

// Query selects orders. Its zero value asks for the first page of all.
type Query struct {
	Customer string
	State    *order.State
	// After is the Next of the page before.
	After string
	// Limit is the size of the page, DefaultLimit if zero.
	Limit int
}

func (q Query) matches(o order.Order) bool {
	if q.Customer != "" && q.Customer != o.Customer {
		return false
	}
	return q.State == nil || *q.State == o.State
}

func (q Query) limit() int {
	switch {
	case q.Limit <= 0:
		return DefaultLimit
	case q.Limit > MaxLimit:
		return MaxLimit
	}
	return q.Limit
}

// Page is one part of a list. Next is empty on the last one.
type Page struct {
	Orders []order.Order
	Next   string
}

// Memory is a [Store] in memory. Use [NewMemory] to make one.
type Memory struct {
	mu       sync.RWMutex
	orders   []order.Order
	position map[string]int
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{position: make(map[string]int)}
}

// Create implements [Store].
func (m *Memory) Create(ctx context.Context, o order.Order) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.position[o.ID]; ok {
		return fmt.Errorf("%w: %s", ErrExists, o.ID)
	}
	m.position[o.ID] = len(m.orders)
	m.orders = append(m.orders, o.Clone())
	return nil
}

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, id string) (order.Order, error) {
	if err := ctx.Err(); err != nil {
		return order.Order{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	i, ok := m.position[id]
	if !ok {
		return order.Order{}, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return m.orders[i].Clone(), nil
}

// Update implements [Store].
func (m *Memory) Update(ctx context.Context, o order.Order) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.position[o.ID]
	if !ok {
		return fmt.Errorf("%w: %s", ErrNotFound, o.ID)
	}
	if stored := m.orders[i].Version; o.Version != stored+1 {
		return fmt.Errorf("%w: %s is at version %d", ErrConflict, o.ID, stored)
	}
	m.orders[i] = o.Clone()
	return nil
}

// List implements [Store].
func (m *Memory) List(ctx context.Context, q Query) (Page, error) {
	if err := ctx.Err(); err != nil {
		return Page{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	start := 0
	if q.After != "" {
		i, ok := m.position[q.After]
		if !ok {
			return Page{}, fmt.Errorf("%w %q", ErrCursor, q.After)
		}
		start = i + 1
	}

	var page Page
	limit := q.limit()
	for _, o := range m.orders[start:] {
		if !q.matches(o) {
			continue
		}
		if len(page.Orders) == limit {
			// There is at least one more, so the page has a successor.
			page.Next = page.Orders[limit-1].ID
			break
		}
		page.Orders = append(page.Orders, o.Clone())
	}
	return page, nil
}
