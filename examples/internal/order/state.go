package order

import "fmt"

// State is where an order stands.
type State int

// The states of an order. Delivered orders can still be refunded; cancelled
// and refunded ones are final.
const (
	Pending State = iota
	Paid
	Shipped
	Delivered
	Cancelled
	Refunded
)

// String returns the name used in the API and in logs.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Paid:
		return "paid"
	case Shipped:
		return "shipped"
	case Delivered:
		return "delivered"
	case Cancelled:
		return "cancelled"
	case Refunded:
		return "refunded"
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// ParseState reads what [State.String] writes.
func ParseState(name string) (State, error) {
	for s := Pending; s <= Refunded; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown state %q", name)
}

// Final reports whether no action is possible any more.
func (s State) Final() bool {
	return len(transitions[s]) == 0
}

// Action is what can be done to an order.
type Action string

// The actions on an order.
const (
	Pay     Action = "pay"
	Ship    Action = "ship"
	Deliver Action = "deliver"
	Cancel  Action = "cancel"
	Refund  Action = "refund"
)

// ParseAction reads the name of an action.
func ParseAction(name string) (Action, error) {
	switch action := Action(name); action {
	case Pay, Ship, Deliver, Cancel, Refund:
		return action, nil
	}
	return "", fmt.Errorf("unknown action %q", name)
}

// transitions is the whole state machine; what is not here is not allowed.
var transitions = map[State]map[Action]State{
	Pending:   {Pay: Paid, Cancel: Cancelled},
	Paid:      {Ship: Shipped, Cancel: Cancelled, Refund: Refunded},
	Shipped:   {Deliver: Delivered},
	Delivered: {Refund: Refunded},
}

// TransitionError says that an action is not possible in a state.
type TransitionError struct {
	State  State
	Action Action
}

// Error implements error.
func (e *TransitionError) Error() string {
	if e.State.Final() {
		return fmt.Sprintf("cannot %s an order: %s is final", e.Action, e.State)
	}
	return fmt.Sprintf("cannot %s an order that is %s", e.Action, e.State)
}

func (s State) next(action Action) (State, error) {
	to, ok := transitions[s][action]
	if !ok {
		return s, &TransitionError{State: s, Action: action}
	}
	return to, nil
}
