package heavy

import (
	"context"
	"database/sql"
	"errors"
	"testing"
)

func TestCountOrders(t *testing.T) {
	if _, err := CountOrders(context.Background(), nil, 1); !errors.Is(err, sql.ErrConnDone) {
		t.Error(err)
	}
}
