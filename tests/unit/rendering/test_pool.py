"""A picture may kill its child, and nothing else."""

import asyncio
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import types
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.rendering.frames import ProcessLimits
from mobart.rendering.process import Broken, RenderProcess
from mobart.rendering.renderer import TRIES_ALONE, ProcessRenderer
from tests.daemon.deployment import until
from tests.unit.rendering import render_functions

RECIPE = "r"


def renderer_for(
    render_function: Callable[[bytes, str], Rendering], *, processes: int = 2, timeout: float = 60.0
) -> ProcessRenderer[str]:
    """Return a renderer whose recipes are texts."""
    return ProcessRenderer(
        render_function=render_function,
        processes=processes,
        timeout=timeout,
        confined=False,  # these functions write files and end processes
    )


@pytest.fixture
async def obedient() -> AsyncIterator[ProcessRenderer[str]]:
    """Yield a renderer whose children do what the bytes say."""
    async with renderer_for(render_functions.obey) as renderer:
        yield renderer


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no child called starved, as on a system that does not tell, however busy this one is."""
    monkeypatch.setattr(RenderProcess, "cpu_seconds", lambda _: math.nan)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Return a named pipe through which a child can be heard, and heard to die."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


async def refusal_of(renderer: ProcessRenderer[str], raw: bytes) -> Rejected:
    """Return how *renderer* refuses *raw*."""
    with pytest.raises(Rejected) as no:
        await renderer.render(raw, RECIPE)
    return no.value


async def seen_from_inside(renderer: ProcessRenderer[str], raw: bytes = b"") -> dict[str, Any]:
    """Return what a child sees of the world."""
    rendering = await renderer.render(raw, RECIPE)
    seen: dict[str, Any] = json.loads(rendering.png)
    return seen


@pytest.mark.parametrize(
    ("deed", "cause"),
    [
        (b"crash", "killed by SIGSEGV"),
        (b"eat", "ran out of memory"),
        (b"swallow", "ran out of memory"),
        (b"exit", "ended with status 7"),
    ],
)
async def test_a_picture_that_kills_two_children_is_refused(
    obedient: ProcessRenderer[str], deed: bytes, cause: str
) -> None:
    """The detail says what happened to both; the sentence does not; the next picture is fine."""
    no = await refusal_of(obedient, deed)
    assert no.code is Code.PROCESSING_FAILED
    assert no.sentence == "The picture could not be processed."
    assert str(no).count(cause) == 2
    assert (await obedient.render(b"print", RECIPE)).png == b"'r'"


async def test_a_child_that_dies_once_costs_nobody_a_picture(
    obedient: ProcessRenderer[str], tmp_path: Path
) -> None:
    """The picture is tried once more, in a fresh child."""
    raw = f"once {tmp_path / 'marker'}".encode()
    assert (await obedient.render(raw, RECIPE)).png == b"'r'"


async def test_the_second_try_is_in_a_child_that_has_done_nothing_else(tmp_path: Path) -> None:
    """What an idle one has left in memory cannot be the reason again."""
    async with renderer_for(render_functions.falter) as renderer:
        used = await asyncio.gather(seen_from_inside(renderer), seen_from_inside(renderer))
        last = await seen_from_inside(renderer, bytes(tmp_path / "marker"))
    assert len({child["pid"] for child in (*used, last)}) == 3


async def test_the_death_of_an_idle_child_does_not_count_against_a_picture(tmp_path: Path) -> None:
    """It still has two tries."""
    async with renderer_for(render_functions.falter, processes=1) as renderer:
        os.kill((await seen_from_inside(renderer))["pid"], signal.SIGKILL)
        (idle,) = renderer._pool._idle
        await idle.gone()
        assert await seen_from_inside(renderer, bytes(tmp_path / "marker"))


async def test_a_picture_for_which_there_was_no_memory_is_tried_again_alone(
    obedient: ProcessRenderer[str], tmp_path: Path
) -> None:
    """The system kills whatever is largest; with nothing else under way there may be room."""
    raw = f"starve-once {tmp_path / 'marker'}".encode()
    others = [obedient.render(b"print", RECIPE) for _ in range(3)]
    rendering, *rest = await asyncio.gather(obedient.render(raw, RECIPE), *others)
    assert [one.png for one in (rendering, *rest)] == [b"'r'"] * 4


async def test_a_picture_for_which_there_is_no_memory_waits(obedient: ProcessRenderer[str]) -> None:
    """It says nothing about the picture, which is paid, so it is not refused."""
    with pytest.raises(Unavailable, match="killed by SIGKILL") as away:
        await obedient.render(b"starve", RECIPE)
    assert away.value.retry_after == 5.0
    assert (await obedient.render(b"print", RECIPE)).png == b"'r'"


async def test_a_picture_for_which_there_never_is_memory_is_rendered_by_a_simpler_recipe() -> None:
    """It is waited for a few times, as other work may need the memory; then something is better than nothing."""
    renderer = ProcessRenderer(
        render_function=render_functions.only_simple,
        simplified=lambda _: "simple",
        processes=1,
        confined=False,
    )
    async with renderer:
        for _ in range(TRIES_ALONE - 1):
            with pytest.raises(Unavailable, match="nothing else was being rendered"):
                await renderer.render(b"starve", "full")
        assert (await renderer.render(b"starve", "full")).png == b"simple"


async def test_one_for_which_even_that_has_no_memory_waits_on(
    obedient: ProcessRenderer[str],
) -> None:
    """It is never refused for what other work takes."""
    for _ in range(TRIES_ALONE - 1):
        with pytest.raises(Unavailable):
            await obedient.render(b"starve", RECIPE)
    with pytest.raises(Unavailable, match=r"by the simpler recipe: .*killed by SIGKILL") as away:
        await obedient.render(b"starve", RECIPE)
    assert (away.value.code, away.value.retry_after) == (Code.PROCESSING_FAILED, 5.0)


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("deed", [b"crash", b"eat", b"loop"])
async def test_a_picture_too_hard_for_its_recipe_is_rendered_by_a_simpler_one(deed: bytes) -> None:
    """It is paid for; something is better than nothing."""
    renderer = ProcessRenderer(
        render_function=render_functions.only_simple,
        simplified=lambda _: "simple",
        processes=1,
        timeout=0.5 if deed == b"loop" else 60.0,
        confined=False,
    )
    async with renderer:
        assert (await renderer.render(deed, "full")).png == b"simple"


async def test_other_pictures_do_not_notice_a_crash(obedient: ProcessRenderer[str]) -> None:
    """Deaths beside them change nothing for the good ones."""
    deeds = [b"print", b"crash", b"print", b"eat", b"exit", b"print"]
    jobs = (obedient.render(deed, RECIPE) for deed in deeds)
    results = await asyncio.gather(*jobs, return_exceptions=True)
    good = [result for result in results if isinstance(result, Rendering)]
    assert [rendering.png for rendering in good] == [b"'r'"] * 3


@pytest.mark.usefixtures("untold")
async def test_a_picture_without_end_is_ended() -> None:
    """Even where no signal would be heard; the next picture is fine."""
    async with renderer_for(render_functions.obey, timeout=0.5) as renderer:
        no = await refusal_of(renderer, b"loop")
        assert no.code is Code.PROCESSING_TIMEOUT
        assert no.sentence == "Processing the picture took too long."
        assert (await renderer.render(b"print", RECIPE)).png == b"'r'"


async def test_a_child_that_freezes_once_costs_nobody_a_picture(tmp_path: Path) -> None:
    """It had nothing of the processor, so its time says nothing about the picture."""
    async with renderer_for(render_functions.obey, timeout=0.5) as renderer:
        raw = f"freeze-once {tmp_path / 'marker'}".encode()
        assert (await renderer.render(raw, RECIPE)).png == b"'r'"


async def test_a_picture_for_which_there_is_no_processor_waits() -> None:
    """As one for which there is no memory."""
    async with renderer_for(render_functions.obey, timeout=0.1) as renderer:
        with pytest.raises(Unavailable) as away:
            await renderer.render(b"freeze", RECIPE)
        assert (away.value.code, away.value.retry_after) == (Code.PROCESSING_TIMEOUT, 5.0)


async def test_a_child_that_gets_little_of_the_processor_has_longer() -> None:
    """Up to four times its time, so that a busy machine makes no picture simpler."""
    renderer = ProcessRenderer(
        render_function=render_functions.obey,
        simplified=lambda _: "simple",
        processes=1,
        timeout=2.0,
        confined=False,
    )
    async with renderer:
        rendering = asyncio.create_task(renderer.render(b"freeze", "full"))
        await until(lambda: any(map(is_stopped, renderer._pool._all)), "the child has frozen")
        await asyncio.sleep(renderer._timeout)
        (child,) = renderer._pool._all
        os.kill(child._process.pid, signal.SIGCONT)
        assert (await rendering).png == b"'full'"


def is_stopped(child: RenderProcess) -> bool:
    """Whether a child is stopped by a signal (proc(5))."""
    return Path(f"/proc/{child._process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def test_a_child_ends_itself_when_its_cpu_time_is_used_up() -> None:
    """It needs no parent for that."""
    process = await RenderProcess.start()
    await process.prepare(render_functions.obey, ProcessLimits(memory=2**30, cpu=1, confined=False))
    with pytest.raises(Broken, match="SIGXCPU") as end:
        await process.render(b"loop", "")
    assert end.value.overtime


async def test_cpu_time_is_counted_for_each_picture_anew() -> None:
    """A child lives on beyond the limit of a single picture."""
    process = await RenderProcess.start()
    await process.prepare(render_functions.burn, ProcessLimits(memory=2**30, cpu=2, confined=False))
    used = [float((await process.render(b"0.9", "")).png) for _ in range(3)]
    assert used[-1] > 2.0
    process.kill()
    await process.gone()


async def test_what_a_child_refuses_is_refused_in_its_words(obedient: ProcessRenderer[str]) -> None:
    """Code, sentence and detail come through, and the child stays."""
    no = await refusal_of(obedient, b"refuse")
    assert (no.code, no.sentence, str(no)) == (Code.IMAGE_TOO_LARGE, "Too large.", "by far")


async def test_a_bug_in_rendering_is_the_failure_of_that_picture(
    obedient: ProcessRenderer[str],
) -> None:
    """It is not tried again, since it would be the same."""
    no = await refusal_of(obedient, b"raise")
    assert no.code is Code.PROCESSING_FAILED
    assert str(no) == "KeyError: 'MISSING'"


async def test_large_pictures_come_and_go_whole() -> None:
    """Far more than a pipe holds, in both directions at once."""
    raws = [os.urandom(8 * 2**20) for _ in range(3)]
    async with renderer_for(render_functions.copy) as renderer:
        results = await asyncio.gather(*(renderer.render(raw, RECIPE) for raw in raws))
    assert [rendering.png for rendering in results] == raws


async def test_children_are_lean_and_know_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """They import what they need, see no key, and hold no connection of the parent."""
    monkeypatch.setenv("MIDJOURNEY_API_KEY", "canary")
    async with renderer_for(render_functions.report) as renderer:
        seen = await seen_from_inside(renderer)
    heavy = {"asyncio", "aiohttp", "aioboto3", "redis", "pydantic", "structlog", "PIL", "numpy"}
    assert heavy.isdisjoint(seen["modules"])
    assert "mobart.rendering.renderer" not in seen["modules"]
    assert "canary" not in seen["environ"].values()
    assert len(seen["files"]) <= 5


async def test_children_let_the_worker_go_first() -> None:
    """Leases are renewed in time even while all processors are busy with pictures."""
    async with renderer_for(render_functions.report) as renderer:
        assert (await seen_from_inside(renderer))["niceness"] > os.nice(0)


async def test_children_are_kept_and_never_more_than_asked_for() -> None:
    """Ten pictures at once, two children."""
    async with renderer_for(render_functions.report, processes=2) as renderer:
        seen = await asyncio.gather(*(seen_from_inside(renderer) for _ in range(10)))
    assert len({child["pid"] for child in seen}) <= 2


async def test_signals_to_the_whole_group_do_not_end_a_child() -> None:
    """Ctrl-C, SIGTERM and a terminal that is closed are the parent's business."""
    async with renderer_for(render_functions.report, processes=1) as renderer:
        pid = (await seen_from_inside(renderer))["pid"]
        for meant_for_the_parent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, meant_for_the_parent)
        assert (await seen_from_inside(renderer))["pid"] == pid
        assert os.getpgid(pid) != os.getpgid(0)


