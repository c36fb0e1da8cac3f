"""The decision whose turn it is, for any number of users and requests."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Priority
from mobart.testing.turns import Turns

USERS = ("ann", "bob", "cid", "dot")
MOST = 2
"""Requests of one user that are taken at most while another one waits for its first."""


@dataclass(slots=True)
class Line:
    """Users who ask, and are served one at a time."""

    turns: Turns = field(default_factory=Turns)
    asked: list[tuple[str, str]] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    behind: dict[str, Counter[str]] = field(default_factory=dict)
    """For each user who waits, how many were taken of each other since it waits."""

    def ask(self, user: str, priority: Priority = Priority.NORMAL) -> None:
        """Add a request."""
        entry = f"{len(self.asked) + 1}-0"
        self.asked.append((entry, user))
        told = {"user_id": user, "priority": priority}
        self.turns.file(entry, json.dumps(told).encode())
        if not self.waiting[user]:
            self.behind[user] = Counter()
        self.waiting[user] += 1

    def serve(self) -> str | None:
        """Take what is next; return its user."""
        entry = self.turns.take(lambda _: True, is_full=lambda _: False)
        if entry is None:
            return None
        user = dict(self.asked)[entry]
        self.waiting[user] -= 1
        self.behind.pop(user)
        for others in self.behind.values():
            others[user] += 1
        if self.waiting[user]:
            self.behind[user] = Counter()
        return user


ACTS = st.lists(st.one_of(st.sampled_from(USERS), st.just("")), max_size=60)


@given(acts=ACTS)
def test_nobody_is_overtaken_more_than_twice_by_the_same_user(acts: Sequence[str]) -> None:
    """Whoever asks how much, and whenever."""
    line = Line()
    for act in acts:
        if act:
            line.ask(act)
        else:
            line.serve()
        for others in line.behind.values():
            assert all(count <= MOST for count in others.values())


@given(acts=st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(Priority)), max_size=40))
def test_all_is_taken_once_whatever_its_priority(acts: Sequence[tuple[str, Priority]]) -> None:
    """And then nobody stands in the line."""
    line = Line()
    for user, priority in acts:
        line.ask(user, priority)
    served = Counter(line.serve() for _ in acts)
    assert served == Counter(user for user, _ in acts)
    assert line.serve() is None
    assert (line.turns.due, line.turns.queues) == ({}, {})


SHARES: Mapping[Priority, int] = {Priority.HIGH: 16, Priority.NORMAL: 4, Priority.LOW: 1}


def test_a_low_request_is_taken_however_many_high_ones_come() -> None:
    """New users with high ones arrive for ever; it has a turn all the same."""
    line = Line()
    line.ask("patient", Priority.LOW)
    for number in range(200):
        line.ask(f"user-{number}", Priority.HIGH)
        if line.serve() == "patient":
            assert number <= SHARES[Priority.HIGH]
            return
    raise AssertionError("it never had one")
