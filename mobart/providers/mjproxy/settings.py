"""Midjourney through a midjourney-proxy, and whoever else speaks its API."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from mobart.settings.kinds import HttpUrl, Seconds


class MidjourneyProxySettings(BaseModel):
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
    mj_proxy_poll_initial_seconds: Seconds = Field(8, description="First look after the submit")
    mj_proxy_poll_max_seconds: Seconds = Field(15, description="Longest wait between two looks")
    mj_proxy_timeout_seconds: Seconds = Field(
        900, description="Deadline of one generation, from the submit"
    )
    mj_proxy_submit_timeout_seconds: Seconds = Field(
        30, description="After that a submit without an answer is in doubt"
    )
