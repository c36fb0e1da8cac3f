package mobart

import "context"

// Command is one command to Redis and its arguments: strings, byte slices and integers.
type Command []any

// Transport sends commands to Redis. Package mobart/resp has one that needs nothing else;
// mobart/goredis has one over a go-redis client.
type Transport interface {
	// Do sends commands in one pipeline and returns one reply for each: nil, string, int64, []any, or an
	// error that the server answered. An XREAD among them may wait at the server for some seconds. The
	// error is for what concerns the connection; then it is not known which commands were carried out.
	Do(ctx context.Context, commands ...Command) ([]any, error)
}
