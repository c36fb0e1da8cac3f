"""The backend, jobs, limits, probes and logs."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from mobart.core.setting_types import (
    Namespace,
    Prices,
    Seconds,
    SettingsGroup,
    WholeUrl,
    service_link,
)

DEFAULT_NAMESPACE = "mobart"
CHANNELS = (
    "mobart_requests_channel",
    "mobart_complete_channel",
    "mobart_progress_channel",
    "mobart_cancel_channel",
)


def _in_capitals(value: object) -> object:
    """Take a level as other programs do: `debug`, `warn`."""
    level = value.upper() if isinstance(value, str) else value
    return "WARNING" if level == "WARN" else level


class BackendSettings(SettingsGroup):
    """Where completions are POSTed to."""

    go_backend_url: WholeUrl | None = Field(
        None, description="Where completions are POSTed to, if MOBART_WEBHOOK_SECRET is set"
    )
    mobart_webhook_secret: SecretStr | None = Field(
        None, description="Standard Webhooks secret (whsec_...); switches the POSTs on"
    )


class ChannelSettings(SettingsGroup):
    """Where requests and outcomes go."""

    mobart_namespace: Namespace = Field(
        DEFAULT_NAMESPACE,
        description="Prefix of all keys in Redis, and of the four channels unless it is mobart:"
        " NAMESPACE:image_generation_requests",
    )
    mobart_requests_channel: str = Field("image_generation_requests", description="Channel: in")
    mobart_complete_channel: str = Field("image_generation_complete", description="Channel: out")
    mobart_progress_channel: str = Field(
        "image_generation_progress", description="Channel: progress"
    )
    mobart_cancel_channel: str = Field("image_generation_cancel", description="Channel: cancel")

    @model_validator(mode="before")
    @classmethod
    def _give_namespace_its_channels(cls, given: Any) -> Any:
        """Keep deployments apart in what they hear: channels that are not named follow."""
        namespace = given.get("mobart_namespace") or DEFAULT_NAMESPACE
        if namespace == DEFAULT_NAMESPACE:
            return given
        return {name: f"{namespace}:{cls.model_fields[name].default}" for name in CHANNELS} | given

    @model_validator(mode="after")
    def _tell_channels_apart(self) -> Self:
        """Refuse one name for two: a worker would hear its own words as requests, and answer them."""
        if len({getattr(self, name) for name in CHANNELS}) < len(CHANNELS):
            raise ValueError(
                "MOBART_..._CHANNEL: each of the four channels needs a name of its own"
            )
        return self


class WorkSettings(ChannelSettings):
    """Jobs, leases, deadlines."""

    mobart_max_concurrent_jobs: int = Field(
        16,
        ge=1,
        le=10_000,
        description="Jobs in flight in one worker: at the provider, or whose picture is worked on",
    )
    mobart_max_waiting_jobs: int = Field(
        256,
        ge=0,
        le=100_000,
        description="Jobs beside them that only wait: for a retry, a lookup, a slow download, S3",
    )
    mobart_lease_seconds: Seconds = Field(
        30, description="Silence after which another worker takes a job over"
    )
    mobart_startup_timeout_seconds: Annotated[float, Field(ge=0)] = Field(
        30, description="How long Redis and S3 are waited for at start-up"
    )
    mobart_shutdown_grace_seconds: Annotated[float, Field(ge=0)] = Field(
        20, description="After SIGTERM: time to finish what can be finished"
    )
    mobart_job_deadline_seconds: Seconds = Field(
        3600, description="How long a job waits for something that is away"
    )
    mobart_in_doubt: Literal["fail", "retry"] = Field(
        "fail", description="A submit whose outcome stays unknown: fail, or retry (may pay twice)"
    )
    mobart_redis_wait_replicas: int = Field(
        0,
        ge=0,
        description="Replicas that must confirm the right to pay before anything is paid (WAIT);"
        " 0: none",
    )
    mobart_redis_wait_disk: bool = Field(
        False, description="Pay only when the right to pay is on Redis's disk (WAITAOF, Redis 7.2)"
    )
    mobart_redis_may_evict: bool = Field(
        False,
        description="Start although Redis drops any key when it is full (maxmemory-policy allkeys-...):"
        " jobs may be lost, or paid again",
    )
    mobart_progress: bool = Field(False, description="Publish progress on its channel")


class LimitSettings(SettingsGroup):
    """What is refused as too large, too much or not allowed."""

    mobart_max_message_bytes: int = Field(65_536, ge=256, description="Largest message")
    mobart_max_prompt_chars: int = Field(2000, ge=1, description="Longest prompt")
    mobart_prompt_flags: Literal["strip", "reject", "allow"] = Field(
        "strip",
        description="Parameters (--name) in prompts: strip them, reject such prompts, or allow the"
        " harmless ones (--ar --c --iw --no --q up to 1 --s --seed --style raw --tile --w)",
    )
    mobart_max_source_bytes: int = Field(33_554_432, ge=1024, description="Largest download")
    mobart_max_source_pixels: int = Field(16_777_216, ge=1, description="Largest source picture")
    mobart_download_timeout_seconds: Seconds = Field(60, description="Longest download")

    mobart_user_slots: int = Field(
        0,
        ge=0,
        description="Jobs that one user may have in the hands of all workers together; what is beyond"
        " waits for its turn; the same for all workers; 0: any number",
    )
    mobart_user_concurrent_jobs: int = Field(
        0,
        ge=0,
        description="Unfinished pictures that one user may have at a time, beside paid ones that are processed"
        " again; further requests fail with quota_exceeded; 0: any number",
    )
    mobart_user_daily_jobs: int = Field(
        0, ge=0, description="Pictures that one user may order a day (UTC); 0: any number"
    )
    mobart_daily_budget: int = Field(
        0, ge=0, description="Pictures that all together may order a day (UTC); 0: any number"
    )

    mobart_daily_budget_usd: float = Field(
        0,
        ge=0,
        le=1_000_000_000,
        description="Money that all together may spend a day (UTC), in USD, by the prices below; 0:"
        " any sum",
    )
    mobart_prices: Prices = Field(
        "{}",
        description="What a picture costs in USD, where it differs from the list in"
        " docs/providers.md or is not there: a JSON object by provider or provider/model, such as"
        ' {"midjourney": 0.08, "openai/gpt-image-2.5-flare": 0.013}',
    )

    mobart_user_strikes: int = Field(
        0,
        ge=0,
        description="Requests blocked by moderation within a day after which a user is suspended"
        " (user_suspended); 0: never, and needed so if all requests carry one user_id",
    )
    mobart_user_suspension_minutes: Annotated[float, Field(gt=0, le=1440)] = Field(
        60,
        description="How long the first time; each time within a day twice as long, a day at most",
    )
    mobart_blocked_words_file: str | None = Field(
        None,
        description="File of words and phrases, one a line, # for comments; a prompt that holds one"
        " is refused with moderation_blocked",
    )


class WatchingSettings(SettingsGroup):
    """Probes, metrics, logs."""

    mobart_http_host: str = Field(
        "127.0.0.1", description="Address of the status page, probes and metrics"
    )
    mobart_http_port: int = Field(8081, ge=0, le=65535, description="Their port; 0: off")
    mobart_callback_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of its own for the callbacks of providers, at the same address; without"
        " it they come to the one above",
    )
    mobart_probe_host: str | None = Field(
        None,
        description="Address of a port of their own for probes and metrics; without it as above",
    )
    mobart_probe_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of their own for probes and metrics; without it they are at the one above",
    )
    mobart_ui_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Status page and actions: with it browsers sign in, and programs send it as a"
        " bearer token; without it the page is read-only, and closed beyond this machine",
    )
    mobart_ui_hosts: str = Field(
        "",
        description="Names under which the status page is reached beside localhost, with commas;"
        " with a token any name will do if this is empty",
    )
    mobart_ui_show_prompts: bool = Field(False, description="Show prompts on the status page")
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_in_capitals)
    ] = Field("INFO", description="Log level")
    log_file: str = Field("mobart.log", description="Rotating JSON log; LOG_FILE= : off")
    mobart_log_prompts: bool = Field(False, description="Write prompts into the log")

    @model_validator(mode="before")
    @classmethod
    def _ignore_service_links(cls, given: Any) -> Any:
        """Leave out what Kubernetes sets for a Service called mobart-http or mobart-callback."""
        ports = {"mobart_http_port", "mobart_callback_port", "mobart_probe_port"}
        return {
            name: value
            for name, value in given.items()
            if name not in ports or service_link(value) is None
        }
