package mobart

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestACompletedMessageIsReadWhole(t *testing.T) {
	got, err := ParseCompletion([]byte(`{"request_id":"r1","user_id":"u1","status":"completed",
		"s3_key":"generated/u1/r1.png","s3_url":"https://b.s3.us-west-2.amazonaws.com/generated/u1/r1.png",
		"generation_time_seconds":45.2,"width":1024,"height":1024,"bytes":123456,"sha256":"ab",
		"preset":"auto","provider":"midjourney","timestamp":"2026-08-10T19:30:00.123Z","new_field":1}`))
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 8, 10, 19, 30, 0, 123e6, time.UTC)
	if got.Status != Completed || got.GenerationTimeSeconds != 45.2 || !got.Timestamp.Equal(when) {
		t.Errorf("%+v", got)
	}
}

func TestAFailedMessageSaysWhetherItWasPaid(t *testing.T) {
	for data, want := range map[string]Paid{
		`true`: PaidYes, `false`: PaidNo, `"unknown"`: PaidUnknown,
	} {
		got, err := ParseCompletion([]byte(`{"request_id":"r1","status":"failed","paid":` + data + `,
			"error":"It failed.","error_code":"internal","timestamp":"2026-08-10T19:30:00Z"}`))
		if err != nil || got.Paid != want {
			t.Errorf("%s: %v, %v", data, got.Paid, err)
		}
		back, err := json.Marshal(got.Paid)
		if err != nil || string(back) != data {
			t.Errorf("%s: written as %s, %v", data, back, err)
		}
	}
}

func TestWhatIsNoCompletionIsAnError(t *testing.T) {
	for _, data := range []string{``, `[]`, `{"paid":3}`} {
		if _, err := ParseCompletion([]byte(data)); err == nil {
			t.Errorf("%q was read", data)
		}
	}
}

func TestARequestHasNoFieldsThatWereNotSet(t *testing.T) {
	data, err := json.Marshal(Request{RequestID: "r1", UserID: "u1", Prompt: "a dragon"})
	want := `{"request_id":"r1","user_id":"u1","prompt":"a dragon"}`
	if err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
}

// The signature was made with the reference library of Standard Webhooks.
func TestAWebhookIsReadOnlyIfItIsSigned(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	body := []byte(`{"request_id":"r1","status":"completed","timestamp":"2026-01-02T03:04:05Z"}`)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	header := http.Header{}
	header.Set("webhook-id", "msg_1767323045000-0")
	header.Set("webhook-timestamp", "1767323045")
	header.Set("webhook-signature", "v1,AAAA v1,bUrOO5CJyUMSx2w74IpgYDu5h2wQMXqdSHaIra+Jg4Q=")
	got, err := VerifyWebhook(secret, header, body, now.Add(time.Minute))
	if err != nil || got.RequestID != "r1" {
		t.Errorf("%+v, %v", got, err)
	}
	refused := map[string]func() (Completion, error){
		"late":    func() (Completion, error) { return VerifyWebhook(secret, header, body, now.Add(time.Hour)) },
		"early":   func() (Completion, error) { return VerifyWebhook(secret, header, body, now.Add(-time.Hour)) },
		"changed": func() (Completion, error) { return VerifyWebhook(secret, header, []byte(`{}`), now) },
		"other":   func() (Completion, error) { return VerifyWebhook("whsec_AAAA", header, body, now) },
		"bare":    func() (Completion, error) { return VerifyWebhook(secret, http.Header{}, body, now) },
	}
	for name, verify := range refused {
		if _, err := verify(); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
