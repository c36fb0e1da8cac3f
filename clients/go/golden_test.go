package mobart

import (
	"os"
	"path/filepath"
	"testing"
)

// The files hold messages as the worker writes them; a copy of this folder alone has none.
func TestTheWorkersOwnMessagesAreRead(t *testing.T) {
	files, _ := filepath.Glob("../../tests/golden/messages/*.json")
	if len(files) == 0 {
		t.Skip("the golden messages are not here")
	}
	read := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		completion, err := ParseCompletion(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		switch completion.Status {
		case Completed:
			read++
			if completion.S3Key == "" || completion.SHA256 == "" || completion.Timestamp.IsZero() {
				t.Errorf("%s: %+v", file, completion)
			}
		case Failed:
			read++
			if completion.ErrorCode == "" || completion.Paid == "" || completion.Who == "" {
				t.Errorf("%s: %+v", file, completion)
			}
		}
	}
	if read < 5 {
		t.Errorf("only %d ends of requests", read)
	}
}
