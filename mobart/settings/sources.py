"""Sources of values besides the environment and `.env`."""

import os
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


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
            given = dotenv_values(".env").get("LOG_FILE")
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
    """Values from files named by `NAME_FILE`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one; `LOG_FILE` is a name of its own and not the file of a `LOG`."""
        del field
        path = os.environ.get(f"{field_name.upper()}_FILE")
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
        env_file=".env",
        env_file_encoding="utf-8-sig",
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
