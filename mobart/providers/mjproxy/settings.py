"""Midjourney through a midjourney-proxy, or another server with its API."""

from typing import Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import (
    FirstPoll,
    HttpUrl,
    LongestPause,
    Seconds,
    SettingsGroup,
    SubmitTimeout,
    deadline,
)


class MidjourneyProxySettings(SettingsGroup):
    """`POST /mj/submit/imagine`."""

    mj_proxy_api_key: SecretStr | None = Field(
        None, description="The proxy's secret, or a reseller's key; none where it asks for none"
    )
    mj_proxy_api_url: HttpUrl = Field(
        "http://127.0.0.1:8080/mj",
        description="Address of the API, up to and with /mj; a speed's prefix (/mj-fast/mj) belongs"
        " to it",
    )
    mj_proxy_auth: Literal["mj-api-secret", "bearer"] = Field(
        "mj-api-secret",
        description="Header that brings the key: mj-api-secret, or Authorization (bearer: resellers)",
    )
    mj_proxy_poll_initial_seconds: FirstPoll = 8
    mj_proxy_poll_max_seconds: LongestPause = 15
    mj_proxy_timeout_seconds: Seconds = deadline(900)
    mj_proxy_submit_timeout_seconds: SubmitTimeout = 30