async def test_an_idle_child_that_was_killed_is_replaced() -> None:
    """As the kernel may do when memory is short."""
    async with renderer_for(render_functions.report, processes=1) as renderer:
        pid = (await seen_from_inside(renderer))["pid"]
        os.kill(pid, signal.SIGKILL)
        assert (await seen_from_inside(renderer))["pid"] != pid


async def test_a_cancelled_job_takes_its_child_along(pipe: Path) -> None:
    """Nobody works on for a job that is gone, and the place is free again."""
    async with renderer_for(render_functions.hang, processes=1) as renderer:
        job = asyncio.create_task(renderer.render(bytes(pipe), RECIPE))
        listener = await asyncio.to_thread(pipe.open)
        await asyncio.to_thread(listener.readline)
        job.cancel()
        assert await asyncio.to_thread(listener.read) == ""
        listener.close()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert (await renderer.render(b"", RECIPE)).png == b""


async def test_closing_leaves_no_child_behind(pipe: Path) -> None:
    """Busy ones neither; one that still waits gets Unavailable."""
    async with renderer_for(render_functions.hang) as renderer:
        job = asyncio.create_task(renderer.render(bytes(pipe), RECIPE))
        listener = await asyncio.to_thread(pipe.open)
        await asyncio.to_thread(listener.readline)
    assert await asyncio.to_thread(listener.read) == ""
    listener.close()
    with pytest.raises(Unavailable, match="no child could be started"):
        await job


