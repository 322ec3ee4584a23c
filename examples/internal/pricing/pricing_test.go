package pricing

import (
	"errors"
	"testing"
	"time"

	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

func eur(minor int64) money.Amount { return money.MustNew(minor, currency.EUR) }

func policy() *Policy {
	return &Policy{
		Currency: currency.EUR,
		Catalog: map[string]money.Amount{
			"MUG-01":  eur(1000),
			"TEA-500": eur(1299),
			"POT-02":  eur(4500),
		},
		Tiers: []Tier{{From: 5, BasisPoints: 300}, {From: 10, BasisPoints: 500}},
		Coupons: map[string]Coupon{
			"SPRING": {BasisPoints: 1000, Expires: noon.Add(time.Hour)},
			"TENOFF": {Off: eur(1000), Minimum: eur(3000)},
			"GIFT":   {Off: eur(5000)},
			"DOLLAR": {Off: money.MustNew(100, currency.USD)},
		},
		Shipping: eur(490),
		FreeFrom: eur(5000),
		Tax:      map[string]int{"DE": 1900, "AT": 2000, "CH": 0},
	}
}

func TestQuote(t *testing.T) {
	tests := []struct {
		name   string
		basket Basket
		want   [5]int64 // subtotal, discount, shipping, tax, total
	}{
		{
			"one article",
			Basket{Items: []Item{{"MUG-01", 1}}, Country: "DE"},
			[5]int64{1000, 0, 490, 283, 1773},
		},
		{
			"tax-free country in lower case",
			Basket{Items: []Item{{"MUG-01", 1}}, Country: "ch"},
			[5]int64{1000, 0, 490, 0, 1490},
		},
		{
			"free shipping",
			Basket{Items: []Item{{"POT-02", 1}, {"MUG-01", 1}}, Country: "AT"},
			[5]int64{5500, 0, 0, 1100, 6600},
		},
		{
			"lower tier",
			Basket{Items: []Item{{"MUG-01", 4}, {"TEA-500", 1}}, Country: "CH"},
			[5]int64{5299, 159, 0, 0, 5140},
		},
		{
			"upper tier",
			Basket{Items: []Item{{"MUG-01", 10}}, Country: "CH"},
			[5]int64{10000, 500, 0, 0, 9500},
		},
		{
			"percentage coupon",
			Basket{Items: []Item{{"TEA-500", 1}}, Country: "CH", Coupon: "spring"},
			[5]int64{1299, 130, 490, 0, 1659},
		},
		{
			"fixed coupon that costs the free shipping",
			Basket{Items: []Item{{"POT-02", 1}, {"MUG-01", 1}}, Country: "CH", Coupon: "TENOFF"},
			[5]int64{5500, 1000, 490, 0, 4990},
		},
		{
			"coupon worth more than the basket",
			Basket{Items: []Item{{"MUG-01", 1}}, Country: "DE", Coupon: "GIFT"},
			[5]int64{1000, 1000, 490, 93, 583},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := policy().Quote(tt.basket, noon)
			if err != nil {
				t.Fatal(err)
			}
			got := [5]int64{
				q.Subtotal.Minor(), q.Discount.Minor(), q.Shipping.Minor(), q.Tax.Minor(), q.Total.Minor(),
			}
			if got != tt.want {
				t.Errorf("quote = %v, want %v", got, tt.want)
			}
			if len(q.Lines) != len(tt.basket.Items) {
				t.Errorf("%d lines for %d items", len(q.Lines), len(tt.basket.Items))
			}
		})
	}
}

func TestQuoteRefuses(t *testing.T) {
	mug := []Item{{"MUG-01", 1}}
	tests := []struct {
		name   string
		basket Basket
		at     time.Time
		want   error
	}{
		{"country", Basket{Items: mug, Country: "XX"}, noon, ErrCountry},
		{"article", Basket{Items: []Item{{"CUP-99", 1}}, Country: "DE"}, noon, ErrUnknownSKU},
		{"quantity", Basket{Items: []Item{{"MUG-01", 0}}, Country: "DE"}, noon, order.ErrInvalid},
		{"coupon", Basket{Items: mug, Country: "DE", Coupon: "NONE"}, noon, ErrCoupon},
		{"late coupon", Basket{Items: mug, Country: "DE", Coupon: "SPRING"}, noon.Add(time.Hour), ErrCoupon},
		{"small basket", Basket{Items: mug, Country: "DE", Coupon: "TENOFF"}, noon, ErrCoupon},
		{"foreign coupon", Basket{Items: mug, Country: "DE", Coupon: "DOLLAR"}, noon, money.ErrMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := policy().Quote(tt.basket, tt.at); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	good := policy()
	delete(good.Coupons, "DOLLAR")
	if err := good.Validate(); err != nil {
		t.Fatalf("a good policy: %v", err)
	}
	spoil := map[string]func(*Policy){
		"currency":      func(p *Policy) { p.Currency = "XXX" },
		"empty catalog": func(p *Policy) { p.Catalog = nil },
		"foreign price": func(p *Policy) { p.Catalog["MUG-01"] = money.MustNew(1, currency.USD) },
		"shipping":      func(p *Policy) { p.FreeFrom = money.Amount{} },
		"tier order":    func(p *Policy) { p.Tiers[1].From = p.Tiers[0].From },
		"tier rate":     func(p *Policy) { p.Tiers[0].BasisPoints = -1 },
		"coupon rate":   func(p *Policy) { p.Coupons["SPRING"] = Coupon{BasisPoints: money.Whole + 1} },
		"coupon sum":    func(p *Policy) { p.Coupons["GIFT"] = Coupon{} },
		"tax":           func(p *Policy) { p.Tax["DE"] = money.Whole + 1 },
	}
	for name, change := range spoil {
		t.Run(name, func(t *testing.T) {
			p := policy()
			delete(p.Coupons, "DOLLAR")
			change(p)
			if err := p.Validate(); err == nil {
				t.Error("a bad policy was accepted")
			}
		})
	}
}
