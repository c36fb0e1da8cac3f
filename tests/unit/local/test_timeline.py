"""A task of the stand-in over time, and the words that tell of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart_local.standin import Script
from mobart_local.standin.dialects.goapi.objects import task_object
from mobart_local.standin.task_states import ENDINGS, WORDINGS
from mobart_local.standin.tasks import Task, moment
from mobart_local.standin.webhooks import milestones


def _task(**fields: Any) -> Task:
    """Make a task that was created at 1000."""
    script = Script(**fields)
    return Task(task_id="t", kind="imagine", prompt="a cat", created_at=1000.0, script=script)


def _status(task: Task, age: float) -> str:
    """Tell the status that the task object shows at an age."""
    return str(task_object(task, now=1000.0 + age, origin="http://x")["status"])


def test_timeline_goes_from_staged_to_finished() -> None:
    """Staged for its time, then a tenth pending, then processing."""
    task = _task(seconds=10, staged_seconds=5)
    statuses = [_status(task, age) for age in (0, 4.9, 5, 5.9, 6.1, 14.9, 15, 1e6)]
    assert statuses == [
        *("staged", "staged", "pending", "pending", "processing", "processing"),
        *("finished", "finished"),
    ]


@given(
    ages=st.lists(st.floats(0, 30), min_size=2).map(sorted),
    seconds=st.floats(0, 10),
    staged=st.floats(0, 10),
    wording=st.sampled_from(sorted(WORDINGS)),
)
def test_time_never_takes_a_task_back(
    ages: list[float], seconds: float, staged: float, wording: str
) -> None:
    """Whatever the times: statuses and steps only go forward, and end with the end."""
    task = _task(seconds=seconds, staged_seconds=staged, wording=wording)
    order = ["staged", "pending", "processing", "finished"]
    moments = [moment(task, 1000.0 + age) for age in ages]
    ranks = [(order.index(it.status), it.step) for it in moments]
    assert ranks == sorted(ranks)
    assert moment(task, task.ended_at).status == "finished"


def test_progress_rises_step_by_step() -> None:
    """The percentages that the real one was seen to show."""
    task = _task(seconds=10)
    shown = [
        task_object(task, now=1000 + age / 10, origin="")["task_result"]["task_progress"]
        for age in range(10, 100)
    ]
    assert list(dict.fromkeys(shown)) == [0, 15, 31, 46, 62, 78, 93]


@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_endings_last_for_ever(name: str) -> None:
    """Each task stays in its ending, and tells why if it failed."""
    task = _task(seconds=10, ending=name)
    told = task_object(task, now=1e9, origin="http://x")
    expected = (ENDINGS[name].status, list(ENDINGS[name].error_messages))
    assert (told["status"], told["task_result"]["error_messages"]) == expected


def test_reasons_of_a_failure_can_be_given() -> None:
    """Any text, for what the table does not have."""
    task = _task(ending="failed", error_messages=("one", "two"))
    assert task_object(task, now=1e9, origin="")["task_result"]["error_messages"] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "running", "final"),
    [
        ("capitalised", "Processing", "Finished"),
        ("completed", "processing", "completed"),
        ("success", "processing", "SUCCESS"),
        ("unknown-status", "retry", "finished"),
        ("empty-status", "", "finished"),
    ],
)
def test_wordings_rename_statuses(name: str, running: str, final: str) -> None:
    """While it runs, and at the end."""
    task = _task(seconds=10, wording=name)
    assert (_status(task, 5), _status(task, 50)) == (running, final)


@pytest.mark.parametrize(
    ("name", "progress"),
    [
        ("progress-250", 250),
        ("progress-negative", "-1"),
        ("progress-null", None),
        ("progress-text", "46%"),
    ],
)
def test_wordings_show_odd_progress(name: str, progress: object) -> None:
    """Not only numbers from 0 to 100."""
    result = task_object(_task(seconds=10, wording=name), now=1005, origin="")["task_result"]
    assert result["task_progress"] == progress


def test_progress_may_fall() -> None:
    """From 93 down to 0."""
    task = _task(seconds=10, wording="progress-backwards")
    shown = [
        task_object(task, now=1000 + age, origin="")["task_result"]["task_progress"]
        for age in range(2, 10)
    ]
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize(
    ("name", "age", "expected"),
    [
        ("null-result", 5, None),
        ("no-result", 50, None),
        ("no-url", 50, ""),
        ("null-url", 50, None),
        ("number-url", 50, 7),
        ("early-url", 5, "http://127.0.0.1:9/preview.webp"),
    ],
)
def test_wordings_change_the_result(name: str, age: float, expected: object) -> None:
    """The whole of it, or the address."""
    result = task_object(_task(seconds=10, wording=name), now=1000 + age, origin="")["task_result"]
    assert (result if result is None else result["image_url"]) == expected


def test_errors_may_come_before_the_status() -> None:
    """Processing, but it has failed already."""
    told = task_object(_task(seconds=10, wording="early-errors"), now=1005, origin="")
    assert (told["status"], len(told["task_result"]["error_messages"])) == ("processing", 1)


def test_milestones_are_the_changes() -> None:
    """One each time the task object would read differently."""
    task = replace(_task(seconds=10, staged_seconds=5), notify_progress=True)
    moments = [moment(task, at) for at in milestones(task)]
    assert [(it.status, it.step) for it in moments] == [
        ("pending", 0),
        *(("processing", step) for step in range(7)),
        ("finished", 6),
    ]
