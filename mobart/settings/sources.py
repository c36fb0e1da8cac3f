"""Sources of values besides the environment and `.env`."""

import os
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource


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
        return {"log_file": ""} if given == "" else {}


class Files(PydanticBaseSettingsSource):
    """Values from files named by `NAME_FILE`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one; `LOG_FILE` is a name of its own and not the file of a `LOG`."""
        del field
        path = os.environ.get(f"{field_name.upper()}_FILE")
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return all that are given."""
        names = self.settings_cls.model_fields
        values = {name: self.get_field_value(field, name)[0] for name, field in names.items()}
        return {name: value for name, value in values.items() if value}
