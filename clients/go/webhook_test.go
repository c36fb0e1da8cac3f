package mobart

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheHandlerAnswersWhatTheWorkerIsToDo(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	body := `{"request_id":"r1","status":"completed","timestamp":"2026-01-02T03:04:05Z"}`
	for name, try := range map[string]struct {
		secret string
		result error
		want   int
	}{
		"stored":     {secret, nil, http.StatusNoContent},
		"not stored": {secret, errors.New("away"), http.StatusInternalServerError},
		"forged":     {"whsec_AAAA", nil, http.StatusUnauthorized},
	} {
		sent := fmt.Sprint(time.Now().Unix())
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte("id." + sent + "." + body))
		request := httptest.NewRequest(http.MethodPost, "/done", strings.NewReader(body))
		request.Header.Set("webhook-id", "id")
		request.Header.Set("webhook-timestamp", sent)
		request.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		answer := httptest.NewRecorder()
		WebhookHandler(try.secret, func(context.Context, Completion) error {
			return try.result
		}).ServeHTTP(answer, request)
		if answer.Code != try.want {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
}
