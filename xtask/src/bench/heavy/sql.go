package heavy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// CountOrders counts a customer's orders; a customer unknown has none.
func CountOrders(ctx context.Context, db *sql.DB, customer int) (int, error) {
	if customer <= 0 {
		return 0, fmt.Errorf("no customer: %d", customer)
	}
	if db == nil {
		return 0, sql.ErrConnDone
	}
	var count int
	row := db.QueryRowContext(ctx, "SELECT n FROM orders WHERE customer = ?", customer)
	err := row.Scan(&count)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return count, err
}
