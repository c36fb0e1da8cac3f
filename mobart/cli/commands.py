"""The commands and their options; what they do is imported only when one of them is run."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from mobart import __version__
from mobart.core.domain import Priority
from mobart.core.operations import ACTIONS, Action
from mobart.core.views import DAYS_KEPT, STATUSES

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON.")


@click.group(
    epilog="Settings come from the environment and .env; .env.example lists all of them."
    '  Completion of bash: eval "$(_MOBART_COMPLETE=bash_source mobart)"; zsh and fish likewise.',
)
@click.version_option(__version__, message="mobart %(version)s")
def commands() -> None:
    """Turn requests for pictures, heard on Redis, into game assets in S3."""


@commands.command()
@click.option("--local", is_flag=True, help="On servers of its own: Redis, S3, a stand-in.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path(".local"),
    show_default=True,
    help="With --local: where its data is kept.",
)
@click.option("--samples", is_flag=True, help="With --local: ask for three sample pictures.")
def run(*, local: bool, folder: Path, samples: bool) -> int:
    """Run the worker until SIGTERM or Ctrl-C."""
    from mobart.cli import worker  # noqa: PLC0415 - as above

    return worker.work(local=local, folder=folder, samples=samples)


def _plain(name: str, about: str) -> None:
    """Add a command without arguments, a function of its name in `mobart.cli.health` or `.worker`."""

    def act(*, as_json: bool) -> int:
        module = import_module(f"mobart.cli.{'health' if name == 'health' else 'worker'}")
        return int(getattr(module, name)(as_json=as_json))

    commands.command(name, help=about)(AS_JSON(act))


_plain("check", "Check settings, Redis, S3 and the provider, then exit.")
_plain("health", "Ask the worker on this machine whether it is well.")
_plain("pause", "Have all workers begin nothing new; what is paid is finished, the rest waits.")
_plain("resume", "Have them go on.")
_plain("settings", "Print every setting with its default: what .env.example holds.")


@commands.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def art(arguments: Sequence[str]) -> int:
    """Post-process pictures without a worker: files in, files out."""
    from mobart.cli.art import art as post_process  # noqa: PLC0415 - as above

    return post_process(list(arguments))


@commands.command()
@AS_JSON
def version(*, as_json: bool) -> None:
    """Print the version."""
    click.echo(f'{{"version": "{__version__}"}}' if as_json else f"mobart {__version__}")


@commands.command()
@click.argument("name", required=False)
def schema(name: str | None) -> int:
    """Print the messages' JSON Schemas, or one of them, or `asyncapi`."""
    from mobart.cli import worker  # noqa: PLC0415 - as above

    return worker.schema(name)


@commands.command()
@AS_JSON
def config(*, as_json: bool) -> int:
    """Tell the value of each setting and where it came from; secrets are masked."""
    from mobart.cli import configuration  # noqa: PLC0415 - as above

    return configuration.config(as_json=as_json)


