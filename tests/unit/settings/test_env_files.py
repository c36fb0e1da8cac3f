"""A `.env` as other systems and editors write it."""

from pathlib import Path

import pytest

from mobart.providers.goapi.settings import MidjourneySettings
from mobart.settings import (
    BadSettings,
    Settings,
    load,
    load_redis,
    remarks,
    secret_value,
    unknown_variables,
    variables,
)

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


@pytest.mark.parametrize(
    "line", ["MOBART_DAILY_BUDGET: 5", "MOBART_DAILY_BUDGET 5", 'export MOBART_DAILY_BUDGET="5']
)
def test_a_line_that_cannot_be_read_stops_the_start(env: Path, line: str) -> None:
    """The library leaves it out, and a budget that is left out is none."""
    env.write_text(f"{PLAIN}# mine\n{line}\n")
    with pytest.raises(BadSettings) as no:
        load()
    (told,) = no.value.problems
    assert told.startswith("MOBART_DAILY_BUDGET: line 6 of .env ")


def test_a_line_of_another_program_is_left_to_it(env: Path) -> None:
    """Nor does a bad line that does not concern Redis stop what needs Redis alone."""
    env.write_text(f"{PLAIN}---\nOTHER: 5\n")
    assert load().s3_bucket_name == "assets"
    env.write_text("REDIS_PORT=6380\nS3_BUCKET_NAME: assets\n")
    assert load_redis().redis_port == 6380


def test_a_line_whose_setting_the_environment_gives_stops_nothing(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that sources the file, or compose, reads lines that the library here cannot."""
    env.write_text(f"{PLAIN}REDIS_PASSWORD='it'\"'\"'s'\nMOBART_DAILY_BUDGET: 5\n")
    monkeypatch.setenv("REDIS_PASSWORD", "it's")
    monkeypatch.setenv("MOBART_DAILY_BUDGET", "5")
    assert load().mobart_daily_budget == 5


def test_a_file_of_a_secret_may_be_named_in_it(env: Path) -> None:
    """As in the environment."""
    (env.parent / "key").write_text("key\n")
    env.write_text("S3_BUCKET_NAME=assets\nMIDJOURNEY_API_KEY_FILE=key\n")
    settings = load()
    assert secret_value(settings.group(MidjourneySettings).midjourney_api_key) == "key"


def test_names_that_nobody_reads_are_seen_in_it(env: Path) -> None:
    """Whoever misspells a limit has none."""
    env.write_text(f"{PLAIN}MOBART_DAILY_BUDGE=5\n")
    assert unknown_variables(variables()) == {"MOBART_DAILY_BUDGE": "MOBART_DAILY_BUDGET"}


@pytest.mark.parametrize(
    ("theirs", "value", "ours"),
    [
        ("AWS_ENDPOINT_URL", "http://minio:9000", "AWS_ENDPOINT_URL_S3"),
        ("AWS_DEFAULT_REGION", "eu-central-1", "AWS_REGION"),
        ("REDIS_DB", "3", "REDIS_URL"),
        ("REDIS_USERNAME", "joe", "REDIS_URL"),
    ],
)
def test_what_other_programs_read_under_another_name_is_told(
    theirs: str, value: str, ours: str
) -> None:
    """Unless ours is given too, or theirs asks for nothing."""
    assert remarks({theirs: value}) == [f"{theirs}: is not read; {ours} is, and is not given"]
    assert remarks({theirs: value, ours: "x"}) == []
    assert remarks({theirs: value, f"{ours}_FILE": "x"}) == []
    assert remarks({"REDIS_DB": "0", "REDIS_TLS": "false"}) == []


@pytest.mark.parametrize("name", ["aws_access_key_id", "aws_session_token"])
@pytest.mark.parametrize("value", ["can\nary", "canary\u200b", "\u201ccanary\u201d"])
def test_what_no_header_may_hold_is_told_of_a_key(name: str, value: str) -> None:
    """The client of S3 would call it an outage, or the key wrong."""
    given = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", name: value}
    with pytest.raises(BadSettings) as no:
        load(s3_bucket_name="assets", midjourney_api_key="key", **given)
    (told,) = no.value.problems
    assert told.startswith(f"{name.upper()}: ")
    assert "canary" not in told


def test_a_list_of_no_providers_is_told() -> None:
    """As a template writes one whose names are not given."""
    with pytest.raises(BadSettings) as no:
        load(s3_bucket_name="assets", midjourney_api_key="key", mobart_providers=" , ")
    assert no.value.problems == ["MOBART_PROVIDERS: names no provider"]


def test_an_address_to_which_paths_are_added_has_no_query() -> None:
    """They would become a part of it; what is called as it is may have one."""
    given = {"s3_bucket_name": "assets", "midjourney_api_key": "key"}
    with pytest.raises(BadSettings) as no:
        load(**given, midjourney_api_url="https://api.example/mj?key=canary")
    (told,) = no.value.problems
    assert told.startswith("MIDJOURNEY_API_URL: a ? ")
    assert "canary" not in told
    hook = "https://game.example/hook?token=x"
    assert load(**given, go_backend_url=hook).go_backend_url == hook
