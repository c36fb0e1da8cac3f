package mobart

import (
	"errors"
	"fmt"
	"time"
)

// ErrConflict is what Generate returns when its RequestID is that of another request, which goes on
// undisturbed.
var ErrConflict = errors.New("mobart: the request_id is another request's")

// FailedError says that a request ended without a picture. It holds the whole completion.
type FailedError struct {
	Completion Completion
}

// Error is for logs; Completion.Error is the sentence for players.
func (e *FailedError) Error() string {
	c := e.Completion
	text := fmt.Sprintf("mobart: %s failed: %s (%s, paid: %s)", c.RequestID, c.Error, c.ErrorCode, c.Paid)
	if c.Detail != "" {
		text += ": " + c.Detail
	}
	return text
}

// Retryable reports whether the same prompt under a new RequestID has a chance.
func (e *FailedError) Retryable() bool { return e.Completion.Retryable }

// RetryAfter is how long to wait until then; zero where there is no chance, or one at once.
func (e *FailedError) RetryAfter() time.Duration {
	if e.Completion.RetryAfter == nil {
		return 0
	}
	return time.Duration(*e.Completion.RetryAfter * float64(time.Second))
}

// outcome returns a failed completion as an error.
func outcome(c Completion) (Completion, error) {
	if c.Status == Failed {
		return c, &FailedError{Completion: c}
	}
	return c, nil
}
