"""What is particular about ComfyUI: workflows, ids of our own choice, a history that is lost."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mobart.app.problems import problems_of
from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, MobartError, Rejected, Unavailable
from mobart.core.orders import Order
from mobart.core.picture_kinds import kind_of
from mobart.core.ports import CheckedProvider
from mobart.downloads.http import HttpDownloads
from mobart.providers.repeatable import id_of
from mobart.providers.repeats import TRIES
from mobart.settings import load
from mobart_local.standin import Script
from mobart_local.standin.dialects.comfyui.answers import SUBMITS
from tests.support.outcomes import outcome
from tests.support.provider_builders import built
from tests.support.provider_setup import CAT, SLOW_ROWS, Setup, client_at, selling
from tests.support.raw_http import raw_server, says

NAME = "comfyui"
DOG = Order("r-2", "u-1", "a pixel dog")
EXHAUSTED = (Rejected, Code.GENERATION_FAILED)
"""It costs nothing, so what is not found is queued again; three times, then no more."""
BUSY = (Unavailable, Code.PROVIDER_RATE_LIMITED)
SOLD = (Ticket, None)
OUTCOMES: dict[str, tuple[type[MobartError] | type[Ticket], Code | None]] = {
    **dict.fromkeys(("accept", "partly"), SOLD),
    "400": (Rejected, Code.PROVIDER_REJECTED),
    "401": (Rejected, Code.PROVIDER_AUTH),
    "402": (Rejected, Code.PROVIDER_CREDIT),
    "403": (Rejected, Code.PROVIDER_AUTH),
    "404": (Rejected, Code.PROVIDER_UNAVAILABLE),
    **dict.fromkeys(("429", "429-date", "429-absurd", "429-silent"), BUSY),
    "redirect": (Rejected, Code.PROVIDER_BAD_RESPONSE),
    **dict.fromkeys(("500", "502", "503", "504", "html", "empty", "bad-json", "list"), EXHAUSTED),
    **dict.fromkeys(("null", "drop", "reset", "hang", "cut"), EXHAUSTED),
    **dict.fromkeys((f"accepted-{status}" for status in (500, 502, 503, 504)), SOLD),
    **dict.fromkeys(("accepted-drop", "accepted-reset", "accepted-hang", "accepted-cut"), SOLD),
    **dict.fromkeys(("accepted-truncated", "accepted-html", "accepted-drip"), SOLD),
    "partly-unsaved": (Rejected, Code.PROVIDER_UNAVAILABLE),
    **dict.fromkeys(("invalid", "no-prompt"), (Rejected, Code.PROVIDER_UNAVAILABLE)),
    **dict.fromkeys(("id-missing", "id-int", "id-traversal", "409"), SOLD),
}
OF_TODAY, OF_2024 = "comfyui", "comfyui-2024"
VERSIONS = (OF_TODAY, OF_2024)


def setup(
    script: Script, *, version: str = OF_TODAY, **settings: Any
) -> AbstractAsyncContextManager[Setup]:
    """Queue at a ComfyUI of some version, whose time is ours."""
    return selling(NAME, script, path=f"/{version}", **settings)


def visits(provider: Setup, kind: str) -> int:
    """Count how often a kind of address was asked."""
    return provider.standin.ledger.visits[kind]


def graph(provider: Setup) -> dict[str, Any]:
    """Return the workflow that was queued last."""
    told: dict[str, Any] = list(provider.standin.ledger.tasks.values())[-1].extra["graph"]
    return told


class TestEverySubmitAnswer:
    """The whole table of what may come back."""

    def test_every_answer_of_the_stand_in_is_in_the_table(self) -> None:
        """Nothing that the stand-in can say is left unjudged."""
        assert OUTCOMES.keys() == SUBMITS.keys()

    @pytest.mark.parametrize("row", OUTCOMES)
    async def test_is_judged_for_what_it_proves(self, row: str) -> None:
        """The right error with the right code; only what is not found is queued again."""
        kind, code = OUTCOMES[row]
        patience = SLOW_ROWS.get(row)
        async with selling(NAME, Script(submit=row), patience=patience) as provider:
            told = await outcome(provider.provider.submit(CAT))
            assert type(told) is kind
            assert getattr(told, "code", None) is code
            assert provider.submits() == (TRIES if (kind, code) == EXHAUSTED else 1)

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            (400, (Rejected, Code.PROVIDER_UNAVAILABLE)),
            (401, (Rejected, Code.PROVIDER_AUTH)),
            (402, (Rejected, Code.PROVIDER_CREDIT)),
            (403, (Rejected, Code.PROVIDER_AUTH)),
            (429, BUSY),
        ],
    )
    async def test_of_the_account_goes_by_its_status(
        self, status: int, told: tuple[type[MobartError], Code]
    ) -> None:
        """Clouds refuse it in the words for a workflow."""
        body = {"error": {"type": "refused", "message": ""}, "node_errors": {}}
        async with (
            raw_server(says(status, body)) as server,
            client_at(NAME, server.origin) as client,
        ):
            come = await outcome(client.submit(CAT))
        assert (type(come), getattr(come, "code", None)) == told

    async def test_what_is_wrong_with_a_workflow_is_told_by_its_place(self) -> None:
        """Node, input and kind of error are in the log; the value is not."""
        async with setup(Script(submit="invalid")) as provider:
            told = str(await outcome(provider.provider.submit(CAT)))
            assert "node 1: ckpt_name: value_not_in_list" in told
            assert "gone.safetensors" not in told


class TestLostAnswers:
    """The id is ours, so that nothing is queued twice."""

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("seconds", [0, 1, 3600], ids=["waiting", "running", "finished"])
    async def test_are_found_wherever_the_job_is(self, version: str, seconds: float) -> None:
        """In the queue or the history, by our id, even where the server gave another one."""
        async with setup(Script(submit="accepted-drop", side=64), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += seconds
            assert await provider.provider.find(CAT) == ticket
            assert await provider.provider.find(DOG) is None
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)
            assert provider.payments() == 1

    async def test_are_found_however_much_was_finished_since(self) -> None:
        """By the id itself, which needs no list."""
        async with setup(Script(side=64)) as provider:
            await provider.provider.submit(CAT)
            for number in range(70):
                await provider.provider.submit(replace(DOG, request_id=f"dog-{number}"))
            provider.finish()
            assert await provider.provider.find(CAT) == Ticket(NAME, id_of(CAT))

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_an_id_of_the_servers_own_is_used_if_there_is_one(self, version: str) -> None:
        """What is asked about is the id that came back."""
        async with setup(Script(side=64), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            assert (ticket.reference == id_of(CAT)) is (version == OF_TODAY)
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)

    async def test_a_repeat_is_the_same_job(self) -> None:
        """Submitting an order again, after not finding it, gives the same ticket."""
        async with setup(Script(side=64)) as provider:
            assert provider.can.free
            provider.standin.play(Script(submit="drop"), times=1)
            ticket = await provider.provider.submit(CAT)
            assert provider.submits() == 2
            assert await provider.provider.submit(CAT) == ticket
            assert ticket.reference == id_of(CAT)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_what_a_restart_lost_is_queued_again(self, version: str) -> None:
        """Missed at two polls in a row, which is proof; under the ticket that the job has."""
        async with setup(Script(side=64), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.standin.state.forget()
            told = await outcome(provider.provider.poll(ticket))
            assert isinstance(told, Unavailable)
            assert "neither in the queue nor in the history" in str(told)
            assert await provider.provider.poll(ticket) == Pending()
            provider.finish()
            assert isinstance(await provider.provider.poll(ticket), Picture)
            assert provider.payments() == 1

    async def test_what_is_lost_each_time_fails(self) -> None:
        """At once, not at the deadline, and nothing was paid."""
        async with setup(Script(side=64)) as provider:
            ticket = await provider.provider.submit(CAT)
            answers = list[object]()
            for _ in range(2 * TRIES):
                provider.standin.ledger.tasks.clear()
                answers.append(await outcome(provider.provider.poll(ticket)))
            assert isinstance(answers[-1], Rejected)
            assert answers[-1].code is Code.GENERATION_FAILED
            assert provider.submits() == TRIES

    async def test_what_another_worker_queued_fails_when_it_is_lost(self) -> None:
        """The order is not known here; asking again is up to the backend, and free."""
        async with setup(Script(side=64)) as provider:
            ticket = Ticket(NAME, id_of(CAT))
            assert isinstance(await outcome(provider.provider.poll(ticket)), Unavailable)
            told = await outcome(provider.provider.poll(ticket))
            assert isinstance(told, Rejected)
            assert told.code is Code.GENERATION_FAILED


class TestPolls:
    """How a generation gets on."""

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_what_waits_or_runs_is_pending(self, version: str) -> None:
        """An empty history says nothing about that."""
        async with setup(Script(seconds=100, staged_seconds=10), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            for seconds in (0, 11, 30, 30):
                provider.time.seconds += seconds
                assert await provider.provider.poll(ticket) == Pending()

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_the_saved_picture_is_taken_and_not_a_preview(self, version: str) -> None:
        """At an address that can be fetched, though folders have spaces."""
        async with setup(Script(side=64), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            found = await provider.provider.poll(ticket)
            assert isinstance(found, Picture)
            assert parse_qs(urlsplit(found.urls[0]).query)["type"] == ["output"]
            async with HttpDownloads(trusted_origins=[provider.standin.origin]) as downloads:
                assert kind_of(await downloads.fetch(found)) == "png"

    @pytest.mark.parametrize(
        ("ending", "code"),
        [
            ("failed", Code.GENERATION_FAILED),
            ("failed-silently", Code.GENERATION_FAILED),
            ("moderated", Code.MODERATION_BLOCKED),
            ("internal-error", Code.GENERATION_FAILED),
        ],
    )
    async def test_a_final_failure_has_the_right_code(self, ending: str, code: Code) -> None:
        """Whatever a node raises; some ask somebody's moderation."""
        async with setup(Script(ending=ending)) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            told = await outcome(provider.provider.poll(ticket))
            assert isinstance(told, Rejected)
            assert told.code is code
            assert "execution_error in KSampler: RuntimeError" in str(told)

    async def test_a_failure_is_one_even_where_there_is_no_status(self) -> None:
        """In 2024's history it only lacks a picture."""
        async with setup(Script(ending="failed"), version=OF_2024) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.finish()
            told = await outcome(provider.provider.poll(ticket))
            assert isinstance(told, Rejected)
            assert told.code is Code.GENERATION_FAILED


