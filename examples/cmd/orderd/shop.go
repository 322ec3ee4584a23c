package main

import (
	"bytes"
	_ "embed" // for the demo shop
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
	"example.com/orders/internal/pricing"
)

//go:embed shop.json
var demoShop []byte

// shop is the file format of a pricing policy: amounts are decimals, rates
// are in basis points.
type shop struct {
	Currency currency.Code     `json:"currency"`
	Catalog  map[string]string `json:"catalog"`
	Shipping string            `json:"shipping"`
	FreeFrom string            `json:"free_from"`
	Tax      map[string]int    `json:"tax"`
	Tiers    []struct {
		From     int `json:"from"`
		Discount int `json:"discount"`
	} `json:"tiers"`
	Coupons map[string]int `json:"coupons"`
}

// readShop reads a shop file, or the demo shop if there is no path.
func readShop(path string) (*pricing.Policy, error) {
	if path == "" {
		return parseShop(demoShop)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	policy, err := parseShop(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return policy, nil
}

func parseShop(data []byte) (*pricing.Policy, error) {
	var s shop
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return nil, err
	}

	p := &pricing.Policy{
		Currency: s.Currency,
		Catalog:  make(map[string]money.Amount, len(s.Catalog)),
		Coupons:  make(map[string]pricing.Coupon, len(s.Coupons)),
		Tax:      s.Tax,
	}
	var err error
	for sku, price := range s.Catalog {
		if p.Catalog[sku], err = money.Parse(price, s.Currency); err != nil {
			return nil, fmt.Errorf("price of %s: %w", sku, err)
		}
	}
	if p.Shipping, err = money.Parse(s.Shipping, s.Currency); err != nil {
		return nil, fmt.Errorf("shipping: %w", err)
	}
	if p.FreeFrom, err = money.Parse(s.FreeFrom, s.Currency); err != nil {
		return nil, fmt.Errorf("free_from: %w", err)
	}
	for _, tier := range s.Tiers {
		p.Tiers = append(p.Tiers, pricing.Tier{From: tier.From, BasisPoints: tier.Discount})
	}
	for code, rate := range s.Coupons {
		p.Coupons[strings.ToUpper(code)] = pricing.Coupon{BasisPoints: rate}
	}
	return p, nil
}
