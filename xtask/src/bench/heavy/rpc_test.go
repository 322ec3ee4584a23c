package heavy

import "testing"

func TestLedger(t *testing.T) {
	var sum string
	ledger := new(Ledger)
	if err := ledger.Add(Entry{"ada@example.com", "12"}, &sum); err != nil || sum != "12" {
		t.Error(sum, err)
	}
	if err := ledger.Add(Entry{"nobody", "12"}, &sum); err == nil {
		t.Error("took an entry from nobody")
	}
	if _, err := LedgerServer(); err != nil {
		t.Error(err)
	}
}
