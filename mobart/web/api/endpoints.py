"""The calls of the API as a table, from which both routes and the OpenAPI document are made."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mobart.core.errors import Code
from mobart.core.operations import ACTIONS, Action
from mobart.core.views import DAYS_KEPT, STATUSES
from mobart.web.api.shapes import (
    BucketShape,
    DoneShape,
    FailureShape,
    MomentShape,
    PageShape,
    RequestShape,
    SpendingShape,
    StatusShape,
    UserShape,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call: *name* is the method of `Api` that answers it."""

    method: str
    path: str
    name: str
    about: str
    answer: Any
    query: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the address with their JSON Schemas."""
    action: Action | None = None


RANGE = {"type": "string", "enum": ["1h", "24h", "7d", "30d"]}
FILTERS: Mapping[str, Any] = {
    "status": {"type": "string", "enum": list(STATUSES)},
    "code": {"type": "string", "enum": [str(code) for code in Code]},
    "user": {"type": "string"},
    "preset": {"type": "string"},
    "provider": {"type": "string"},
    "since": RANGE,
    "undelivered": {"type": "string", "enum": ["1"], "description": "never taken as a webhook"},
    "after": {"type": "string", "description": "`after` of the page before"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
}
READS = (
    Endpoint("GET", "/v1/status", "status", "The deployment at a glance.", StatusShape),
    Endpoint(
        *("GET", "/v1/requests", "list_requests", "Requests, newest first.", PageShape, FILTERS)
    ),
    Endpoint("GET", "/v1/requests/{request_id}", "request", "One request.", RequestShape),
    Endpoint(
        *("GET", "/v1/requests/{request_id}/timeline", "timeline"),
        *("What happened to a request, oldest first.", list[MomentShape]),
    ),
    Endpoint(
        *("GET", "/v1/failures", "failures", "Failures by error code.", list[FailureShape]),
        {"since": RANGE},
    ),
    Endpoint(
        *("GET", "/v1/history", "history", "Counts by the minute, or by the hour."),
        *(list[BucketShape], {"since": RANGE}),
    ),
    Endpoint(
        *("GET", "/v1/spending", "spending", "What was bought, by provider and user, and limits."),
        *(SpendingShape, {"days": {"type": "integer", "minimum": 1, "maximum": DAYS_KEPT}}),
    ),
    Endpoint("GET", "/v1/users/{user_id}", "user", "What limits know of a user.", UserShape),
)
PATHS = {
    "deployment": "/v1/{action}",
    "request": "/v1/requests/{{request_id}}/{action}",
    "user": "/v1/users/{{user_id}}/{action}",
}


def path_of(action: Action) -> str:
    """Return where *action* is posted to."""
    if action is Action.SUBMIT:
        return "/v1/requests"
    return PATHS[ACTIONS[action].target].format(action=action)


def misfits(given: Mapping[str, str], query: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the parameters in *given* that do not fit their schemas in *query*.

    One that is empty counts as not given; what has no schema is not looked at.
    """
    return [
        name for name, schema in query.items() if given.get(name) and not _fits(given[name], schema)
    ]


def _fits(value: str, schema: Mapping[str, Any]) -> bool:
    if schema["type"] == "integer":
        number = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else -1
        return bool(schema["minimum"] <= number <= schema["maximum"])
    return value in schema.get("enum", [value])


WRITES = tuple(
    Endpoint("POST", path_of(action), "perform", row.about, DoneShape, action=action)
    for action, row in ACTIONS.items()
)
ENDPOINTS = (*READS, *WRITES)
