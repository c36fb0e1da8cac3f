package mobart_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"mobart"
	"mobart/mobarttest"
)

var fox = mobart.Request{RequestID: "r1", UserID: "u1", Prompt: "a fox"}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func all(mobart.Request) bool { return true }

func TestARequestIsGeneratedAndLookedUp(t *testing.T) {
	worker := mobarttest.NewWorker()
	client := mobart.New(worker)
	picture, err := client.Generate(within(t), fox)
	if err != nil || picture.S3Key != "generated/u1/r1.png" {
		t.Fatalf("%+v, %v", picture, err)
	}
	state, err := client.Status(within(t), "r1")
	if err != nil || state.Stage != "settled" || state.Completion.S3Key != picture.S3Key {
		t.Errorf("%+v, %v", state, err)
	}
	if asked := worker.Requests(); len(asked) != 1 || asked[0].Prompt != "a fox" {
		t.Errorf("%+v", asked)
	}
}

func TestAFailureIsAnErrorThatSaysWhatToDo(t *testing.T) {
	worker := mobarttest.NewWorker()
	worker.Hold(all)
	client := mobart.New(worker)
	seconds := 59.0
	go func() {
		for len(worker.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		worker.Finish(mobart.Completion{
			RequestID: "r1", Status: mobart.Failed, ErrorCode: mobart.CodeQuotaExceeded,
			Retryable: true, RetryAfter: &seconds, Who: mobart.WhoNobody,
		})
	}()
	_, err := client.Generate(within(t), fox)
	var failed *mobart.FailedError
	if !errors.As(err, &failed) || !failed.Retryable() || failed.RetryAfter() != 59*time.Second {
		t.Errorf("%v", err)
	}
}

func TestWhatEndedBeforeIsNotWaitedFor(t *testing.T) {
	worker := mobarttest.NewWorker()
	worker.Fail(mobart.CodeModerationBlocked, all)
	client := mobart.New(worker)
	if err := client.Publish(within(t), fox); err != nil {
		t.Fatal(err)
	}
	_, err := client.Wait(within(t), "r1")
	var failed *mobart.FailedError
	if !errors.As(err, &failed) || failed.Completion.ErrorCode != mobart.CodeModerationBlocked {
		t.Errorf("%v", err)
	}
	if failed.RetryAfter() != 0 || failed.Error() == "" {
		t.Errorf("%v", failed)
	}
}

func TestTheWorkerInMemoryAdvisesLikeARealOne(t *testing.T) {
	for code, wanted := range map[string]string{
		mobart.CodeProviderTimeout:   "true 1m0s nobody",
		mobart.CodeGenerationFailed:  "true 0s nobody",
		mobart.CodeModerationBlocked: "false 0s player",
	} {
		worker := mobarttest.NewWorker()
		worker.Fail(code, all)
		_, err := mobart.New(worker).Generate(within(t), fox)
		var failed *mobart.FailedError
		if !errors.As(err, &failed) {
			t.Fatal(err)
		}
		told := fmt.Sprint(failed.Retryable(), " ", failed.RetryAfter(), " ", failed.Completion.Who)
		if told != wanted {
			t.Errorf("%s: %s, not %s", code, told, wanted)
		}
	}
}

func TestManyWaitOverOneReader(t *testing.T) {
	worker := mobarttest.NewWorker()
	client := mobart.New(worker)
	var done sync.WaitGroup
	for number := 0; number < 200; number++ {
		request := fox
		request.RequestID = fmt.Sprintf("r-%d", number)
		done.Add(1)
		go func() {
			defer done.Done()
			picture, err := client.Generate(within(t), request)
			if err != nil || picture.RequestID != request.RequestID {
				t.Errorf("%s: %+v, %v", request.RequestID, picture, err)
			}
		}()
	}
	done.Wait()
}

func TestAnIdThatIsAnotherRequestsIsAConflict(t *testing.T) {
	client := mobart.New(mobarttest.NewWorker())
	if _, err := client.Generate(within(t), fox); err != nil {
		t.Fatal(err)
	}
	other := fox
	other.Prompt = "a wolf"
	if _, err := client.Generate(within(t), other); !errors.Is(err, mobart.ErrConflict) {
		t.Errorf("%v", err)
	}
}

func TestACancelledRequestEnds(t *testing.T) {
	worker := mobarttest.NewWorker()
	worker.Hold(all)
	client := mobart.New(worker)
	if err := client.Publish(within(t), fox); err != nil {
		t.Fatal(err)
	}
	if err := client.Cancel(within(t), "r1"); err != nil {
		t.Fatal(err)
	}
	_, err := client.Wait(within(t), "r1")
	var failed *mobart.FailedError
	if !errors.As(err, &failed) || failed.Completion.ErrorCode != mobart.CodeCancelled {
		t.Errorf("%v", err)
	}
}

func TestACancellationMayOvertakeItsRequest(t *testing.T) {
	client := mobart.New(mobarttest.NewWorker())
	if err := client.Cancel(within(t), "r1"); err != nil {
		t.Fatal(err)
	}
	_, err := client.Generate(within(t), fox)
	var failed *mobart.FailedError
	if !errors.As(err, &failed) || failed.Completion.ErrorCode != mobart.CodeCancelled {
		t.Errorf("%v", err)
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	client := mobart.New(mobarttest.NewWorker())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := client.Wait(ctx, "nobody asked"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnUnknownRequestHasNoStage(t *testing.T) {
	state, err := mobart.New(mobarttest.NewWorker()).Status(within(t), "r1")
	if err != nil || state.Stage != "" || state.Completion != nil {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestFollowGoesOnWhereItWas(t *testing.T) {
	worker := mobarttest.NewWorker()
	client := mobart.New(worker)
	stop := errors.New("enough")
	ask := func(id string) {
		request := fox
		request.RequestID = id
		if err := client.Publish(within(t), request); err != nil {
			t.Fatal(err)
		}
	}
	follow := func(after string) (entry, id string) {
		err := client.Follow(within(t), after, func(at string, c mobart.Completion) error {
			entry, id = at, c.RequestID
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		return entry, id
	}
	ask("r1")
	ask("r2")
	entry, first := follow("0")
	_, second := follow(entry)
	if first != "r1" || second != "r2" {
		t.Errorf("%s, %s", first, second)
	}
}

func TestFollowFromNowOnHearsOnlyWhatIsNew(t *testing.T) {
	worker := mobarttest.NewWorker()
	client := mobart.New(worker)
	if _, err := client.Generate(within(t), fox); err != nil {
		t.Fatal(err)
	}
	worker.Hold(all)
	heard := make(chan string, 1)
	go func() {
		_ = client.Follow(within(t), "$", func(_ string, c mobart.Completion) error {
			heard <- c.RequestID
			return errors.New("enough")
		})
	}()
	late := fox
	late.RequestID = "r2"
	if err := client.Publish(within(t), late); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // until Follow knows where the stream ends
	worker.Finish(mobart.Completion{RequestID: "r2", Status: mobart.Completed})
	if id := <-heard; id != "r2" {
		t.Errorf("%s", id)
	}
}
