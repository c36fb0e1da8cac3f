"""`.env.example`: every setting with its default and meaning, written from the model itself."""

import textwrap

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from mobart.settings.model import GROUPS

FILL_IN = frozenset({"midjourney_api_key", "s3_bucket_name"})
"""What nearly everybody has to set."""
HEAD = """\
# Every setting with its default.  Copy to .env and change what you need; what is commented out is
# at its default.  Any NAME may also be given as NAME_FILE, the path of a file that holds the value.
"""


def example() -> str:
    """Return the text of `.env.example`."""
    lines = [HEAD]
    for title, group in GROUPS.items():
        lines.append(f"# --- {title} " + "-" * (92 - len(title)) + "\n")
        for name, field in group.model_fields.items():
            lines.append(textwrap.indent(textwrap.fill(field.description or "", 96), "# "))
            lines.append(f"{_assignment(name, field)}\n")
    return "\n".join(lines)


def _assignment(name: str, field: FieldInfo) -> str:
    if name in FILL_IN:
        return f"{name.upper()}="
    return f"#{name.upper()}={_written(field.default)}"


def _written(value: object) -> str:
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
