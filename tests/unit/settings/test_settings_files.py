"""`.env` and secrets' files as they come from other systems."""

import os
from pathlib import Path

import pytest

from mobart.providers.goapi.settings import MidjourneySettings
from mobart.settings import BadSettings, load, secret_value
from mobart.settings.reading import NO_TEXT

TEXT = 'S3_BUCKET_NAME=bücket\nMIDJOURNEY_API_KEY="key"\n'


@pytest.fixture(autouse=True)
def empty_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be where there are no settings yet."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_of_any_system_is_read(empty_house: Path, encoding: str, line_end: str) -> None:
    """With its line ends, and with a byte order mark before it."""
    (empty_house / ".env").write_bytes(TEXT.replace("\n", line_end).encode(encoding))
    settings = load()
    assert settings.s3_bucket_name == "bücket"
    assert secret_value(settings.group(MidjourneySettings).midjourney_api_key) == "key"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_in_another_encoding_is_said_to_be_one(empty_house: Path, encoding: str) -> None:
    """In one line, and not in a traceback."""
    (empty_house / ".env").write_bytes(TEXT.encode(encoding))
    with pytest.raises(BadSettings) as bad:
        load()
    assert bad.value.problems == [NO_TEXT]


def test_a_secret_that_is_no_text_is_said_to_be_none(
    empty_house: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of it is shown."""
    (empty_house / "key").write_bytes(b"\x80 canary")
    monkeypatch.setenv("MIDJOURNEY_API_KEY_FILE", "key")
    with pytest.raises(BadSettings) as bad:
        load()
    assert bad.value.problems == [NO_TEXT]


def test_a_secret_that_is_too_short_is_told_in_characters() -> None:
    """It has no items that anybody could count; what it is is not told."""
    with pytest.raises(BadSettings) as bad:
        load(s3_bucket_name="bucket", midjourney_api_key="key", mobart_ui_token="canary")
    assert bad.value.problems == ["MOBART_UI_TOKEN: should have at least 16 characters"]
