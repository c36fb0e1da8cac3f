"""The Go package knows the wire as it is."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mobart.core.completions import encode_outcome, encode_progress
from mobart.core.contract import schemas
from mobart.core.domain import Asset, Completed, Failed, GenerationRequest, Job, Priority
from mobart.core.errors import ADVICE, Code, Who
from mobart.core.wire import encode_request

GO = Path(__file__).parents[3] / "clients" / "go"
WIRE = (GO / "wire.go").read_text()
REQUEST = GenerationRequest(
    "r1", "u1", "a dragon", "auto", {"seed": 1}, "00-ab-cd-01", Priority.HIGH
)
ASSET = Asset(
    "generated/u1/r1.png", "https://example.org/r1.png", 64, 64, 999, "ab", "generated/u1/r1.json"
)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def fields(struct: str) -> dict[str, str]:
    """Map the JSON names of a Go struct to their Go types."""
    [body] = re.findall(rf"type {struct} struct {{(.*?)\n}}", WIRE, flags=re.DOTALL)
    found: list[tuple[str, str]] = re.findall(r'\n\t\w+\s+(\S+)\s+`json:"(\w+)', body)
    return {name: kind for kind, name in found}


def messages() -> list[dict[str, object]]:
    """Write one completion of each kind, with everything that can be in it."""
    job = Job(REQUEST, correction=True, made_from="r0")
    done = Completed(
        ASSET,
        preset="auto",
        provider="midjourney",
        seconds=1.5,
        variants=(ASSET,),
        art={"grid": "none"},
        raw_key="raw/u1/r1",
        cost=0.04,
    )
    failed = Failed(Code.PROVIDER_TIMEOUT, "It failed.", "unknown", "Try again.", cost=0.04)
    return [json.loads(encode_outcome(job, outcome, at=NOW)) for outcome in (done, failed)]


def test_go_knows_every_field_of_a_completion() -> None:
    """And the one that a repeat has in addition."""
    sent = {name for message in messages() for name in message}
    assert sent | {"duplicate"} == set(fields("Completion"))


@pytest.mark.parametrize("message", messages(), ids=["completed", "failed"])
def test_fields_have_the_types_that_go_reads(message: dict[str, object]) -> None:
    """A number in a string would not be read at all."""
    kinds = fields("Completion")
    reads: dict[str, type | tuple[type, ...]] = {
        **dict.fromkeys(["string", "Status", "time.Time", "Paid"], str),
        **dict.fromkeys(["int", "int64"], int),
        "[]Asset": list,
        "map[string]any": dict,
        "float64": float,
        "*float64": (int, float),
        "bool": bool,
    }
    for name, value in message.items():
        assert isinstance(value, reads[kinds[name]])


def test_go_knows_every_field_that_the_contract_names() -> None:
    """In completions, and no other."""
    named = {name for kind in ("completed", "failed") for name in schemas()[kind]["properties"]}
    assert named == set(fields("Completion"))


def test_go_knows_every_field_of_a_variant() -> None:
    """Which are those of the picture itself."""
    completed, _ = messages()
    variants = completed["variants"]
    assert isinstance(variants, list)
    assert set(variants[0]) == set(fields("Asset"))


def test_go_sends_every_field_of_a_request() -> None:
    """Under the names that are read here."""
    assert set(json.loads(encode_request(REQUEST))) == set(fields("Request"))


def test_go_knows_every_field_of_progress() -> None:
    """For backends that show it."""
    assert set(json.loads(encode_progress(REQUEST, "generating", 1))) == set(fields("Progress"))


@pytest.mark.parametrize(
    "name",
    [
        "image_generation_requests",
        "image_generation_cancel",
        "}:requests",
        "}:completions",
        "}:job:",
        "}:refused:",
    ],
)
def test_go_knows_the_default_names(name: str) -> None:
    """Of channels, streams and records."""
    assert f'"{name}"' in (GO / "client.go").read_text()


def test_go_knows_every_code_and_who_is_to_act() -> None:
    """And no other."""
    named = set(re.findall(r'= "(\w+)"', (GO / "codes.go").read_text()))
    assert named == {str(one) for one in (*Code, *Who)}


def test_the_worker_in_memory_gives_the_advice_of_a_real_one() -> None:
    """Who acts after each code, and after how many seconds it may be tried again."""
    table = (GO / "mobarttest" / "advice.go").read_text()
    line = r"mobart\.Code(\w+): +\{mobart\.Who(\w+), (never|[\d.]+)\}"
    told = {code: (who.lower(), after) for code, who, after in re.findall(line, table)}
    after = {code: advice.retry_after for code, advice in ADVICE.items()}
    assert told == {
        str(code).title().replace("_", ""): (
            str(advice.who),
            "never" if after[code] is None else f"{after[code]:g}",
        )
        for code, advice in ADVICE.items()
    }
