"""The problems that S3 and its client report: error codes, names of exceptions, what each means.

Tables, so that the client is not imported for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from mobart.core.errors import Code

NOT_STORED = "The picture could not be stored."
NOT_KEPT = "The picture is no longer there."


class Retryability(Enum):
    """Whether waiting helps."""

    PASSING = auto()
    """Waiting is enough, at a start."""
    LASTING = auto()
    """An operator has to change something: a start stops, a paid job waits, and is told as denied in the end."""
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


NO_BUCKET = _denied(
    "there is no such bucket: check S3_BUCKET_NAME, AWS_REGION and AWS_ENDPOINT_URL_S3"
)
NOT_ALLOWED = _denied(
    "the upload is not allowed: the credentials lack s3:PutObject on generated/* of S3_BUCKET_NAME"
    " (or the use of the KMS key), or a policy asks for MOBART_S3_ENCRYPTION or MOBART_S3_ACL"
)
NOT_READABLE = _denied(
    "the picture may not be read, or is gone: the credentials lack s3:GetObject on raw/* of"
    " S3_BUCKET_NAME (or kms:Decrypt with the KMS key)"
)
BAD_KMS = _denied("the KMS key cannot be used: check its state, and MOBART_S3_KMS_KEY_ID")
LIMITED = _denied(
    "the store, or a proxy before it, takes no uploads of this size (client_max_body_size of nginx)"
)
BAD_KEY = _denied("AWS_ACCESS_KEY_ID is not known there")
BAD_SECRET = _denied("AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID")
BAD_TOKEN = _denied("the session token is expired or invalid: renew it, or use a role")
WRONG_REGION = _denied("the bucket is in another region: check AWS_REGION")
SKEWED = S3Problem(
    Code.STORAGE_DENIED,
    Retryability.PASSING,
    "this machine's clock is wrong by minutes: synchronise it (NTP)",
)
BUSY = _away("the store asks for patience")
DAMAGED = _away("the upload arrived damaged")
FULL = S3Problem(Code.STORAGE_DENIED, Retryability.PASSING, "the store is full")
UNREACHABLE = _away("the store cannot be reached: check AWS_ENDPOINT_URL_S3 and AWS_REGION")
UNSUPPORTED = _denied(
    "the store does not take uploads of this kind: check MOBART_S3_CHECKSUMS (Object Lock needs"
    " when_supported), MOBART_S3_ENCRYPTION, MOBART_S3_ACL, MOBART_S3_ADDRESSING and"
    " MOBART_S3_ACCELERATE",
)
NO_CREDENTIALS = _denied(
    "no credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a role"
)
ODD_CREDENTIALS = S3Problem(
    Code.STORAGE_DENIED, Retryability.PASSING, "the source of the credentials does not answer"
)
MISCONFIGURED = _denied("the client cannot work with these settings")
TOO_BIG = S3Problem(
    Code.IMAGE_TOO_LARGE, Retryability.HOPELESS, "the store takes no objects of this size or key"
)
GONE = S3Problem(
    Code.DOWNLOAD_FAILED,
    Retryability.HOPELESS,
    "somebody deleted the raw picture, or the credentials lack s3:GetObject on raw/*",
    NOT_KEPT,
)

NOT_THE_OBJECTS = (BAD_KEY, BAD_SECRET, BAD_TOKEN, SKEWED, WRONG_REGION, NO_BUCKET, BUSY, DAMAGED)
"""Problems that say nothing of the object that was asked for, though their status be 4xx."""

KMS = "KMS."
"""What the codes of errors begin with that S3 passes on from KMS."""
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
    "KMS.ThrottlingException": BUSY,
    "KMS.InternalException": BUSY,
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
    "ValueError": MISCONFIGURED,
}
"""Names of classes of botocore, aiohttp and Python; the nearest ancestor wins."""
