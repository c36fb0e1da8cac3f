// Package resp speaks to one Redis server: a small transport for mobart, without any dependency.
package resp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"mobart"
)

const (
	dialTimeout  = 5 * time.Second
	replyTimeout = 15 * time.Second // longer than any XREAD of package mobart waits
	idleKept     = 8
)

// Transport is a pool of connections to one server. It is safe for concurrent use.
type Transport struct {
	network, address, username, password, database string
	secure                                         *tls.Config

	mutex sync.Mutex
	idle  []*connection
}

// Open reads an address: redis://[user:password@]host[:port][/db], rediss:// for TLS, or
// unix://[user:password@]/path[?db=n]. Connections are made when they are needed.
func Open(address string) (*Transport, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("resp: the address of Redis cannot be read") // it may hold a password
	}
	t := &Transport{network: "tcp", username: parsed.User.Username()}
	t.password, _ = parsed.User.Password()
	switch parsed.Scheme {
	case "unix":
		t.network, t.address, t.database = "unix", parsed.Path, parsed.Query().Get("db")
		return t, nil
	case "rediss":
		t.secure = &tls.Config{ServerName: parsed.Hostname(), MinVersion: tls.VersionTLS12}
	case "redis":
	default:
		return nil, fmt.Errorf("resp: an address of Redis cannot begin with %q", parsed.Scheme)
	}
	port := parsed.Port()
	if port == "" {
		port = "6379"
	}
	t.address, t.database = net.JoinHostPort(parsed.Hostname(), port), strings.Trim(parsed.Path, "/")
	return t, nil
}

// Close closes the connections that are not in use.
func (t *Transport) Close() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, one := range t.idle {
		one.net.Close()
	}
	t.idle = nil
	return nil
}

// Do sends commands in one pipeline and returns one reply for each. On a connection that the server
// has closed meanwhile, they are sent once more on a new one.
func (t *Transport) Do(ctx context.Context, commands ...mobart.Command) ([]any, error) {
	one := t.take()
	reused := one != nil
	for {
		if one == nil {
			var err error
			if one, err = t.connect(ctx); err != nil {
				return nil, err
			}
		}
		replies, err := one.do(ctx, commands)
		if err == nil {
			t.give(one)
			return replies, nil
		}
		one.net.Close()
		if !reused || !errors.Is(err, io.EOF) {
			return nil, err
		}
		one, reused = nil, false
	}
}

func (t *Transport) take() *connection {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.idle) == 0 {
		return nil
	}
	last := len(t.idle) - 1
	one := t.idle[last]
	t.idle = t.idle[:last]
	return one
}

func (t *Transport) give(one *connection) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if len(t.idle) == idleKept {
		one.net.Close()
		return
	}
	t.idle = append(t.idle, one)
}

func (t *Transport) connect(ctx context.Context) (*connection, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	link, err := dialer.DialContext(ctx, t.network, t.address)
	if err != nil {
		return nil, err
	}
	if t.secure != nil {
		link = tls.Client(link, t.secure)
	}
	one := &connection{net: link, reader: bufio.NewReader(link)}
	var greeting []mobart.Command
	if t.password != "" && t.username != "" {
		greeting = append(greeting, mobart.Command{"AUTH", t.username, t.password})
	} else if t.password != "" {
		greeting = append(greeting, mobart.Command{"AUTH", t.password})
	}
	if t.database != "" && t.database != "0" {
		greeting = append(greeting, mobart.Command{"SELECT", t.database})
	}
	replies, err := one.do(ctx, greeting)
	for i := 0; err == nil && i < len(replies); i++ {
		err, _ = replies[i].(error)
	}
	if err != nil {
		link.Close()
		return nil, err
	}
	return one, nil
}

type connection struct {
	net    net.Conn
	reader *bufio.Reader
}

func (c *connection) do(ctx context.Context, commands []mobart.Command) ([]any, error) {
	done := make(chan struct{})
	defer close(done)
	c.net.SetDeadline(time.Now().Add(replyTimeout))
	go func() {
		select {
		case <-ctx.Done():
			c.net.Close() // what waits for the server ends at once
		case <-done:
		}
	}()
	replies, err := c.exchange(commands)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return replies, err
}

func (c *connection) exchange(commands []mobart.Command) ([]any, error) {
	var out []byte
	for _, command := range commands {
		written, err := appendCommand(out, command)
		if err != nil {
			return nil, err
		}
		out = written
	}
	if _, err := c.net.Write(out); err != nil {
		return nil, err
	}
	replies := make([]any, len(commands))
	for i := range replies {
		reply, err := readReply(c.reader)
		if err != nil {
			return nil, err
		}
		replies[i] = reply
	}
	return replies, nil
}

func appendCommand(out []byte, command mobart.Command) ([]byte, error) {
	out = append(out, "*"+strconv.Itoa(len(command))+"\r\n"...)
	for _, argument := range command {
		var value string
		switch given := argument.(type) {
		case string:
			value = given
		case []byte:
			value = string(given)
		case int:
			value = strconv.Itoa(given)
		default:
			return nil, fmt.Errorf("resp: an argument cannot be a %T", argument)
		}
		out = append(out, "$"+strconv.Itoa(len(value))+"\r\n"+value+"\r\n"...)
	}
	return out, nil
}
