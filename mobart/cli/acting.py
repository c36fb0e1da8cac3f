"""The commands that change something, through the same operations as the status page."""

import asyncio
from collections.abc import Mapping

from mobart.app.operator import perform
from mobart.cli import EX_FAILED, EX_UNKNOWN
from mobart.cli.problems import complain
from mobart.cli.say import print_done
from mobart.core.operations import Action, Command, NoSuchRequest, NotPossible
from mobart.settings import load_redis


def act(action: Action, target: str, values: Mapping[str, str], *, as_json: bool) -> int:
    """Perform *action* and print what was done."""
    try:
        done = asyncio.run(perform(load_redis(), Command(action, target, values)))
    except NoSuchRequest as no:
        return complain([f"{target}: {no}"], EX_UNKNOWN)
    except NotPossible as no:
        return complain([f"{target}: {no}"], EX_FAILED)
    print_done(done.sentence, done.request_id or target, as_json=as_json)
    return 0
