"""Mobart's requests and the stand-ins' answers, judged by the vendors' published OpenAPI documents.

The documents are not ours and not in the repository: `make vendors-schemas SPECS=folder` names a folder
with `openai-images.json`, `replicate.json` and `legnext.json`; what is not there is skipped.
"""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
import yaml

from mobart_local.standin import Script, StandIn
from tests.support.outcomes import outcome
from tests.support.provider_setup import CAT, PUBLIC_URL, client_at
from tests.support.raw_http import raw_server, says

SPECS = Path(os.environ.get("MOBART_VENDOR_SPECS", "specs"))
ORDER = replace(CAT, negative="dogs", aspect_ratio="3:2")


def document(name: str) -> dict[str, Any]:
    """Read a vendor's document, in JSON or YAML."""
    path = SPECS / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def judge(spec: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    """Validate a value by a schema of a document."""
    whole = nullable({**schema, "components": spec["components"]})
    jsonschema.Draft202012Validator(whole).validate(value)


def nullable(schema: Any) -> Any:
    """Write the `nullable` of OpenAPI 3.0, which 3.1 does not have, as JSON Schema does."""
    if isinstance(schema, list):
        return [nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: nullable(value) for name, value in schema.items()}
    if "oneOf" in found:  # alternatives that include each other are meant as anyOf
        found["anyOf"] = found.pop("oneOf")
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def operation(spec: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    """Return one operation of a document."""
    found: dict[str, Any] = spec["paths"][path][method]
    return found


def schema_of(part: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of a request's or an answer's body."""
    found: dict[str, Any] = part["content"]["application/json"]["schema"]
    return found


async def sent(name: str, **settings: Any) -> dict[str, Any]:
    """Return the body of the submit that a provider sends for `ORDER`."""
    async with raw_server(says(400, {})) as server:
        async with client_at(name, server.origin, mobart_public_url=PUBLIC_URL, **settings) as one:
            await outcome(one.submit(ORDER))
        found: dict[str, Any] = json.loads(server.heard[0].body)
        return found


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """Run a stand-in that answers at once."""
    async with StandIn(default=Script(seconds=0, side=64), api_key="a-key") as standin:
        yield standin


async def answered(method: str, url: str, scheme: str = "Bearer", **content: Any) -> Any:
    """Return the JSON that the stand-in answers."""
    headers = {"Authorization": f"{scheme} a-key", "x-api-key": "a-key"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, **content) as answer,
    ):
        assert answer.status in {200, 201}
        return await answer.json()


async def test_openai_takes_our_request() -> None:
    """With everything that the settings and a preset can put into it."""
    spec = document("openai-images.json")
    body = operation(spec, "/images/generations", "post")["requestBody"]
    judge(spec, schema_of(body), await sent("openai"))


async def test_the_stand_in_answers_as_openai(standin: StandIn) -> None:
    """The picture, and the model's description."""
    spec = document("openai-images.json")
    url = f"{standin.origin}/openai/v1"
    body = {"prompt": "a cat", "model": "gpt-image-2.5-flare"}
    picture = await answered("POST", f"{url}/images/generations", json=body)
    model = await answered("GET", f"{url}/models/gpt-image-2.5-flare")
    for path, method, value in (
        ("/images/generations", "post", picture),
        ("/models/{model}", "get", model),
    ):
        judge(spec, schema_of(operation(spec, path, method)["responses"]["200"]), value)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("owner/name", "/models/{model_owner}/{model_name}/predictions"),
        (f"owner/name:{'a' * 64}", "/predictions"),
    ],
)
async def test_replicate_takes_our_request(model: str, path: str) -> None:
    """With a version or without."""
    spec = document("replicate.json")
    body = operation(spec, path, "post")["requestBody"]
    judge(spec, schema_of(body), await sent("replicate", replicate_model=model))


async def test_the_stand_in_answers_as_replicate(standin: StandIn) -> None:
    """A new prediction, the same when it is over, the list, and the secret of webhooks."""
    spec = document("replicate.json")
    url = f"{standin.origin}/replicate/v1"
    body = {"input": {"prompt": "a cat"}}
    made = await answered("POST", f"{url}/models/a/b/predictions", json=body)
    known = await answered("GET", f"{url}/predictions/{made['id']}")
    listed = await answered("GET", f"{url}/predictions")
    secret = await answered("GET", f"{url}/webhooks/default/secret")
    for path, method, status, value in (
        ("/models/{model_owner}/{model_name}/predictions", "post", "201", made),
        ("/predictions/{prediction_id}", "get", "200", known),
        ("/predictions", "get", "200", listed),
        ("/webhooks/default/secret", "get", "200", secret),
    ):
        judge(spec, schema_of(operation(spec, path, method)["responses"][status]), value)


async def test_legnext_takes_our_request() -> None:
    """Its document has no schemas, only examples: the fields are those of the example."""
    spec = document("legnext.json")
    body = operation(spec, "/api/v1/diffusion", "post")["requestBody"]
    assert (await sent("legnext")).keys() == schema_of(body)["example"].keys()