async def test_a_child_whose_answer_nobody_takes_can_be_ended() -> None:
    """A job that is cancelled in the middle of a large answer leaves no pipe open."""
    process = await RenderProcess.start()
    await process.prepare(render_functions.copy, ProcessLimits(memory=2**30, cpu=9, confined=False))
    await process._send(pickle.dumps(""), bytes(16 * 2**20))
    answers: Any = process._answers
    while not answers._paused:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0)
    process.kill()
    await process.gone()
    assert not process.alive


async def test_a_picture_too_large_to_take_in_ends_like_any_other() -> None:
    """The child runs out of memory before it has even read it."""
    renderer: ProcessRenderer[str] = ProcessRenderer(
        render_function=render_functions.copy, processes=1, memory=256 * 2**20
    )
    async with renderer:
        no = await refusal_of(renderer, bytes(192 * 2**20))
        assert str(no).count("ran out of memory") == 2
        assert (await renderer.render(b"small", RECIPE)).png == b"small"


async def test_a_child_that_cannot_start_says_nothing_about_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broken installation or a full machine is waited out, and the detail says what is wrong."""
    nowhere = types.ModuleType("nowhere")
    render_function = types.FunctionType(
        render_functions.copy.__code__, vars(render_functions), "render"
    )
    render_function.__module__, render_function.__qualname__ = "nowhere", "render"
    monkeypatch.setitem(sys.modules, "nowhere", nowhere)
    monkeypatch.setattr(nowhere, "render", render_function, raising=False)
    async with renderer_for(render_function) as renderer:
        with pytest.raises(Unavailable, match="No module named 'nowhere'"):
            await renderer.render(b"", RECIPE)
        with pytest.raises(Unavailable, match="No module named 'nowhere'"):
            await renderer.check()


async def test_that_no_child_can_be_started_is_told_until_one_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An interpreter is replaced under a running worker, or it may have no more processes."""
    async with renderer_for(render_functions.copy) as renderer:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(Unavailable):
            await renderer.render(b"", RECIPE)
        assert "FileNotFoundError" in renderer.trouble
        monkeypatch.undo()
        await renderer.check()
        assert renderer.trouble == ""


