// Package mobarttest plays Redis with a worker behind it, in memory, for a backend's own tests.
//
//	worker := mobarttest.NewWorker()
//	client := mobart.New(worker)
//
// Every request is completed at once, but those that a test says otherwise of.
package mobarttest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"mobart"
)

// Worker is a mobart.Transport. It is safe for concurrent use.
type Worker struct {
	mutex    sync.Mutex
	requests []mobart.Request
	records  map[string]*record
	early    map[string]bool // cancelled before the request came
	stream   []string        // completions; the entry of the first one is "1-0"
	changed  chan struct{}
	rules    []rule
}

type record struct {
	request    mobart.Request
	message    string
	completion string
}

type rule struct {
	applies func(mobart.Request) bool
	code    string // empty: hold it back
}

var cancelled = mobart.Completion{Status: mobart.Failed, ErrorCode: mobart.CodeCancelled}

// NewWorker returns a worker that has seen nothing.
func NewWorker() *Worker {
	return &Worker{records: map[string]*record{}, early: map[string]bool{}, changed: make(chan struct{})}
}

// Fail has requests from now on fail with code (as mobart.CodeModerationBlocked) where applies is
// true of them.  Retryable, RetryAfter and Who are those of a real worker.
func (w *Worker) Fail(code string, applies func(mobart.Request) bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.rules = append(w.rules, rule{applies: applies, code: code})
}

// Hold has requests from now on stay in progress where applies is true of them, until Finish.
func (w *Worker) Hold(applies func(mobart.Request) bool) { w.Fail("", applies) }

// Requests returns the requests that were taken in, each once.
func (w *Worker) Requests() []mobart.Request {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return append([]mobart.Request(nil), w.requests...)
}

// Finish ends a request that is held back. Fields that are not set get values fit for Status.
func (w *Worker) Finish(completion mobart.Completion) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if known := w.records[completion.RequestID]; known != nil && known.completion == "" {
		w.settle(known, completion)
	}
}

// Do carries out the commands that package mobart sends.
func (w *Worker) Do(ctx context.Context, commands ...mobart.Command) ([]any, error) {
	replies := make([]any, len(commands))
	for i, command := range commands {
		words := make([]string, len(command))
		for j, word := range command {
			if data, raw := word.([]byte); raw {
				word = string(data)
			}
			words[j] = fmt.Sprint(word)
		}
		reply, err := w.carryOut(ctx, words)
		if err != nil {
			return nil, err
		}
		replies[i] = reply
	}
	return replies, nil
}

func (w *Worker) carryOut(ctx context.Context, words []string) (any, error) {
	if words[0] == "XREAD" {
		return w.read(ctx, words[len(words)-1])
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	switch words[0] {
	case "XADD":
		w.take(words[len(words)-1])
		return "1-0", nil
	case "PUBLISH": // the same request as that in the stream, or a cancellation
		w.cancel(words[2])
		return int64(1), nil
	case "HMGET":
		known := w.records[words[1][strings.LastIndex(words[1], ":job:")+len(":job:"):]]
		if known == nil {
			return []any{nil, nil, nil}, nil
		}
		if known.completion == "" {
			return []any{"paid", nil, known.message}, nil
		}
		return []any{"settled", known.completion, known.message}, nil
	case "GET":
		return nil, nil
	case "XREVRANGE":
		if len(w.stream) == 0 {
			return []any{}, nil
		}
		return []any{w.entry(len(w.stream))}, nil
	default:
		return nil, fmt.Errorf("mobarttest: %s is not known here", words[0])
	}
}

func (w *Worker) take(message string) {
	var request mobart.Request
	if json.Unmarshal([]byte(message), &request) != nil || request.RequestID == "" {
		return
	}
	if known := w.records[request.RequestID]; known != nil {
		return
	}
	known := &record{request: request, message: message}
	w.records[request.RequestID] = known
	w.requests = append(w.requests, request)
	if w.early[request.RequestID] {
		w.settle(known, cancelled)
		return
	}
	ending := mobart.Completion{Status: mobart.Completed}
	for _, rule := range w.rules {
		if !rule.applies(request) {
			continue
		}
		if rule.code == "" {
			return
		}
		ending = mobart.Completion{Status: mobart.Failed, ErrorCode: rule.code}
		break
	}
	w.settle(known, ending)
}

func (w *Worker) cancel(message string) {
	fields := map[string]any{}
	if json.Unmarshal([]byte(message), &fields) != nil || len(fields) != 1 {
		return
	}
	id, _ := fields["request_id"].(string)
	if known := w.records[id]; known == nil {
		w.early[id] = true
	} else if known.completion == "" {
		w.settle(known, cancelled)
	}
}

func (w *Worker) settle(known *record, completion mobart.Completion) {
	asked := known.request
	completion.RequestID, completion.UserID = asked.RequestID, asked.UserID
	if completion.Timestamp.IsZero() {
		completion.Timestamp = time.Now().UTC()
	}
	if completion.Status == mobart.Completed && completion.S3Key == "" {
		completion.S3Key = "generated/" + asked.UserID + "/" + asked.RequestID + ".png"
		completion.S3URL = "https://assets.example/" + completion.S3Key
		completion.Width, completion.Height, completion.Bytes = 64, 64, 1234
		completion.Preset, completion.Provider = "auto", "midjourney"
	}
	if completion.Status == mobart.Failed {
		advise(&completion)
		if completion.Error == "" {
			completion.Error = "The picture could not be made."
		}
		if completion.Paid == "" {
			completion.Paid = mobart.PaidNo
		}
	}
	message, err := json.Marshal(completion)
	if err != nil {
		panic(err) // it is made of strings and numbers
	}
	known.completion = string(message)
	w.stream = append(w.stream, known.completion)
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *Worker) entry(number int) any {
	return []any{fmt.Sprintf("%d-0", number), []any{"completion", w.stream[number-1]}}
}

// read waits a moment, as XREAD does, for entries after the one that is named.
func (w *Worker) read(ctx context.Context, after string) (any, error) {
	var last int
	if _, err := fmt.Sscanf(after, "%d", &last); err != nil {
		return nil, fmt.Errorf("mobarttest: no entry %q", after)
	}
	deadline := time.NewTimer(time.Second)
	defer deadline.Stop()
	for {
		w.mutex.Lock()
		changed := w.changed
		var entries []any
		for number := last + 1; number <= len(w.stream); number++ {
			entries = append(entries, w.entry(number))
		}
		w.mutex.Unlock()
		if len(entries) > 0 {
			return []any{[]any{"completions", entries}}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-deadline.C:
			return nil, nil
		case <-changed:
		}
	}
}
