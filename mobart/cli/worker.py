"""The worker, and the commands about its settings, its health and its messages."""

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobart.cli import EX_CONFIG, EX_UNAVAILABLE
from mobart.cli.problems import complain

if TYPE_CHECKING:
    from mobart.settings import Settings


def work(*, local: bool, folder: Path, samples: bool) -> int:
    """Run the worker until SIGTERM, SIGINT or SIGHUP."""
    if local:
        return _work_locally(folder, samples=samples)
    import_worker()
    from mobart.app import run  # noqa: PLC0415 - as above
    from mobart.settings import load  # noqa: PLC0415 - as above

    return _run(load(), run.run)


def import_worker() -> None:
    """Import what the worker needs, once."""
    with uncollected():
        from mobart.app import run  # noqa: F401, PLC0415 - as above


def check(*, as_json: bool) -> int:
    """Run the checks of the start-up and stop."""
    from mobart.app import run  # noqa: PLC0415 - as above
    from mobart.settings import BadSettings, load  # noqa: PLC0415 - as above

    if not as_json:
        return _run(load(), run.check_only, logs_to_file=False)
    said: list[str] = []

    def note(problems: Sequence[str], code: int) -> int:
        said.extend(problems)
        return code

    try:
        given = load().model_copy(update={"log_level": "CRITICAL"})
        code = _run(given, run.check_only, logs_to_file=False, say=note)
    except BadSettings as wrong:
        code = note(wrong.problems, EX_CONFIG)
    return _print({"ready": code == 0, "said": said}, code)


def pause(*, as_json: bool) -> int:
    """Switch the kill switch on."""
    return _switch(True, "paused: nothing new begins until `mobart resume`", as_json=as_json)


def resume(*, as_json: bool) -> int:
    """Switch the kill switch off."""
    return _switch(False, "resumed", as_json=as_json)


def settings(*, as_json: bool) -> int:
    """Print the text of .env.example, or the defaults as JSON."""
    from mobart.settings import Settings  # noqa: PLC0415 - as above
    from mobart.settings.example import example  # noqa: PLC0415 - as above

    if as_json:
        fields = Settings.model_fields.items()
        return _print({name.upper(): field.default for name, field in fields}, 0)
    sys.stdout.write(example())
    return 0


def schema(name: str | None) -> int:
    """Print the documents of the wire contract: all of them, or one."""
    from mobart.app.contract import documents  # noqa: PLC0415 - as above

    there = documents()
    if name is not None and name not in there:
        return complain([f"there is no such schema; there are: {', '.join(there)}"], EX_CONFIG)
    told = there if name is None else there[name]
    return _print(told, 0)


def _print(told: object, code: int) -> int:
    """Write one JSON document and return *code*."""
    sys.stdout.write(json.dumps(told, indent=2, default=str) + "\n")
    return code


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage in what is imported, now or later: there is none, and all of it is kept."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _work_locally(folder: Path, *, samples: bool) -> int:
    from mobart.app import local_mode  # noqa: PLC0415 - needs packages that workers lack
    from mobart.app.checks import NotReady  # noqa: PLC0415 - as above
    from mobart_local.errors import LocalTrouble  # noqa: PLC0415 - as above

    try:
        asyncio.run(local_mode.run_locally(folder, samples=samples))
    except LocalTrouble as trouble:
        return complain([str(trouble)], EX_UNAVAILABLE)
    except NotReady as error:
        return complain(error.problems, EX_UNAVAILABLE if error.healing else EX_CONFIG)
    return 0


def _run(
    given: "Settings",
    act: Callable[["Settings"], Coroutine[Any, Any, None]],
    *,
    logs_to_file: bool = True,
    say: Callable[[Sequence[str], int], int] = complain,
) -> int:
    from mobart.app.checks import NotReady  # noqa: PLC0415 - as above
    from mobart.app.logs import logging_to  # noqa: PLC0415 - as above
    from mobart.app.problems import problems_of  # noqa: PLC0415 - as above
    from mobart.app.proxies import proxy_remarks, proxy_secrets  # noqa: PLC0415 - as above
    from mobart.settings import remarks, secrets_of, unknown_variables, variables  # noqa: PLC0415 - as above

    if wrong := problems_of(given):
        return say(wrong, EX_CONFIG)
    try:
        with logging_to(
            level=given.log_level,
            file=given.log_file if logs_to_file else "",
            secrets=[*secrets_of(given), *proxy_secrets()],
            prompts=given.mobart_log_prompts,
        ) as warnings:
            variables_given = variables()
            for name, meant in unknown_variables(variables_given).items():
                hint = f"; did you mean {meant}?" if meant else ""
                warnings.append(f"{name}: there is no such setting{hint}")
            say(warnings + remarks(variables_given) + proxy_remarks(), 0)
            asyncio.run(act(given))
    except NotReady as error:  # here the log is written out: the problems are the last lines
        return say(error.problems, EX_UNAVAILABLE if error.healing else EX_CONFIG)
    return 0


def _switch(paused: bool, done: str, *, as_json: bool) -> int:
    """Use the kill switch, for which no setting but those of Redis is read."""
    from mobart.app.operator import switch  # noqa: PLC0415 - as above
    from mobart.settings import load_redis  # noqa: PLC0415 - as above

    asyncio.run(switch(load_redis(), paused=paused))
    return _print({"paused": paused}, 0) if as_json else complain([done], 0)
