// Command example asks for one picture, as a game's backend would.
//
//	go run ./example -prompt "A fierce dragon with glowing eyes"
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/redis/go-redis/v9"

	"mobart"
)

func main() {
	url := flag.String("redis", "redis://localhost:6379/0", "where Redis is")
	prompt := flag.String("prompt", "A fierce dragon with glowing eyes", "what to draw")
	wait := flag.Duration("wait", 20*time.Minute, "how long to wait for it")
	flag.Parse()
	if err := run(*url, *prompt, *wait); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(url, prompt string, wait time.Duration) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	options, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	rdb := redis.NewClient(options)
	defer rdb.Close()

	request := mobart.Request{RequestID: newID(), UserID: "example", Prompt: prompt}
	fmt.Println("asking for", request.RequestID)
	completion, err := mobart.New(rdb).Generate(ctx, request)
	if err != nil {
		return err
	}
	if completion.Status == mobart.Failed {
		return fmt.Errorf("%s (%s, paid: %s)", completion.Error, completion.ErrorCode, completion.Paid)
	}
	fmt.Printf("%s (%dx%d, %.1f s)\n", completion.S3URL, completion.Width, completion.Height,
		completion.GenerationTimeSeconds)
	return nil
}

func newID() string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	return hex.EncodeToString(id)
}
