// Package api is the wire format of the order service, shared by the server
// and its clients. It holds only types.
package api

import "time"

// Money is an amount as a decimal string, so that no client can round it.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Item is one article a customer wants.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// PlaceOrder is the body of POST /v1/orders.
type PlaceOrder struct {
	Customer string `json:"customer"`
	Country  string `json:"country"`
	Coupon   string `json:"coupon,omitempty"`
	Items    []Item `json:"items"`
}

// Line is an article of an order with the price it was sold at.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Unit     Money  `json:"unit"`
}

// Change is one step in the life of an order.
type Change struct {
	Action string    `json:"action"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	At     time.Time `json:"at"`
}

// Order is an order as the service shows it.
type Order struct {
	ID       string   `json:"id"`
	Customer string   `json:"customer"`
	State    string   `json:"state"`
	Version  int      `json:"version"`
	Total    Money    `json:"total"`
	Lines    []Line   `json:"lines"`
	History  []Change `json:"history,omitempty"`
}

// OrderPage is the answer to GET /v1/orders. Next is empty on the last page,
// and the parameter "after" of the next request otherwise.
type OrderPage struct {
	Orders []Order `json:"orders"`
	Next   string  `json:"next,omitempty"`
}

// Problem is the body of every answer that is not a success.
type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// The values of Problem.Code.
const (
	CodeBadRequest = "bad_request"
	CodeNotFound   = "not_found"
	CodeConflict   = "conflict"
	CodeInvalid    = "invalid_order"
	CodeInternal   = "internal"
)
