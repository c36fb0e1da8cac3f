"""The command line.  Exit codes: 0 fine, 69 something needed is away, 78 something is wrong."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobart import __version__

if TYPE_CHECKING:
    from mobart.settings import RedisAlone, Settings

EX_UNAVAILABLE = 69
EX_CONFIG = 78
"""As in BSD's sysexits.h."""
UNWELL = 1


def main(argv: Sequence[str]) -> int:
    """Run the command in *argv* and return the exit code."""
    if argv[:1] == ["art"]:
        return art(argv[1:])
    arguments = _parser().parse_args(argv)
    if arguments.command is health:
        return int(health(arguments))
    from mobart.settings import BadSettings  # noqa: PLC0415 - `health` must start in no time

    try:
        return int(arguments.command(arguments))
    except BadSettings as error:
        return _complain(error.problems, EX_CONFIG)
    except KeyboardInterrupt:
        return 0


def entry() -> None:
    """Be the command `mobart`."""
    sys.exit(main(sys.argv[1:]))


def art(argv: Sequence[str]) -> int:
    """Post-process pictures; a fresh clone says how to install what that needs."""
    try:
        from mobart.art.cli import cli  # noqa: PLC0415 - numpy and Pillow are for this command only
    except ModuleNotFoundError as missing:
        how = "`make art ARGS=...` installs what is needed, and so does `pip install .`"
        return _complain([f"the package {missing.name} is not installed: {how}"], EX_CONFIG)
    return cli.main(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="Turns requests for pictures, heard on Redis, into game assets in S3.",
        epilog="Settings come from the environment and .env; .env.example lists all of them.",
    )
    parser.add_argument("--version", action="version", version=f"mobart {__version__}")
    parser.add_argument(
        "--local",
        action="store_true",
        help="run on servers of its own: Redis, S3 and a stand-in for every provider",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(".local"),
        help="with --local: where its data is kept (default: .local)",
    )
    parser.add_argument(
        "--samples",
        action="store_true",
        help="with --local: ask for three sample pictures",
    )
    parser.set_defaults(command=work)
    commands = parser.add_subparsers(title="commands", metavar="")
    for command, about in (
        (check, "check settings, Redis, S3 and the provider, then exit"),
        (health, "ask the worker on this machine whether it is well"),
        (pause, "have all workers begin nothing new; what is paid is finished, the rest waits"),
        (resume, "have them go on"),
        (settings, "print every setting with its default: what .env.example holds"),
    ):
        commands.add_parser(command.__name__, help=about).set_defaults(command=command)
    schemas = commands.add_parser("schema", help="print the messages' JSON Schemas, or AsyncAPI")
    schemas.add_argument("name", nargs="?", help="request, completed, ... or asyncapi")
    schemas.set_defaults(command=schema)
    commands.add_parser("art", help="post-process pictures without a worker: files in, files out")
    return parser


def work(arguments: argparse.Namespace) -> int:
    """Run the worker until SIGTERM or SIGINT."""
    if arguments.local:
        return _work_locally(arguments)
    from mobart.app import run  # noqa: PLC0415 - as above
    from mobart.settings import load  # noqa: PLC0415 - as above

    return _run(load(), run.run)


def check(_: argparse.Namespace) -> int:
    """Run the checks of the start-up and stop."""
    from mobart.app import run  # noqa: PLC0415 - as above
    from mobart.settings import load  # noqa: PLC0415 - as above

    return _run(load(), run.check_only, logs_to_file=False)


def pause(_: argparse.Namespace) -> int:
    """Switch the kill switch on."""
    from mobart.app import kill_switch  # noqa: PLC0415 - as above

    return _switch(kill_switch.pause, "paused: nothing new begins until `main.py resume`")


def resume(_: argparse.Namespace) -> int:
    """Switch the kill switch off."""
    from mobart.app import kill_switch  # noqa: PLC0415 - as above

    return _switch(kill_switch.resume, "resumed")


