package resp

import (
	"bufio"
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"mobart"
)

func TestRepliesOfEveryKindAreRead(t *testing.T) {
	for data, want := range map[string]any{
		"+OK\r\n":                       "OK",
		"-ERR no\r\n":                   Error("ERR no"),
		":12\r\n":                       int64(12),
		"$3\r\na\r\n\r\n":               "a\r\n",
		"$-1\r\n":                       nil,
		"*-1\r\n":                       nil,
		"*0\r\n":                        []any{},
		"*2\r\n$1\r\na\r\n*1\r\n:1\r\n": []any{"a", []any{int64(1)}},
	} {
		got, err := readReply(bufio.NewReader(strings.NewReader(data)))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %#v, %v", data, got, err)
		}
	}
}

func TestWhatIsNoReplyIsAnError(t *testing.T) {
	for _, data := range []string{
		"", "\r\n", "?\r\n", ":x\r\n", "$9999999999\r\n", "$3\r\na", "*x\r\n", "*9999999\r\n",
		strings.Repeat("*1\r\n", 100),
	} {
		if got, err := readReply(bufio.NewReader(strings.NewReader(data))); err == nil {
			t.Errorf("%q was read as %#v", data, got)
		}
	}
}

func TestAnAddressIsReadAndItsPasswordNeverShown(t *testing.T) {
	opened, err := Open("rediss://me:secret@redis.example/3")
	if err != nil || opened.address != "redis.example:6379" || opened.database != "3" ||
		opened.username != "me" || opened.password != "secret" || opened.secure == nil {
		t.Errorf("%+v, %v", opened, err)
	}
	for _, address := range []string{"secret://x", "redis://a:sec ret@x:y", "redis.example:6379"} {
		if _, err := Open(address); err == nil || strings.Contains(err.Error(), "sec ret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// serve answers each connection by script: what is read, then what is written; then it closes.
func serve(t *testing.T, script func(net.Conn)) *Transport {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			one, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer one.Close()
				script(one)
			}()
		}
	}()
	opened, err := Open("redis://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func answerOnce(one net.Conn) {
	buffer := make([]byte, 1024)
	if _, err := one.Read(buffer); err == nil {
		one.Write([]byte("+PONG\r\n"))
	}
}

func TestAConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	transport := serve(t, answerOnce)
	for range [3]int{} {
		replies, err := transport.Do(context.Background(), mobart.Command{"PING"})
		if err != nil || replies[0] != "PONG" {
			t.Fatalf("%v, %v", replies, err)
		}
		time.Sleep(10 * time.Millisecond) // until the server's end of the connection is here
	}
}

func TestAServerThatSaysNothingIsLeftWhenTheContextEnds(t *testing.T) {
	transport := serve(t, func(one net.Conn) { one.Read(make([]byte, 1)); time.Sleep(time.Minute) })
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := transport.Do(ctx, mobart.Command{"PING"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnArgumentOfAnotherTypeIsRefused(t *testing.T) {
	transport := serve(t, answerOnce)
	if _, err := transport.Do(context.Background(), mobart.Command{"SET", 1.5}); err == nil {
		t.Error("it was sent")
	}
}
