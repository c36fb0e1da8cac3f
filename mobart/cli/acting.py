"""The commands that change something, through the same operations as the status page."""

import asyncio
from collections.abc import Mapping

import click

from mobart.app.actions import perform
from mobart.app.logs import logging_to
from mobart.cli import EX_FAILED, EX_UNKNOWN
from mobart.cli.problems import complain
from mobart.core.errors import Rejected
from mobart.core.operations import Action, Command, NoSuchRequest, NotPossible
from mobart.settings import load, secrets_of


def act(action: Action, target: str, values: Mapping[str, str]) -> int:
    """Perform *action* and print what was done."""
    settings = load()
    try:
        with logging_to(level="WARNING", file="", secrets=secrets_of(settings), prompts=False):
            done = asyncio.run(perform(settings, Command(action, target, values)))
    except NoSuchRequest as no:
        return complain([f"{target}: {no}"], EX_UNKNOWN)
    except NotPossible as no:
        return complain([f"{target}: {no}"], EX_FAILED)
    except Rejected as no:
        return complain([f"{target}: {no.sentence} {no.hint}".rstrip()], EX_FAILED)
    click.echo(done.sentence)
    return 0
