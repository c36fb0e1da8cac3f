"""Where Redis and S3 are."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from mobart.core import addresses
from mobart.core.redis_nodes import with_sentinel_login
from mobart.core.setting_types import HeaderSecret, HttpUrl, SettingsGroup, service_link


def _judged(value: SecretStr | None) -> SecretStr | None:
    return value and SecretStr(addresses.redis_url(value.get_secret_value()))


class RedisSettings(SettingsGroup):
    """Redis or Valkey."""

    redis_host: Annotated[str, AfterValidator(addresses.redis_host)] = Field(
        "localhost", description="Host of Redis (6.2 or newer) or Valkey"
    )
    redis_port: int = Field(6379, ge=1, le=65535, description="Its port")
    redis_password: SecretStr | None = Field(None, description="Its password, if it has one")
    redis_url: Annotated[SecretStr | None, AfterValidator(_judged)] = Field(
        None,
        description="Everything at once, redis:// or rediss://user:password@host:port/db;"
        " wins over the three above; redis+sentinel://host:port,host:port/service and"
        " redis+cluster://host:port,host:port lead to a master",
    )
    redis_sentinel_username: str = Field(
        "", max_length=256, description="User of the Sentinels, if they have access control lists"
    )
    redis_sentinel_password: SecretStr | None = Field(
        None, description="Password of the Sentinels, if they have one of their own"
    )

    @model_validator(mode="before")
    @classmethod
    def _understand_service_link(cls, given: Any) -> Any:
        """Read `REDIS_PORT=tcp://10.0.0.1:6379`, which Kubernetes sets for a Service called redis.

        REDIS_URL wins over it, and REDIS_HOST over its host.
        """
        link = service_link(given.get("redis_port"))
        if link is None:
            return given
        rest = {name: value for name, value in given.items() if name != "redis_port"}
        if rest.get("redis_url"):
            return rest
        host, port = link
        return {"redis_host": host, **rest, "redis_port": port}

    @property
    def redis_address(self) -> str:
        """The URL of Redis, password included: never to be shown."""
        if self.redis_url is not None:
            url = self.redis_url.get_secret_value()
            there = self.redis_sentinel_password
            secret = there.get_secret_value() if there else ""
            return with_sentinel_login(url, self.redis_sentinel_username, secret)
        password = self.redis_password.get_secret_value() if self.redis_password else ""
        return addresses.joined_redis_url(self.redis_host, self.redis_port, password)


class S3Settings(SettingsGroup):
    """S3, or what speaks its language."""

    aws_access_key_id: HeaderSecret | None = Field(
        None, description="Key for S3; without it the default chain of the AWS SDK is used"
    )
    aws_secret_access_key: SecretStr | None = Field(None, description="Its secret")
    aws_session_token: HeaderSecret | None = Field(None, description="For temporary credentials")
    aws_region: str = Field("us-west-2", description="Region of the bucket")
    aws_endpoint_url_s3: HttpUrl | None = Field(
        None, description="Address of another S3: MinIO, R2, ..."
    )
    s3_bucket_name: str = Field(min_length=3, max_length=63, description="Bucket (required)")
    mobart_s3_addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="How buckets are addressed; auto: path for other S3s and dotted names"
    )
    mobart_s3_accelerate: bool = Field(False, description="Use S3 Transfer Acceleration")
    mobart_s3_public_url: HttpUrl | None = Field(
        None, description="Where the bucket is read, e.g. a CDN; s3_url then begins with it"
    )

    mobart_s3_checksums: Literal["auto", "when_supported", "when_required"] = Field(
        "auto",
        description="Checksums of uploads; auto: when_supported at AWS, when_required at other S3s;"
        " a bucket with Object Lock needs when_supported",
    )
    mobart_s3_encryption: Literal["", "AES256", "aws:kms", "aws:kms:dsse"] = Field(
        "", description="Server-side encryption to ask for; empty: the bucket's default"
    )
    mobart_s3_kms_key_id: str = Field(
        "", max_length=2048, description="Key for aws:kms; empty: the account's own"
    )
    mobart_s3_acl: Literal[
        "", "private", "public-read", "authenticated-read", "bucket-owner-full-control"
    ] = Field("", description="ACL to ask for, where the bucket's policy wants one")

    @model_validator(mode="after")
    def _key_id_with_kms(self) -> "S3Settings":
        if self.mobart_s3_kms_key_id and not self.mobart_s3_encryption.startswith("aws:kms"):
            raise ValueError("MOBART_S3_KMS_KEY_ID needs MOBART_S3_ENCRYPTION=aws:kms")
        return self

    @model_validator(mode="after")
    def _key_and_secret_together(self) -> "S3Settings":
        if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together")
        return self
