package httpapi

import (
	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
	"example.com/orders/pkg/api"
)

func basketOf(body api.PlaceOrder) pricing.Basket {
	basket := pricing.Basket{Country: body.Country, Coupon: body.Coupon}
	for _, item := range body.Items {
		basket.Items = append(basket.Items, pricing.Item{SKU: item.SKU, Quantity: item.Quantity})
	}
	return basket
}

func moneyView(a money.Amount) api.Money {
	return api.Money{Amount: a.Decimal(), Currency: string(a.Currency())}
}

func orderView(o order.Order) api.Order {
	view := api.Order{
		ID:       o.ID,
		Customer: o.Customer,
		State:    o.State.String(),
		Version:  o.Version,
		Total:    moneyView(o.Total),
		Lines:    make([]api.Line, 0, len(o.Lines)),
	}
	for _, line := range o.Lines {
		view.Lines = append(view.Lines, api.Line{SKU: line.SKU, Quantity: line.Quantity, Unit: moneyView(line.Unit)})
	}
	for _, change := range o.History {
		view.History = append(view.History, api.Change{
			Action: string(change.Action),
			From:   change.From.String(),
			To:     change.To.String(),
			At:     change.At,
		})
	}
	return view
}

func pageView(page store.Page) api.OrderPage {
	view := api.OrderPage{Orders: make([]api.Order, 0, len(page.Orders)), Next: page.Next}
	for _, o := range page.Orders {
		view.Orders = append(view.Orders, orderView(o))
	}
	return view
}
