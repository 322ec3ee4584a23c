package heavy

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestServeOrder(t *testing.T) {
	handler := ServeOrder(map[int]int{7: 3})
	for target, want := range map[string]int{
		"/?id=7": http.StatusOK,
		"/?id=8": http.StatusNotFound,
		"/?id=x": http.StatusBadRequest,
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, target, nil))
		if answer.Code != want {
			t.Errorf("%s: %d, want %d", target, answer.Code, want)
		}
	}
}
