"""Mobart's requests and the stand-ins' answers, judged by the vendors' published OpenAPI documents.

The documents are not ours and not in the repository: `make vendors-schemas SPECS=folder` names a folder
with `openai-images.json`, `replicate.json`, `legnext.json`, `retrodiffusion.json` and
`retrodiffusion-errors.json` (its list of error codes); what is not there is skipped.
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

from mobart.core.orders import Wishes
from mobart.providers.retrodiffusion.messages import CODES, generation, price_check
from mobart_local.standin import Script, StandIn
from mobart_local.standin.dialects.retrodiffusion.answers import POLLS, SUBMITS
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
    headers = {"Authorization": f"{scheme} a-key", "x-api-key": "a-key", "X-RD-Token": "a-key"}
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


async def test_retro_diffusion_takes_our_request() -> None:
    """With every wish, and the free question for the price; no field is of our own making."""
    spec = document("retrodiffusion.json")
    schema = schema_of(operation(spec, "/inferences", "post")["requestBody"])
    wishes = Wishes(native=(64, 64), palette=bytes(9), seamless=True, cutout=True)
    known = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    for body in (
        await sent("retrodiffusion"),
        generation(replace(CAT, wishes=wishes), key="k", style="rd_fast__default", size=(64, 64)),
        price_check("rd_fast__default", (64, 64)),
    ):
        judge(spec, schema, body)
        assert body.keys() <= known.keys()


async def test_the_stand_in_answers_as_retro_diffusion(standin: StandIn) -> None:
    """A submit, its repetition, a price, a task that is over, one that failed, both lists."""
    spec = document("retrodiffusion.json")
    url = f"{standin.origin}/retrodiffusion/v2/inferences"
    asked = generation(CAT, key="k", style="rd_fast__default", size=(64, 64))
    made = await answered("POST", url, json=asked)
    price = await answered("POST", url, json=price_check("rd_fast__default", (64, 64)))
    standin.play(Script(seconds=0, ending="failed"))
    failed = await answered("POST", url, json=asked)
    tasks = [await answered("GET", f"{url}/tasks/{one['task_id']}") for one in (made, failed)]
    assert [task["status"] for task in tasks] == ["succeeded", "failed"]
    for path, method, value in (
        ("/inferences", "post", made),
        ("/inferences", "post", price),
        ("/inferences/tasks/{task_id}", "get", tasks[0]),
        ("/inferences/tasks/{task_id}", "get", tasks[1]),
        ("/inferences/tasks", "get", await answered("GET", f"{url}/tasks")),
        ("/inferences/requests", "get", await answered("GET", f"{url}/requests")),
    ):
        judge(spec, schema_of(operation(spec, path, method)["responses"]["200"]), value)


def test_the_errors_of_the_stand_in_are_retro_diffusions() -> None:
    """Codes and statuses are the vendor's, and so is their shape."""
    spec, listed = document("retrodiffusion.json"), document("retrodiffusion-errors.json")["errors"]
    statuses = {error["code"]: error["status_code"] for error in listed}
    assert CODES.keys() <= statuses.keys()
    shape = {"$ref": "#/components/schemas/V2ErrorResponse"}
    told = [reply for table in (SUBMITS, POLLS) for reply in table.values()]
    for reply in (reply for reply in told if '"error"' in reply.body):
        body = json.loads(reply.body)
        judge(spec, shape, body)
        assert statuses[body["error"]["code"]] == reply.status
