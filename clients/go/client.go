package mobart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	confirmWithin = 5 * time.Second
	lookEvery     = 10 * time.Second
	blockFor      = 2 * time.Second
	channelSize   = 1000
)

// ErrNobodyListens is what Publish returns when no worker heard the message, which is lost then.
var ErrNobodyListens = errors.New("mobart: no worker is subscribed")

// ErrPending is what Outcome returns for a request that is unknown or not finished.
var ErrPending = errors.New("mobart: no outcome yet")

// Redis is what is needed of a go-redis client; all of them have it.
type Redis interface {
	Publish(ctx context.Context, channel string, message any) *redis.IntCmd
	Subscribe(ctx context.Context, channels ...string) *redis.PubSub
	XAdd(ctx context.Context, args *redis.XAddArgs) *redis.StringCmd
	XRead(ctx context.Context, args *redis.XReadArgs) *redis.XStreamSliceCmd
	HGet(ctx context.Context, key, field string) *redis.StringCmd
}

// Client talks to the workers through Redis. It is safe for concurrent use.
type Client struct {
	redis Redis
}

// New returns a client of the workers behind rdb.
func New(rdb Redis) *Client {
	return &Client{redis: rdb}
}

// Publish sends a request to the workers that listen, which is at most once: with no worker subscribed it is
// lost, and ErrNobodyListens says so. (On Redis Cluster only listeners on one node are counted.)
func (c *Client) Publish(ctx context.Context, request Request) error {
	message, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("mobart: %w", err)
	}
	heard, err := c.redis.Publish(ctx, RequestsChannel, message).Result()
	if err != nil {
		return fmt.Errorf("mobart: publish: %w", err)
	}
	if heard == 0 {
		return ErrNobodyListens
	}
	return nil
}

// Enqueue sends a request that waits for a worker, even if none is running. Sending it twice, as a
// retry after a timeout does, is no harm.
func (c *Client) Enqueue(ctx context.Context, request Request) error {
	message, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("mobart: %w", err)
	}
	err = c.redis.XAdd(ctx, &redis.XAddArgs{
		Stream: RequestsStream,
		Values: []any{"request", message},
	}).Err()
	if err != nil {
		return fmt.Errorf("mobart: enqueue: %w", err)
	}
	return nil
}

// Cancel asks to drop a request that is not paid for yet.
func (c *Client) Cancel(ctx context.Context, requestID string) error {
	message, err := json.Marshal(map[string]string{"request_id": requestID})
	if err != nil {
		return fmt.Errorf("mobart: %w", err)
	}
	if err := c.redis.Publish(ctx, CancelChannel, message).Err(); err != nil {
		return fmt.Errorf("mobart: cancel: %w", err)
	}
	return nil
}

// Outcome reads how a request ended, up to 30 days later, or returns ErrPending.
func (c *Client) Outcome(ctx context.Context, requestID string) (Completion, error) {
	data, err := c.redis.HGet(ctx, jobPrefix+requestID, "completion").Bytes()
	if errors.Is(err, redis.Nil) {
		return Completion{}, ErrPending
	}
	if err != nil {
		return Completion{}, fmt.Errorf("mobart: outcome: %w", err)
	}
	return ParseCompletion(data)
}

// Generate enqueues a request and waits for its end.
func (c *Client) Generate(ctx context.Context, request Request) (Completion, error) {
	return c.WaitFor(ctx, request.RequestID, func(ctx context.Context) error {
		return c.Enqueue(ctx, request)
	})
}

// WaitFor subscribes, then calls send (which may be nil), then waits for the end of the request:
// subscribing first, because a completion that nobody hears is not repeated by itself. What is
// missed nevertheless, as over a lost connection, is found in the job's record, which is looked at
// now and then. A failed request is a Completion too, not an error.
//
// Each call has a subscription of its own. A backend with many requests under way listens once,
// with Follow, instead.
func (c *Client) WaitFor(
	ctx context.Context, requestID string, send func(context.Context) error,
) (Completion, error) {
	subscription := c.redis.Subscribe(ctx, CompleteChannel)
	defer subscription.Close()
	if _, err := subscription.ReceiveTimeout(ctx, confirmWithin); err != nil {
		return Completion{}, fmt.Errorf("mobart: subscribe: %w", err)
	}
	if send != nil {
		if err := send(ctx); err != nil {
			return Completion{}, err
		}
	}
	return c.await(ctx, requestID, subscription.Channel(redis.WithChannelSize(channelSize)))
}

func (c *Client) await(
	ctx context.Context, requestID string, messages <-chan *redis.Message,
) (Completion, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		completion, err := c.Outcome(ctx, requestID)
		if err == nil {
			return completion, nil
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return Completion{}, fmt.Errorf("mobart: %s: %w", requestID, ctx.Err())
			case <-ticker.C:
				waiting = false
			case message, open := <-messages:
				if !open {
					return Completion{}, errors.New("mobart: the subscription was closed")
				}
				completion, err := ParseCompletion([]byte(message.Payload))
				if err == nil && completion.RequestID == requestID {
					return completion, nil
				}
			}
		}
	}
}

// Follow calls handle for every completion that was added to the stream after the entry after
// ("0" for all that are kept, "$" for those from now on), until ctx ends or handle returns an error.
// Keep the last entry, and nothing is missed over a restart of the backend.
func (c *Client) Follow(
	ctx context.Context, after string, handle func(entry string, completion Completion) error,
) error {
	for ctx.Err() == nil {
		streams, err := c.redis.XRead(ctx, &redis.XReadArgs{
			Streams: []string{CompletionsStream, after},
			Count:   100,
			Block:   blockFor,
		}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return fmt.Errorf("mobart: follow: %w", err)
		}
		for _, message := range streams[0].Messages {
			data, _ := message.Values["completion"].(string)
			after = message.ID
			completion, err := ParseCompletion([]byte(data))
			if err != nil {
				continue // somebody else wrote to the stream
			}
			if err := handle(message.ID, completion); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
