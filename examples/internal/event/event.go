// Package event names what happens to orders.
//
// It holds only types, so that whoever publishes and whoever listens need not
// know each other.
package event

import "time"

// Kind says what happened.
type Kind string

// The kinds of events, one for every change of an order.
const (
	Placed    Kind = "order.placed"
	Paid      Kind = "order.paid"
	Shipped   Kind = "order.shipped"
	Delivered Kind = "order.delivered"
	Cancelled Kind = "order.cancelled"
	Refunded  Kind = "order.refunded"
)

// Event is one thing that happened to one order.
type Event struct {
	Kind    Kind
	OrderID string
	// Version is the version of the order after the event.
	Version int
	At      time.Time
}

// Publisher takes events. Publish must not block for long and cannot fail:
// by the time it is called, the change is already stored.
type Publisher interface {
	Publish(Event)
}
