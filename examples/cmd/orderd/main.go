// Command orderd serves the order service over HTTP, from memory.
//
// Usage:
//
//	orderd [-addr host:port] [-shop file.json]
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/orders/internal/audit"
	"example.com/orders/internal/checkout"
	"example.com/orders/internal/httpapi"
	"example.com/orders/internal/pricing"
	"example.com/orders/internal/store"
)

// grace is how long requests may take to finish after a signal.
const grace = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "orderd:", err)
		os.Exit(1)
	}
}

// run is main without its process: it returns when ctx is done.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	cfg, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	policy, err := readShop(cfg.shop)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	trail := audit.NewTrail(1000)
	handler, err := newHandler(policy, trail, log)
	if err != nil {
		return err
	}
	defer trail.WriteTo(stderr)
	return serve(ctx, cfg.addr, handler, log)
}

type flags struct {
	addr string
	shop string
}

func parseFlags(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("orderd", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.addr, "addr", "localhost:8080", "address to listen on")
	set.StringVar(&f.shop, "shop", "", "what is sold and for how much, as JSON (default a demo shop)")
	if err := set.Parse(args); err != nil {
		return flags{}, err
	}
	if set.NArg() > 0 {
		return flags{}, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	return f, nil
}

// newHandler wires the service together.
func newHandler(policy *pricing.Policy, trail *audit.Trail, log *slog.Logger) (http.Handler, error) {
	service, err := checkout.New(checkout.Config{
		Store:  store.NewMemory(),
		Policy: policy,
		Events: trail,
		Now:    time.Now,
		NewID:  newID,
	})
	if err != nil {
		return nil, err
	}
	return httpapi.New(service, log), nil
}

// newID returns an id nobody can guess.
func newID() (string, error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	return "o-" + hex.EncodeToString(random[:]), nil
}

// serve answers requests until ctx is done, then lets the last ones finish.
func serve(ctx context.Context, addr string, handler http.Handler, log *slog.Logger) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("listening", "addr", listener.Addr().String())

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("shutting down")
	last, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return server.Shutdown(last)
}