def settings(_: argparse.Namespace) -> int:
    """Print the text of .env.example."""
    from mobart.settings import example  # noqa: PLC0415 - as above

    sys.stdout.write(example())
    return 0


def schema(arguments: argparse.Namespace) -> int:
    """Print the documents of the wire contract: all of them, or one."""
    from mobart.app.contract import documents  # noqa: PLC0415 - as above

    there = documents()
    if arguments.name is not None and arguments.name not in there:
        return _complain([f"there is no such schema; there are: {', '.join(there)}"], EX_CONFIG)
    told = there if arguments.name is None else there[arguments.name]
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return 0


def health(_: argparse.Namespace) -> int:
    """Ask /healthz; the container's health check."""
    from mobart.web.probe import probe  # noqa: PLC0415 - as above

    host = os.environ.get("MOBART_HTTP_HOST") or "127.0.0.1"
    port = os.environ.get("MOBART_HTTP_PORT") or "8081"
    if "://" not in (own := os.environ.get("MOBART_PROBE_PORT") or "://"):
        host, port = os.environ.get("MOBART_PROBE_HOST") or host, own
    port = "8081" if "://" in port else port  # Kubernetes' variable of a Service called mobart-http
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - listened on, not asked
    return 0 if probe(f"http://{anywhere.get(host, host)}:{port}/healthz") else UNWELL


def _work_locally(arguments: argparse.Namespace) -> int:
    from mobart.app import local_mode  # noqa: PLC0415 - needs packages that workers lack
    from mobart.app.checks import NotReady  # noqa: PLC0415 - as above
    from mobart_local.errors import LocalTrouble  # noqa: PLC0415 - as above

    try:
        asyncio.run(local_mode.run_locally(arguments.folder, samples=arguments.samples))
    except LocalTrouble as trouble:
        return _complain([str(trouble)], EX_UNAVAILABLE)
    except NotReady as error:
        return _complain(error.problems, EX_UNAVAILABLE)
    return 0


def _run(
    given: "Settings",
    act: Callable[["Settings"], Coroutine[Any, Any, None]],
    *,
    logs_to_file: bool = True,
) -> int:
    from mobart.app.checks import NotReady  # noqa: PLC0415 - as above
    from mobart.app.logs import logging_to  # noqa: PLC0415 - as above
    from mobart.app.problems import problems_of  # noqa: PLC0415 - as above
    from mobart.app.proxies import proxy_remarks, proxy_secrets  # noqa: PLC0415 - as above
    from mobart.settings import remarks, secrets_of, unknown_variables  # noqa: PLC0415 - as above

    if wrong := problems_of(given):
        return _complain(wrong, EX_CONFIG)
    try:
        with logging_to(
            level=given.log_level,
            file=given.log_file if logs_to_file else "",
            secrets=[*secrets_of(given), *proxy_secrets()],
            prompts=given.mobart_log_prompts,
        ) as warnings:
            for name, meant in unknown_variables(os.environ).items():
                hint = f"; did you mean {meant}?" if meant else ""
                warnings.append(f"{name}: there is no such setting{hint}")
            _say(warnings + remarks(os.environ) + proxy_remarks())
            asyncio.run(act(given))
    except NotReady as error:  # here the log is written out: the problems are the last lines
        return _complain(error.problems, EX_UNAVAILABLE if error.healing else EX_CONFIG)
    return 0


def _switch(act: "Callable[[RedisAlone], Coroutine[Any, Any, None]]", done: str) -> int:
    """Use the kill switch, for which no setting but those of Redis is read."""
    from mobart.app.checks import NotReady  # noqa: PLC0415 - as above
    from mobart.settings import load_redis  # noqa: PLC0415 - as above

    try:
        asyncio.run(act(load_redis()))
    except NotReady as error:
        return _complain(error.problems, EX_UNAVAILABLE if error.healing else EX_CONFIG)
    return _complain([done], 0)


def _complain(problems: Sequence[str], code: int) -> int:
    _say(problems)
    return code


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        sys.stderr.write(f"mobart: {line}\n")
