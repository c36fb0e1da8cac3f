// Command example asks for one picture, as a game's backend would.
//
//	go run ./example -prompt "A fierce dragon with glowing eyes"
//
// Stopped while it waits, it goes on with -id: nothing is paid twice.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"mobart"
	"mobart/resp"
)

func main() {
	redis := flag.String("redis", "redis://localhost:6379/0", "where Redis is")
	namespace := flag.String("namespace", "mobart", "MOBART_NAMESPACE of the workers")
	prompt := flag.String("prompt", "A fierce dragon with glowing eyes", "what to draw")
	preset := flag.String("preset", "", "how it is made and treated")
	id := flag.String("id", "", "request_id; empty for a new one")
	only := flag.Bool("wait-only", false, "ask for nothing, wait for -id")
	limit := flag.Duration("wait", 20*time.Minute, "how long to wait for it")
	flag.Parse()
	transport, err := resp.Open(*redis)
	if err != nil {
		fail(err)
	}
	defer transport.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if *id == "" {
		*id = newID()
	}
	client := mobart.New(transport, mobart.WithNamespace(*namespace))
	request := mobart.Request{RequestID: *id, UserID: "example", Prompt: *prompt, Preset: *preset}
	if err := run(ctx, client, request, *only); err != nil {
		fail(err)
	}
}

func run(ctx context.Context, client *mobart.Client, request mobart.Request, waitOnly bool) error {
	fmt.Println("waiting for", request.RequestID)
	var picture mobart.Completion
	var err error
	if waitOnly {
		picture, err = client.Wait(ctx, request.RequestID)
	} else {
		picture, err = client.Generate(ctx, request)
	}
	var failed *mobart.FailedError
	if errors.As(err, &failed) && failed.Retryable() {
		return fmt.Errorf("%w; try again in %s", err, failed.RetryAfter())
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s %s (%dx%d)\n", picture.S3Key, picture.S3URL, picture.Width, picture.Height)
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func newID() string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	return hex.EncodeToString(id)
}
