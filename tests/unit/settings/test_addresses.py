"""Every address is judged before anything uses it, in a line that holds no part of a secret."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio.connection import parse_url

from mobart.app.problems import problems_of
from mobart.core.addresses import RAW, http_url, redis_host, redis_url
from mobart.settings import BadSettings, Settings, load, secret_value, secrets_of
from tests.support.certificates import authority

ROOT = Path(__file__).parents[3]
NEEDED = {"s3_bucket_name": "assets", "midjourney_api_key": "key"}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where no setting is."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


BAD = {
    "redis://:canary#pass@h:6379/0": "%23",
    "redis://:canary/pass@h:6379/0": "%2F",
    "redis://:canary?pass@h:6379/0": "%3F",
    "redis://:57#canary@h:6379/0": "%23",
    "redis://:57/canary@h:6379/0": "%2F",
    "redis://:57?canary@h:6379/0": "%3F",
    "redis://user:57#canary@h:6379/0": "%23",
    "redis://user:57/canary@h:6379/0": "%2F",
    "redis://user:57?canary@h:6379/0": "%3F",
    "redis://:[canary@h:6379/0": "brackets",
    "redis://:can ary@h:6379/0": "white space",
    "redis://:can\nary@h:6379/0": "white space",
    "localhost:6379": "redis://",
    "canary@localhost": "redis://",
    "h": "redis://",
    "http://h:6379": "redis://",
    "redis:h:6379": "redis://",
    '"redis://:canary@h"': "quotes",
    "redis://::1:6379": "brackets",
    "redis://:canary@::1:6379/0": "brackets",
    "redis://h:canary": "port",
    "redis://h:0": "port",
    "redis://h:99999": "port",
    "redis://:canary@:6379": "no host",
    "redis://": "no host",
    "redis://h:6379/canary": "database",
    "redis://h?canary=1": "option 1 of 1",
    "redis://h?protocol=3": "option 1 of 1",
    "redis://h?decode_responses=true": "option 1 of 1",
    "redis://h?ssl_cert_reqs=none": "rediss://",
    "rediss://h?ssl_cert_reqs=canary": "ssl_cert_reqs",
    "rediss://h?ssl_check_hostname=canary": "ssl_check_hostname",
    "redis://h?db=canary": "db",
    "unix://run/redis.sock": "three slashes",
    "unix://": "no path",
    "redis+sentinel://:canary@a:26379,b:26379": "the name of the service",
    "redis+sentinel://:canary@a:26379,:26379/mymaster": "one of its hosts",
    "redis+sentinel://:canary@a:canary/mymaster": "the port of one of its hosts",
    "redis+sentinel://:canary@a/mymaster?canary=1": "option 1 of 1",
    "redis+sentinel://:canary@a/mymaster?ssl_cert_reqs=none": "rediss://",
    "redis+sentinel://:canary@::1:26379/mymaster": "one of its hosts",
    "rediss+cluster://:canary@a:6379/3": "database 0 only",
    "redis+canary://a:6379": "must begin with",
    "redis://:canary@a:6379,b:6379/0": "redis+sentinel://",
}


@pytest.mark.parametrize(("url", "told"), BAD.items())
def test_an_address_of_redis_that_cannot_work_is_told_in_one_line(url: str, told: str) -> None:
    """With what to do, and without the address."""
    with pytest.raises(BadSettings) as bad:
        load(**NEEDED, redis_url=url)
    (line,) = bad.value.problems
    assert line.startswith("REDIS_URL: ")
    assert told in line
    assert "canary" not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("redis://h", {"host": "h"}),
        ("rediss://u:p@h:6380/2", {"username": "u", "password": "p", "port": 6380, "db": 2}),
        ("redis://:p%23%2F%3F@h", {"password": "p#/?"}),
        ("redis://:p@q:r@h", {"password": "p@q:r"}),
        ("redis://:p@[::1]:6379/0", {"host": "::1", "password": "p"}),
        ("redis://h/0/", {"db": 0}),
        ("unix:///run/redis.sock?db=3", {"path": "/run/redis.sock", "db": 3}),
        ("unix://u:p@/run/redis.sock", {"path": "/run/redis.sock", "password": "p"}),
        ("rediss://h?ssl_cert_reqs=None", {"ssl_cert_reqs": "none"}),
        ("rediss://h?ssl_cert_reqs=CERT_REQUIRED", {"ssl_cert_reqs": "required"}),
        ("rediss://h?ssl_ca_certs=/etc/ca.pem", {"ssl_ca_certs": "/etc/ca.pem"}),
        ("rediss://h?ssl_check_hostname=False", {"ssl_check_hostname": False}),
        ("REDIS://:P@h:6380/2", {"host": "h", "password": "P", "port": 6380, "db": 2}),
        ("Rediss://h:6380", {"port": 6380}),
        ("UNIX:///Run/redis.sock", {"path": "/Run/redis.sock"}),
    ],
)
def test_an_address_of_redis_means_what_the_client_library_reads(
    url: str, found: dict[str, object]
) -> None:
    """Seen by the client library itself."""
    read = dict(parse_url(load(**NEEDED, redis_url=url).redis_address))
    assert found.items() <= read.items()


@given(st.text(st.characters(codec="ascii", exclude_characters=""), min_size=6, max_size=20))
def test_no_raw_password_is_misread_and_none_is_shown(password: str) -> None:
    """Either the client library gets it whole, or the line holds no three characters of it."""
    url = f"redis://:{password}@host.example:6379/0"
    try:
        address = redis_url(url)
    except ValueError as error:
        told = str(error).replace(RAW, "")
        parts = {password[at : at + 5] for at in range(len(password) - 4)}
        words = re.compile(r"[a-z ]*")  # the line's own words hold such pieces, too
        assert not [part for part in parts if part in told and not words.fullmatch(part)]
        return
    read = parse_url(address)
    assert read["host"] == "host.example"
    if "%" not in password:
        assert read["password"] == password


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("::1", "redis://[::1]:6379/0"),
        ("[::1]", "redis://[::1]:6379/0"),
        ("2001:db8::7", "redis://[2001:db8::7]:6379/0"),
        ("redis_server", "redis://redis_server:6379/0"),
    ],
)
def test_a_host_gets_the_brackets_that_it_needs(host: str, address: str) -> None:
    """Only IPv6 addresses do."""
    assert load(**NEEDED, redis_host=host).redis_address == address


@pytest.mark.parametrize(
    "host", ["redis://h", "h:6379", "h/0", "u@h", "a b", "1:2:3", "[h]", "::x", "h#1"]
)
def test_a_host_that_is_none_is_told(host: str) -> None:
    """Before a lookup of it fails."""
    with pytest.raises(ValueError, match=r"host|REDIS_URL|REDIS_PORT|IPv6"):
        redis_host(host)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "redis://10.0.0.1:6380/0"),
        ({"redis_host": "redis"}, "redis://redis:6380/0"),
        ({"redis_url": "redis://elsewhere"}, "redis://elsewhere"),
    ],
)
def test_the_port_that_kubernetes_sets_for_a_service_is_understood(
    given: dict[str, str], address: str
) -> None:
    """A Service called redis sets REDIS_PORT to an address; REDIS_URL wins over it."""
    settings = load(**NEEDED, redis_port="tcp://10.0.0.1:6380", **given)
    assert settings.redis_address == address


def test_the_ports_of_services_called_like_mobart_are_ignored() -> None:
    """Where the HTTP port is, is no matter of a Service."""
    link = dict.fromkeys(("mobart_http_port", "mobart_callback_port"), "tcp://10.0.0.1:80")
    settings = load(**NEEDED, **link)
    assert (settings.mobart_http_port, settings.mobart_callback_port) == (8081, None)


@pytest.mark.parametrize(
    "url",
    [
        *("h", "ftp://h", "http://", "http://h:x", "http://h:99999", "http://[h", "http://a b"),
        *("http://u:can#ary@h", "http://u:can/ary@h", "http://u:can?ary@h", "http://::1:80/"),
        "https://h/#fragment",
    ],
)
def test_an_address_of_an_api_that_cannot_work_is_told(url: str) -> None:
    """Without the address."""
    with pytest.raises(ValueError, match=r"address|percent|port|host|white|brackets") as bad:
        http_url(url)
    assert "ary" not in str(bad.value).replace("library", "")


@pytest.mark.parametrize(
    "url",
    ["https://h/v1", "http://[::1]:80", "http://u:p@h:8188", "https://h/@me", "http://h/?a=@b"],
)
def test_an_ordinary_address_of_an_api_is_taken(url: str) -> None:
    """As it is."""
    assert http_url(url) == url.rstrip("/")


def test_a_password_in_any_address_is_a_secret() -> None:
    """As it is, and as it is written."""
    settings = load(
        **NEEDED,
        redis_url="rediss://:one%20two@h?ssl_password=three",
        comfyui_url="http://u:four%2Ffive@h:8188",
    )
    assert {"one two", "one%20two", "three", "four/five"} <= set(secrets_of(settings))
    assert secret_value(settings.redis_url) in secrets_of(settings)


@pytest.mark.parametrize("option", ["ssl_ca_certs", "ssl_certfile", "ssl_keyfile"])
def test_a_certificate_that_cannot_be_read_is_told_at_once(tmp_path: Path, option: str) -> None:
    """Not after waiting for Redis; nor is one that is none, and a key that belongs to none."""
    lonely = ["REDIS_URL: ssl_keyfile needs ssl_certfile"] if option == "ssl_keyfile" else []
    unread = f"REDIS_URL: the file of {option} cannot be read: No such file or directory"
    settings = load(**NEEDED, redis_url=f"rediss://h?{option}=/nowhere/ca.pem")
    assert problems_of(settings) == [unread, *lonely]
    none = tmp_path / "none.pem"
    none.write_text("canary")
    found = problems_of(load(**NEEDED, redis_url=f"rediss://h?{option}={none}"))
    assert found == (lonely or [f"REDIS_URL: the file of {option} holds no certificate"])


@pytest.mark.parametrize(
    ("key", "password", "fits"),
    [
        ("", "", True),
        ("own.pem", "", True),
        ("other.pem", "", False),
        ("authority.pem", "", False),
        ("locked.pem", "canary", True),
        ("locked.pem", "wrong", False),
        ("locked.pem", "", False),
    ],
)
def test_a_certificate_whose_key_does_not_fit_is_told(
    tmp_path: Path, key: str, password: str, fits: bool
) -> None:
    """Nor is anybody asked for the password of a key."""
    own, locked = authority().pem("client.example"), authority().pem("h.example", password="canary")
    files = {
        "own.pem": own,
        "other.pem": authority().pem("other.example"),
        "authority.pem": authority().own_pem(),
        "locked.pem": locked,
    }
    for name, text in files.items():
        (tmp_path / name).write_bytes(text)
    certificate = "locked.pem" if key == "locked.pem" else "own.pem"
    options = f"ssl_certfile={tmp_path / certificate}"
    options += f"&ssl_keyfile={tmp_path / key}" if key else ""
    options += f"&ssl_password={password}" if password else ""
    told = "REDIS_URL: the file of ssl_certfile has no key that fits: see ssl_keyfile, ssl_password"
    found = problems_of(load(**NEEDED, redis_url=f"rediss://h?{options}"))
    assert found == ([] if fits else [told])


@pytest.mark.parametrize("command", ["check", "pause"])
@pytest.mark.parametrize(
    "url", ["redis://:57#canary@127.0.0.1:6379/0", "canary:6379", "redis+cluster://:canary@h:x"]
)
def test_the_command_says_one_line_and_exits_78(tmp_path: Path, command: str, url: str) -> None:
    """No traceback, whatever the address."""
    needed = {name.upper(): value for name, value in NEEDED.items()}
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), command],
        cwd=tmp_path,
        env={"PATH": "/usr/bin", "REDIS_URL": url, **needed},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (78, "")
    assert line.startswith("mobart: REDIS_URL: ")
    assert "canary" not in line
