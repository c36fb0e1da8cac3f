"""The errors of S3 and of its client, and what each means for a job.

Tables, by error code and by name of exception, so that the client is not imported for them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from mobart.core.errors import Code, MobartError, Rejected, Unavailable
from mobart.core.policy import retry_after

NOT_STORED = "The picture could not be stored."
NOT_KEPT = "The picture is no longer there."
LONGEST_MESSAGE = 300


class Retryability(Enum):
    """Whether waiting helps."""

    PASSING = auto()
    """Waiting is enough."""
    LASTING = auto()
    """An operator has to change something: a start stops, a paid job waits."""
    HOPELESS = auto()
    """Nothing helps for this picture."""


@dataclass(frozen=True, slots=True)
class S3Problem:
    """One kind of problem; *advice* is for the log and names the causes and settings to look at."""

    code: Code
    retryability: Retryability
    advice: str
    sentence: str = NOT_STORED


def _denied(advice: str) -> S3Problem:
    return S3Problem(Code.STORAGE_DENIED, Retryability.LASTING, advice)


def _away(advice: str) -> S3Problem:
    return S3Problem(Code.STORAGE_UNAVAILABLE, Retryability.PASSING, advice)


NO_BUCKET = S3Problem(
    Code.STORAGE_UNAVAILABLE,
    Retryability.LASTING,
    "there is no such bucket: check S3_BUCKET_NAME, AWS_REGION and AWS_ENDPOINT_URL_S3",
)
NOT_ALLOWED = _denied(
    "the upload is not allowed: the credentials lack s3:PutObject on generated/* of S3_BUCKET_NAME"
    " (or the use of the KMS key), or a policy asks for MOBART_S3_ENCRYPTION or MOBART_S3_ACL"
)
BAD_KEY = _denied("AWS_ACCESS_KEY_ID is not known there")
BAD_SECRET = _denied("AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID")
BAD_TOKEN = _denied("the session token is expired or invalid: renew it, or use a role")
WRONG_REGION = S3Problem(
    Code.STORAGE_UNAVAILABLE,
    Retryability.LASTING,
    "the bucket is in another region: check AWS_REGION",
)
SKEWED = S3Problem(
    Code.STORAGE_DENIED,
    Retryability.PASSING,
    "this machine's clock is wrong by minutes: synchronise it (NTP)",
)
BUSY = _away("the store asks for patience")
DAMAGED = _away("the upload arrived damaged")
FULL = _away("the store is full")
UNREACHABLE = _away("the store cannot be reached: check AWS_ENDPOINT_URL_S3 and AWS_REGION")
UNSUPPORTED = S3Problem(
    Code.STORAGE_UNAVAILABLE,
    Retryability.LASTING,
    "the store does not take uploads of this kind: check MOBART_S3_CHECKSUMS (Object Lock needs"
    " when_supported), MOBART_S3_ENCRYPTION, MOBART_S3_ACL, MOBART_S3_ADDRESSING and"
    " MOBART_S3_ACCELERATE",
)
NO_CREDENTIALS = _denied(
    "no credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a role",
)
ODD_CREDENTIALS = S3Problem(
    Code.STORAGE_DENIED,
    Retryability.PASSING,
    "the source of the credentials does not answer",
)
MISCONFIGURED = S3Problem(
    Code.STORAGE_UNAVAILABLE,
    Retryability.LASTING,
    "the client cannot work with these settings",
)
TOO_BIG = S3Problem(
    Code.STORAGE_DENIED,
    Retryability.HOPELESS,
    "the store takes no objects of this size or key",
)
GONE = S3Problem(
    Code.DOWNLOAD_FAILED,
    Retryability.HOPELESS,
    "somebody deleted the raw picture, or the credentials lack s3:GetObject on raw/*",
    NOT_KEPT,
)

BY_CODE: Mapping[str, S3Problem] = {
    "NoSuchBucket": NO_BUCKET,
    "NoSuchKey": GONE,
    "InvalidBucketName": NO_BUCKET,
    "AccessDenied": NOT_ALLOWED,
    "AllAccessDisabled": NOT_ALLOWED,
    "AccountProblem": NOT_ALLOWED,
    "InvalidObjectState": NOT_ALLOWED,
    "InvalidAccessKeyId": BAD_KEY,
    "SignatureDoesNotMatch": BAD_SECRET,
    "ExpiredToken": BAD_TOKEN,
    "ExpiredTokenException": BAD_TOKEN,
    "InvalidToken": BAD_TOKEN,
    "TokenRefreshRequired": BAD_TOKEN,
    "RequestTimeTooSkewed": SKEWED,
    "RequestExpired": SKEWED,
    "PermanentRedirect": WRONG_REGION,
    "TemporaryRedirect": BUSY,
    "AuthorizationHeaderMalformed": WRONG_REGION,
    "IllegalLocationConstraintException": WRONG_REGION,
    "SlowDown": BUSY,
    "SlowDownWrite": BUSY,
    "ServiceUnavailable": BUSY,
    "InternalError": BUSY,
    "OperationAborted": BUSY,
    "RequestTimeout": BUSY,
    "RequestLimitExceeded": BUSY,
    "Throttling": BUSY,
    "ThrottlingException": BUSY,
    "TooManyRequests": BUSY,
    "BadDigest": DAMAGED,
    "IncompleteBody": DAMAGED,
    "InvalidDigest": DAMAGED,
    "XAmzContentChecksumMismatch": DAMAGED,
    "XAmzContentSHA256Mismatch": DAMAGED,
    "QuotaExceeded": FULL,
    "XMinioAdminBucketQuotaExceeded": FULL,
    "XMinioStorageFull": FULL,
    "AccessControlListNotSupported": UNSUPPORTED,
    "InvalidArgument": UNSUPPORTED,
    "InvalidDigestAlgorithm": UNSUPPORTED,
    "ObjectLockConfigurationNotFoundError": UNSUPPORTED,
    "InvalidRequest": UNSUPPORTED,
    "MissingContentLength": UNSUPPORTED,
    "NotImplemented": UNSUPPORTED,
    "EntityTooLarge": TOO_BIG,
    "KeyTooLongError": TOO_BIG,
}
"""Error codes of S3 (AWS "Error responses", MinIO `api-errors.go`)."""

BY_EXCEPTION: Mapping[str, S3Problem] = {
    "NoCredentialsError": NO_CREDENTIALS,
    "PartialCredentialsError": NO_CREDENTIALS,
    "CredentialRetrievalError": ODD_CREDENTIALS,
    "MetadataRetrievalError": ODD_CREDENTIALS,
    "TokenRetrievalError": ODD_CREDENTIALS,
    "SSOError": ODD_CREDENTIALS,
    "ConnectionError": UNREACHABLE,
    "HTTPClientError": UNREACHABLE,
    "ResponseParserError": UNREACHABLE,
    "ChecksumError": DAMAGED,
    "BotoCoreError": MISCONFIGURED,
    "ClientError": UNREACHABLE,
    "OSError": UNREACHABLE,
}
"""Names of classes of botocore, aiohttp and Python; the nearest ancestor wins."""


@contextmanager
def translated(*, starting: bool = False) -> Iterator[None]:
    """Translate exceptions of the client that are raised inside the block.

    Raises:
        Rejected: waiting does not help this picture or, when *starting*, this configuration.
        Unavailable: any other problem with the store.

    """
    try:
        yield
    except MobartError:
        raise
    except Exception as fault:
        problem = diagnose(fault)
        if problem is None:
            raise
        raise _verdict(problem, fault, starting=starting) from fault


def diagnose(fault: BaseException) -> S3Problem | None:
    """Name the problem behind a foreign exception; None if it is not about the store."""
    response = _response(fault)
    if response:
        code = str(response.get("Error", {}).get("Code", ""))
        return BY_CODE.get(code) or _by_status(response)
    names = (kind.__name__ for kind in type(fault).__mro__)
    return next((BY_EXCEPTION[name] for name in names if name in BY_EXCEPTION), None)


def is_refusal(fault: BaseException | None) -> bool:
    """Return whether the store answered with a refusal (4xx)."""
    return 400 <= _status(fault) < 500  # noqa: PLR2004 - that is what 4xx means


def is_taken(fault: BaseException | None) -> bool:
    """Return whether an object already has the key that was to be new."""
    return _status(fault) == HTTPStatus.PRECONDITION_FAILED


def is_not_understood(fault: BaseException | None) -> bool:
    """Return whether the store does not support the request."""
    return fault is not None and diagnose(fault) is UNSUPPORTED


def _by_status(response: Mapping[str, Any]) -> S3Problem:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    known = {301: WRONG_REGION, 401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NO_BUCKET}
    passing = {0, 307, 408, 409, 425, 429}
    if status in known:
        return known[status]
    return UNSUPPORTED if status < 500 and status not in passing else BUSY  # noqa: PLR2004


def _verdict(problem: S3Problem, fault: Exception, *, starting: bool) -> Rejected | Unavailable:
    detail = f"{problem.advice} ({_quote(fault)})"
    final = problem.retryability is Retryability.HOPELESS
    if final or (starting and problem.retryability is Retryability.LASTING):
        return Rejected(problem.code, problem.sentence, detail=detail)
    return Unavailable(
        problem.code, problem.sentence, retry_after=_retry_after(fault), detail=detail
    )


def _quote(fault: Exception) -> str:
    """Return the store's message on one line; it holds nothing of the request."""
    error = _response(fault).get("Error", {})
    name, said = type(fault).__name__, str(fault)
    if error:
        name, said = error.get("Code", ""), error.get("Message", "")
    return " ".join(f"{name}: {said}".split())[:LONGEST_MESSAGE]


def _retry_after(fault: Exception) -> float | None:
    headers = _response(fault).get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return retry_after(headers, now=datetime.now(UTC))


def _status(fault: BaseException | None) -> int:
    metadata = _response(fault).get("ResponseMetadata", {}) if fault is not None else {}
    return int(metadata.get("HTTPStatusCode", 0))


def _response(fault: BaseException) -> Mapping[str, Any]:
    response = getattr(fault, "response", None)
    return response if isinstance(response, Mapping) else {}
