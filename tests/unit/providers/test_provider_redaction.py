"""What never gets into a detail."""

from hypothesis import given
from hypothesis import strategies as st

from mobart.providers.redaction import LONGEST_DETAIL, redact

SECRETS = st.text("abcK-", min_size=4, max_size=8)


@given(st.text(), SECRETS, st.text())
def test_a_secret_is_gone_in_any_case_of_letters(before: str, secret: str, after: str) -> None:
    """However it is quoted."""
    for quoted in (secret, secret.upper(), secret.lower()):
        assert secret.lower() not in redact(before + quoted + after, secret).lower()


@given(st.text(), st.lists(SECRETS))
def test_a_detail_is_one_short_line(text: str, secrets: list[str]) -> None:
    """Whatever a server sends, a log stays readable."""
    detail = redact(text * 50, *secrets)
    assert len(detail) <= LONGEST_DETAIL + 3
    assert detail.isprintable()


def test_an_empty_secret_hides_nothing() -> None:
    """No key configured is no reason to black out everything."""
    assert redact("all is well", "") == "all is well"
