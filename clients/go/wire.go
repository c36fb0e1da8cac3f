package mobart

import (
	"encoding/json"
	"fmt"
	"time"
)

// Request asks for one picture. The first three fields are required. Ids begin with a letter or a
// digit, have at most 128 characters, and those are letters, digits and . _ : @ -
type Request struct {
	RequestID   string         `json:"request_id"`
	UserID      string         `json:"user_id"`
	Prompt      string         `json:"prompt"`
	Preset      string         `json:"preset,omitempty"`
	Options     map[string]any `json:"options,omitempty"`
	Traceparent string         `json:"traceparent,omitempty"`
	// Priority is high, normal or low, and normal where it is empty: how soon the request has its turn.
	Priority string `json:"priority,omitempty"`
}

// Status is how a request ended.
type Status string

// A completion has one of these.
const (
	Completed Status = "completed"
	Failed    Status = "failed"
)

// Completion is how a request ended. Which fields are set depends on Status.
type Completion struct {
	RequestID string    `json:"request_id"`
	UserID    string    `json:"user_id"`
	Status    Status    `json:"status"`
	Timestamp time.Time `json:"timestamp"`

	// Completed: a PNG with transparency.
	S3Key                 string  `json:"s3_key,omitempty"`
	S3URL                 string  `json:"s3_url,omitempty"`
	GenerationTimeSeconds float64 `json:"generation_time_seconds,omitempty"`
	Width                 int     `json:"width,omitempty"`
	Height                int     `json:"height,omitempty"`
	Bytes                 int64   `json:"bytes,omitempty"`
	SHA256                string  `json:"sha256,omitempty"`
	Preset                string  `json:"preset,omitempty"`
	Provider              string  `json:"provider,omitempty"`
	// SidecarKey: where the JSON beside the picture is, if the option "sidecar" asked for one.
	SidecarKey string `json:"sidecar_key,omitempty"`
	// Variants: the other pictures that came with this one, with the option "tile": "all".
	Variants []Asset `json:"variants,omitempty"`
	// Art: what was found in the picture and done to it; see docs/art.md.
	Art map[string]any `json:"art,omitempty"`
	// RawKey: where the picture is as its provider made it, if the workers keep those.
	RawKey string `json:"raw_key,omitempty"`

	// Failed: Error is a sentence for people, ErrorCode is from a closed list.
	Error     string `json:"error,omitempty"`
	ErrorCode string `json:"error_code,omitempty"`
	// Retryable: the same prompt under a new request_id has a chance.
	Retryable bool `json:"retryable,omitempty"`
	// RetryAfter: seconds until that chance; nil where there is none.
	RetryAfter *float64 `json:"retry_after,omitempty"`
	// Who has to act first: player, backend, operator or nobody.
	Who  string `json:"who,omitempty"`
	Paid Paid   `json:"paid,omitempty"`
	// Detail: for developers, where Error does not say it all.
	Detail string `json:"detail,omitempty"`

	// Cost: what was spent on it in USD, as far as is known, may be an estimate; nil where it is not.
	Cost *float64 `json:"cost,omitempty"`
	// Duplicate: announced before, and again because the request was sent again.
	Duplicate bool `json:"duplicate,omitempty"`
	// Correction: the failure announced before, with paid unknown, turned out otherwise.
	Correction bool `json:"correction,omitempty"`
	// MadeFrom: the request that an operator ran again as this one, or whose picture this one processes.
	MadeFrom    string `json:"made_from,omitempty"`
	Traceparent string `json:"traceparent,omitempty"`
}

// Asset is one picture in S3.
type Asset struct {
	S3Key      string `json:"s3_key"`
	S3URL      string `json:"s3_url"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Bytes      int64  `json:"bytes"`
	SHA256     string `json:"sha256"`
	SidecarKey string `json:"sidecar_key,omitempty"`
}

// Progress is what a request in progress looks like, where the worker is set to tell.
type Progress struct {
	RequestID string `json:"request_id"`
	UserID    string `json:"user_id"`
	Status    string `json:"status"`
	Stage     string `json:"stage"`
	Progress  int    `json:"progress"`
}

// Paid says whether a failed request cost money.
type Paid string

// A failed completion has one of these.
const (
	PaidYes     Paid = "yes"
	PaidNo      Paid = "no"
	PaidUnknown Paid = "unknown"
)

// UnmarshalJSON reads true, false or "unknown".
func (p *Paid) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*p = PaidYes
	case "false":
		*p = PaidNo
	case `"unknown"`:
		*p = PaidUnknown
	case "null":
	default:
		return fmt.Errorf("mobart: paid cannot be %s", data)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (p Paid) MarshalJSON() ([]byte, error) {
	switch p {
	case PaidYes:
		return []byte("true"), nil
	case PaidNo:
		return []byte("false"), nil
	default:
		return []byte(`"unknown"`), nil
	}
}

// ParseCompletion reads a message of the completions channel or stream, or the body of a webhook.
func ParseCompletion(data []byte) (Completion, error) {
	var completion Completion
	if err := json.Unmarshal(data, &completion); err != nil {
		return Completion{}, fmt.Errorf("mobart: not a completion: %w", err)
	}
	return completion, nil
}
