"""The settings.  Only `providers/*/build.py`, `app` and `cli` read them.

Sources, the first that has a value wins: the environment, `NAME_FILE` (a file that holds the value,
as Docker and Kubernetes mount secrets), `.env`, the default.  An empty value counts as not given.
"""

from mobart.core.setting_types import secret_value
from mobart.settings.model import RedisAlone, S3Alone, Settings
from mobart.settings.reading import (
    BadSettings,
    load,
    load_redis,
    load_s3,
    remarks,
    secrets_of,
    unknown_variables,
    variables,
)

__all__ = [
    "BadSettings",
    "RedisAlone",
    "S3Alone",
    "Settings",
    "load",
    "load_redis",
    "load_s3",
    "remarks",
    "secret_value",
    "secrets_of",
    "unknown_variables",
    "variables",
]
