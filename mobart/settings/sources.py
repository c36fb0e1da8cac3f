"""Sources of values besides the environment and `.env`."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

ENV_FILE = Path(".env")
ENCODING = "utf-8-sig"


def in_env_file() -> Mapping[str, str]:
    """Return what `.env` says, by name in capitals."""
    given = dotenv_values(ENV_FILE, encoding=ENCODING)
    return {name.upper(): value or "" for name, value in given.items()}


def unread_lines(names: Collection[str]) -> Sequence[str]:
    """Name the lines of `.env` that look like one of *names* and are no `NAME=value`.

    The library would leave them out, and a limit that is left out is no limit.  What the environment says wins
    anyway: shells and compose read lines there that this library cannot.
    """
    if not ENV_FILE.is_file():
        return []
    with ENV_FILE.open(encoding=ENCODING) as file:
        lost = [one.original for one in parse_stream(file) if one.error]
    found = [(line, re.match(r"\s*(?:export\s+)?(\w+)", line.string)) for line in lost]
    return [
        f"{name[1].upper()}: line {line.line} of .env is not NAME=value, or a quote in it does not end"
        for line, name in found
        if name
        and name[1].lower().removesuffix("_file") in names
        and not os.environ.get(name[1].upper())
    ]


class UnreadableFile(Exception):
    """A `NAME_FILE` names a file that cannot be read; the text says which, and why."""


class SwitchedOff(PydanticBaseSettingsSource):
    """`LOG_FILE=` with nothing behind it: the one setting for which empty has a meaning."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: see `__call__`."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the empty name if the environment, or else `.env`, says so."""
        given = os.environ.get("LOG_FILE")
        if given is None:
            given = in_env_file().get("LOG_FILE")
        return {"log_file": ""} if given is not None and not given.strip() else {}


class Trimmed(PydanticBaseSettingsSource):
    """The values of another source without white space around them: Windows leaves some at line ends.

    What is nothing else counts as not given.
    """

    def __init__(self, source: PydanticBaseSettingsSource) -> None:
        """Trim what *source* has."""
        super().__init__(source.settings_cls)
        self._source = source

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: see `__call__`."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all that are given."""
        given = self._source()
        trimmed = {
            name: one.strip() if isinstance(one, str) else one for name, one in given.items()
        }
        return {name: one for name, one in trimmed.items() if one != ""}


class Files(PydanticBaseSettingsSource):
    """Values from files named by `NAME_FILE`, in the environment or in `.env`."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        """Read which files are named."""
        super().__init__(settings_cls)
        self._named = {**in_env_file(), **os.environ}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one; `LOG_FILE` is a name of its own and not the file of a `LOG`."""
        del field
        path = self._named.get(f"{field_name.upper()}_FILE")
        try:
            return (Path(path).read_text().strip() if path else None), field_name, False
        except OSError as error:
            problem = f"{field_name.upper()}_FILE: cannot be read: {error.strerror}"
            raise UnreadableFile(problem) from None

    def __call__(self) -> dict[str, Any]:
        """Return all that are given."""
        names = self.settings_cls.model_fields
        values = {name: self.get_field_value(field, name)[0] for name, field in names.items()}
        return {name: value for name, value in values.items() if value}


class FromEnvironment(BaseSettings):
    """Settings whose fields have the names of their variables."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_file_encoding=ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        frozen=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the switched-off log file before, and `NAME_FILE` behind the environment."""
        del file_secret_settings
        first, last = SwitchedOff(settings_cls), Files(settings_cls)
        return init_settings, first, Trimmed(env_settings), last, Trimmed(dotenv_settings)
