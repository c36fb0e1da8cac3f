"""What the settings make of the parts, before anything is opened."""

from pathlib import Path

import pytest

from mobart.app.build import build
from mobart.app.intake import blocklist_of
from mobart.app.problems import problems_of
from mobart.app.worker import limits_of
from mobart.settings import BadSettings, Settings, load, unknown_variables


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where no `.env` is."""
    monkeypatch.chdir(tmp_path)


def settings(**more: str) -> Settings:
    """Return settings that need nothing else."""
    known = {"s3_bucket_name": "assets", "midjourney_api_key": "key"}
    return load(**known, **more)


async def test_two_workers_of_one_machine_have_two_names() -> None:
    """There is no setting for it, so that nobody can give one name to both."""
    first, second = build(settings()), build(settings())
    assert first.base.name != second.base.name


async def test_the_operators_words_are_read_from_their_file(tmp_path: Path) -> None:
    """As an editor on Windows may have saved it."""
    file = tmp_path / "words.txt"
    file.write_bytes("\ufeffgrobnik\r\nпурпур\r\n".encode())
    known = settings(mobart_blocked_words_file=str(file))
    assert problems_of(known) == []
    assert blocklist_of(known).blocks("a Grobnik")
    assert not blocklist_of(settings()).blocks("a Grobnik")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file"),
        ("пурпур".encode("cp1251"), "not UTF-8"),
        (b"word\n***\n", "line 2 holds no word"),
    ],
)
async def test_a_list_that_cannot_be_used_is_a_problem(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """One line, and the worker does not start without it."""
    file = tmp_path / "words.txt"
    if content is not None:
        file.write_bytes(content)
    (line,) = problems_of(settings(mobart_blocked_words_file=str(file)))
    assert line.startswith("MOBART_BLOCKED_WORDS_FILE: ")
    assert problem in line


async def test_a_file_that_is_not_there_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client of S3 would call it an outage; presets would just not be there."""
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    found = problems_of(settings(mobart_presets_folder="/nowhere"))
    names = [line.partition(":")[0] for line in found]
    assert names == ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "MOBART_PRESETS_FOLDER"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("MOBART_REDIS_URL", "REDIS_URL"), ("MOBART_NAMSPACE", "MOBART_NAMESPACE")],
)
def test_the_name_that_was_meant_is_told(name: str, meant: str) -> None:
    """Not every setting begins with ours."""
    assert unknown_variables({name: "x"}) == {name: meant}


def test_a_setting_that_is_a_files_name_is_no_stranger() -> None:
    """Unlike a file for a setting that does not exist."""
    known = {"MOBART_BLOCKED_WORDS_FILE": "x", "MOBART_WEBHOOK_SECRET_FILE": "x"}
    assert unknown_variables(known) == {}
    assert set(unknown_variables({"MOBART_BLOCKED_WORD_FILE": "x"})) == {"MOBART_BLOCKED_WORD_FILE"}


@pytest.mark.parametrize("secret", ["whsec_aGk=", "whsec_hush-hush", "hush-hush"])
async def test_a_webhook_secret_of_two_bytes_is_a_problem(secret: str) -> None:
    """As is one that is malformed; its value is not repeated."""
    known = settings(mobart_webhook_secret=secret, go_backend_url="https://game.example")
    (line,) = problems_of(known)
    assert line.startswith("MOBART_WEBHOOK_SECRET: must ")
    assert secret.removeprefix("whsec_") not in line


async def test_two_ports_of_one_number_are_a_problem() -> None:
    """One of them could never be opened."""
    (line,) = problems_of(settings(mobart_http_port="8081", mobart_callback_port="8081"))
    assert line.startswith("MOBART_CALLBACK_PORT: ")


@pytest.mark.parametrize(
    "safe", [{"mobart_redis_wait_replicas": "1"}, {"mobart_redis_wait_disk": "true"}]
)
async def test_a_lease_that_ends_while_a_payment_is_made_safe_is_a_problem(
    safe: dict[str, str],
) -> None:
    """The right to pay would be too old to be used."""
    (line,) = problems_of(settings(mobart_lease_seconds="6", **safe))
    assert line.startswith("MOBART_LEASE_SECONDS: has to be more than 6 ")
    assert problems_of(settings(mobart_lease_seconds="6.5", **safe)) == []
    assert problems_of(settings(mobart_lease_seconds="2")) == []


async def test_a_budget_in_money_needs_prices() -> None:
    """A reseller's is not documented; the operator says it, for the provider or for a model."""
    (line,) = problems_of(settings(mobart_daily_budget_usd="5"))
    assert line.startswith("MOBART_DAILY_BUDGET_USD: midjourney ")
    known = settings(mobart_daily_budget_usd="5", mobart_prices='{"midjourney": 0.08}')
    assert problems_of(known) == []
    assert problems_of(settings(mobart_prices='{"midjourny": 1}')) == [
        "MOBART_PRICES: midjourny is no provider"
    ]


async def test_the_budget_in_money_is_counted_in_millionths() -> None:
    """So that no sum of prices is ever rounded."""
    assert limits_of(settings(mobart_daily_budget_usd="0.3")).daily_budget_micros == 300_000
    assert limits_of(settings()).daily_budget_micros == 0


@pytest.mark.parametrize("prices", ["", "[]", '{"a": -1}', '{"a": true}', '{"a": "1"}', "{"])
async def test_prices_that_cannot_be_read_stop_the_start(prices: str) -> None:
    """In a line that shows how they are written."""
    with pytest.raises(BadSettings, match="MOBART_PRICES"):
        settings(mobart_prices=prices)
