// Package pricing turns a basket into a quote: unit prices, volume discount,
// coupon, shipping and tax, in this order.
package pricing

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
)

// Errors that are the customer's to correct.
var (
	ErrUnknownSKU = errors.New("unknown article")
	ErrCountry    = errors.New("no delivery to this country")
	ErrCoupon     = errors.New("coupon not accepted")
)

// Tier is a discount on orders of at least From articles.
type Tier struct {
	From        int
	BasisPoints int
}

// Coupon takes a share or a fixed sum off an order, whichever is set.
type Coupon struct {
	BasisPoints int
	Off         money.Amount
	// Minimum is the smallest subtotal the coupon is good for.
	Minimum money.Amount
	// Expires is the first moment the coupon is no longer good; zero is never.
	Expires time.Time
}

// Policy is everything a price depends on besides the basket. All amounts are
// in one currency; [Policy.Validate] checks that.
type Policy struct {
	Currency currency.Code
	Catalog  map[string]money.Amount
	// Tiers are in rising order of From.
	Tiers   []Tier
	Coupons map[string]Coupon
	// Shipping is charged below FreeFrom.
	Shipping money.Amount
	FreeFrom money.Amount
	// Tax is the rate by country of delivery, in basis points.
	Tax map[string]int
}

// Item is one wish of a customer.
type Item struct {
	SKU      string
	Quantity int
}

// Basket is what a customer asks the price of.
type Basket struct {
	Items   []Item
	Country string
	Coupon  string
}

// Quote is a price and how it came about.
type Quote struct {
	Lines    []order.Line
	Subtotal money.Amount
	Discount money.Amount
	Shipping money.Amount
	Tax      money.Amount
	Total    money.Amount
}

// Validate reports the first thing that is wrong with the policy.
func (p *Policy) Validate() error {
	if _, ok := p.Currency.Digits(); !ok {
		return fmt.Errorf("pricing: unknown currency %q", p.Currency)
	}
	if len(p.Catalog) == 0 {
		return errors.New("pricing: the catalog is empty")
	}
	for sku, price := range p.Catalog {
		if !p.charges(price) {
			return fmt.Errorf("pricing: bad price %s of %s", price, sku)
		}
	}
	if !p.charges(p.Shipping) || !p.charges(p.FreeFrom) {
		return fmt.Errorf("pricing: bad shipping, %s below %s", p.Shipping, p.FreeFrom)
	}
	for i, tier := range p.Tiers {
		if i > 0 && tier.From <= p.Tiers[i-1].From {
			return fmt.Errorf("pricing: tier from %d is out of order", tier.From)
		}
		if !isRate(tier.BasisPoints) {
			return fmt.Errorf("pricing: bad discount %d from %d", tier.BasisPoints, tier.From)
		}
	}
	for code, coupon := range p.Coupons {
		good := isRate(coupon.BasisPoints)
		if coupon.BasisPoints == 0 {
			good = p.charges(coupon.Off)
		}
		if !good || !coupon.Minimum.IsZero() && !p.charges(coupon.Minimum) {
			return fmt.Errorf("pricing: bad coupon %s", code)
		}
	}
	for country, rate := range p.Tax {
		if !isRate(rate) {
			return fmt.Errorf("pricing: bad tax rate %d for %s", rate, country)
		}
	}
	return nil
}

// charges reports whether an amount can stand in a bill under this policy.
func (p *Policy) charges(a money.Amount) bool {
	return a.Currency() == p.Currency && !a.IsNegative()
}

func isRate(basisPoints int) bool {
	return 0 <= basisPoints && basisPoints <= money.Whole
}

