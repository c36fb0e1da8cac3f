"""What S3 complains about is sorted by what to do next."""

from typing import Any

import aiohttp
import botocore.exceptions as boto
import pytest
from botocore.parsers import ResponseParserError

from mobart.core.errors import ADVICE, Code, Rejected, Unavailable
from mobart.storage.errors import diagnose, translated
from mobart.storage.problems import BY_CODE, BY_EXCEPTION, Retryability, S3Problem

SENTENCE = "The picture could not be stored."


def client_error(
    code: str, status: int = 400, operation: str = "PutObject", **headers: str
) -> boto.ClientError:
    """Return what botocore raises for an answer."""
    answer: Any = {
        "Error": {"Code": code, "Message": "Because."},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }
    return boto.ClientError(answer, operation)


DENIED, AWAY = Code.STORAGE_DENIED, Code.STORAGE_UNAVAILABLE
LASTING = [
    (client_error("NoSuchBucket", 404), DENIED, "S3_BUCKET_NAME"),
    (client_error("404", 404), DENIED, "S3_BUCKET_NAME"),
    (client_error("AccessDenied", 403), DENIED, "s3:PutObject"),
    (client_error("403", 403), DENIED, "s3:PutObject"),
    (client_error("AccessDenied", 403, "GetObject"), DENIED, "s3:GetObject"),
    (client_error("KMS.DisabledException"), DENIED, "MOBART_S3_KMS_KEY_ID"),
    (client_error("KMS.SomethingNew"), DENIED, "MOBART_S3_KMS_KEY_ID"),
    (client_error("413", 413), DENIED, "client_max_body_size"),
    (client_error("InvalidAccessKeyId", 403), DENIED, "AWS_ACCESS_KEY_ID"),
    (client_error("SignatureDoesNotMatch", 403), DENIED, "AWS_SECRET_ACCESS_KEY"),
    (client_error("ExpiredToken"), DENIED, "session token"),
    (client_error("PermanentRedirect", 301), DENIED, "AWS_REGION"),
    (client_error("AuthorizationHeaderMalformed"), DENIED, "AWS_REGION"),
    (client_error("InvalidRequest"), DENIED, "MOBART_S3_ACCELERATE"),
    (client_error("SomethingNew", 418), DENIED, "SomethingNew: Because."),
    (boto.NoCredentialsError(), DENIED, "AWS_ACCESS_KEY_ID"),
    (boto.PartialCredentialsError(provider="env", cred_var="x"), DENIED, "AWS_ACCESS_KEY_ID"),
    (boto.ParamValidationError(report="x"), DENIED, "settings"),
    (boto.ProfileNotFound(profile="x"), DENIED, "settings"),
]
PASSING = [
    (client_error("RequestTimeTooSkewed", 403), DENIED, "clock"),
    (client_error("SlowDown", 503), AWAY, "patience"),
    (client_error("KMS.ThrottlingException"), AWAY, "patience"),
    (client_error("InternalError", 500), AWAY, "patience"),
    (client_error("502", 502), AWAY, "patience"),
    (client_error("SomethingNew", 429), AWAY, "patience"),
    (client_error("BadDigest"), AWAY, "damaged"),
    (client_error("XMinioStorageFull", 507), DENIED, "full"),
    (client_error("QuotaExceeded", 403), DENIED, "full"),
    (client_error("507", 507), DENIED, "full"),
    (boto.EndpointConnectionError(endpoint_url="http://h"), AWAY, "AWS_ENDPOINT_URL_S3"),
    (boto.ConnectTimeoutError(endpoint_url="http://h"), AWAY, "cannot be reached"),
    (boto.ReadTimeoutError(endpoint_url="http://h"), AWAY, "cannot be reached"),
    (boto.ConnectionClosedError(endpoint_url="http://h"), AWAY, "cannot be reached"),
    (boto.SSLError(endpoint_url="http://h", error=OSError()), AWAY, "cannot be reached"),
    (boto.ProxyConnectionError(proxy_url="http://h"), AWAY, "cannot be reached"),
    (boto.HTTPClientError(error="x"), AWAY, "cannot be reached"),
    (boto.CredentialRetrievalError(provider="p", error_msg="x"), DENIED, "source of the cred"),
    (ResponseParserError("<html>"), AWAY, "cannot be reached"),
    (aiohttp.ClientPayloadError(), AWAY, "cannot be reached"),
    (TimeoutError(), AWAY, "cannot be reached"),
    (ConnectionResetError(), AWAY, "cannot be reached"),
]


