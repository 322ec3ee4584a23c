package order

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

func eur(minor int64) money.Amount { return money.MustNew(minor, currency.EUR) }

func valid(t *testing.T) Order {
	t.Helper()
	lines := []Line{
		{SKU: "MUG-01", Quantity: 2, Unit: eur(950)},
		{SKU: "TEA-500", Quantity: 1, Unit: eur(1299)},
	}
	o, err := New("o-1", "ada@example.com", lines, eur(3199))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestNew(t *testing.T) {
	o := valid(t)
	if o.State != Pending || o.Version != 0 || len(o.History) != 0 {
		t.Errorf("a new order is %v, version %d, history %v", o.State, o.Version, o.History)
	}
	total, err := o.Lines[0].Total()
	if err != nil || total != eur(1900) {
		t.Errorf("line total = %v, %v", total, err)
	}
}

func TestNewNamesEveryProblem(t *testing.T) {
	line := func(sku string, quantity int, unit money.Amount) Line {
		return Line{SKU: sku, Quantity: quantity, Unit: unit}
	}
	good := line("MUG-01", 1, eur(950))
	many := make([]Line, MaxLines+1)

	tests := []struct {
		name         string
		id, customer string
		lines        []Line
		total        money.Amount
		want         []string
	}{
		{"id and customer", "", " ", []Line{good}, eur(950), []string{"no id", "no customer"}},
		{"total", "o-1", "ada", []Line{good}, eur(-1), []string{"the total is negative"}},
		{"no lines", "o-1", "ada", nil, eur(0), []string{"no lines"}},
		{"too many lines", "o-1", "ada", many, eur(0), []string{"51 lines, at most 50"}},
		{"quantity", "o-1", "ada", []Line{line("MUG-01", 1000, eur(1))}, eur(1), []string{"quantity 1000"}},
		{"twice", "o-1", "ada", []Line{good, good}, eur(1900), []string{"MUG-01 is listed twice"}},
		{"price", "o-1", "ada", []Line{line("MUG-01", 1, eur(-1))}, eur(0), []string{"negative price"}},
		{
			"several lines", "o-1", "ada",
			[]Line{line("mug", 1, eur(1)), line("MUG-02", 1, money.MustNew(1, currency.USD))}, eur(1),
			[]string{`bad article number "mug"`, "MUG-02 costs 0.01 USD, the order is in EUR"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.id, tt.customer, tt.lines, tt.total)
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("error = %v, want %v", err, ErrInvalid)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestValidSKU(t *testing.T) {
	tests := map[string]bool{
		"ABC":                   true,
		"A-1":                   true,
		"ABCDEFGHIJ0123456789":  true,
		"ABCDEFGHIJ0123456789X": false,
		"AB":                    false,
		"-AB":                   false,
		"AB-":                   false,
		"AB C":                  false,
		"ÄBC":                   false,
	}
	for sku, want := range tests {
		if got := validSKU(sku); got != want {
			t.Errorf("validSKU(%q) = %t, want %t", sku, got, want)
		}
	}
}

// TestTransitions tries every action in every state, so that a new state
// cannot be forgotten here.
func TestTransitions(t *testing.T) {
	allowed := map[string]State{
		"pending pay":      Paid,
		"pending cancel":   Cancelled,
		"paid ship":        Shipped,
		"paid cancel":      Cancelled,
		"paid refund":      Refunded,
		"shipped deliver":  Delivered,
		"delivered refund": Refunded,
	}
	for from := Pending; from <= Refunded; from++ {
		for _, action := range []Action{Pay, Ship, Deliver, Cancel, Refund} {
			name := fmt.Sprintf("%s %s", from, action)
			t.Run(name, func(t *testing.T) {
				o := valid(t)
				o.State = from
				before := o.Clone()
				err := o.Apply(action, noon)

				to, ok := allowed[name]
				if !ok {
					var refused *TransitionError
					if !errors.As(err, &refused) {
						t.Fatalf("error = %v, want a TransitionError", err)
					}
					if !reflect.DeepEqual(o, before) {
						t.Errorf("a refused action changed the order to %+v", o)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				want := Change{Action: action, From: from, To: to, At: noon}
				if o.State != to || o.Version != 1 || o.History[0] != want {
					t.Errorf("order = %+v, want the change %+v", o, want)
				}
			})
		}
	}
}

func TestTransitionErrorExplains(t *testing.T) {
	tests := []struct {
		err  TransitionError
		want string
	}{
		{TransitionError{Pending, Ship}, "cannot ship an order that is pending"},
		{TransitionError{Refunded, Pay}, "cannot pay an order: refunded is final"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("Error() = %q, want %q", got, tt.want)
		}
	}
}

func TestParseState(t *testing.T) {
	for s := Pending; s <= Refunded; s++ {
		if got, err := ParseState(s.String()); err != nil || got != s {
			t.Errorf("ParseState(%q) = %v, %v", s, got, err)
		}
	}
	if _, err := ParseState("lost"); err == nil {
		t.Error("ParseState accepted a state that does not exist")
	}
}

func TestParseAction(t *testing.T) {
	if got, err := ParseAction("ship"); err != nil || got != Ship {
		t.Errorf("ParseAction(ship) = %v, %v", got, err)
	}
	if _, err := ParseAction("lose"); err == nil {
		t.Error("ParseAction accepted an action that does not exist")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	o := valid(t)
	if err := o.Apply(Pay, noon); err != nil {
		t.Fatal(err)
	}
	c := o.Clone()
	c.Lines[0].Quantity = 99
	c.History[0].Action = Refund
	if o.Lines[0].Quantity != 2 || o.History[0].Action != Pay {
		t.Errorf("changing a clone changed the order: %+v", o)
	}
}