class TestRaces:
    """What is finished between two questions is in neither the first answer nor the second."""

    async def test_a_poll_asks_the_history_once_more(self) -> None:
        """Before it says that a job is lost."""
        async with finishing(at="/queue") as provider:
            assert isinstance(await provider.poll(Ticket(NAME, id_of(CAT))), Picture)

    async def test_a_find_asks_the_queue_before_the_history(self) -> None:
        """The other way round, nobody would have it."""
        async with finishing(at="/queue") as provider:
            assert await provider.find(CAT) == Ticket(NAME, id_of(CAT))


class TestCancelling:
    """Calling a generation off."""

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_takes_it_out_of_the_queue(self, version: str) -> None:
        """And interrupts nothing."""
        async with setup(Script(), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            await provider.provider.cancel(ticket)
            assert isinstance(await outcome(provider.provider.poll(ticket)), Unavailable)
            assert (visits(provider, "delete"), visits(provider, "interrupt")) == (1, 0)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_interrupts_it_if_it_runs(self, version: str) -> None:
        """Once."""
        async with setup(Script(seconds=100), version=version) as provider:
            ticket = await provider.provider.submit(CAT)
            provider.time.seconds += 50
            await provider.provider.cancel(ticket)
            assert visits(provider, "interrupt") == 1
            assert isinstance(await outcome(provider.provider.poll(ticket)), Rejected)

    @pytest.mark.parametrize("version", VERSIONS)
    async def test_leaves_another_one_alone_that_runs(self, version: str) -> None:
        """What runs may belong to somebody else."""
        async with setup(Script(seconds=100), version=version) as provider:
            running = await provider.provider.submit(CAT)
            provider.time.seconds += 50
            waiting = await provider.provider.submit(DOG)
            await provider.provider.cancel(waiting)
            assert visits(provider, "interrupt") == 0
            assert await provider.provider.poll(running) == Pending()


class TestWorkflow:
    """What is queued."""

    async def test_is_the_usual_one_with_its_gaps_filled(self) -> None:
        """Numbers as numbers."""
        async with setup(
            Script(side=64), comfyui_width=768, comfyui_height=512, comfyui_negative_prompt="blur"
        ) as provider:
            await provider.provider.submit(CAT)
            told = graph(provider)
            assert told["2"]["inputs"]["text"] == CAT.prompt
            assert told["3"]["inputs"]["text"] == "blur"
            assert told["4"]["inputs"] == {"width": 768, "height": 512, "batch_size": 1}
            assert isinstance(told["5"]["inputs"]["seed"], int)

    async def test_may_be_a_file_and_a_preset_may_say_more(self, tmp_path: Path) -> None:
        """Its own nodes, with the same placeholders."""
        file = workflow(tmp_path, text="pixel art of {{prompt}}, {{ width }} wide")
        async with setup(Script(side=64), comfyui_workflow=str(file)) as provider:
            await provider.provider.submit(replace(CAT, parameters={"width": 640, "odd": 1}))
            assert graph(provider)["6"]["inputs"]["text"] == "pixel art of a pixel cat, 640 wide"

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            ("{", "JSON"),
            ("[]", "API format"),
            ('{"nodes": [], "links": []}', "API format"),
            ('{"1": {"class_type": "X", "inputs": {"text": "a cat"}}}', "{{prompt}}"),
            ('{"1": {"class_type": "X", "inputs": {"text": "{{prompt}} {{promt}}"}}}', "{{promt}}"),
            (None, "cannot be read"),
        ],
    )
    def test_that_cannot_work_is_told_at_the_start(
        self, tmp_path: Path, content: str | None, complaint: str
    ) -> None:
        """In one line that names the setting."""
        file = tmp_path / "workflow.json"
        if content is not None:
            file.write_text(content)
        settings = load(s3_bucket_name="bucket", mobart_provider=NAME, comfyui_workflow=str(file))
        (line,) = problems_of(settings)
        assert line.startswith("COMFYUI_WORKFLOW: ")
        assert complaint in line
        assert "\n" not in line

    def test_of_a_provider_that_is_not_used_is_not_read(self) -> None:
        """Settings may stay where they are."""
        settings = load(
            s3_bucket_name="bucket",
            mobart_provider="automatic1111",
            comfyui_workflow="no-such-file.json",
        )
        assert problems_of(settings) == []


