"""The HTTP API: what it answers is what its own document says."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from mobart.core.operations import ACTIONS, Action
from mobart.core.views import Batch, Spent
from mobart.web.api.endpoints import ENDPOINTS, READS, path_of
from mobart.web.api.openapi import document
from tests.support.backends import NO, UNKNOWN
from tests.support.status_pages import PAINTED, Site, moment, site
from tests.unit.web.test_pages import STATUS


def schema_of(path: str, method: str = "get") -> dict[str, Any]:
    """Return the schema of a good answer, with the parts that it refers to."""
    told = document()["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    return {**told["schema"], "components": document()["components"]}


async def read(one: Site, path: str) -> Any:
    """Return an answer as JSON."""
    status, text = await one.call("GET", path)
    assert status == 200, text
    return json.loads(text)


async def test_every_reading_call_answers_as_its_document_says() -> None:
    """With requests of every kind to tell of."""
    async with site() as one:
        view, reading = await one.world.view("a"), one.world.reading()
        await view.settled(UNKNOWN)
        moments = {"request-1": [moment("job.paid", provider="p", ticket="t")]}
        await reading.recording.write(Batch(STATUS, moments=moments, counts={"accepted": 1}))
        for call in READS:
            told = await read(one, call.path.format(request_id="request-1", user_id="user-1"))
            jsonschema.validate(told, schema_of(call.path))
            assert told, call.path


async def test_every_changing_call_says_what_was_done() -> None:
    """And a second time what is in the way."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(UNKNOWN)
        status, text = await one.call("POST", "/v1/requests/request-1/declare-unpaid")
        assert (status, json.loads(text)["sentence"]) == (
            200,
            "Nothing was bought: announced as a correction.",
        )
        jsonschema.validate(json.loads(text), schema_of("/v1/requests/{request_id}/retry", "post"))
        status, text = await one.call("POST", "/v1/requests/request-1/declare-unpaid")
        assert (status, json.loads(text)) == (
            409,
            {"error": "That is not possible: the request is failed."},
        )
        status, text = await one.call("POST", "/v1/requests/request-1/retry")
        assert json.loads(text)["request_id"] == "request-1.r2"


async def test_a_submit_answers_with_the_id() -> None:
    """And with what is missing."""
    async with site() as one:
        body = {"prompt": "a fox", "user_id": "me"}
        status, text = await one.call("POST", "/v1/requests", json=body)
        assert (status, json.loads(text)["request_id"]) == (200, "operator-n1")
        status, text = await one.call("POST", "/v1/requests", json={"prompt": "a fox"})
        assert (status, json.loads(text)["error"]) == (422, "Missing: user_id.")
        status, text = await one.call("POST", "/v1/requests", json=body | {"preset": "nope"})
        assert status == 422
        assert "sprite" in json.loads(text)["error"]


async def test_requests_are_filtered_by_what_they_have_in_common() -> None:
    """By status, code, user and time; an empty parameter is none."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(NO)
        for query, count in (
            ("", 1),
            ("?status=failed&code=provider_rejected&user=user-1", 1),
            ("?status=completed", 0),
            ("?since=1h", 1),
            ("?status=&since=&limit=", 1),
        ):
            assert len((await read(one, f"/v1/requests{query}"))["requests"]) == count, query


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v1/requests?status=nonsense", "status"),
        ("/v1/requests?code=nonsense&user=u", "code"),
        ("/v1/requests?since=yesterday", "since"),
        ("/v1/requests?undelivered=AAA", "undelivered"),
        ("/v1/requests?limit=0", "limit"),
        ("/v1/requests?limit=201", "limit"),
        ("/v1/requests?limit=%D9%A1", "limit"),
        ("/v1/failures?since=AAA", "since"),
        ("/v1/history?since=AAA", "since"),
    ],
)
async def test_a_parameter_that_makes_no_sense_is_refused(path: str, wrong: str) -> None:
    """Left out, it would answer another question than was asked."""
    async with site() as one:
        status, text = await one.call("GET", path)
        assert (status, json.loads(text)) == (422, {"error": f"No such value: {wrong}."})


@pytest.mark.parametrize("path", ["/v1/requests/", "/v1/nothing", "/v1/requests/a/b/c"])
async def test_a_call_that_there_is_not_is_answered_as_json(path: str) -> None:
    """As every other error of the API."""
    async with site() as one:
        status, text = await one.call("GET", path)
        assert status == 404
        jsonschema.validate(json.loads(text), document()["components"]["schemas"]["ErrorShape"])


@pytest.mark.parametrize("action", ACTIONS)
def test_the_document_asks_for_what_a_call_refuses_to_be_without(action: Action) -> None:
    """A field that must be given may not be blank."""
    told = document()["paths"][path_of(action)]["post"]
    if "requestBody" not in told:
        return
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    blank = dict.fromkeys(schema["required"], " ")
    assert jsonschema.Draft202012Validator(schema).is_valid(blank) == (not schema["required"])


async def test_an_operator_finds_out_what_became_of_a_request() -> None:
    """And what can be done with it."""
    async with site() as one:
        view = await one.world.view("a")
        await view.settled(PAINTED)
        told = await read(one, "/v1/requests/request-1")
        assert (told["status"], told["prompt"]) == ("completed", None)
        assert told["actions"] == ["reprocess", "announce"]
        assert (await one.call("GET", "/v1/requests/nobody"))[0] == 404


async def test_a_program_learns_what_was_spent_beside_the_limits() -> None:
    """Over as many days as it asks for."""
    async with site() as one:
        counts = {"paid:openai": 2, "cost:openai": 0.04}
        status = replace(STATUS, budget_usd=1.5)
        batch = Batch(status, counts=counts, buyers={"user-9": Spent(2, 0.04)})
        await one.world.reading().recording.write(batch)
        told = await read(one, "/v1/spending?days=7")
    assert told["days"] == 7
    assert told["total"] == told["providers"]["openai"] == {"pictures": 2, "usd": 0.04}
    assert told["users"] == {"user-9": {"pictures": 2, "usd": 0.04}}
    assert told["limits"] == {"pictures": STATUS.budget, "usd": 1.5, "user_pictures": 0}


async def test_the_document_names_every_call_and_its_errors() -> None:
    """It is served, too."""
    async with site() as one:
        told = await read(one, "/v1/openapi.json")
        assert told == document()
        for call in ENDPOINTS:
            described = told["paths"][call.path][call.method.lower()]
            assert {"200", "401", "404", "409", "422", "503"} <= described["responses"].keys()
        assert set(ACTIONS) == set(Action)


def test_the_document_refers_to_nothing_that_is_not_there() -> None:
    """Every model is among the components."""
    text = json.dumps(document())
    models = document()["components"]["schemas"]
    assert all(part.split('"')[0] in models for part in text.split("#/components/schemas/")[1:])


@pytest.mark.parametrize("path", ["/v1/requests/request-1/lift", "/v1/users/u/retry", "/v1/adopt"])
async def test_an_action_works_on_what_it_is_for(path: str) -> None:
    """And on nothing else."""
    async with site() as one:
        assert (await one.call("POST", path))[0] in {404, 405}
