package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/orders/internal/gen/currency"
	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
	"example.com/orders/pkg/api"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

// fake is a service that knows one order, o-1, and does what a test tells it.
type fake struct {
	err   error
	panic any

	basket pricing.Basket
	query  store.Query
}

func (f *fake) answer(id string, action order.Action) (order.Order, error) {
	if f.panic != nil {
		panic(f.panic)
	}
	if f.err != nil {
		return order.Order{}, f.err
	}
	price := money.MustNew(950, currency.EUR)
	o, err := order.New(id, "ada", []order.Line{{SKU: "MUG-01", Quantity: 1, Unit: price}}, price)
	if err == nil && action != "" {
		err = o.Apply(action, noon)
	}
	return o, err
}

func (f *fake) Place(_ context.Context, _ string, b pricing.Basket) (order.Order, error) {
	f.basket = b
	return f.answer("o-1", "")
}

func (f *fake) Advance(_ context.Context, id string, action order.Action) (order.Order, error) {
	return f.answer(id, action)
}

func (f *fake) Get(_ context.Context, id string) (order.Order, error) {
	return f.answer(id, "")
}

func (f *fake) List(_ context.Context, q store.Query) (store.Page, error) {
	f.query = q
	o, err := f.answer("o-1", "")
	return store.Page{Orders: []order.Order{o}, Next: "o-1"}, err
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// call sends one request and decodes the answer into out, if it is not nil.
func call(t *testing.T, service Service, method, target, body string, out any) *http.Response {
	t.Helper()
	recorder := httptest.NewRecorder()
	New(service, quiet()).ServeHTTP(recorder, httptest.NewRequest(method, target, strings.NewReader(body)))
	if out != nil {
		if err := json.Unmarshal(recorder.Body.Bytes(), out); err != nil {
			t.Fatalf("%s %s answered %q: %v", method, target, recorder.Body, err)
		}
	}
	return recorder.Result()
}

func TestPlace(t *testing.T) {
	var service fake
	var got api.Order
	body := `{"customer":"ada","country":"DE","coupon":"SPRING","items":[{"sku":"MUG-01","quantity":1}]}`
	response := call(t, &service, "POST", "/v1/orders", body, &got)

	if response.StatusCode != http.StatusCreated {
		t.Errorf("status = %d", response.StatusCode)
	}
	if location := response.Header.Get("Location"); location != "/v1/orders/o-1" {
		t.Errorf("Location = %q", location)
	}
	if got.State != "pending" || got.Total != (api.Money{Amount: "9.50", Currency: "EUR"}) || len(got.Lines) != 1 {
		t.Errorf("order = %+v", got)
	}
	if b := service.basket; b.Country != "DE" || b.Coupon != "SPRING" || len(b.Items) != 1 {
		t.Errorf("basket = %+v", b)
	}
}

func TestPlaceRefusesBadBodies(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
	}{
		{"nothing", "", http.StatusBadRequest},
		{"another type", `[]`, http.StatusBadRequest},
		{"an unknown field", `{"customer":"ada","price":1}`, http.StatusBadRequest},
		{"two values", `{"customer":"ada"} {}`, http.StatusBadRequest},
		{"too much", `{"customer":"` + strings.Repeat("a", maxBody) + `"}`, http.StatusRequestEntityTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var problem api.Problem
			response := call(t, &fake{}, "POST", "/v1/orders", tt.body, &problem)
			if response.StatusCode != tt.status || problem.Code != api.CodeBadRequest {
				t.Errorf("status = %d, problem = %+v, want %d", response.StatusCode, problem, tt.status)
			}
		})
	}
}

func TestGetAndAdvance(t *testing.T) {
	var got api.Order
	if response := call(t, &fake{}, "GET", "/v1/orders/o-7", "", &got); response.StatusCode != http.StatusOK {
		t.Errorf("status = %d", response.StatusCode)
	}
	if got.ID != "o-7" || got.History != nil {
		t.Errorf("order = %+v", got)
	}

	response := call(t, &fake{}, "POST", "/v1/orders/o-7/pay", "", &got)
	if response.StatusCode != http.StatusOK || got.State != "paid" || got.Version != 1 {
		t.Errorf("status = %d, order = %+v", response.StatusCode, got)
	}
	want := api.Change{Action: "pay", From: "pending", To: "paid", At: noon}
	if len(got.History) != 1 || got.History[0] != want {
		t.Errorf("history = %+v, want %+v", got.History, want)
	}
}

func TestList(t *testing.T) {
	var service fake
	var page api.OrderPage
	response := call(t, &service, "GET", "/v1/orders?customer=ada&state=paid&after=o-0&limit=5", "", &page)
	if response.StatusCode != http.StatusOK || len(page.Orders) != 1 || page.Next != "o-1" {
		t.Errorf("status = %d, page = %+v", response.StatusCode, page)
	}
	q := service.query
	if q.Customer != "ada" || q.State == nil || *q.State != order.Paid || q.After != "o-0" || q.Limit != 5 {
		t.Errorf("query = %+v", q)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name           string
		method, target string
		err            error
		status         int
		code           string
	}{
		{"no such order", "GET", "/v1/orders/o-9", store.ErrNotFound, 404, api.CodeNotFound},
		{"no such action", "POST", "/v1/orders/o-1/lose", nil, 404, api.CodeNotFound},
		{"not now", "POST", "/v1/orders/o-1/ship", nil, 409, api.CodeConflict},
		{"a race", "POST", "/v1/orders/o-1/pay", store.ErrConflict, 409, api.CodeConflict},
		{"a bad coupon", "POST", "/v1/orders/o-1/pay", pricing.ErrCoupon, 422, api.CodeInvalid},
		{"a bad limit", "GET", "/v1/orders?limit=none", nil, 400, api.CodeBadRequest},
		{"a bad state", "GET", "/v1/orders?state=lost", nil, 400, api.CodeBadRequest},
		{"a bad cursor", "GET", "/v1/orders?after=gone", store.ErrCursor, 400, api.CodeBadRequest},
		{"a disk", "GET", "/v1/orders/o-1", errors.New("disk on fire"), 500, api.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var problem api.Problem
			response := call(t, &fake{err: tt.err}, tt.method, tt.target, "", &problem)
			if response.StatusCode != tt.status || problem.Code != tt.code {
				t.Errorf("status = %d, problem = %+v, want %d %s", response.StatusCode, problem, tt.status, tt.code)
			}
			if strings.Contains(problem.Detail, "fire") {
				t.Errorf("the client was told about our insides: %q", problem.Detail)
			}
		})
	}
}

func TestPanicsBecome500(t *testing.T) {
	var problem api.Problem
	response := call(t, &fake{panic: "nil map"}, "GET", "/v1/orders/o-1", "", &problem)
	if response.StatusCode != http.StatusInternalServerError || problem.Code != api.CodeInternal {
		t.Errorf("status = %d, problem = %+v", response.StatusCode, problem)
	}
}
