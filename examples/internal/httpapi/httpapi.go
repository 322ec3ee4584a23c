// Package httpapi serves the order service over HTTP.
package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
	"example.com/orders/pkg/api"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// Service is what the handlers need of the order service.
type Service interface {
	Place(ctx context.Context, customer string, b pricing.Basket) (order.Order, error)
	Advance(ctx context.Context, id string, action order.Action) (order.Order, error)
	Get(ctx context.Context, id string) (order.Order, error)
	List(ctx context.Context, q store.Query) (store.Page, error)
}

type handler struct {
	service Service
	log     *slog.Logger
}

// New returns the routes of the service. What goes wrong inside is told to
// the log, not to the client.
func New(service Service, log *slog.Logger) http.Handler {
	h := &handler{service: service, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.health)
	mux.HandleFunc("POST /v1/orders", h.place)
	mux.HandleFunc("GET /v1/orders", h.list)
	mux.HandleFunc("GET /v1/orders/{id}", h.get)
	mux.HandleFunc("POST /v1/orders/{id}/{action}", h.advance)
	return h.recovered(mux)
}

// recovered answers 500 where a handler panics.
func (h *handler) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			h.fail(w, r, fmt.Errorf("panic: %v", cause))
		}()
		next.ServeHTTP(w, r)
	})
}

func (h *handler) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}

func (h *handler) place(w http.ResponseWriter, r *http.Request) {
	var body api.PlaceOrder
	if err := decode(w, r, &body); err != nil {
		h.fail(w, r, err)
		return
	}
	o, err := h.service.Place(r.Context(), body.Customer, basketOf(body))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Location", "/v1/orders/"+url.PathEscape(o.ID))
	h.reply(w, r, http.StatusCreated, orderView(o))
}

func (h *handler) get(w http.ResponseWriter, r *http.Request) {
	o, err := h.service.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.reply(w, r, http.StatusOK, orderView(o))
}

func (h *handler) advance(w http.ResponseWriter, r *http.Request) {
	action, err := order.ParseAction(r.PathValue("action"))
	if err != nil {
		h.fail(w, r, &requestError{http.StatusNotFound, err.Error()})
		return
	}
	o, err := h.service.Advance(r.Context(), r.PathValue("id"), action)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.reply(w, r, http.StatusOK, orderView(o))
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	query, err := queryOf(r.URL.Query())
	if err != nil {
		h.fail(w, r, &requestError{http.StatusBadRequest, err.Error()})
		return
	}
	page, err := h.service.List(r.Context(), query)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.reply(w, r, http.StatusOK, pageView(page))
}

// queryOf reads the parameters customer, state, after and limit.
func queryOf(values url.Values) (store.Query, error) {
	query := store.Query{Customer: values.Get("customer"), After: values.Get("after")}
	if name := values.Get("state"); name != "" {
		state, err := order.ParseState(name)
		if err != nil {
			return store.Query{}, err
		}
		query.State = &state
	}
	if text := values.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 {
			return store.Query{}, fmt.Errorf("limit %q is not a positive number", text)
		}
		query.Limit = limit
	}
	return query, nil
}

// decode reads one JSON value and nothing after it.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return &requestError{http.StatusRequestEntityTooLarge, "the body is too large"}
		}
		return &requestError{http.StatusBadRequest, "the body is not an order: " + err.Error()}
	}
	if decoder.More() {
		return &requestError{http.StatusBadRequest, "the body holds more than one value"}
	}
	return nil
}

func (h *handler) reply(w http.ResponseWriter, r *http.Request, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		// The status is out already; all that is left is to say so.
		h.log.WarnContext(r.Context(), "reply cut short", "path", r.URL.Path, "error", err)
	}
}
