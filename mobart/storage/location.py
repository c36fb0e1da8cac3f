"""Where a bucket is and how its objects are addressed.  Pure: no client, no network."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

Addressing = Literal["auto", "path", "virtual"]
Style = Literal["path", "virtual"]

AWS_DOMAINS = (
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("", "amazonaws.com"),
)
"""Region prefix to domain, first match wins (the partitions of botocore's `partitions.json`)."""

AWS_BUCKET = re.compile(r"(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ANY_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A bucket: at AWS, or at *endpoint_url* (MinIO, R2 and others).

    *addressing* "auto" is virtual-hosted at AWS unless the bucket's name has dots, which no
    wildcard certificate covers, and path style at a custom endpoint.
    *public_base_url* is where the bucket is served to the world (a CDN), if not by itself.
    """

    bucket: str
    region: str
    endpoint_url: str | None = None
    accelerate: bool = False
    addressing: Addressing = "auto"
    public_base_url: str | None = None

    @property
    def style(self) -> Style:
        """How the bucket is addressed once "auto" is decided."""
        if self.addressing != "auto":
            return self.addressing
        return "path" if self.endpoint_url or "." in self.bucket else "virtual"

    @property
    def host_url(self) -> str:
        """Scheme, host and path of the S3 service, without the bucket."""
        if self.endpoint_url:
            return self.endpoint_url.rstrip("/")
        domain = aws_domain(self.region)
        return f"https://{f's3-accelerate.{domain}' if self.accelerate else f's3.{self.region}.{domain}'}"

    @property
    def bucket_url(self) -> str:
        """Where uploads to the bucket go."""
        if self.style == "path":
            return f"{self.host_url}/{self.bucket}"
        scheme, _, rest = self.host_url.partition("://")
        return f"{scheme}://{self.bucket}.{rest}"

    def object_url(self, key: str) -> str:
        """Return the address under which *key* is read, percent-encoded."""
        base = self.public_base_url or self.bucket_url
        return f"{base.rstrip('/')}/{quote(key, safe='/')}"


def aws_domain(region: str) -> str:
    """Return the domain of the AWS partition that *region* belongs to."""
    return next(domain for prefix, domain in AWS_DOMAINS if region.startswith(prefix))


def find_problems(location: Location) -> list[str]:
    """Return why *location* cannot work, one sentence each; empty if it may."""
    return [
        *_bucket_problems(location),
        *_endpoint_problems(location),
        *_accelerate_problems(location),
        *_public_problems(location),
    ]


def _bucket_problems(location: Location) -> Iterator[str]:
    valid = ANY_BUCKET if location.endpoint_url else AWS_BUCKET
    if not valid.fullmatch(location.bucket):
        yield "S3_BUCKET_NAME is not the name of a bucket"
    if not REGION.fullmatch(location.region):
        yield "AWS_REGION is not the name of a region, such as eu-central-1"
    dotted = "." in location.bucket and not location.endpoint_url
    if dotted and location.addressing == "virtual":
        yield "virtual-hosted addressing does not work with a dot in S3_BUCKET_NAME"


def _endpoint_problems(location: Location) -> Iterator[str]:
    if not location.endpoint_url:
        return
    url = _split(location.endpoint_url)
    if url is None:
        yield "AWS_ENDPOINT_URL_S3 is not a plain http or https address"
        return
    host = url.hostname or ""
    if host.startswith(f"{location.bucket}.") or url.path.strip("/") == location.bucket:
        yield "AWS_ENDPOINT_URL_S3 must not contain the bucket, that is what S3_BUCKET_NAME is for"
    if location.addressing == "virtual" and _is_ip(host):
        yield "virtual-hosted addressing does not work with an IP address in AWS_ENDPOINT_URL_S3"


def _accelerate_problems(location: Location) -> Iterator[str]:
    if not location.accelerate:
        return
    if location.endpoint_url:
        yield "Transfer Acceleration cannot be combined with AWS_ENDPOINT_URL_S3"
    if "." in location.bucket:
        yield "Transfer Acceleration does not work with a dot in S3_BUCKET_NAME"
    if location.addressing == "path":
        yield "Transfer Acceleration does not work with path-style addressing"
    if aws_domain(location.region) != "amazonaws.com":
        yield f"Transfer Acceleration does not exist in AWS_REGION {location.region}"


def _public_problems(location: Location) -> Iterator[str]:
    if location.public_base_url and _split(location.public_base_url) is None:
        yield "the public base URL of the bucket is not a plain http or https address"


def _split(url: str) -> SplitResult | None:
    """Split *url*; None unless it is scheme, host, port and path and nothing else."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", url))
    return parts if parts.scheme in ("http", "https") and parts.hostname and plain else None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def alternate_key(key: str, sha256: str) -> str:
    """Return where a picture goes whose *key* another one has; no id holds a tilde."""
    stem, dot, kind = key.rpartition(".")
    return f"{stem}~{sha256[:8]}{dot}{kind}"
