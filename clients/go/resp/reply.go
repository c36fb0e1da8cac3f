package resp

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	largestReply = 64 << 20 // bytes of one string
	longestList  = 1 << 20
	deepestList  = 8
)

// Error is what the server answered instead of a result.
type Error string

func (e Error) Error() string { return string(e) }

// readReply reads one reply of RESP2: nil, string, int64, []any or Error.
func readReply(r *bufio.Reader) (any, error) { return readNested(r, deepestList) }

func readNested(r *bufio.Reader, depth int) (any, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return nil, fmt.Errorf("resp: an empty reply")
	}
	switch kind, rest := line[0], line[1:]; kind {
	case '+':
		return rest, nil
	case '-':
		return Error(rest), nil
	case ':':
		return strconv.ParseInt(rest, 10, 64)
	case '$':
		return readString(r, rest)
	case '*':
		return readList(r, rest, depth)
	default:
		return nil, fmt.Errorf("resp: a reply of kind %q", kind)
	}
}

func readString(r *bufio.Reader, size string) (any, error) {
	length, err := strconv.Atoi(size)
	if err != nil || length > largestReply {
		return nil, fmt.Errorf("resp: a string of %q bytes", size)
	}
	if length < 0 {
		return nil, nil
	}
	data := make([]byte, length+2)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	return string(data[:length]), nil
}

func readList(r *bufio.Reader, size string, depth int) (any, error) {
	length, err := strconv.Atoi(size)
	if err != nil || length > longestList || depth == 0 {
		return nil, fmt.Errorf("resp: a list of %q replies", size)
	}
	if length < 0 {
		return nil, nil
	}
	list := make([]any, length)
	for i := range list {
		if list[i], err = readNested(r, depth-1); err != nil {
			return nil, err
		}
	}
	return list, nil
}
