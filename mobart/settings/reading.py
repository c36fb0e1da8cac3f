"""Reads the settings; what is wrong with them becomes one readable line each."""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import SecretStr, ValidationError

from mobart.core.addresses import passwords_in
from mobart.core.setting_types import service_link
from mobart.settings.model import RedisAlone, S3Alone, Settings
from mobart.settings.sources import FromEnvironment, UnreadableFile, in_env_file, unread_lines

Model = TypeVar("Model", bound=FromEnvironment)

NO_TEXT = ".env, or a file that a NAME_FILE names, is not UTF-8 text; save it anew as UTF-8"
PORTS: Mapping[str, str] = {
    "REDIS_PORT": "REDIS_URL wins over it, else its port is used, and its host without REDIS_HOST",
    "MOBART_HTTP_PORT": "it is ignored",
    "MOBART_CALLBACK_PORT": "it is ignored",
}
"""Settings whose name Kubernetes gives to a variable of its own, and what becomes of that."""


OTHERS: Mapping[str, str] = {
    "AWS_ENDPOINT_URL": "AWS_ENDPOINT_URL_S3",
    "AWS_DEFAULT_REGION": "AWS_REGION",
    "REDIS_USER": "REDIS_URL",
    "REDIS_USERNAME": "REDIS_URL",
    "REDIS_DB": "REDIS_URL",
    "REDIS_TLS": "REDIS_URL",
    "REDIS_SSL": "REDIS_URL",
}
"""What other programs read, and in what the same is told here."""


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
    return _read(Settings, **overrides)


def load_redis() -> RedisAlone:
    """Read the settings of Redis alone.  Raises BadSettings."""
    return _read(RedisAlone)


def load_s3() -> S3Alone:
    """Read the settings of S3 alone.  Raises BadSettings."""
    return _read(S3Alone)


def _read(kind: type[Model], **overrides: Any) -> Model:
    try:
        if lost := unread_lines(kind.model_fields):
            raise BadSettings([*lost])
        settings = kind(**overrides)
    except ValidationError as error:
        raise BadSettings([_line(dict(one)) for one in error.errors(include_input=False)]) from None
    except UnicodeDecodeError:
        raise BadSettings([NO_TEXT]) from None
    except UnreadableFile as error:
        raise BadSettings([str(error)]) from None
    except OSError as error:
        raise BadSettings([f".env: cannot be read: {error.strerror}"]) from None
    if quoted := _quoted(settings):
        raise BadSettings([f"{name}: is given with its quotes; leave them out" for name in quoted])
    return settings


def variables() -> dict[str, str]:
    """Return all variables that are given, be it in the environment or in `.env`."""
    return {**in_env_file(), **os.environ}


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that look like ours and are not, each with the name that was perhaps meant."""
    known = [name.upper() for name in Settings.model_fields]
    unknown = (
        name
        for name in environment
        if name.startswith(("MOBART_", "MIDJOURNEY_"))
        and not {name, name.removesuffix("_FILE")}.intersection(known)
        and not _of_a_service(name, environment)
    )
    return {name: _meant(name, known) for name in unknown}


def _meant(name: str, known: Sequence[str]) -> str:
    bare = name.partition("_")[2]
    return bare if bare in known else next(iter(difflib.get_close_matches(name, known, 1)), "")


def remarks(environment: Mapping[str, str]) -> list[str]:
    """Return what an operator should know of variables that were read otherwise than they stand."""
    links = [name for name in PORTS if service_link(environment.get(name)) is not None]
    others = [
        f"{name}: is not read; {read} is, and is not given"
        for name, read in OTHERS.items()
        if environment.get(name, "").lower() not in {"", "0", "no", "false", "default"}
        and not environment.get(read)
        and not environment.get(f"{read}_FILE")
    ]
    return others + [
        f"{name}: is what Kubernetes sets for a Service; {PORTS[name]}; enableServiceLinks: false"
        " in the pod keeps such variables out"
        for name in links
    ]


def _of_a_service(name: str, environment: Mapping[str, str]) -> bool:
    """Whether Kubernetes set a variable for a Service whose name begins like our settings."""
    link = service_link(environment[name]) is not None
    return link or re.search(r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP|SCTP)_", name) is not None


def _quoted(settings: FromEnvironment) -> list[str]:
    """List the values that still have their quotes, as `docker run --env-file` leaves them."""
    return [
        name.upper()
        for name in type(settings).model_fields
        if re.fullmatch(r"(['\"]).*\1", _text(getattr(settings, name)))
    ]


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _line(problem: dict[str, Any]) -> str:
    name = "_".join(str(part) for part in problem["loc"]).upper()
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] in {"string_unicode", "string_type"}:
        message = "is not UTF-8 text"
    if problem["type"] == "too_short":  # only a secret: it is no string to the library
        message = f"should have at least {problem['ctx']['min_length']} characters"
    if problem["type"] == "missing":
        message = "is missing: " + str(Settings.model_fields[name.lower()].description)
    return f"{name}: {message}" if name else message


def secrets_of(settings: Settings) -> list[str]:
    """Return every secret value, for the log to mask."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    texts = [settings.redis_address, *(value for value in values if isinstance(value, str))]
    return secrets + [password for text in texts for password in passwords_in(text)]
