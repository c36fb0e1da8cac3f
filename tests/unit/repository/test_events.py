"""Every place that notes an event agrees with the table of events."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, get_args

import pytest

from mobart.core.errors import Reason
from mobart.core.events import LogEvent
from mobart.core.facts import FACTS
from mobart.web.series import LABEL_VALUES, TABLE, FromFact
from tests.support.observers import misfits, misfits_of_line
from tests.support.sources import PACKAGE, modules


class Call(NamedTuple):
    """One call of `note`: where it is, and what it passes."""

    place: str
    events: frozenset[LogEvent]
    facts: frozenset[str | None]
    """None stands for `**`, whose names cannot be read."""


def events_in(node: ast.AST) -> set[LogEvent]:
    """List the events that an expression names."""
    return {
        LogEvent[one.attr]
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and ast.unparse(one.value) == "LogEvent"
    }


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """List the functions of a module, methods included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def sources_of(name: str, module: ast.Module) -> Iterator[ast.AST]:
    """List where the value of a variable, field or parameter *name* may come from.

    That is what is assigned to it, and whatever events its module's functions return or pass on,
    or other modules pass to a constructor of this one.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if name in {ast.unparse(target) for target in targets}:
                yield node.value
                yield from called_by(node.value, module)
        elif isinstance(node, ast.Call) and name in parameters_of(node, module):
            yield from (*node.args, *node.keywords)


def called_by(value: ast.AST, module: ast.Module) -> Iterator[ast.AST]:
    """List the functions of *module* that an expression calls: they return the value."""
    names = {ast.unparse(c.func).split(".")[-1] for c in ast.walk(value) if isinstance(c, ast.Call)}
    yield from (function for function in functions(module) if function.name in names)


def parameters_of(call: ast.Call, module: ast.Module) -> set[str]:
    """List the parameters of the function of *module* that is called."""
    called = ast.unparse(call.func).split(".")[-1]
    return {
        argument.arg
        for function in functions(module)
        if function.name == called
        for argument in function.args.args
    }


def constructed(name: str) -> set[LogEvent]:
    """List the events that any module passes when it builds a class that has a field *name*."""
    owners = {
        node.name
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(f, ast.AnnAssign) and ast.unparse(f.target) == name for f in node.body)
    }
    return {
        event
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in owners
        for event in events_in(node)
    }


def events_of(node: ast.expr, module: ast.Module) -> frozenset[LogEvent]:
    """List the events that the first argument of a call can be."""
    found = events_in(node)
    if found:
        return frozenset(found)
    name = ast.unparse(node.value if isinstance(node, ast.Subscript) else node).split(".")[-1]
    found = {event for source in sources_of(name, module) for event in events_in(source)}
    if isinstance(node, ast.Attribute):
        found |= constructed(name)
    return frozenset(found)


@cache
def calls() -> tuple[Call, ...]:
    """List every call of an observer's `note`; it takes seconds, so never while tests are collected."""
    return tuple(found_calls())


def found_calls() -> Iterator[Call]:
    """Find every call of an observer's `note`."""
    for name, module in modules().items():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner = ast.unparse(node.func.value).split(".")[-1].strip("_")
            if node.func.attr == "note" and owner == "observer" and name != "web.observers":
                facts = frozenset(keyword.arg for keyword in node.keywords)
                yield Call(f"{name}:{node.lineno}", events_of(node.args[0], module), facts)


def fits(call: Call) -> bool:
    """Return whether a call passes what each of its events requires, and nothing that it lacks."""
    return bool(call.events) and all(
        event.required <= call.facts <= event.required | event.optional for event in call.events
    )


def test_a_call_passes_the_facts_of_its_event_and_no_others() -> None:
    """By name: a fact behind `**` cannot be checked here, so there is none."""
    assert [call for call in calls() if not fits(call)] == []


def test_every_event_is_noted_somewhere() -> None:
    """A row that nothing emits promises log lines, and alerts, that never come."""
    assert {event for call in calls() for event in call.events} == set(LogEvent)


def test_every_optional_fact_is_given_somewhere() -> None:
    """And every kind of fact is used."""
    given: dict[LogEvent, set[str | None]] = {}
    for call in calls():
        for event in call.events:
            given.setdefault(event, set()).update(call.facts)
    assert [e for e in LogEvent if not e.optional <= given[e]] == []
    assert {fact for event in LogEvent for fact in event.required | event.optional} == set(FACTS)


def test_names_are_unique_and_say_what_happened() -> None:
    """`noun.past`, each with a sentence."""
    assert len({str(event) for event in LogEvent}) == len(LogEvent.__members__)
    for event in LogEvent:
        assert event.count(".") == 1
        assert event.meaning.endswith(".")


def test_every_warning_and_error_has_its_advice() -> None:
    """An operator who is woken by a line finds what to do about it."""
    text = (PACKAGE.parent / "docs" / "events.md").read_text()
    advice = text.partition("## What to do")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", advice))
    loud = {str(event) for event in LogEvent if event.level in {"warning", "error"}}
    assert loud <= named <= set(LogEvent)


def test_metrics_are_taken_from_facts_that_their_events_always_have() -> None:
    """A label or number from a fact that may be missing would count nothing, or wrongly."""
    for event, rules in TABLE.items():
        wanted = {
            source.name
            for rule in rules
            for source in (*rule.labels, rule.value)
            if isinstance(source, FromFact)
        }
        assert wanted <= event.required


def reasons_given() -> set[object]:
    """Return the reasons that refusals are made with anywhere in the package."""
    calls = [
        node
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"Rejected", "InvalidRequest"}
    ]
    named = [word.value for call in calls for word in call.keywords if word.arg == "reason"]
    placed = [call.args[2] for call in calls if len(call.args) > 2]
    return {word.value for word in (*named, *placed) if isinstance(word, ast.Constant)}


def test_every_reason_of_a_refusal_is_a_label_value_and_is_given_somewhere() -> None:
    """Neither more nor fewer."""
    assert reasons_given() == set(get_args(Reason)) == set(LABEL_VALUES["reason"])


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"provider": "a", "ticket": "t"}, []),
        ({"provider": "a"}, ["job.paid lacks ticket"]),
        ({"provider": "a", "ticket": None}, ["job.paid lacks ticket"]),
        ({"provider": "a", "ticket": "t", "tiket": "t"}, ["job.paid has no fact tiket"]),
        ({"provider": "a", "ticket": 4}, ["job.paid: ticket is a int"]),
    ],
)
def test_the_checking_observer_finds_misfits(
    facts: dict[str, object], complaint: list[str]
) -> None:
    """Missing, misspelt and of the wrong type."""
    assert misfits(LogEvent.JOB_PAID, facts) == complaint


def test_a_boolean_is_not_a_number() -> None:
    """Although Python says so."""
    facts = {"crashes": True, "exc_info": ValueError()}
    assert misfits(LogEvent.JOB_CRASHED, facts) == ["job.crashed: crashes is a bool"]


def test_a_line_of_the_log_is_compared_with_its_event() -> None:
    """What the log adds is no misfit, and neither are lines of libraries."""
    line = {"event": "job.paid", "level": "info", "timestamp": "t", "provider": "a", "tiket": "t"}
    assert misfits_of_line(line) == ["job.paid lacks ticket", "job.paid has tiket"]
    assert misfits_of_line({"event": "Task was destroyed", "level": "error"}) == []
