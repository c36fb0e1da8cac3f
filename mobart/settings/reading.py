"""Reading the settings, and saying readably what is wrong with them."""

import difflib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, ValidationError

from mobart.settings.model import Settings

NO_TEXT = ".env, or a file that a NAME_FILE names, is not UTF-8 text; save it anew as UTF-8"


class BadSettings(Exception):
    """Something is wrong with the settings; `problems` has one readable line each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the lines; none holds a value."""
        super().__init__("; ".join(problems))
        self.problems = problems


def load(**overrides: Any) -> Settings:
    """Read the settings; *overrides* win over all sources.

    Raises:
        BadSettings: with every problem at once.

    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise BadSettings([_line(dict(one)) for one in error.errors(include_input=False)]) from None
    except UnicodeDecodeError:
        raise BadSettings([NO_TEXT]) from None
    except OSError as error:
        raise BadSettings([f"A secret's file cannot be read: {error.strerror}"]) from None
    if quoted := _quoted(settings):
        raise BadSettings([f"{name}: is given with its quotes; leave them out" for name in quoted])
    return settings


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that look like ours and are not, each with the name that was perhaps meant."""
    known = [name.upper() for name in Settings.model_fields]
    unknown = (
        name
        for name in environment
        if name.startswith(("MOBART_", "MIDJOURNEY_"))
        and not {name, name.removesuffix("_FILE")}.intersection(known)
    )
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), "") for name in unknown}


def _quoted(settings: Settings) -> list[str]:
    """List the values that still have their quotes, as `docker run --env-file` leaves them."""
    return [
        name.upper()
        for name in Settings.model_fields
        if re.fullmatch(r"(['\"]).*\1", _text(getattr(settings, name)))
    ]


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _line(problem: dict[str, Any]) -> str:
    name = "_".join(str(part) for part in problem["loc"]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "missing":
        message = "is missing: " + str(Settings.model_fields[name.lower()].description)
    return f"{name}: {message}" if name else message


def secret_value(secret: SecretStr | None) -> str | None:
    """Return the value of a secret that may not be given."""
    return None if secret is None else secret.get_secret_value()


def secrets_of(settings: Settings) -> list[str]:
    """Return everything that must not be seen anywhere."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    password = urlsplit(settings.redis_address).password
    return [*secrets, unquote(password)] if password else secrets
