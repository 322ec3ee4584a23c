// Package order is the domain: what an order is and how it may change.
//
// It knows nothing of prices beyond its own lines, of storage, or of HTTP.
package order

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/orders/internal/money"
)

// ErrInvalid is wrapped by every error about the contents of an order.
var ErrInvalid = errors.New("invalid order")

// Bounds of a single order.
const (
	MaxLines    = 50
	MaxQuantity = 999
)

// Line is one position of an order.
type Line struct {
	SKU      string
	Quantity int
	Unit     money.Amount
}

// Total returns the price of the whole line.
func (l Line) Total() (money.Amount, error) {
	return l.Unit.Times(l.Quantity)
}

// Order is one purchase by one customer. Change its state with [Order.Apply]
// only, which keeps the history and the version in step.
type Order struct {
	ID       string
	Customer string
	Lines    []Line
	Total    money.Amount
	State    State
	History  []Change
	// Version counts the changes; a store refuses to overwrite a newer one.
	Version int
}

// Change is one step in the life of an order.
type Change struct {
	Action Action
	From   State
	To     State
	At     time.Time
}

// New returns a pending order, or an error that wraps [ErrInvalid] and names
// everything that is wrong with it.
func New(id, customer string, lines []Line, total money.Amount) (Order, error) {
	var problems []string
	if id == "" {
		problems = append(problems, "no id")
	}
	if strings.TrimSpace(customer) == "" {
		problems = append(problems, "no customer")
	}
	if total.IsNegative() {
		problems = append(problems, "the total is negative")
	}
	problems = append(problems, lineProblems(lines, total)...)
	if len(problems) > 0 {
		return Order{}, fmt.Errorf("%w: %s", ErrInvalid, strings.Join(problems, "; "))
	}
	return Order{
		ID:       id,
		Customer: customer,
		Lines:    slices.Clone(lines),
		Total:    total,
		State:    Pending,
	}, nil
}

func lineProblems(lines []Line, total money.Amount) []string {
	switch {
	case len(lines) == 0:
		return []string{"no lines"}
	case len(lines) > MaxLines:
		return []string{fmt.Sprintf("%d lines, at most %d", len(lines), MaxLines)}
	}

	var problems []string
	seen := make(map[string]bool, len(lines))
	for _, line := range lines {
		if err := CheckLine(line.SKU, line.Quantity); err != nil {
			problems = append(problems, err.Error())
			continue
		}
		if seen[line.SKU] {
			problems = append(problems, line.SKU+" is listed twice")
		}
		seen[line.SKU] = true
		if line.Unit.IsNegative() {
			problems = append(problems, line.SKU+" has a negative price")
		}
		if line.Unit.Currency() != total.Currency() {
			problems = append(problems, fmt.Sprintf("%s costs %s, the order is in %s", line.SKU, line.Unit, total.Currency()))
		}
	}
	return problems
}

// CheckLine reports what is wrong with an article number and a quantity.
func CheckLine(sku string, quantity int) error {
	if !validSKU(sku) {
		return fmt.Errorf("bad article number %q", sku)
	}
	if quantity < 1 || quantity > MaxQuantity {
		return fmt.Errorf("%s: quantity %d is not within 1 to %d", sku, quantity, MaxQuantity)
	}
	return nil
}

// validSKU accepts upper-case letters, digits and inner dashes, 3 to 20 bytes.
func validSKU(sku string) bool {
	if len(sku) < 3 || len(sku) > 20 || sku[0] == '-' || sku[len(sku)-1] == '-' {
		return false
	}
	for _, c := range []byte(sku) {
		switch {
		case 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return false
		}
	}
	return true
}

// Apply performs an action, or returns a [*TransitionError] and changes nothing.
func (o *Order) Apply(action Action, at time.Time) error {
	to, err := o.State.next(action)
	if err != nil {
		return err
	}
	o.History = append(o.History, Change{Action: action, From: o.State, To: to, At: at})
	o.State = to
	o.Version++
	return nil
}

// Clone returns a copy that shares no memory with o.
func (o Order) Clone() Order {
	o.Lines = slices.Clone(o.Lines)
	o.History = slices.Clone(o.History)
	return o
}
