"""The settings as data: names, defaults, bounds, meanings."""

from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mobart.settings.sources import Files, SwitchedOff


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address that begins with http:// or https://")
    return value.rstrip("/")


HttpUrl = Annotated[str, AfterValidator(_http_url)]
Seconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600)]


class Settings(BaseSettings):
    """All settings, one field each, under the names of their environment variables in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        frozen=True,
    )

    # Redis
    redis_host: str = Field("localhost", description="Host of Redis (6.2 or newer) or Valkey")
    redis_port: int = Field(6379, ge=1, le=65535, description="Its port")
    redis_password: SecretStr | None = Field(None, description="Its password, if it has one")
    redis_url: SecretStr | None = Field(
        None,
        description="Everything at once, redis:// or rediss://user:password@host:port/db;"
        " wins over the three above",
    )

    # S3
    aws_access_key_id: SecretStr | None = Field(
        None,
        description="Key for S3; without it the default chain of the AWS SDK is used",
    )
    aws_secret_access_key: SecretStr | None = Field(None, description="Its secret")
    aws_session_token: SecretStr | None = Field(None, description="For temporary credentials")
    aws_region: str = Field("us-west-2", description="Region of the bucket")
    aws_endpoint_url_s3: HttpUrl | None = Field(
        None,
        description="Address of another S3: MinIO, R2, ...",
    )
    s3_bucket_name: str = Field(min_length=3, max_length=63, description="Bucket (required)")
    mobart_s3_addressing: Literal["auto", "path", "virtual"] = Field(
        "auto",
        description="How buckets are addressed; auto: path for other S3s and dotted names",
    )
    mobart_s3_accelerate: bool = Field(False, description="Use S3 Transfer Acceleration")
    mobart_s3_public_url: HttpUrl | None = Field(
        None,
        description="Where the bucket is read, e.g. a CDN; s3_url then begins with it",
    )

    # Midjourney
    midjourney_api_key: SecretStr = Field(min_length=1, description="Key (required)")
    midjourney_api_url: HttpUrl = Field(
        "https://api.midjourneyapi.xyz/mj/v2",
        description="Address of the API, GoAPI's mj/v2 dialect",
    )
    midjourney_tile: int = Field(
        1,
        ge=1,
        le=4,
        description="Which picture of the 2x2 grid: 1 top left ... 4 bottom right",
    )
    midjourney_process_mode: Literal["relax", "fast", "turbo"] | None = Field(
        None,
        description="Speed that is paid for; without it the account's default",
    )
    midjourney_aspect_ratio: str | None = Field(
        None,
        pattern=r"^\d{1,3}:\d{1,3}$",
        description="Aspect ratio, e.g. 1:1",
    )
    midjourney_poll_initial_seconds: Seconds = Field(8, description="First look after the submit")
    midjourney_poll_max_seconds: Seconds = Field(15, description="Longest wait between two looks")
    midjourney_timeout_seconds: Seconds = Field(
        900,
        description="Deadline of one generation, from the submit",
    )
    midjourney_submit_timeout_seconds: Seconds = Field(
        15,
        description="After that a submit without an answer is in doubt",
    )

    mobart_public_url: HttpUrl | None = Field(
        None,
        description="Where the provider reaches this worker's HTTP port; then it calls back, and a"
        " submit whose answer was lost can still be found",
    )

    # The backend
    go_backend_url: HttpUrl | None = Field(
        None,
        description="Where completions are POSTed to, if MOBART_WEBHOOK_SECRET is set",
    )
    mobart_webhook_secret: SecretStr | None = Field(
        None,
        description="Standard Webhooks secret (whsec_...); switches the POSTs on",
    )

    # Work
    mobart_max_concurrent_jobs: int = Field(
        16, ge=1, le=10_000, description="Jobs in flight in one worker"
    )
    mobart_lease_seconds: Seconds = Field(
        30,
        description="Silence after which another worker takes a job over",
    )
    mobart_startup_timeout_seconds: Annotated[float, Field(ge=0)] = Field(
        30,
        description="How long Redis and S3 are waited for at start-up",
    )
    mobart_shutdown_grace_seconds: Annotated[float, Field(ge=0)] = Field(
        20,
        description="After SIGTERM: time to finish what can be finished",
    )
    mobart_job_deadline_seconds: Seconds = Field(
        3600,
        description="How long a job waits for something that is away",
    )
    mobart_in_doubt: Literal["fail", "retry"] = Field(
        "fail",
        description="A submit whose outcome stays unknown: fail, or retry (may pay twice)",
    )
    mobart_progress: bool = Field(False, description="Publish progress on its channel")
    mobart_namespace: str = Field(
        "mobart",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Prefix of all keys in Redis",
    )
    mobart_requests_channel: str = Field("image_generation_requests", description="Channel: in")
    mobart_complete_channel: str = Field("image_generation_complete", description="Channel: out")
    mobart_progress_channel: str = Field(
        "image_generation_progress", description="Channel: progress"
    )
    mobart_cancel_channel: str = Field("image_generation_cancel", description="Channel: cancel")

    # Limits
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

    mobart_user_concurrent_jobs: int = Field(
        0,
        ge=0,
        description="Pictures in the making that one user may have; more fail with quota_exceeded;"
        " 0: any number",
    )
    mobart_user_daily_jobs: int = Field(
        0, ge=0, description="Pictures that one user may order a day (UTC); 0: any number"
    )
    mobart_daily_budget: int = Field(
        0, ge=0, description="Pictures that all together may order a day (UTC); 0: any number"
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

    # Pictures
    mobart_preset: str = Field(
        "auto",
        min_length=1,
        description="Preset of requests that name none",
    )
    mobart_presets_folder: str | None = Field(
        None,
        description="Folder with more presets (.toml) and palettes (.hex, .gpl)",
    )
    mobart_png: Literal["rgba", "smallest"] = Field(
        "rgba",
        description="rgba: always RGBA; smallest: also an exact palette, or no alpha if opaque",
    )
    mobart_render_processes: int = Field(2, ge=1, le=64, description="Processes for picture work")
    mobart_render_timeout_seconds: Seconds = Field(30, description="Longest work on one picture")
    mobart_render_memory_mb: int = Field(
        1024, ge=256, description="Memory of one such process, in MiB"
    )

    # Watching
    mobart_http_host: str = Field("127.0.0.1", description="Address of probes and metrics")
    mobart_http_port: int = Field(8081, ge=0, le=65535, description="Their port; 0: off")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Log level")
    log_file: str = Field("mobart.log", description="Rotating JSON log; LOG_FILE= : off")
    mobart_log_prompts: bool = Field(False, description="Write prompts into the log")

    @model_validator(mode="after")
    def _key_and_secret_together(self) -> "Settings":
        if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together")
        return self

    @property
    def redis_address(self) -> str:
        """The URL of Redis, password included: never to be shown."""
        if self.redis_url is not None:
            return self.redis_url.get_secret_value()
        password = self.redis_password.get_secret_value() if self.redis_password else ""
        login = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{login}{self.redis_host}:{self.redis_port}/0"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the switched-off log file before, and `NAME_FILE` behind the environment."""
        del file_secret_settings
        first, last = SwitchedOff(settings_cls), Files(settings_cls)
        return init_settings, first, env_settings, last, dotenv_settings
