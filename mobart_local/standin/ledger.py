"""The ledger: every submit that came in and every task that was paid for.

It is the oracle for money.  Where a file is given, each line is written before the submit is
answered, so that a stand-in that was killed still knows its tasks.
"""

import heapq
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from mobart_local.standin.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One accepted task; *in_flight* counts it and all that had not ended *at* that time."""

    task_id: str
    kind: str
    prompt: str
    at: float
    in_flight: int
    provider: str = "midjourney"
    request_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """One `POST` of a paid kind that came in, whether accepted or not, and the answer's name."""

    prompt: str
    at: float
    answer: str
    accepted: bool
    provider: str = "midjourney"
    request_key: str = ""


class Ledger:
    """What was asked and what was paid, in order."""

    def __init__(self, path: Path | None = None) -> None:
        """Take over what *path* holds, and append to it from now on."""
        self._path = path
        self._file: IO[str] | None = None
        self._ends: list[float] = []
        self.clear_memory()
        if path is not None:
            self._reload(path)
            self._file = path.open("a", encoding="utf-8")

    def clear_memory(self) -> None:
        """Forget all without touching the file."""
        self.tasks: dict[str, Task] = {}
        self.payments: list[Payment] = []
        self.submits: list[Submit] = []
        self.visits: Counter[str] = Counter()
        """How often each kind of address was asked, by name."""
        self.max_in_flight = 0
        self._ends.clear()

    def reset(self) -> None:
        """Forget all, on disk too."""
        self.clear_memory()
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        """Nothing to do: the file is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def record(self, submit: Submit, task: Task | None = None) -> None:
        """Write down a submit, and the *task* if it was accepted."""
        self._take(submit, task)
        entry = {"submit": asdict(submit), "task": task.to_json() if task else None}
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def in_flight(self, now: float) -> int:
        """Count the tasks that have not ended."""
        while self._ends and self._ends[0] <= now:
            heapq.heappop(self._ends)
        return len(self._ends)

    def paid(self, marker: str = "", *, provider: str = "") -> int:
        """Count the generations that were accepted whose prompt contains *marker*."""
        return sum(
            payment.kind == "imagine"
            and marker in payment.prompt
            and provider in {"", payment.provider}
            for payment in self.payments
        )

    def paid_twice(self) -> list[str]:
        """List the prompts of requests that were paid for more than once.

        Without the key of its request, a payment is taken to be of the request with its prompt.
        """
        bought = [payment for payment in self.payments if payment.kind == "imagine"]
        counts = Counter(payment.request_key or payment.prompt for payment in bought)
        twice = (one.prompt for one in bought if counts[one.request_key or one.prompt] > 1)
        return list(dict.fromkeys(twice))

    def requests(self) -> int:
        """Count the requests that were paid for."""
        return len({payment.request_key or payment.prompt for payment in self.payments})

    def to_json(self, now: float) -> dict[str, Any]:
        """Write the ledger as JSON."""
        return {
            "accepted": self.paid(),
            "requests": self.requests(),
            "paid_twice": self.paid_twice(),
            "in_flight": self.in_flight(now),
            "max_in_flight": self.max_in_flight,
            "visits": dict(self.visits),
            "payments": [asdict(payment) for payment in self.payments],
            "submits": [asdict(submit) for submit in self.submits],
        }

    def _take(self, submit: Submit, task: Task | None) -> None:
        self.submits.append(submit)
        if task is None:
            return
        self.tasks[task.task_id] = task
        heapq.heappush(self._ends, task.ended_at)
        in_flight = self.in_flight(task.created_at)
        self.max_in_flight = max(self.max_in_flight, in_flight)
        self.payments.append(
            Payment(
                task_id=task.task_id,
                kind=task.kind,
                prompt=task.prompt,
                at=task.created_at,
                in_flight=in_flight,
                provider=task.provider,
                request_key=task.request_key,
            )
        )

    def _reload(self, path: Path) -> None:
        """Read the file; a last line that a kill cut short is taken away."""
        if not path.exists():
            return
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        for line in whole.splitlines():
            entry = json.loads(line)
            task = Task.parse(entry["task"]) if entry["task"] else None
            self._take(Submit(**entry["submit"]), task)
