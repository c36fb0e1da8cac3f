"""Whatever an operator writes into the environment, `.env` and secret files."""

import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from mobart.app.problems import problems_of
from mobart.settings import BadSettings, Settings, load, secrets_of, unknown_variables
from tests.fuzz.mutators import bounded, edited, words

NAMES = sorted(name.upper() for name in Settings.model_fields)
CANARY = "canary-of-the-settings"
NEEDED = {"S3_BUCKET_NAME": "bucket", "MIDJOURNEY_API_KEY": CANARY}
values = st.one_of(
    words,
    st.sampled_from(
        [
            *(
                "0",
                "-1",
                "1e999",
                "nan",
                "true",
                "yes",
                "1:1",
                "fail",
                "rgba",
                "whsec_QUJD",
                "/",
                "${HOME}",
                "${",
            ),
            *("http://", "http://[", "https://host:99999/", "http://h:x", "redis://:p@h:6379/0"),
            *("http://[::1", "//h", "http://a b", "redis://u:p%40@[::1]:6379", "bucket.name"),
            *(f"{CANARY}://", f"redis://:{CANARY}@h:x/", f"http://u:{CANARY}@h:port"),
        ]
    ),
    st.binary(max_size=9).map(os.fsdecode),
)


def is_possible(value: str) -> bool:
    """Tell what an environment can hold."""
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


environments = st.dictionaries(
    st.sampled_from([*NAMES, *(f"{name}_FILE" for name in NAMES), "MOBART_LEASE_SECOND"]),
    values.filter(is_possible),
    max_size=4,
)
lines = st.one_of(
    st.tuples(st.sampled_from(NAMES), values).map("=".join),
    st.tuples(st.sampled_from(NAMES), values).map('export {0[0]}="{0[1]}'.format),
    words,
)
files = st.one_of(
    st.lists(lines, max_size=4).map(lambda all_: "\n".join(all_).encode("utf-8", "replace")),
    edited(
        st.lists(lines, max_size=4).map(lambda all_: "\r\n".join(all_).encode("utf-16", "replace"))
    ),
    st.binary(max_size=60),
)


@contextmanager
def house(environment: Mapping[str, str], dotenv: bytes, secret: bytes) -> Iterator[None]:
    """Be where there is just this `.env`, this environment, and this file called `secret`."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path(".env").write_bytes(dotenv)
        Path("secret").write_bytes(secret)
        with patch.dict(os.environ, environment, clear=True):
            yield


@bounded
@given(environments, files, st.just(b"") | st.just(f"{CANARY}\n".encode()) | files, st.booleans())
def test_settings_are_read_or_their_problems_are_told_without_a_secret(
    environment: dict[str, str], dotenv: bytes, secret: bytes, from_file: bool
) -> None:
    """All of them at once, a line each; what is read can be looked through for secrets."""
    given = NEEDED | environment
    if from_file:
        given |= {"MIDJOURNEY_API_KEY": "", "MIDJOURNEY_API_KEY_FILE": "secret"}
    with house(given, dotenv, secret):
        try:
            settings = load()
        except BadSettings as bad:
            told = bad.problems
            assert told
        else:
            told = problems_of(settings)
            assert all(isinstance(one, str) for one in secrets_of(settings))
        unknown_variables(os.environ)
    for line in told:
        assert CANARY not in line
        assert "\n" not in line
