// Package client talks to the order service.
//
// Its tests live in tests/client, outside the package, because they run it
// against the real server, which an importer of this package should not need.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/orders/pkg/api"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 8 << 20

// Client is a client of one order service. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	retries int
	backoff func(attempt int) time.Duration
}

// Option changes a [Client] from its defaults.
type Option func(*Client)

// WithHTTPClient sends requests through h instead of a client of our own.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) { c.http = h }
}

// WithRetries repeats reads up to n times while the service is unavailable.
// Writes are never repeated: the first one may have arrived.
func WithRetries(n int) Option {
	return func(c *Client) { c.retries = n }
}

// WithBackoff sets how long to wait before the given repetition, from 1 on.
func WithBackoff(wait func(attempt int) time.Duration) Option {
	return func(c *Client) { c.backoff = wait }
}

// New returns a client of the service at baseURL.
func New(baseURL string, options ...Option) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("client: %q is not an http or https URL", baseURL)
	}
	c := &Client{
		base:    base,
		http:    &http.Client{Timeout: 10 * time.Second},
		retries: 2,
		backoff: func(attempt int) time.Duration { return time.Duration(attempt) * 200 * time.Millisecond },
	}
	for _, option := range options {
		option(c)
	}
	return c, nil
}

// Error is an answer of the service that is not a success.
type Error struct {
	Status  int
	Problem api.Problem
}

// Error implements error.
func (e *Error) Error() string {
	if e.Problem.Detail == "" {
		return fmt.Sprintf("order service: %d %s", e.Status, http.StatusText(e.Status))
	}
	return "order service: " + e.Problem.Detail
}

// IsNotFound reports whether err says that there is no such order.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsConflict reports whether err says that the order does not allow the
// action, or was changed by somebody else.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// Place places an order.
func (c *Client) Place(ctx context.Context, body api.PlaceOrder) (api.Order, error) {
	var o api.Order
	err := c.send(ctx, http.MethodPost, c.base.JoinPath("v1/orders"), body, &o)
	return o, err
}

// Get returns an order.
func (c *Client) Get(ctx context.Context, id string) (api.Order, error) {
	var o api.Order
	target, err := c.orderURL(id)
	if err != nil {
		return o, err
	}
	err = c.read(ctx, target, &o)
	return o, err
}

// Advance performs an action such as "pay" or "ship" on an order.
func (c *Client) Advance(ctx context.Context, id, action string) (api.Order, error) {
	var o api.Order
	target, err := c.orderURL(id)
	if err != nil {
		return o, err
	}
	err = c.send(ctx, http.MethodPost, target.JoinPath(url.PathEscape(action)), nil, &o)
	return o, err
}

// Filter selects orders. Its zero value selects all of them.
type Filter struct {
	Customer string
	State    string
	// PageSize is how many orders to ask for at once; zero leaves it to the service.
	PageSize int
}

// Each calls fn for every selected order, oldest first, page after page,
// until fn returns an error, which Each returns.
func (c *Client) Each(ctx context.Context, f Filter, fn func(api.Order) error) error {
	values := url.Values{}
	if f.Customer != "" {
		values.Set("customer", f.Customer)
	}
	if f.State != "" {
		values.Set("state", f.State)
	}
	if f.PageSize > 0 {
		values.Set("limit", strconv.Itoa(f.PageSize))
	}
	for {
		target := c.base.JoinPath("v1/orders")
		target.RawQuery = values.Encode()
		var page api.OrderPage
		if err := c.read(ctx, target, &page); err != nil {
			return err
		}
		for _, o := range page.Orders {
			if err := fn(o); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		values.Set("after", page.Next)
	}
}

// orderURL refuses ids that would lead to another place than an order.
func (c *Client) orderURL(id string) (*url.URL, error) {
	if strings.Trim(id, ".") == "" {
		return nil, fmt.Errorf("client: bad order id %q", id)
	}
	return c.base.JoinPath("v1/orders", url.PathEscape(id)), nil
}

// read sends a GET request, again and again while the service is unavailable.
func (c *Client) read(ctx context.Context, target *url.URL, out any) error {
	for attempt := 1; ; attempt++ {
		err := c.send(ctx, http.MethodGet, target, nil, out)
		if attempt > c.retries || !hasStatus(err, http.StatusServiceUnavailable) {
			return err
		}
		timer := time.NewTimer(c.backoff(attempt))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// send sends one request and decodes the answer into out.
func (c *Client) send(ctx context.Context, method string, target *url.URL, body, out any) error {
	var payload io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("client: %w", err)
		}
		payload = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), payload)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}

	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		failure := &Error{Status: response.StatusCode}
		// Proxies answer in HTML; then the status has to do.
		_ = json.Unmarshal(answer, &failure.Problem)
		return failure
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("client: bad answer from the service: %w", err)
	}
	return nil
}