// Quote prices a basket at a moment in time.
func (p *Policy) Quote(b Basket, at time.Time) (Quote, error) {
	rate, ok := p.Tax[strings.ToUpper(b.Country)]
	if !ok {
		return Quote{}, fmt.Errorf("%w: %q", ErrCountry, b.Country)
	}
	q, articles, err := p.subtotal(b.Items)
	if err != nil {
		return Quote{}, err
	}
	if q.Discount, err = p.discount(q.Subtotal, articles, b.Coupon, at); err != nil {
		return Quote{}, err
	}
	net, err := q.Subtotal.Sub(q.Discount)
	if err != nil {
		return Quote{}, err
	}
	if q.Shipping, err = p.shipping(net); err != nil {
		return Quote{}, err
	}
	if net, err = net.Add(q.Shipping); err != nil {
		return Quote{}, err
	}
	if q.Tax, err = net.Portion(rate); err != nil {
		return Quote{}, err
	}
	if q.Total, err = net.Add(q.Tax); err != nil {
		return Quote{}, err
	}
	return q, nil
}

// subtotal looks up every item and adds the lines, before any discount.
func (p *Policy) subtotal(items []Item) (Quote, int, error) {
	q := Quote{Subtotal: money.Zero(p.Currency)}
	articles := 0
	for _, item := range items {
		if err := order.CheckLine(item.SKU, item.Quantity); err != nil {
			return Quote{}, 0, fmt.Errorf("%w: %w", order.ErrInvalid, err)
		}
		unit, ok := p.Catalog[item.SKU]
		if !ok {
			return Quote{}, 0, fmt.Errorf("%w %q", ErrUnknownSKU, item.SKU)
		}
		line := order.Line{SKU: item.SKU, Quantity: item.Quantity, Unit: unit}
		total, err := line.Total()
		if err != nil {
			return Quote{}, 0, err
		}
		if q.Subtotal, err = q.Subtotal.Add(total); err != nil {
			return Quote{}, 0, err
		}
		q.Lines = append(q.Lines, line)
		articles += item.Quantity
	}
	return q, articles, nil
}

// discount adds the volume discount and the coupon, up to the whole subtotal.
func (p *Policy) discount(subtotal money.Amount, articles int, code string, at time.Time) (money.Amount, error) {
	volume, err := subtotal.Portion(p.tier(articles))
	if err != nil {
		return money.Amount{}, err
	}
	if code == "" {
		return volume, nil
	}
	coupon, err := p.coupon(code, subtotal, at)
	if err != nil {
		return money.Amount{}, err
	}
	sum, err := volume.Add(coupon)
	if err != nil {
		return money.Amount{}, err
	}
	return lesser(sum, subtotal)
}

// tier returns the discount of the highest tier the order reaches.
func (p *Policy) tier(articles int) int {
	best := 0
	for _, tier := range p.Tiers {
		if articles < tier.From {
			break
		}
		best = tier.BasisPoints
	}
	return best
}

// coupon returns what a coupon takes off the subtotal, if it is good.
func (p *Policy) coupon(code string, subtotal money.Amount, at time.Time) (money.Amount, error) {
	coupon, ok := p.Coupons[strings.ToUpper(code)]
	if !ok {
		return money.Amount{}, fmt.Errorf("%w: there is no %q", ErrCoupon, code)
	}
	if !coupon.Expires.IsZero() && !at.Before(coupon.Expires) {
		return money.Amount{}, fmt.Errorf("%w: %q has expired", ErrCoupon, code)
	}
	if !coupon.Minimum.IsZero() {
		small, err := subtotal.Less(coupon.Minimum)
		if err != nil {
			return money.Amount{}, err
		}
		if small {
			return money.Amount{}, fmt.Errorf("%w: %q is good from %s", ErrCoupon, code, coupon.Minimum)
		}
	}
	if coupon.BasisPoints > 0 {
		return subtotal.Portion(coupon.BasisPoints)
	}
	return coupon.Off, nil
}

// shipping is free from a certain sum on.
func (p *Policy) shipping(net money.Amount) (money.Amount, error) {
	charged, err := net.Less(p.FreeFrom)
	if err != nil {
		return money.Amount{}, err
	}
	if charged {
		return p.Shipping, nil
	}
	return money.Zero(p.Currency), nil
}

func lesser(a, b money.Amount) (money.Amount, error) {
	less, err := a.Less(b)
	if err != nil {
		return money.Amount{}, err
	}
	if less {
		return a, nil
	}
	return b, nil
}
