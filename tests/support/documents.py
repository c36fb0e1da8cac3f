"""The parts of the documents that are written from the code: `make docs` writes them anew."""

import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mobart.app.contract import documents
from mobart.core.domain import Stage
from mobart.core.errors import codes_table
from mobart.core.events import LogEvent
from mobart.core.facts import FACTS
from mobart.core.lifecycle import TRANSITIONS
from mobart.providers.prices import table as prices
from mobart.settings import Settings
from mobart_local.standin.dialects.table import settings_of
from tests.support import access_lists, settings_page
from tests.support.polls import table as polls
from tests.support.provider_builders import table as providers

ROOT = Path(__file__).parents[2]


def diagram() -> str:
    """Draw `TRANSITIONS` as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {Stage.ACCEPTED}"]
    lines += [
        f"    {stage} --> {target}: {event}"
        for stage, row in TRANSITIONS.items()
        for event, target in row.items()
        if target is not stage
    ]
    return "\n".join(lines)


def transitions() -> str:
    """Write the diagram of stages."""
    return f"```mermaid\n{diagram()}\n```"


def events() -> str:
    """Write the table of log events."""
    lines = ["| event | level | meaning | facts |", "|---|---|---|---|"]
    for event in LogEvent:
        facts = [f"`{fact}`" for fact in sorted(event.required)]
        facts += [f"`{fact}`?" for fact in sorted(event.optional)]
        lines.append(f"| `{event}` | {event.level} | {event.meaning} | {' '.join(facts)} |")
    return "\n".join(lines)


def facts() -> str:
    """Write the table of facts."""
    lines = ["| fact | type | what it is |", "|---|---|---|"]
    for name, kind in FACTS.items():
        types = " or ".join(one.__name__ for one in kind.types)
        lines.append(f"| `{name}` | {types} | {kind.meaning} |")
    return "\n".join(lines)


def acl() -> str:
    """Write the ACL line of a worker."""
    line = f"ACL SETUSER mobart on >PASSWORD resetchannels {' '.join(access_lists.worker())}"
    return f"```\n{textwrap.fill(line, 100, break_on_hyphens=False)}\n```"


PARTS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("docs/settings.md", "settings"): settings_page.tables,
    ("README.md", "providers"): providers,
    ("README.md", "transitions"): transitions,
    ("README.md", "codes"): codes_table,
    ("docs/events.md", "events"): events,
    ("docs/events.md", "facts"): facts,
    ("docs/operating.md", "acl"): acl,
    ("docs/providers.md", "prices"): prices,
    ("docs/providers.md", "polls"): polls,
}
"""Document and name of a part, and what writes it."""


def fake_environment() -> str:
    """Write `deploy/fake.env`: the settings of a worker that uses the stand-in of the compose file."""
    lines = [
        "# For `docker-compose --env-file deploy/fake.env --profile fake up --build`: the worker asks",
        "# the stand-in of that profile for pictures, whichever provider is chosen, and stores into its store.",
        "# `make docs` writes this file.  FAKE_PROVIDERS=openai,fal chooses other providers.",
        "WORKER_ENV_FILE=deploy/fake.env",
        *(
            line
            for line in (ROOT / "deploy/staging.env").read_text().splitlines()
            if not line.startswith("#")
        ),
        "MOBART_PROVIDERS=${FAKE_PROVIDERS:-midjourney}",
    ]
    wanted = settings_of("http://standin:8400", "local-key", initial=0.5, longest=1.0)
    lines += [f"{name}={wanted[name]}" for name in sorted(wanted) if name in KNOWN]
    return "\n".join(lines) + "\n"


KNOWN = {name.upper() for name in Settings.model_fields}


def contract() -> Mapping[str, str]:
    """Write the documents of the wire contract: each file's path and its text."""
    return {
        f"docs/contract/{name}.{'json' if name == 'asyncapi' else 'schema.json'}": f"{json.dumps(one, indent=2)}\n"
        for name, one in documents().items()
    }


def place_of(part: str) -> re.Pattern[str]:
    """Match a part between its two comments."""
    begin, end = re.escape(f"<!-- {part}: written by make docs -->"), "<!-- end -->"
    return re.compile(rf"(?<={begin}\n)\n(.*?)\n(?=\n{end})", re.DOTALL)


def written(document: str) -> Iterator[tuple[str, str, str]]:
    """List the generated parts of *document*: name, text as it stands, text as it should be."""
    text = (ROOT / document).read_text()
    for (path, part), write in PARTS.items():
        if path == document:
            found = place_of(part).search(text)
            yield part, found[1] if found else "", write()


def replaced(text: str, part: str, wanted: str) -> str:
    """Put *wanted* into its place in the text of a document."""
    return place_of(part).sub(lambda _: f"\n{wanted}\n", text)


def main() -> None:
    """Write all of them."""
    for document in dict.fromkeys(path for path, _ in PARTS):
        path = ROOT / document
        text = path.read_text()
        for part, _, wanted in written(document):
            if not place_of(part).search(text):
                sys.exit(f"{document} has no place for {part}")
            text = replaced(text, part, wanted)
        path.write_text(text)
    for document, text in contract().items():
        (ROOT / document).write_text(text)
    (ROOT / "deploy" / "fake.env").write_text(fake_environment())
    (ROOT / "deploy" / "redis" / "users.acl").write_text(access_lists.text())


if __name__ == "__main__":
    main()
