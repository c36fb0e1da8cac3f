"""The command that tells each setting's value and where it came from."""

import os
from collections.abc import Mapping

import click
from pydantic import SecretStr

from mobart.app.secret_masks import MASK, SecretMasks
from mobart.cli.say import print_json, print_table
from mobart.settings import Settings, load, secrets_of
from mobart.settings.sources import in_env_file


def config(*, as_json: bool) -> int:
    """Print all settings.  Raises BadSettings."""
    told = sources(load(), os.environ, in_env_file())
    if as_json:
        print_json(told)
        return 0
    rows = [(name.upper(), one["value"], one["source"]) for name, one in told.items()]
    print_table(("name", "value", "source"), rows)
    click.echo("\nThe first source that has a value wins: environment, NAME_FILE, .env, default.")
    return 0


def sources(
    settings: Settings, environment: Mapping[str, str], dotenv: Mapping[str, str]
) -> Mapping[str, Mapping[str, str]]:
    """Return the value of each setting as text, secrets masked, and where it came from."""
    masked = SecretMasks(secrets_of(settings))
    return {
        name: {
            "value": masked(None, "", _shown(getattr(settings, name))),
            "source": _source(name.upper(), environment, dotenv),
        }
        for name in type(settings).model_fields
    }


def _source(name: str, environment: Mapping[str, str], dotenv: Mapping[str, str]) -> str:
    if environment.get(name):
        return "environment"
    if environment.get(f"{name}_FILE") or dotenv.get(f"{name}_FILE"):
        return f"{name}_FILE"
    return ".env" if dotenv.get(name) else "default"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    return "" if value is None else str(value)
