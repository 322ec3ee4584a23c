package heavy

import (
	"fmt"
	"net/http"
	"strconv"
)

// ServeOrder answers for one order, by method.
func ServeOrder(stock map[int]int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.URL.Query().Get("id"))
		if err != nil {
			http.Error(w, "id is no number", http.StatusBadRequest)
			return
		}
		switch r.Method {
		case http.MethodGet:
			count, ok := stock[id]
			if !ok {
				http.NotFound(w, r)
				return
			}
			fmt.Fprintln(w, count)
		case http.MethodDelete:
			delete(stock, id)
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", "GET, DELETE")
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	})
}
