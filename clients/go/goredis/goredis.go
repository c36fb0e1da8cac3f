// Package goredis lets mobart use a backend's own go-redis client: plain, Sentinel or Cluster.
package goredis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"mobart"
)

// Transport returns a transport over rdb, which the caller goes on to own. A client with Protocol 3,
// go-redis's default, and one with Protocol 2 are alike.
func Transport(rdb redis.UniversalClient) mobart.Transport { return transport{rdb} }

type transport struct{ rdb redis.UniversalClient }

func (t transport) Do(ctx context.Context, commands ...mobart.Command) ([]any, error) {
	pipeline := t.rdb.Pipeline()
	sent := make([]*redis.Cmd, len(commands))
	for i, command := range commands {
		sent[i] = pipeline.Do(ctx, command...)
	}
	_, err := pipeline.Exec(ctx)
	var answered redis.Error
	if err != nil && !errors.As(err, &answered) {
		return nil, err
	}
	replies := make([]any, len(sent))
	for i, command := range sent {
		replies[i] = reply(command)
	}
	return replies, nil
}

func reply(command *redis.Cmd) any {
	value, err := command.Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil
	case err != nil:
		return err
	default:
		return flat(value)
	}
}

// flat turns the maps of Protocol 3 into the lists of pairs of Protocol 2.
func flat(value any) any {
	switch given := value.(type) {
	case map[any]any:
		pairs := make([]any, 0, len(given))
		for key, one := range given {
			pairs = append(pairs, []any{flat(key), flat(one)})
		}
		return pairs
	case []any:
		for i := range given {
			given[i] = flat(given[i])
		}
	}
	return value
}
