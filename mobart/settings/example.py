"""`.env.example`: every setting with its default and meaning, written from the model itself."""

import textwrap

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mobart.settings.model import Settings

SECTIONS = {
    "redis_host": "Redis",
    "aws_access_key_id": "S3",
    "midjourney_api_key": "Midjourney",
    "go_backend_url": "The backend",
    "mobart_max_concurrent_jobs": "Work",
    "mobart_max_message_bytes": "Limits",
    "mobart_preset": "Pictures",
    "mobart_http_host": "Watching",
}
"""Title of the section that begins with a field."""
HEAD = """\
# Every setting with its default.  Copy to .env and change what you need; what is commented out is
# at its default.  Any NAME may also be given as NAME_FILE, the path of a file that holds the value.
"""


def example() -> str:
    """Return the text of `.env.example`."""
    lines = [HEAD]
    for name, field in Settings.model_fields.items():
        if name in SECTIONS:
            lines.append(f"# --- {SECTIONS[name]} " + "-" * (92 - len(SECTIONS[name])) + "\n")
        lines.append(textwrap.indent(textwrap.fill(field.description or "", 96), "# "))
        lines.append(f"{_assignment(name, field)}\n")
    return "\n".join(lines)


def _assignment(name: str, field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return f"{name.upper()}="
    return f"#{name.upper()}={_written(field.default)}"


def _written(value: object) -> str:
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
