"""The ledger of the stand-in."""

from pathlib import Path

from mobart_local.standin import Ledger, Script
from mobart_local.standin.ledger import Submit
from mobart_local.standin.tasks import Task


def pay(
    ledger: Ledger, at: float, *, seconds: float, prompt: str = "a cat", request: str = ""
) -> None:
    """Accept a task of so many seconds, of a *request* if it is known."""
    task = Task(
        task_id=f"t{at}",
        kind="imagine",
        prompt=prompt,
        created_at=at,
        script=Script(seconds=seconds, ending="finished"),
        request_key=request,
    )
    ledger.record(Submit(prompt=prompt, at=at, answer="accept", accepted=True), task)


def test_tasks_in_flight_are_those_that_have_not_ended() -> None:
    """Counted at each payment, and the maximum is kept."""
    ledger = Ledger()
    for at, seconds in ((0, 10), (1, 2), (2, 10), (4, 1), (20, 1)):
        pay(ledger, at, seconds=seconds)
    assert [payment.in_flight for payment in ledger.payments] == [1, 2, 3, 3, 1]
    assert (ledger.max_in_flight, ledger.in_flight(20), ledger.in_flight(21)) == (3, 1, 0)


def test_prompts_paid_twice_are_named() -> None:
    """And only those."""
    ledger = Ledger()
    for at, prompt in enumerate(["a cat", "a dog", "a cat"]):
        pay(ledger, at, seconds=1, prompt=prompt)
    assert (ledger.paid_twice(), ledger.paid("dog"), ledger.paid()) == (["a cat"], 1, 3)


def test_two_requests_may_have_one_prompt() -> None:
    """They are told apart by the keys that they bring."""
    ledger = Ledger()
    for at, request in enumerate(["first", "second"]):
        pay(ledger, at, seconds=1, request=request)
    assert (ledger.paid_twice(), ledger.requests()) == ([], 2)
    pay(ledger, 2, seconds=1, request="first")
    assert (ledger.paid_twice(), ledger.requests()) == (["a cat"], 2)


def test_refused_submits_are_heard_but_not_paid() -> None:
    """Each POST is in the ledger."""
    ledger = Ledger()
    ledger.record(Submit(prompt="a cat", at=0, answer="429", accepted=False))
    assert (len(ledger.submits), ledger.paid(), ledger.tasks) == (1, 0, {})


def test_reopened_ledger_knows_what_it_knew(tmp_path: Path) -> None:
    """Tasks with their scripts, payments, submits and the maximum."""
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as first:
        pay(first, 1, seconds=5)
        pay(first, 2, seconds=5)
        first.record(Submit(prompt="x", at=3, answer="429", accepted=False))
    with Ledger(path) as second:
        assert second.to_json(100) == first.to_json(100)
        assert second.tasks == first.tasks


def test_line_cut_short_by_a_kill_is_dropped(tmp_path: Path) -> None:
    """What comes after it is readable again."""
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        pay(ledger, 1, seconds=5)
    whole = path.read_text()
    path.write_text(whole + whole[:20])
    with Ledger(path) as ledger:
        pay(ledger, 2, seconds=5)
    with Ledger(path) as ledger:
        assert list(ledger.tasks) == ["t1", "t2"]


def test_reset_ledger_stays_empty_when_reopened(tmp_path: Path) -> None:
    """The file is emptied too, and goes on from its start."""
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        pay(ledger, 1, seconds=5)
        ledger.reset()
        pay(ledger, 2, seconds=5)
    with Ledger(path) as ledger:
        assert list(ledger.tasks) == ["t2"]
