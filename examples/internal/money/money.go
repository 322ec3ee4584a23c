// Package money holds exact amounts of money.
//
// An [Amount] counts the minor unit of its currency (cents, yen, fils) in an
// integer, so that sums are exact and every rounding is one that was asked for.
package money

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"example.com/orders/internal/gen/currency"
)

// Errors that callers tell apart with [errors.Is].
var (
	ErrCurrency = errors.New("unknown currency")
	ErrMismatch = errors.New("currencies differ")
	ErrRange    = errors.New("amount out of range")
	ErrSyntax   = errors.New("malformed amount")
)

// limit bounds every amount, in minor units. It is far above any order and
// low enough that a product with [Whole] basis points still fits an int64.
const limit = 100_000_000_000_000

// Whole is 100 % in basis points, the unit of [Amount.Portion].
const Whole = 10_000

// Amount is a sum of money in one currency. It may be negative. The zero
// Amount has no currency and mixes with nothing; use [Zero] to start a sum.
type Amount struct {
	minor    int64
	currency currency.Code
}

// New returns an amount of minor units, for example 1999 for 19.99 EUR.
func New(minor int64, code currency.Code) (Amount, error) {
	if _, ok := code.Digits(); !ok {
		return Amount{}, fmt.Errorf("%w %q", ErrCurrency, string(code))
	}
	return bounded(minor, code)
}

// MustNew is like [New] but panics on an error. It is for constants and tests.
func MustNew(minor int64, code currency.Code) Amount {
	a, err := New(minor, code)
	if err != nil {
		panic(err)
	}
	return a
}

// Zero returns no money in the given currency.
func Zero(code currency.Code) Amount {
	return Amount{currency: code}
}

// Parse reads a decimal such as "19.99" or "-5". It takes at most as many
// decimals as the currency has and never rounds.
func Parse(text string, code currency.Code) (Amount, error) {
	digits, ok := code.Digits()
	if !ok {
		return Amount{}, fmt.Errorf("%w %q", ErrCurrency, string(code))
	}

	unsigned, negative := strings.CutPrefix(text, "-")
	whole, fraction, dotted := strings.Cut(unsigned, ".")
	if dotted && fraction == "" || len(fraction) > digits {
		return Amount{}, syntaxError(text, code)
	}
	padded := fraction + strings.Repeat("0", digits-len(fraction))
	if whole == "" || strings.Trim(whole+padded, "0123456789") != "" {
		return Amount{}, syntaxError(text, code)
	}

	// Only the range can be wrong by now: there is nothing but digits.
	minor, err := strconv.ParseInt(whole+padded, 10, 64)
	if err != nil {
		return Amount{}, fmt.Errorf("%w: %s", ErrRange, text)
	}
	if negative {
		minor = -minor
	}
	return bounded(minor, code)
}

func syntaxError(text string, code currency.Code) error {
	return fmt.Errorf("%w %q for %s", ErrSyntax, text, code)
}

// Minor returns the amount in minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency returns the currency of the amount.
func (a Amount) Currency() currency.Code { return a.currency }

// IsZero reports whether there is no money in a, whatever its currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// IsNegative reports whether a is below zero.
func (a Amount) IsNegative() bool { return a.minor < 0 }

// Add returns a + b.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := a.matches(b); err != nil {
		return Amount{}, err
	}
	return bounded(a.minor+b.minor, a.currency)
}

// Sub returns a - b.
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := a.matches(b); err != nil {
		return Amount{}, err
	}
	return bounded(a.minor-b.minor, a.currency)
}

// Times returns n times a.
func (a Amount) Times(n int) (Amount, error) {
	product := a.minor * int64(n)
	if n != 0 && product/int64(n) != a.minor {
		return Amount{}, fmt.Errorf("%w: %d times %s", ErrRange, n, a)
	}
	return bounded(product, a.currency)
}

// Portion returns the given share of a in basis points, 0 to [Whole], rounded
// half to even so that many small roundings do not drift one way.
func (a Amount) Portion(basisPoints int) (Amount, error) {
	if basisPoints < 0 || basisPoints > Whole {
		return Amount{}, fmt.Errorf("%w: %d basis points", ErrRange, basisPoints)
	}
	return Amount{roundHalfEven(a.minor*int64(basisPoints), Whole), a.currency}, nil
}

// Less reports whether a is less than b.
func (a Amount) Less(b Amount) (bool, error) {
	if err := a.matches(b); err != nil {
		return false, err
	}
	return a.minor < b.minor, nil
}

// Decimal formats the amount without its currency; [Parse] reads it back.
func (a Amount) Decimal() string {
	sign, minor := "", a.minor
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits, _ := a.currency.Digits()
	text := fmt.Sprintf("%0*d", digits+1, minor)
	if digits == 0 {
		return sign + text
	}
	dot := len(text) - digits
	return sign + text[:dot] + "." + text[dot:]
}

// String formats the amount for people and logs, such as "19.99 EUR".
func (a Amount) String() string {
	return strings.TrimSpace(a.Decimal() + " " + string(a.currency))
}

func (a Amount) matches(b Amount) error {
	if a.currency != b.currency {
		return fmt.Errorf("%w: %s and %s", ErrMismatch, a, b)
	}
	return nil
}

func bounded(minor int64, code currency.Code) (Amount, error) {
	if minor < -limit || minor > limit {
		return Amount{}, fmt.Errorf("%w: %d minor units of %s", ErrRange, minor, code)
	}
	return Amount{minor, code}, nil
}

// roundHalfEven divides num by a positive, even den.
func roundHalfEven(num, den int64) int64 {
	quotient, rest := num/den, num%den
	away := int64(1)
	if num < 0 {
		away, rest = -1, -rest
	}
	if rest > den/2 || rest == den/2 && quotient%2 != 0 {
		quotient += away
	}
	return quotient
}
