"""The commands that look at requests."""

import asyncio
import json
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from mobart.app.operator import operating
from mobart.cli import EX_UNKNOWN
from mobart.cli.problems import complain
from mobart.cli.say import clock_time, coloured, colours, print_json, print_table
from mobart.core.operations import Action, offers
from mobart.core.views import Moment, Query, RequestView
from mobart.settings import load_redis
from mobart.web.page.words import sentence

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SHOWN_LIVE = 40
COMMANDS: Mapping[Action, str] = {
    Action.RETRY: "retry {id}",
    Action.CANCEL: "cancel {id}",
    Action.REPROCESS: "reprocess {id} --preset PRESET",
    Action.ADOPT: "resolve {id} --adopt TASK_ID",
    Action.DECLARE_UNPAID: "resolve {id} --unpaid",
    Action.GIVE_UP: "resolve {id} --give-up",
    Action.ANNOUNCE: "announce {id}",
}
"""How each action on a request is called here."""
REFRESH = 1.0
"""Seconds between two pictures of what is under way."""


def jobs(*, user: str, since: str, as_json: bool, **asked: Any) -> int:
    """List requests; what else is *asked* for has the names of `Query`."""
    changed = time.time() - age(since) if since else 0.0
    query = Query(user_id=user, since=changed, **asked)

    async def look() -> Sequence[RequestView]:
        async with operating(load_redis()) as operator:
            return (await operator.requests.list_requests(query)).requests

    found = asyncio.run(look())
    if as_json:
        print_json([as_data(view) for view in found])
    else:
        _print_requests(found)
    return 0


def show(request_id: str, *, as_json: bool) -> int:
    """Show one request with its timeline."""

    async def look() -> tuple[RequestView | None, Sequence[Moment]]:
        async with operating(load_redis()) as operator:
            found = await operator.requests.find(request_id)
            return found, await operator.requests.timeline(request_id) if found else ()

    view, moments = asyncio.run(look())
    if view is None:
        return complain([f"{request_id}: there is no such request"], EX_UNKNOWN)
    if as_json:
        print_json({**as_data(view), "timeline": [asdict(moment) for moment in moments]})
        return 0
    for name, value in _summary(view).items():
        if value:
            click.echo(f"{name:<10} {coloured(value)}", color=colours())
    click.echo()
    if not view.taken_in:
        click.echo("It lies in the stream: no worker has had a free slot since, or all are paused.")
    for moment in moments:
        click.echo(f"{clock_time(moment.at)}  {moment.event:<22} {sentence(moment)}")
    _print_offers(view)
    return 0


def watch(*, as_json: bool) -> int:
    """Show all that is under way, again every second; as JSON, one line each time."""

    async def look() -> None:
        async with operating(load_redis()) as operator:
            while True:
                found = await operator.requests.list_live(SHOWN_LIVE)
                if as_json:
                    click.echo(json.dumps([as_data(view) for view in found], default=str))
                else:
                    click.clear()
                    _print_requests(found)
                await asyncio.sleep(REFRESH)

    asyncio.run(look())
    return 0


def age(text: str) -> float:
    """Return the seconds that `30m`, `2h` or `7d` are."""
    matched = re.fullmatch(r"(\d{1,9})([smhd])", text)
    if matched is None:
        raise click.BadParameter(f"{text} is no age like 30m, 2h or 7d", param_hint="--since")
    return float(int(matched[1]) * UNITS[matched[2]])


def as_data(view: RequestView) -> Mapping[str, Any]:
    """Return what programs are told of a request; the prompt is left out."""
    return {
        "request_id": view.request.request_id,
        "user_id": view.request.user_id,
        "status": view.status,
        "stage": str(view.stage),
        "preset": view.preset,
        "priority": str(view.request.priority),
        "provider": view.provider,
        "ticket": view.ticket,
        "accepted_at": view.accepted_at,
        "settled_at": view.settled_at,
        "completion": view.completion,
    }


def _print_requests(found: Sequence[RequestView]) -> None:
    heads = ("request", "user", "status", "stage", "preset", "provider", "changed", "error")
    rows = [
        (
            view.request.request_id,
            view.request.user_id,
            view.status,
            str(view.stage),
            view.preset,
            view.provider,
            clock_time(view.changed_at or None),
            view.told("error_code"),
        )
        for view in found
    ]
    print_table(heads, rows)


def _print_offers(view: RequestView) -> None:
    """Say what can be done with a request, each as the command that does it."""
    request_id = shlex.quote(view.request.request_id)
    rows = [
        (f"mobart {COMMANDS[action]}".format(id=request_id), row.about)
        for action, row in offers(view).items()
    ]
    if rows:
        click.echo()
        print_table(("what you can do", ""), rows)


def _summary(view: RequestView) -> Mapping[str, str]:
    return {
        "request": view.request.request_id,
        "user": view.request.user_id,
        "status": view.status,
        "stage": str(view.stage),
        "preset": view.preset,
        "priority": str(view.request.priority),
        "provider": view.provider,
        "ticket": view.ticket,
        "accepted": clock_time(view.accepted_at),
        "settled": clock_time(view.settled_at),
        "picture": view.told("s3_url"),
        "error": view.told("error"),
        "code": view.told("error_code"),
        "paid": view.told("paid"),
        "detail": view.told("detail"),
    }
