"""The stand-in's own addresses under `/_standin`: script, ledger, reset and the list of faults."""

from aiohttp import web

from mobart_local.standin.dialects.table import DIALECTS
from mobart_local.standin.picture_answers import OUTAGES, PICTURES
from mobart_local.standin.state import STATE, read_object
from mobart_local.standin.task_states import ENDINGS, WORDINGS

CONTROL_PATH = "/_standin"


def add_control(app: web.Application) -> None:
    """Add the routes of control."""
    app.router.add_get(f"{CONTROL_PATH}/script", show_script)
    app.router.add_put(f"{CONTROL_PATH}/script", change_script)
    app.router.add_get(f"{CONTROL_PATH}/ledger", show_ledger)
    app.router.add_post(f"{CONTROL_PATH}/reset", reset)
    app.router.add_get(f"{CONTROL_PATH}/faults", show_faults)


async def show_script(request: web.Request) -> web.Response:
    """Give the playbook."""
    return web.json_response(request.app[STATE].playbook.to_json())


async def change_script(request: web.Request) -> web.Response:
    """Replace the given ones of `default`, `rules` and `outage`; 400 says what is wrong."""
    values = await read_object(request)
    playbook = request.app[STATE].playbook
    try:
        playbook.rewrite(values if values is not None else {"body": "no JSON object"})
    except ValueError as error:
        return web.json_response({"message": str(error)}, status=400)
    return web.json_response(playbook.to_json())


async def show_ledger(request: web.Request) -> web.Response:
    """Give the ledger."""
    state = request.app[STATE]
    return web.json_response(state.ledger.to_json(state.clock()))


async def reset(request: web.Request) -> web.Response:
    """Forget tasks, ledger, rules and outage."""
    request.app[STATE].forget()
    return web.json_response({})


async def show_faults(_: web.Request) -> web.Response:
    """List every name that a script may use, with a line about each."""
    tables = {"submit": {}, "poll": {}, "picture": PICTURES, "outage": OUTAGES}
    for dialect in DIALECTS.values():
        tables["submit"] = {**dialect.submits, **tables["submit"]}
        tables["poll"] = {**dialect.polls, **tables["poll"]}
    rows = {
        kind: {name: reply.about for name, reply in table.items()} for kind, table in tables.items()
    }
    wordings = {name: wording.about for name, wording in WORDINGS.items()}
    endings = {name: ending.status for name, ending in ENDINGS.items()}
    return web.json_response({**rows, "wording": wordings, "ending": endings})
