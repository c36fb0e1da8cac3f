package mobart

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	tolerance   = 5 * time.Minute
	largestBody = 1 << 20 // bytes
)

// ErrSignature is what VerifyWebhook returns for a body that the workers did not sign, or not lately.
var ErrSignature = errors.New("mobart: the webhook is not signed as it should be")

// VerifyWebhook checks the Standard Webhooks signature of a completion that was posted to the
// backend, and reads it. secret is the worker's MOBART_WEBHOOK_SECRET (whsec_...). Answer 2xx once
// the completion is stored; anything else has it posted again, under the same webhook-id.
func VerifyWebhook(
	secret string, header http.Header, body []byte, now time.Time,
) (Completion, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return Completion{}, fmt.Errorf("mobart: the secret is not base64: %w", err)
	}
	sent, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil || now.Sub(time.Unix(sent, 0)).Abs() > tolerance {
		return Completion{}, ErrSignature
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", header.Get("webhook-id"), sent)
	mac.Write(body)
	expected := mac.Sum(nil)
	for _, signature := range strings.Fields(header.Get("webhook-signature")) {
		version, encoded, _ := strings.Cut(signature, ",")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if err == nil && version == "v1" && hmac.Equal(given, expected) {
			return ParseCompletion(body)
		}
	}
	return Completion{}, ErrSignature
}

// WebhookHandler serves GO_BACKEND_URL: it verifies each webhook and calls handle. An error of
// handle is answered 500, so that the webhook is sent again; a bad signature is answered 401.
func WebhookHandler(
	secret string, handle func(ctx context.Context, completion Completion) error,
) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
		if err != nil {
			http.Error(w, "the body could not be read", http.StatusBadRequest)
			return
		}
		completion, err := VerifyWebhook(secret, r.Header, body, time.Now())
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if err := handle(r.Context(), completion); err != nil {
			http.Error(w, "not stored", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
