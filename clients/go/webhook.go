package mobart

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

// ErrSignature is what VerifyCallback returns for a body that the workers did not sign, or not lately.
var ErrSignature = errors.New("mobart: the callback is not signed as it should be")

// VerifyCallback checks the Standard Webhooks signature of a completion that was posted to the
// backend, and reads it. secret is the worker's MOBART_WEBHOOK_SECRET (whsec_...). Answer 2xx once
// the completion is stored; anything else has it posted again, under the same webhook-id.
func VerifyCallback(
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
