package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/orders/internal/audit"
)

func TestParseFlags(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want flags
		ok   bool
	}{
		{"defaults", nil, flags{addr: "localhost:8080"}, true},
		{"all", []string{"-addr", ":0", "-shop", "s.json"}, flags{":0", "s.json"}, true},
		{"unknown flag", []string{"-port", "80"}, flags{}, false},
		{"argument", []string{"serve"}, flags{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseFlags(tt.args, io.Discard)
			if (err == nil) != tt.ok || got != tt.want {
				t.Errorf("flags = %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// TestDemoShopSells takes one order through everything that main wires up.
func TestDemoShopSells(t *testing.T) {
	policy, err := readShop("")
	if err != nil {
		t.Fatal(err)
	}
	trail := audit.NewTrail(10)
	handler, err := newHandler(policy, trail, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}

	body := `{"customer":"ada","country":"AT","coupon":"welcome","items":[{"sku":"POT-02","quantity":1}]}`
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest("POST", "/v1/orders", strings.NewReader(body)))
	if recorder.Code != http.StatusCreated {
		t.Fatalf("status = %d: %s", recorder.Code, recorder.Body)
	}
	// 45.00 less 10 %, plus 4.90 shipping, plus 20 % tax.
	if want := `"total":{"amount":"54.48","currency":"EUR"}`; !strings.Contains(recorder.Body.String(), want) {
		t.Errorf("answer %s does not hold %s", recorder.Body, want)
	}
	if entries, _ := trail.Since(0); len(entries) != 1 {
		t.Errorf("trail = %v", entries)
	}
}

func TestReadShopNamesItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.json")
	if err := os.WriteFile(path, []byte(`{"currency":"EUR","catalog":{"MUG-01":"9,50"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readShop(path)
	if err == nil || !strings.Contains(err.Error(), "shop.json: price of MUG-01") {
		t.Errorf("error = %v", err)
	}
}

// TestRunStopsBeforeListening covers what main does before there is a server.
func TestRunStopsBeforeListening(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want error
	}{
		{"help", []string{"-h"}, flag.ErrHelp},
		{"a shop that is not there", []string{"-shop", filepath.Join(t.TempDir(), "none.json")}, os.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := run(context.Background(), tt.args, io.Discard); !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}
