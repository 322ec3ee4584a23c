// Package currency is the table of ISO 4217 currencies the service trades in.
package currency

//go:generate go run gen.go

// Code is an ISO 4217 alphabetic code such as "EUR".
type Code string
