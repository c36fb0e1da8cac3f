"""`python main.py --local`: the same worker, on local servers that it starts itself."""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from mobart.app import run
from mobart.app.checks import NotReady
from mobart.app.logs import logging_to
from mobart.app.problems import problems_of
from mobart.settings import Settings, load, secret_value, secrets_of
from mobart_local.backend import Backend, News
from mobart_local.parts import LocalParts
from mobart_local.plan import Addresses

SAMPLES = (
    "A fierce dragon with glowing eyes",
    "A red healing potion in a round bottle",
    "An enchanted sword of ice",
)
WISHES = ("_POLL_INITIAL_SECONDS", "_POLL_MAX_SECONDS")
"""Ends of names that the environment may override: the stand-in answers faster than a provider."""
LEASE = 3.0
"""Seconds: when the local Redis is started again, new jobs wait for one lease."""
BANNER = """
Mobart runs locally: no account, no key, nothing to pay.

  Status page  {page}
               sign in with the token  {token}
  Redis        {redis_url}
  S3           {s3_endpoint}/{bucket}/generated/...
  Pictures     {providers}, played by a stand-in; what was paid: {ledger_url}
  Data         {folder}

Ask for a picture from another terminal, as a backend would:

  redis-cli -u {redis_url} PUBLISH {requests} '{request}'

or by a command (--help lists more: jobs, show, spend, retry, reprocess, ...), which knows these servers by

  export REDIS_URL={redis_url} S3_BUCKET_NAME={bucket}
  export AWS_ENDPOINT_URL_S3={s3_endpoint} AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}
  {python} -m mobart submit "{prompt}" --preset sprite --wait --save dragon.png

The answer comes on the channel {complete}; the picture is at its s3_url.
Ctrl-C stops everything.
"""
KEY, SECRET = "local", "local-secret"
"""Of the local S3, which takes any."""
EXAMPLE = {"request_id": "my-1", "user_id": "me", "prompt": "A fierce dragon with glowing eyes"}


async def run_locally(folder: Path, *, samples: bool) -> None:
    """Bring up the local servers, be a worker on them, and ask for *samples* if wanted.

    Raises:
        LocalTrouble: a server does not come up; the text says what to do.
        NotReady: as `run.run`, or because of a bad setting.
    """
    async with LocalParts(folder) as addresses:
        settings = load(**overrides(addresses))
        if wrong := problems_of(settings):
            raise NotReady(wrong, healing=False)
        with logging_to(
            level=settings.log_level,
            file=settings.log_file,
            secrets=secrets_of(settings),
            prompts=settings.mobart_log_prompts,
        ):
            say(banner(addresses, folder, settings))
            await _work(settings, samples=samples)


async def _work(settings: Settings, *, samples: bool) -> None:
    asking = asyncio.create_task(show_samples(backend_of(settings))) if samples else None
    try:
        await run.run(settings)
    finally:
        if asking is not None:
            asking.cancel()
            await asyncio.wait([asking])


def backend_of(settings: Settings) -> Backend:
    """Return a backend on the channels of a worker with these *settings*."""
    return Backend(
        settings.redis_address,
        requests=settings.mobart_requests_channel,
        complete=settings.mobart_complete_channel,
        progress=settings.mobart_progress_channel,
    )


async def show_samples(backend: Backend) -> None:
    """Ask for a few pictures as a backend would, and say where they are."""
    async with backend:
        await backend.until_heard()
        asked = await backend.ask(SAMPLES, user_id="newcomer")
        say(f"Asked for {len(asked)} sample pictures; each takes some seconds ...")
        async for news in backend.news():
            prompt = asked.pop(str(news.body.get("request_id")), None) if news.is_outcome else None
            if prompt is not None:
                say(f"  {prompt}\n    {_result(news)}")
            if not asked:
                break
    say("The samples are done. The worker goes on: Ctrl-C stops it.")


def overrides(addresses: Addresses) -> dict[str, Any]:
    """Return the settings that make a worker use the local servers."""
    providers = {
        name.lower(): value
        for name, value in addresses.providers.items()
        if not (name.endswith(WISHES) and name in os.environ)
    }
    lease = {} if "MOBART_LEASE_SECONDS" in os.environ else {"mobart_lease_seconds": LEASE}
    own = {
        "redis_url": addresses.redis_url,
        "aws_endpoint_url_s3": addresses.s3_endpoint,
        "aws_access_key_id": KEY,
        "aws_secret_access_key": SECRET,
        "s3_bucket_name": addresses.bucket,
        "mobart_ui_token": os.environ.get("MOBART_UI_TOKEN") or secrets.token_urlsafe(15),
        "mobart_ui_show_prompts": os.environ.get("MOBART_UI_SHOW_PROMPTS", "true"),
        "mobart_keep_raw": os.environ.get("MOBART_KEEP_RAW", "1"),
    }
    return providers | lease | own


def banner(addresses: Addresses, folder: Path, settings: Settings) -> str:
    """Tell a newcomer where everything is and what to do."""
    return BANNER.format(
        page=f"http://{settings.mobart_http_host}:{settings.mobart_http_port}/",
        token=secret_value(settings.mobart_ui_token),
        redis_url=addresses.redis_url,
        s3_endpoint=addresses.s3_endpoint,
        bucket=addresses.bucket,
        providers=", ".join(settings.providers),
        requests=settings.mobart_requests_channel,
        complete=settings.mobart_complete_channel,
        ledger_url=addresses.ledger_url,
        folder=folder,
        request=json.dumps(EXAMPLE),
        key=KEY,
        secret=SECRET,
        prompt=EXAMPLE["prompt"],
        python=sys.executable,
    )


def say(text: str) -> None:
    """Print for the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _result(news: News) -> str:
    body = news.body
    return str(body["s3_url"] if body["status"] == "completed" else body["error"])
