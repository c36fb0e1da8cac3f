"""Limits that fit together."""

from pathlib import Path

import pytest

from mobart.app import memory
from mobart.app.checks import NotReady
from mobart.app.memory import BASE, MIB, MemoryLimits, available_memory, memory_problem
from mobart.settings import load

LIMITS = MemoryLimits(render_processes=2, render_memory=1024 * MIB, jobs=16, source_bytes=32 * MIB)


def test_what_is_needed_is_everything_at_once() -> None:
    """The worker, its children, and the pictures that wait for them."""
    assert LIMITS.needed == BASE + 2 * 1024 * MIB + 16 * 32 * MIB


def test_limits_that_fit_are_no_problem() -> None:
    """Nor are any without a container."""
    assert LIMITS.problem(LIMITS.needed) is None
    assert LIMITS.problem(None) is None


def test_limits_that_do_not_fit_are_told_in_one_line() -> None:
    """With the settings to change, and both numbers."""
    line = LIMITS.problem(LIMITS.needed - 1)
    assert line is not None
    assert "\n" not in line
    for part in ("MOBART_RENDER_MEMORY_MB", "MOBART_MAX_SOURCE_BYTES", "2816 MiB", "2815 MiB"):
        assert part in line


@pytest.mark.parametrize(
    ("content", "limit"),
    [("1073741824\n", 2**30), ("max\n", None), ("9223372036854771712\n", None)],
)
def test_the_limit_of_a_container_is_read(tmp_path: Path, content: str, limit: int | None) -> None:
    """Both versions of control groups have a word for no limit."""
    file = tmp_path / "memory.max"
    file.write_text(content)
    assert available_memory((tmp_path / "missing", file)) == limit


def test_a_system_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    """Nothing is guessed."""
    assert available_memory((tmp_path / "missing",)) is None


def test_a_container_too_small_for_any_picture_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would pay for pictures whose processes, or which itself, the system then kills."""
    settings = load(s3_bucket_name="assets", midjourney_api_key="key")
    monkeypatch.setattr(memory, "available_memory", lambda: BASE - 1)
    with pytest.raises(NotReady, match="needs 256 MiB, and this container has 255 MiB") as refusal:
        memory_problem(settings)
    assert not refusal.value.healing
    monkeypatch.setattr(memory, "available_memory", lambda: BASE)
    assert "large pictures may have to wait" in (memory_problem(settings) or "")
