package mobart

import (
	"context"
	"errors"
	"time"
)

const (
	blockMillis = 2000
	batch       = 100
	pause       = time.Second
	beginning   = "0"
)

// Follow calls handle for every completion that was added to the stream after the entry after, until
// ctx ends or handle returns an error. "0" begins with the oldest that is kept (a week), "$" with the
// next one. Keep the last entry that was handled, and nothing is missed over a restart of the backend.
// While Redis is away it waits.
func (c *Client) Follow(
	ctx context.Context, after string, handle func(entry string, completion Completion) error,
) error {
	if after == "$" {
		last, err := c.lastEntry(ctx)
		if err != nil {
			return err
		}
		after = last
	}
	for ctx.Err() == nil {
		entries, err := c.read(ctx, after)
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			continue
		}
		for _, entry := range entries {
			after = entry.id
			completion, err := ParseCompletion([]byte(entry.completion))
			if err != nil {
				continue // somebody else wrote to the stream
			}
			if err := handle(entry.id, completion); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// lastEntry is where the stream ends now. "$" itself would begin anew with each read, and miss what
// is added between two of them.
func (c *Client) lastEntry(ctx context.Context) (string, error) {
	replies, err := c.do(ctx, Command{"XREVRANGE", c.names.completions(), "+", "-", "COUNT", 1})
	if err != nil {
		return "", err
	}
	for _, entry := range entriesOf(replies[0]) {
		return entry.id, nil
	}
	return beginning, nil
}

type entry struct{ id, completion string }

func (c *Client) read(ctx context.Context, after string) ([]entry, error) {
	replies, err := c.do(ctx, Command{
		"XREAD", "COUNT", batch, "BLOCK", blockMillis, "STREAMS", c.names.completions(), after,
	})
	if err != nil {
		return nil, err
	}
	streams, _ := replies[0].([]any)
	for _, stream := range streams {
		named, _ := stream.([]any)
		if len(named) != 2 {
			return nil, errors.New("mobart: an answer to XREAD that cannot be read")
		}
		return entriesOf(named[1]), nil
	}
	return nil, nil
}

func entriesOf(reply any) []entry {
	var found []entry
	list, _ := reply.([]any)
	for _, one := range list {
		pair, _ := one.([]any)
		if len(pair) != 2 {
			continue
		}
		made := entry{id: text(pair[0])}
		fields, _ := pair[1].([]any)
		for i := 0; i+1 < len(fields); i += 2 {
			if text(fields[i]) == "completion" {
				made.completion = text(fields[i+1])
			}
		}
		found = append(found, made)
	}
	return found
}

// listen has the end of a request sent to the channel it returns, from the moment on at which it
// returns; what ended before is in the request's record. The caller leaves when it is done.
func (c *Client) listen(ctx context.Context, requestID string) (<-chan Completion, func()) {
	heard := make(chan Completion, 1)
	w := &c.waiters
	w.mutex.Lock()
	if w.stop == nil {
		background, stop := context.WithCancel(context.Background())
		w.chans, w.stop, w.ready = map[string][]chan Completion{}, stop, make(chan struct{})
		go c.dispatch(background, w.ready)
	}
	w.chans[requestID] = append(w.chans[requestID], heard)
	ready := w.ready
	w.mutex.Unlock()
	select {
	case <-ready:
	case <-ctx.Done():
	}
	return heard, func() { w.leave(requestID, heard) }
}

// dispatch reads the completions stream for all that wait, until the last one has left.
func (c *Client) dispatch(ctx context.Context, ready chan<- struct{}) {
	after, err := c.lastEntry(ctx)
	for err != nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		after, err = c.lastEntry(ctx)
	}
	close(ready)
	_ = c.Follow(ctx, after, func(_ string, completion Completion) error {
		c.waiters.tell(completion)
		return nil
	})
}

func (w *waiters) tell(completion Completion) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, heard := range w.chans[completion.RequestID] {
		select {
		case heard <- completion:
		default: // it has one already
		}
	}
}

func (w *waiters) leave(requestID string, heard chan Completion) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	left := w.chans[requestID][:0]
	for _, one := range w.chans[requestID] {
		if one != heard {
			left = append(left, one)
		}
	}
	if w.chans[requestID] = left; len(left) == 0 {
		delete(w.chans, requestID)
	}
	if len(w.chans) == 0 {
		w.stop()
		w.stop = nil
	}
}