async def test_the_child_of_a_check_is_there_for_the_first_picture() -> None:
    """It has proven that one can be started, so it need not be started again."""
    before = {*psutil.Process().children()}  # servers of other tests
    async with renderer_for(render_functions.copy) as renderer:
        await renderer.check()
        (child,) = {*psutil.Process().children()} - before
        await renderer.render(b"", RECIPE)
        assert {*psutil.Process().children()} - before == {child}


SCRIPT = """
import asyncio, sys
from pathlib import Path

with Path(sys.argv[2]).open("a") as diary:
    print("imported", file=diary)

async def main():
    from tests.unit.rendering import render_functions
    from mobart.rendering.renderer import TRIES_ALONE, ProcessRenderer
    render = getattr(render_functions, sys.argv[3])
    renderer = ProcessRenderer(render_function=render, processes=1, confined=False)
    await renderer.render(sys.argv[1].encode(), 0)

asyncio.run(main())
"""


@pytest.mark.parametrize("deed", ["hang", "grind"] if sys.platform == "linux" else ["hang"])
def test_no_child_outlives_a_parent_that_is_killed(deed: str, pipe: Path, tmp_path: Path) -> None:
    """Not even one that is too busy to notice; and children do not import the script that was run."""
    script, diary = tmp_path / "main.py", tmp_path / "diary"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(pipe), str(diary), deed]
    parent = subprocess.Popen(command, env=environment, cwd=tmp_path)
    with parent, pipe.open() as listener:
        listener.readline()
        parent.kill()
        assert listener.read() == ""
    assert diary.read_text() == "imported\n"


def test_a_child_leaves_when_the_pipe_hangs_up() -> None:
    """What ends it where the system offers no death signal."""
    code = "import os; from mobart.rendering.child import watch; watch(os.getppid())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) as orphan:
        assert orphan.poll() is None
    assert orphan.returncode == 0
