"""The commands that ask for something, and wait for it."""

import asyncio
import json
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import click

from mobart.app.operator import Operator, operating
from mobart.app.remote_intake import LARGEST
from mobart.cli import EX_FAILED, EX_UNKNOWN
from mobart.cli.problems import complain
from mobart.cli.say import print_done, print_json
from mobart.core.domain import GenerationRequest
from mobart.core.views import RequestView
from mobart.core.wire import InvalidRequest, parse_request
from mobart.settings import load_redis, load_s3

GLANCE = 0.5
"""Seconds between two looks at a request."""


def submit(
    *,
    request_id: str | None,
    user: str,
    wait: bool,
    save: Path | None,
    as_json: bool,
    **given: object,
) -> int:
    """Put a request into the stream, and wait for its end if that is wanted.

    What else is *given* are fields of the request.
    """
    ids = {"request_id": request_id or str(uuid.uuid4()), "user_id": user}
    try:
        message = json.dumps(ids | given).encode()
        request = parse_request(message, max_bytes=LARGEST, max_prompt_chars=LARGEST)
    except InvalidRequest as no:
        raise click.UsageError(f"{no.sentence} {no.hint}".strip()) from no
    s3 = load_s3() if save else None
    found = asyncio.run(_submit(request, wait=wait))
    if found is None:
        return _print_id(request, as_json=as_json)
    code = _print_end(found, as_json=as_json)
    if code == 0 and save is not None and s3 is not None:
        from mobart.app.stored_picture import fetch_picture  # noqa: PLC0415 - much that is rarely needed

        save.write_bytes(asyncio.run(fetch_picture(s3, found.told("s3_key"))))
        click.echo(f"saved {save}", err=True)
    return code


def options_of(given: Sequence[str]) -> dict[str, object]:
    """Read NAME=VALUE pairs; a value is JSON, or else the text as it stands."""
    found: dict[str, object] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter(f"{one} is not NAME=VALUE", param_hint="--option")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


async def _submit(request: GenerationRequest, *, wait: bool) -> RequestView | None:
    """Put *request* into the stream; return how it ended, or None if that is not waited for."""
    async with operating(load_redis()) as operator:
        await operator.intake.admit(request)
        return await _until_settled(operator, request.request_id) if wait else None


def wait_for(request_id: str, *, as_json: bool) -> int:
    """Follow one request to its end."""

    async def follow() -> int:
        async with operating(load_redis()) as operator:
            if await operator.requests.find(request_id) is None:
                return complain([f"{request_id}: there is no such request"], EX_UNKNOWN)
            return _print_end(await _until_settled(operator, request_id), as_json=as_json)

    return asyncio.run(follow())


def cancel(request_id: str, *, as_json: bool) -> int:
    """Publish a cancellation."""

    async def publish() -> int:
        async with operating(load_redis()) as operator:
            view = await operator.requests.find(request_id)
            if view is None:
                return complain([f"{request_id}: there is no such request"], EX_UNKNOWN)
            if not view.taken_in:
                return complain([f"{request_id}: no worker has taken it in yet"], EX_FAILED)
            if view.completion:
                return complain([f"{request_id}: it is {view.status} already"], EX_FAILED)
            if not await operator.intake.publish_cancellation(request_id):
                return complain(["no worker listens: nothing was cancelled"], EX_FAILED)
        print_done("It is cancelled unless it is paid for already.", request_id, as_json=as_json)
        return 0

    return asyncio.run(publish())


async def _until_settled(operator: Operator, request_id: str) -> RequestView:
    """Look until the request is settled, with a line of progress on a terminal."""
    shown = ""
    terminal = sys.stderr.isatty()
    while True:
        found = await operator.requests.find(request_id)
        if found is not None and found.completion:
            if shown:
                click.echo("\r\033[K", err=True, nl=False)
            return found
        if terminal and (line := await _progress(operator, request_id, found)) != shown:
            click.echo(f"\r\033[K{line}", err=True, nl=False)
            shown = line
        await asyncio.sleep(GLANCE)


async def _progress(operator: Operator, request_id: str, found: RequestView | None) -> str:
    for worker in await operator.status.workers():
        for one in worker.progress:
            if one.request_id == request_id:
                percent = "" if one.percent is None else f" {one.percent} %"
                return f"{one.stage}{percent} ({worker.worker})"
    return "waiting for a worker" if found is None else found.status


def _print_id(request: GenerationRequest, *, as_json: bool) -> int:
    """Print by which id a request is known that is not waited for."""
    if as_json:
        print_json({"request_id": request.request_id, "user_id": request.user_id})
    else:
        click.echo(request.request_id)
    return 0


def _print_end(found: RequestView, *, as_json: bool) -> int:
    """Print how a request ended; return the exit code."""
    told = found.completion
    if as_json:
        print_json(told)
    elif told.get("status") == "completed":
        click.echo(f"{told['s3_key']}  {told['width']}x{told['height']}  {told['s3_url']}")
    else:
        detail = f": {told['detail']}" if told.get("detail") else ""
        problem = f"{told['error']} ({told['error_code']}, paid: {told['paid']}){detail}"
        complain([problem], EX_FAILED)
    return 0 if told.get("status") == "completed" else EX_FAILED