class TestCheck:
    """What is told at the start."""

    async def test_a_model_that_is_not_there_is_told(self) -> None:
        """With the node that wants it, and not with its name."""
        async with setup(Script(), comfyui_checkpoint="canary-model") as provider:
            await refused(
                provider.provider, "other values for ckpt_name of node 1 (CheckpointLoaderSimple)"
            )

    async def test_a_node_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        """Somebody forgot to install it."""
        file = workflow(tmp_path, kind="FancyText", text="{{prompt}}")
        async with setup(Script(), comfyui_workflow=str(file)) as provider:
            await refused(provider.provider, "no nodes of the kind FancyText")


@asynccontextmanager
async def finishing(*, at: str) -> AsyncIterator[CheckedProvider]:
    """Give a ComfyUI whose only job is finished in the moment in which it is asked for *at*."""
    name = id_of(CAT)
    saved = {"filename": "a.png", "subfolder": "", "type": "output"}
    done = {"prompt": [1, name, {}, {}, []], "outputs": {"7": {"images": [saved]}}}
    asked = list[str]()

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/queue":
            return web.json_response({"queue_running": [], "queue_pending": []})
        return web.json_response({name: done} if at in asked else {})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with (
        TestServer(app) as server,
        built(NAME, {"COMFYUI_URL": str(server.make_url("/"))}) as it,
    ):
        yield it


async def refused(provider: CheckedProvider, words: str) -> None:
    """Assert that the check fails in *words* that name the settings."""
    told = await outcome(provider.check())
    assert isinstance(told, Rejected)
    assert words in str(told)
    assert "COMFYUI_WORKFLOW" in str(told)
    assert "canary" not in str(told)


def workflow(folder: Path, *, text: str, kind: str = "CLIPTextEncode") -> Path:
    """Write a file with a workflow of two nodes."""
    nodes = {
        "6": {"class_type": kind, "inputs": {"text": text}},
        "3": {"class_type": "KSampler", "inputs": {"positive": ["6", 0], "seed": "{{seed}}"}},
    }
    file = folder / "workflow.json"
    file.write_text(json.dumps(nodes))
    return file