@commands.command()
@click.argument("prompt")
@click.option("--preset", help="How the picture is made and treated.")
@click.option("--user", default="operator", show_default=True, help="Its user_id.")
@click.option("--id", "request_id", help="Its request_id; by default a new one.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="As in a request.")
@click.option(
    "--priority",
    type=click.Choice([str(one) for one in Priority]),
    help="How soon it has its turn.",
)
@click.option("--wait", is_flag=True, help="Wait for the end and show the progress.")
@click.option(
    "--save", type=click.Path(path_type=Path), help="Wait, and fetch the picture into this file."
)
@AS_JSON
def submit(*, options: Sequence[str], wait: bool, save: Path | None, **given: Any) -> int:
    """Ask for a picture."""
    from mobart.cli import asking  # noqa: PLC0415 - as above

    return asking.submit(
        options=asking.options_of(options), wait=wait or save is not None, save=save, **given
    )


@commands.command()
@click.option("--status", type=click.Choice(STATUSES), help="How they stand.")
@click.option("--user", default="", help="Whose they are.")
@click.option("--code", default="", help="Their error code.")
@click.option("--preset", default="")
@click.option("--provider", default="")
@click.option("--since", default="", metavar="AGE", help="Changed lately: 30m, 2h, 7d.")
@click.option("--undelivered", is_flag=True, help="Never taken by the backend as a webhook.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@AS_JSON
def jobs(**given: Any) -> int:
    """List requests, newest first."""
    from mobart.cli import looking  # noqa: PLC0415 - as above

    return looking.jobs(**given)


@commands.command()
@click.option(
    "--days", type=click.IntRange(1, DAYS_KEPT), default=1, help="Days (UTC), today included."
)
@AS_JSON
def spend(*, days: int, as_json: bool) -> int:
    """Tell what was bought, by provider and user, and today's limits."""
    from mobart.cli import spending  # noqa: PLC0415 - as above

    return spending.spend(days=days, as_json=as_json)


@commands.command()
@click.argument("request_id")
@AS_JSON
def show(request_id: str, *, as_json: bool) -> int:
    """Show one request: how it stands, and what happened to it."""
    from mobart.cli import looking  # noqa: PLC0415 - as above

    return looking.show(request_id, as_json=as_json)


@commands.command()
@click.argument("request_id", required=False)
@AS_JSON
def watch(request_id: str | None, *, as_json: bool) -> int:
    """Follow one request to its end, or all that are under way until Ctrl-C."""
    from mobart.cli import asking, looking  # noqa: PLC0415 - as above

    if request_id:
        return asking.wait_for(request_id, as_json=as_json)
    return looking.watch(as_json=as_json)


@commands.command()
@click.argument("request_id")
@AS_JSON
def cancel(request_id: str, *, as_json: bool) -> int:
    """Ask to drop a request that is not paid for yet."""
    from mobart.cli import asking  # noqa: PLC0415 - as above

    return asking.cancel(request_id, as_json=as_json)


def _action(action: Action, argument: str, *options: str) -> None:
    """Add the command of an action on a request or a user; *options* are fields that it needs."""
    row = ACTIONS[action]

    def act(target: str, *, as_json: bool, yes: bool = False, **values: str) -> int:
        from mobart.cli import acting  # noqa: PLC0415 - as above

        if row.sure and not yes:
            click.confirm(row.sure, abort=True)
        return acting.act(action, target, values, as_json=as_json)

    act = AS_JSON(act)
    for name in reversed(options):
        needed = not row.fields[name].startswith("Optional")
        option = f"--{name.replace('_', '-')}"
        act = click.option(option, name, required=needed, help=row.fields[name])(act)
    if row.sure:
        act = click.option("--yes", is_flag=True, help="Do not ask first.")(act)
    act = click.argument("target", metavar=argument)(act)
    commands.command(str(action), help=row.about)(act)


_action(Action.RETRY, "REQUEST_ID")
_action(Action.REPROCESS, "REQUEST_ID", "preset")
_action(Action.ANNOUNCE, "REQUEST_ID")
_action(Action.LIFT, "USER_ID")


@commands.command(help=ACTIONS[Action.RESEND].about)
@AS_JSON
def resend(*, as_json: bool) -> int:
    """Send again what the backend never took."""
    from mobart.cli import acting  # noqa: PLC0415 - as above

    return acting.act(Action.RESEND, "", {}, as_json=as_json)


@commands.command()
@click.argument("request_id")
@click.option("--adopt", metavar="TASK_ID", help=ACTIONS[Action.ADOPT].about)
@click.option("--unpaid", is_flag=True, help=ACTIONS[Action.DECLARE_UNPAID].about)
@click.option("--give-up", is_flag=True, help=ACTIONS[Action.GIVE_UP].about)
@AS_JSON
def resolve(
    request_id: str, *, adopt: str | None, unpaid: bool, give_up: bool, as_json: bool
) -> int:
    """Resolve a doubt, by what the provider's own page shows."""
    from mobart.cli import acting  # noqa: PLC0415 - as above

    chosen = {Action.ADOPT: adopt, Action.DECLARE_UNPAID: unpaid, Action.GIVE_UP: give_up}
    wanted = [action for action, given in chosen.items() if given]
    if len(wanted) != 1:
        raise click.UsageError("one of --adopt, --unpaid and --give-up is needed")
    values = {"task_id": adopt} if adopt else {}
    return acting.act(wanted[0], request_id, values, as_json=as_json)
