"""HTTP_PROXY and NO_PROXY mean the same to S3 and to the providers, and messages name the proxy."""

import os
from pathlib import Path

import pytest

from mobart.app.build import Components, build
from mobart.app.problems import problems_of
from mobart.app.proxies import proxy_of, proxy_remarks, proxy_secrets
from mobart.core.errors import MobartError
from mobart.providers.api_clients import ApiClients
from mobart.settings import Settings, load
from tests.support.raw_http import raw_server, says

PROXY = "http://user:canary-password@proxy.example:3128"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where neither settings nor proxies are."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)


def settings() -> Settings:
    """Return settings whose S3 and provider are on hosts that do not exist."""
    return load(
        s3_bucket_name="assets",
        aws_endpoint_url_s3="http://s3.invalid",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        midjourney_api_key="key",
        midjourney_api_url="http://api.invalid/mj/v2",
    )


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://api.example", None),
        ({"HTTPS_PROXY": PROXY}, "https://api.example", PROXY),
        ({"HTTPS_PROXY": PROXY}, "http://minio:9000", None),
        ({"http_proxy": PROXY}, "http://minio:9000", PROXY),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "minio,.local"}, "http://minio:9000", None),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "minio,.local"}, "http://a.local/x", None),
        ({"HTTP_PROXY": PROXY, "NO_PROXY": "*"}, "http://elsewhere", None),
        ({"HTTP_PROXY": PROXY}, "http://127.0.0.1:8188", None),
        ({"HTTP_PROXY": PROXY}, "http://[::1]:8188", None),
        ({"HTTP_PROXY": PROXY}, "http://localhost:8188", None),
        ({"ALL_PROXY": PROXY}, "https://api.example", PROXY),
        ({"HTTPS_PROXY": "proxy:3128"}, "https://api.example", "http://proxy:3128"),
        ({"HTTPS_PROXY": ""}, "https://api.example", None),
    ],
)
def test_the_variables_mean_what_they_mean_elsewhere(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, proxy: str | None
) -> None:
    """And this machine is never asked through a proxy."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(url) == proxy


async def complaints(parts: Components) -> dict[str, str]:
    """Run the checks of S3 and the provider, and return what they complain about."""
    found = {}
    (provider,) = parts.providers.built.values()
    async with parts.pictures.store, provider.clients:
        for name, check in (("S3", parts.pictures.store.reach), ("API", provider.provider.check)):
            try:
                await check()
            except MobartError as error:
                found[name] = str(error)
    return found


async def test_s3_and_providers_are_asked_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both of them, by their whole address."""
    async with raw_server(says(503)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        await complaints(build(settings()))
    asked = {request.target.partition("?")[0] for request in proxy.heard}
    assert any(target.startswith("http://s3.invalid/assets/") for target in asked)
    assert any(target.startswith("http://api.invalid/mj/v2/") for target in asked)


async def test_neither_is_where_no_proxy_names_their_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The names do not resolve, and the proxy hears nothing."""
    async with raw_server(says(503)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("NO_PROXY", ".invalid")
        found = await complaints(build(settings()))
    assert proxy.heard == []
    assert "proxy" not in "".join(found.values())


async def test_a_proxy_that_is_away_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or the endpoint would be looked at in vain."""
    monkeypatch.setenv("HTTP_PROXY", "http://user:canary-password@127.0.0.1:1")
    found = await complaints(build(settings()))
    for name in ("S3", "API"):
        assert "(through the proxy 127.0.0.1:1)" in found[name]
        assert "canary" not in found[name]


def test_a_proxy_is_judged_and_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like every other address."""
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    assert problems_of(settings()) == []
    (line,) = proxy_remarks()
    assert line.startswith("HTTPS_PROXY: ")
    assert "canary" not in line
    assert "canary-password" in proxy_secrets()
    monkeypatch.setenv("HTTPS_PROXY", "socks5://user:canary@h:1")
    (line,) = problems_of(settings())
    assert line.startswith("HTTPS_PROXY: must be")
    assert "canary" not in line


async def test_every_host_of_a_provider_gets_its_own_proxy() -> None:
    """A vendor may have several, and NO_PROXY may name one of them."""
    clients = ApiClients(base_url="http://queue.example", headers={}, secrets=(), submit_timeout=1)
    platform = clients.other("http://platform.example/v1")
    keys = clients.other("https://keys.example/jwks.json", keyed=False)
    clients.use_proxies(
        {"http://queue.example": PROXY, "http://platform.example/v1": "http://p:1"}.get
    )
    assert clients.submit_http.proxy == clients.query_http.proxy == PROXY
    assert (platform.proxy, keys.proxy) == ("http://p:1", None)