@pytest.mark.parametrize(("fault", "code", "advice"), LASTING + PASSING)
def test_a_picture_waits_for_any_trouble_to_end(fault: Exception, code: Code, advice: str) -> None:
    """A paid job is never failed by the store before its deadline; the log says what to do."""
    with pytest.raises(Unavailable) as away, translated():
        raise fault
    assert (away.value.code, away.value.sentence) == (code, SENTENCE)
    assert advice in str(away.value)
    assert away.value.__cause__ is fault


@pytest.mark.parametrize(("fault", "code", "advice"), LASTING)
def test_a_start_stops_for_what_somebody_has_to_change(
    fault: Exception, code: Code, advice: str
) -> None:
    """The detail names the setting."""
    with pytest.raises(Rejected) as no, translated(starting=True):
        raise fault
    assert (no.value.code, no.value.sentence) == (code, SENTENCE)
    assert advice in str(no.value)


@pytest.mark.parametrize("problem", {*BY_CODE.values(), *BY_EXCEPTION.values()})
def test_what_an_operator_has_to_change_is_not_told_as_passing(problem: S3Problem) -> None:
    """Told that nobody has to act, a backend would try again in a minute, and pay again."""
    if problem.retryability is Retryability.LASTING:
        assert ADVICE[problem.code].who == "operator"


@pytest.mark.parametrize(("fault", "code", "advice"), PASSING)
def test_a_start_waits_for_what_passes(fault: Exception, code: Code, advice: str) -> None:
    """Containers start in any order."""
    with pytest.raises(Unavailable) as away, translated(starting=True):
        raise fault
    assert (away.value.code, away.value.sentence) == (code, SENTENCE)
    assert advice in str(away.value)


@pytest.mark.parametrize("code", ["EntityTooLarge", "KeyTooLongError"])
def test_a_picture_no_store_would_take_is_given_up(code: str) -> None:
    """Waiting would never end, and asking again would pay again."""
    with pytest.raises(Rejected) as no, translated():
        raise client_error(code)
    assert not ADVICE[no.value.code].retryable


def test_the_store_may_say_how_long_to_wait() -> None:
    """Retry-After reaches the caller that waits."""
    with pytest.raises(Unavailable) as away, translated():
        raise client_error("SlowDown", 503, **{"retry-after": "7"})
    assert away.value.retry_after == 7.0


def test_what_is_said_fits_one_line() -> None:
    """A store cannot write lines, or novels, into the log."""
    fault = boto.HTTPClientError(error="a\nb" * 1000)
    with pytest.raises(Unavailable) as away, translated():
        raise fault
    assert "\n" not in str(away.value)
    assert len(str(away.value)) < 500


def test_mobarts_own_errors_pass() -> None:
    """They are already what they should be."""
    mine = Unavailable(Code.INTERNAL, "x")
    with pytest.raises(Unavailable) as passed, translated():
        raise mine
    assert passed.value is mine


@pytest.mark.parametrize("bug", [ZeroDivisionError(), AttributeError("x"), KeyError("x")])
def test_a_bug_stays_a_bug(bug: Exception) -> None:
    """Nothing is hidden behind a store that is said to be away."""
    assert diagnose(bug) is None
    with pytest.raises(type(bug)), translated():
        raise bug
