package heavy

import (
	"errors"
	"math/big"
	"net/mail"
	"net/rpc"
)

// Ledger is called over the wire.
type Ledger struct{ sum big.Int }

// Entry is one line of the ledger.
type Entry struct{ From, Amount string }

// Add adds an entry, and answers with the sum.
func (l *Ledger) Add(entry Entry, sum *string) error {
	if _, err := mail.ParseAddress(entry.From); err != nil {
		return err
	}
	amount, ok := new(big.Int).SetString(entry.Amount, 10)
	if !ok {
		return errors.New("the amount is no number")
	}
	if amount.Sign() < 0 {
		return errors.New("the amount is below zero")
	}
	l.sum.Add(&l.sum, amount)
	*sum = l.sum.String()
	return nil
}

// LedgerServer serves a ledger.
func LedgerServer() (*rpc.Server, error) {
	server := rpc.NewServer()
	if err := server.Register(new(Ledger)); err != nil {
		return nil, err
	}
	return server, nil
}
