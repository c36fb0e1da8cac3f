"""A `.env` as other systems and editors write it."""

from pathlib import Path

import pytest

from mobart.providers.goapi.settings import MidjourneySettings
from mobart.settings import BadSettings, Settings, load, secret_value

PLAIN = "S3_BUCKET_NAME=assets\nMIDJOURNEY_API_KEY=key\nREDIS_PORT=6380\nLOG_FILE=\n"
WRITTEN = {
    "plainly": PLAIN.encode(),
    "on Windows": PLAIN.replace("\n", "\r\n").encode(),
    "on an old Mac": PLAIN.replace("\n", "\r").encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "without an end": PLAIN.strip().encode(),
    "for a shell": PLAIN.replace("S3", "export S3").replace("MID", "export MID").encode(),
    "in quotes": b"S3_BUCKET_NAME=\"assets\"\nMIDJOURNEY_API_KEY='key'\nREDIS_PORT='6380'\nLOG_FILE=\"\"",
    "with spaces": b" S3_BUCKET_NAME = assets \t\nMIDJOURNEY_API_KEY= key # mine\nREDIS_PORT =6380 \nLOG_FILE= \r\n",
    "in small letters": PLAIN.replace("S3_BUCKET_NAME", "s3_bucket_name").encode(),
    "with a switched off log first": b"\xef\xbb\xbfLOG_FILE=\r\n"
    + PLAIN.replace("\n", "\r\n").encode(),
}


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where `.env` is, in a folder and an environment without any other setting."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path / ".env"


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_it_means_the_same_however_it_was_written(env: Path, written: bytes) -> None:
    """Line ends, marks, quotes, `export` and spaces are no part of a value."""
    env.write_bytes(written)
    settings = load()
    assert settings.s3_bucket_name == "assets"
    assert secret_value(settings.group(MidjourneySettings).midjourney_api_key) == "key"
    assert (settings.redis_port, settings.log_file) == (6380, "")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_named(env: Path, encoding: str) -> None:
    """PowerShell's `>` writes UTF-16; the content is not repeated."""
    env.write_bytes(f"{PLAIN}# Schlüssel\n".encode(encoding))
    with pytest.raises(BadSettings) as no:
        load()
    (line,) = no.value.problems
    assert line.startswith(".env")
    assert "UTF-8" in line


def test_what_a_bad_env_file_leaves_at_the_end_of_a_value_is_cut(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker hands over the line ends of a file from Windows."""
    assert not env.exists()
    given = {"S3_BUCKET_NAME": "assets", "MIDJOURNEY_API_KEY": "key", "REDIS_PORT": "6380"}
    for name, value in given.items():
        monkeypatch.setenv(name, f"{value} \r")
    settings = load()
    assert (settings.s3_bucket_name, settings.redis_port) == ("assets", 6380)
    assert secret_value(settings.group(MidjourneySettings).midjourney_api_key) == "key"


def test_white_space_is_no_part_of_any_kind_of_value(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yes and no, words of a list, and names from which others are made; alone it is no value."""
    env.write_text(PLAIN)
    given = {
        "MOBART_PROGRESS": "TRUE",
        "MOBART_IN_DOUBT": "retry",
        "MOBART_NAMESPACE": "staging",
        "MOBART_CANCEL_CHANNEL": "",
        "LOG_FILE": "",
        "LOG_LEVEL": "warn",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, f" {value}\r")
    settings = load()
    assert (settings.mobart_progress, settings.mobart_in_doubt) == (True, "retry")
    assert settings.mobart_requests_channel == "staging:image_generation_requests"
    assert settings.mobart_cancel_channel == "staging:image_generation_cancel"
    assert (settings.log_file, settings.log_level) == ("", "WARNING")


def test_quotes_that_docker_hands_over_are_named(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, without the values."""
    assert not env.exists()
    monkeypatch.setenv("S3_BUCKET_NAME", '"assets"')
    monkeypatch.setenv("MIDJOURNEY_API_KEY", "'canary'")
    with pytest.raises(BadSettings) as no:
        load()
    assert [line.partition(":")[0] for line in no.value.problems] == [
        "S3_BUCKET_NAME",
        "MIDJOURNEY_API_KEY",
    ]
    assert "canary" not in str(no.value)
