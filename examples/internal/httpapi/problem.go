package httpapi

import (
	"errors"
	"net/http"

	"example.com/orders/internal/money"
	"example.com/orders/internal/order"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
	"example.com/orders/pkg/api"
)

// requestError is a request that never reached the service.
type requestError struct {
	status int
	detail string
}

// Error implements error.
func (e *requestError) Error() string { return e.detail }

// fail answers with the problem behind err. Only errors that are the client's
// to correct are spelled out.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, code := classify(err)
	detail := err.Error()
	if status == http.StatusInternalServerError {
		h.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		detail = "something went wrong on our side"
	}
	h.reply(w, r, status, api.Problem{Code: code, Detail: detail})
}

// classify returns the status and the problem code of an error.
func classify(err error) (status int, code string) {
	var refused *order.TransitionError
	var request *requestError
	switch {
	case errors.As(err, &request) && request.status == http.StatusNotFound:
		return request.status, api.CodeNotFound
	case errors.As(err, &request):
		return request.status, api.CodeBadRequest
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound, api.CodeNotFound
	case errors.Is(err, store.ErrCursor):
		return http.StatusBadRequest, api.CodeBadRequest
	case errors.As(err, &refused), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrExists):
		return http.StatusConflict, api.CodeConflict
	case isInvalid(err):
		return http.StatusUnprocessableEntity, api.CodeInvalid
	}
	return http.StatusInternalServerError, api.CodeInternal
}

// isInvalid reports whether the contents of an order are at fault.
func isInvalid(err error) bool {
	for _, target := range []error{
		order.ErrInvalid, pricing.ErrUnknownSKU, pricing.ErrCountry, pricing.ErrCoupon, money.ErrRange,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
