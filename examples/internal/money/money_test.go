package money

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"example.com/orders/internal/gen/currency"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		code currency.Code
		want int64
		err  error
	}{
		{text: "19.99", code: currency.EUR, want: 1999},
		{text: "19.9", code: currency.EUR, want: 1990},
		{text: "19", code: currency.EUR, want: 1900},
		{text: "-0.05", code: currency.EUR, want: -5},
		{text: "1500", code: currency.JPY, want: 1500},
		{text: "1.234", code: currency.KWD, want: 1234},
		{text: "1000000000000.00", code: currency.EUR, want: limit},
		{text: "1000000000000.01", code: currency.EUR, err: ErrRange},
		{text: "99999999999999999999", code: currency.EUR, err: ErrRange},
		{text: "", code: currency.EUR, err: ErrSyntax},
		{text: "-", code: currency.EUR, err: ErrSyntax},
		{text: "--1", code: currency.EUR, err: ErrSyntax},
		{text: "+1", code: currency.EUR, err: ErrSyntax},
		{text: ".50", code: currency.EUR, err: ErrSyntax},
		{text: "1.", code: currency.EUR, err: ErrSyntax},
		{text: "1.234", code: currency.EUR, err: ErrSyntax},
		{text: "1.5", code: currency.JPY, err: ErrSyntax},
		{text: "1e3", code: currency.EUR, err: ErrSyntax},
		{text: "1.2.3", code: currency.KWD, err: ErrSyntax},
		{text: "1", code: "XXX", err: ErrCurrency},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s_%s", tt.text, tt.code), func(t *testing.T) {
			got, err := Parse(tt.text, tt.code)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error = %v, want %v", err, tt.err)
			}
			if got.Minor() != tt.want {
				t.Errorf("minor = %d, want %d", got.Minor(), tt.want)
			}
		})
	}
}

func TestDecimalRoundTrip(t *testing.T) {
	for _, code := range currency.All() {
		for _, minor := range []int64{0, 1, -1, 99, 100, -12345, limit, -limit} {
			want := MustNew(minor, code)
			got, err := Parse(want.Decimal(), code)
			if err != nil {
				t.Fatalf("Parse(%q, %s): %v", want.Decimal(), code, err)
			}
			if got != want {
				t.Errorf("Parse(%q, %s) = %v, want %v", want.Decimal(), code, got, want)
			}
		}
	}
}

func TestString(t *testing.T) {
	tests := []struct {
		amount Amount
		want   string
	}{
		{MustNew(1999, currency.EUR), "19.99 EUR"},
		{MustNew(-5, currency.USD), "-0.05 USD"},
		{MustNew(1500, currency.JPY), "1500 JPY"},
		{MustNew(7, currency.BHD), "0.007 BHD"},
		{Zero(currency.CHF), "0.00 CHF"},
		{Amount{}, "0"},
	}
	for _, tt := range tests {
		if got := tt.amount.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
	}
}

func TestAddSub(t *testing.T) {
	eur := func(minor int64) Amount { return MustNew(minor, currency.EUR) }

	sum, err := eur(1050).Add(eur(-50))
	if err != nil || sum != eur(1000) {
		t.Errorf("Add = %v, %v", sum, err)
	}
	difference, err := eur(1000).Sub(eur(1050))
	if err != nil || difference != eur(-50) || !difference.IsNegative() {
		t.Errorf("Sub = %v, %v", difference, err)
	}
	if rest, err := eur(7).Sub(eur(7)); err != nil || !rest.IsZero() {
		t.Errorf("Sub to nothing = %v, %v", rest, err)
	}

	usd := MustNew(1, currency.USD)
	if _, err := eur(1).Add(usd); !errors.Is(err, ErrMismatch) {
		t.Errorf("Add of another currency: error = %v", err)
	}
	if _, err := eur(1).Sub(usd); !errors.Is(err, ErrMismatch) {
		t.Errorf("Sub of another currency: error = %v", err)
	}
	if _, err := eur(limit).Add(eur(1)); !errors.Is(err, ErrRange) {
		t.Errorf("Add above the limit: error = %v", err)
	}
	if _, err := eur(-limit).Sub(eur(1)); !errors.Is(err, ErrRange) {
		t.Errorf("Sub below the limit: error = %v", err)
	}
}

func TestTimes(t *testing.T) {
	tests := []struct {
		name  string
		minor int64
		n     int
		want  int64
		err   error
	}{
		{name: "some", minor: 1999, n: 3, want: 5997},
		{name: "none", minor: 1999, n: 0, want: 0},
		{name: "back", minor: 1999, n: -1, want: -1999},
		{name: "above the limit", minor: limit, n: 2, err: ErrRange},
		{name: "above an int64", minor: limit, n: math.MaxInt32, err: ErrRange},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := MustNew(tt.minor, currency.EUR).Times(tt.n)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error = %v, want %v", err, tt.err)
			}
			if got.Minor() != tt.want {
				t.Errorf("minor = %d, want %d", got.Minor(), tt.want)
			}
		})
	}
}

func TestPortion(t *testing.T) {
	tests := []struct {
		minor       int64
		basisPoints int
		want        int64
		err         error
	}{
		{minor: 1000, basisPoints: 1900, want: 190},
		{minor: 1999, basisPoints: 0, want: 0},
		{minor: 1999, basisPoints: Whole, want: 1999},
		{minor: 50, basisPoints: 100, want: 0},    // 0.5 to even 0
		{minor: 150, basisPoints: 100, want: 2},   // 1.5 to even 2
		{minor: 250, basisPoints: 100, want: 2},   // 2.5 to even 2
		{minor: 251, basisPoints: 100, want: 3},   // 2.51 up
		{minor: -150, basisPoints: 100, want: -2}, // the same below zero
		{minor: -250, basisPoints: 100, want: -2},
		{minor: limit, basisPoints: Whole, want: limit},
		{minor: 1, basisPoints: -1, err: ErrRange},
		{minor: 1, basisPoints: Whole + 1, err: ErrRange},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%dbp_of_%d", tt.basisPoints, tt.minor), func(t *testing.T) {
			got, err := MustNew(tt.minor, currency.EUR).Portion(tt.basisPoints)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error = %v, want %v", err, tt.err)
			}
			if got.Minor() != tt.want {
				t.Errorf("minor = %d, want %d", got.Minor(), tt.want)
			}
		})
	}
}

func TestLess(t *testing.T) {
	small, large := MustNew(-1, currency.EUR), MustNew(2, currency.EUR)
	for _, tt := range []struct {
		a, b Amount
		want bool
	}{{small, large, true}, {small, small, false}, {large, small, false}} {
		if got, err := tt.a.Less(tt.b); err != nil || got != tt.want {
			t.Errorf("%v.Less(%v) = %t, %v, want %t", tt.a, tt.b, got, err, tt.want)
		}
	}
	if _, err := small.Less(MustNew(1, currency.USD)); !errors.Is(err, ErrMismatch) {
		t.Errorf("error = %v, want %v", err, ErrMismatch)
	}
}

func TestMustNewPanicsOnAnUnknownCurrency(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, ErrCurrency) {
			t.Errorf("recovered %v, want %v", err, ErrCurrency)
		}
	}()
	MustNew(1, "XXX")
}

func ExampleAmount_Portion() {
	net := MustNew(1999, currency.EUR)
	vat, _ := net.Portion(1900)
	gross, _ := net.Add(vat)
	fmt.Println(gross, "of which", vat, "is", vat.Currency().Name())
	// Output: 23.79 EUR of which 3.80 EUR is Euro
}
