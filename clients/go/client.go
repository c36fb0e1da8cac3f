// Package mobart asks Mobart for pictures, from a Go backend.
//
// Requests and completions are JSON on Redis; RequestID is the idempotency key. The same request
// sent again is never paid twice: while it is in progress nothing happens, and once it is finished
// its completion is announced again.
package mobart

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

const (
	lookEvery        = 10 * time.Second
	defaultNamespace = "mobart"
)

// Client talks to the workers through Redis. It is safe for concurrent use.
type Client struct {
	transport Transport
	names     names
	waiters   waiters
}

type names struct {
	namespace, requests, cancel string
}

func (n names) stream() string              { return "{" + n.namespace + "}:requests" }
func (n names) completions() string         { return "{" + n.namespace + "}:completions" }
func (n names) job(requestID string) string { return "{" + n.namespace + "}:job:" + requestID }
func (n names) refused(id string) string    { return "{" + n.namespace + "}:refused:" + id }

// channel has the namespace in front, unless that is the default.
func (n names) channel(name string) string {
	if n.namespace == defaultNamespace {
		return name
	}
	return n.namespace + ":" + name
}

// Option changes what a Client takes for granted.
type Option func(*Client)

// WithNamespace names the deployment, where its MOBART_NAMESPACE is not the default.
func WithNamespace(namespace string) Option {
	return func(c *Client) { c.names.namespace = namespace }
}

// WithChannels names the channels of requests and cancellations, where MOBART_REQUESTS_CHANNEL and
// MOBART_CANCEL_CHANNEL are set.
func WithChannels(requests, cancel string) Option {
	return func(c *Client) { c.names.requests, c.names.cancel = requests, cancel }
}

// New returns a client of the workers behind transport.
func New(transport Transport, options ...Option) *Client {
	c := &Client{transport: transport, names: names{namespace: defaultNamespace}}
	for _, option := range options {
		option(c)
	}
	if c.names.requests == "" {
		c.names.requests = c.names.channel("image_generation_requests")
	}
	if c.names.cancel == "" {
		c.names.cancel = c.names.channel("image_generation_cancel")
	}
	return c
}

// Publish sends a request. It waits in a stream for a worker, even if none is running, and is
// announced on the channel as well. After an error, call it again: a repeat is no harm.
func (c *Client) Publish(ctx context.Context, request Request) error {
	message, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("mobart: %w", err)
	}
	return c.send(ctx,
		Command{"XADD", c.names.stream(), "*", "request", message},
		Command{"PUBLISH", c.names.requests, message},
	)
}

// Cancel asks to drop a request that is not paid for yet. It ends as failed, with CodeCancelled, or
// as if nobody had asked.
func (c *Client) Cancel(ctx context.Context, requestID string) error {
	message, err := json.Marshal(map[string]string{"request_id": requestID})
	if err != nil {
		return fmt.Errorf("mobart: %w", err)
	}
	return c.send(ctx, Command{"PUBLISH", c.names.cancel, message})
}

// State is how far a request is.
type State struct {
	// Stage is accepted, paying, paid or settled; empty for a request that no worker took in, or that was
	// forgotten (after 30 days; after an hour if it was refused).
	Stage string
	// Completion is how it ended; nil before that.
	Completion *Completion
	// request is what the record is about.
	request Request
}

// Status looks a request up.
func (c *Client) Status(ctx context.Context, requestID string) (State, error) {
	replies, err := c.do(ctx,
		Command{"HMGET", c.names.job(requestID), "stage", "completion", "request"},
		Command{"GET", c.names.refused(requestID)},
	)
	if err != nil {
		return State{}, err
	}
	record, _ := replies[0].([]any)
	if len(record) != 3 {
		return State{}, fmt.Errorf("mobart: %d fields of a record", len(record))
	}
	state := State{Stage: text(record[0])}
	ended := text(record[1])
	if state.Stage == "" {
		ended = text(replies[1])
	} else if err := json.Unmarshal([]byte(text(record[2])), &state.request); err != nil {
		return State{}, fmt.Errorf("mobart: the record of %s: %w", requestID, err)
	}
	if ended != "" {
		completion, err := ParseCompletion([]byte(ended))
		if err != nil {
			return State{}, err
		}
		state.Stage, state.Completion = "settled", &completion
	}
	return state, nil
}

// Wait returns how a request ended, however long ago or from now; a failed one as a *FailedError.
// It cannot miss the end: it hears of it by the completions stream, and looks at the request's record
// once it listens and now and then. Any number of calls share one connection.
func (c *Client) Wait(ctx context.Context, requestID string) (Completion, error) {
	return c.wait(ctx, requestID, nil)
}

// Generate publishes a request and waits for its end. Call it again with the same request after a
// restart of the backend: it goes on waiting, and nothing is paid twice.
func (c *Client) Generate(ctx context.Context, request Request) (Completion, error) {
	return c.wait(ctx, request.RequestID, &request)
}

func (c *Client) wait(ctx context.Context, requestID string, request *Request) (Completion, error) {
	heard, leave := c.listen(ctx, requestID)
	defer leave()
	if request != nil {
		if err := c.Publish(ctx, *request); err != nil {
			return Completion{}, err
		}
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		state, err := c.Status(ctx, requestID)
		if err == nil && request != nil && state.conflicts(*request) {
			return Completion{}, ErrConflict
		}
		if err == nil && state.Completion != nil {
			return outcome(*state.Completion)
		}
		select {
		case <-ctx.Done():
			return Completion{}, fmt.Errorf("mobart: waiting for %s: %w", requestID, ctx.Err())
		case <-ticker.C:
		case completion := <-heard:
			return outcome(completion)
		}
	}
}

// conflicts reports whether the record is of another request than the one that was sent.
func (s State) conflicts(sent Request) bool {
	known := s.request
	return known.RequestID != "" && (known.UserID != sent.UserID || known.Prompt != sent.Prompt)
}

// send carries out commands of which no reply is of interest.
func (c *Client) send(ctx context.Context, commands ...Command) error {
	_, err := c.do(ctx, commands...)
	return err
}

// do carries out commands and returns the first error among the replies as an error.
func (c *Client) do(ctx context.Context, commands ...Command) ([]any, error) {
	replies, err := c.transport.Do(ctx, commands...)
	if err != nil {
		return nil, fmt.Errorf("mobart: redis: %w", err)
	}
	for _, reply := range replies {
		if err, failed := reply.(error); failed {
			return nil, fmt.Errorf("mobart: redis: %w", err)
		}
	}
	return replies, nil
}

func text(reply any) string {
	found, _ := reply.(string)
	return found
}

// waiters are those who wait for the end of a request, by its id.
type waiters struct {
	mutex sync.Mutex
	chans map[string][]chan Completion
	stop  context.CancelFunc // of the goroutine that reads the stream; nil while there is none
	ready chan struct{}      // closed once that goroutine knows where it begins
}
