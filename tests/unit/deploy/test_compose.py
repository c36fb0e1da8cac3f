"""What `docker-compose up` promises, key by key, as there may be no engine to try it on."""

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from mobart.app.memory import MIB, MemoryLimits
from mobart.jobs.slots import pictures
from mobart.settings import Settings, load
from mobart_local.standin.__main__ import arguments
from mobart_local.standin.dialects.table import DIALECTS
from tests.support.documents import fake_environment

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
WORKER = SERVICES["mobart"]
REDIS = SERVICES["redis"]
SHUTDOWN_GRACE_SECONDS = 20
SETTINGS = {
    *("REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "S3_BUCKET_NAME"),
    *("AWS_ENDPOINT_URL_S3", "LOG_FILE", "MOBART_HTTP_HOST", "MOBART_HTTP_PORT"),
}


def seconds(duration: str) -> int:
    """Read the durations used here."""
    return int(duration.removesuffix("s"))


def options(command: list[str]) -> dict[str, str]:
    """Read the options of a redis-server."""
    return dict(zip(command[1::2], command[2::2], strict=True))


def test_plain_up_starts_redis_and_the_worker() -> None:
    """Everything else has a profile."""
    plain = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert plain == {"mobart", "redis"}


def test_the_worker_is_built_from_here() -> None:
    """One image, however many replicas."""
    assert WORKER["build"]["context"] == "."
    assert "target" not in WORKER["build"]
    assert WORKER["image"] == "mobart"


def test_the_worker_reads_one_dotenv_file() -> None:
    """Another one instead, where a file of variables names itself: no key of `.env` gets there."""
    assert WORKER["env_file"] == "${WORKER_ENV_FILE:-.env}"


def test_compose_of_debian_and_ubuntu_reads_the_file() -> None:
    """Version 1.29: files and dependencies are names, and limits are the service's own."""
    assert set(COMPOSE) == {"services", "volumes"}
    for service in SERVICES.values():
        assert isinstance(service.get("env_file", ""), str)
        assert "deploy" not in service
        for needed in service.get("depends_on", {}).values():
            assert set(needed) == {"condition"}
    assert "Docker Compose 2, or docker-compose 1.29" in (ROOT / "README.md").read_text()


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="no docker-compose here")
@pytest.mark.parametrize("profile", [[], ["--env-file", "deploy/fake.env", "--profile", "fake"]])
def test_the_docker_compose_of_this_machine_reads_the_file(
    profile: list[str], tmp_path: Path
) -> None:
    """Whichever version it is, with the settings of the profile."""
    for file in ("docker-compose.yml", ".env.example", "deploy/fake.env"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    command = ["docker-compose", *profile, "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_worker_sees_settings_it_knows_and_nothing_else() -> None:
    """What `environment` sets wins over .env: only what is different in here."""
    assert set(WORKER["environment"]) == SETTINGS
    fixed = {name: value for name, value in WORKER["environment"].items() if value is not None}
    assert fixed == {
        "REDIS_HOST": "redis",
        "REDIS_PORT": "6379",
        "LOG_FILE": "/var/log/mobart/mobart.log",
        "MOBART_HTTP_HOST": "0.0.0.0",  # noqa: S104 - inside the container's own network
        "MOBART_HTTP_PORT": "8081",
    }


def test_the_worker_waits_for_a_healthy_redis() -> None:
    """The bucket of a profile is made before Redis is seen to be healthy."""
    assert WORKER["depends_on"] == {"redis": {"condition": "service_healthy"}}
    store, redis = SERVICES["s3"]["healthcheck"], REDIS["healthcheck"]
    assert 2 * seconds(store["interval"]) < seconds(redis["interval"])


def test_the_worker_may_take_longer_to_stop_than_its_grace_time() -> None:
    """Else it would be killed while handing over."""
    assert seconds(WORKER["stop_grace_period"]) > 2 * SHUTDOWN_GRACE_SECONDS
    assert WORKER["init"] is True


def test_the_worker_can_do_nothing_but_its_work() -> None:
    """No privileges, nothing to write to but memory and its log."""
    assert WORKER["read_only"] is True
    assert WORKER["cap_drop"] == ["ALL"]
    assert WORKER["security_opt"] == ["no-new-privileges:true"]
    assert [mount.split(":")[0] for mount in WORKER["tmpfs"]] == ["/tmp"]  # noqa: S108 - asserted
    assert not {"privileged", "cap_add", "network_mode", "pid", "user"} & set(WORKER)


def test_the_log_goes_to_a_volume_of_each_replica() -> None:
    """A directory, as a mount of a missing file becomes one; its own, as only one can rotate it."""
    assert WORKER["volumes"] == [{"type": "volume", "target": "/var/log/mobart"}]
    assert str(Path(WORKER["environment"]["LOG_FILE"]).parent) == "/var/log/mobart"


def test_the_worker_can_be_scaled() -> None:
    """Neither a name nor a host's port that two replicas would fight over."""
    assert not {"container_name", "ports", "hostname"} & set(WORKER)
    assert WORKER["expose"] == [WORKER["environment"]["MOBART_HTTP_PORT"]]


@pytest.mark.parametrize("name", ["mobart", "redis", "s3", "standin"])
def test_no_service_can_take_the_whole_machine(name: str) -> None:
    """Memory, processors and the log of the console are limited."""
    service = SERVICES[name]
    assert {"cpus", "mem_limit"} <= set(service)
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert service["restart"] == "unless-stopped"


def test_the_worker_cannot_fork_without_end() -> None:
    """A bomb of processes stays in its container."""
    assert WORKER["pids_limit"] == 256


def test_the_worker_has_the_memory_that_its_default_limits_need() -> None:
    """Its render processes, the pictures that wait for them, and what lies in /tmp."""
    default = {name: field.default for name, field in Settings.model_fields.items()}
    limits = MemoryLimits(
        render_processes=default["mobart_render_processes"],
        render_memory=default["mobart_render_memory_mb"] * MIB,
        jobs=pictures(default["mobart_max_concurrent_jobs"]),
        source_bytes=default["mobart_max_source_bytes"],
    )
    [temporary] = re.findall(r"size=(\d+)m", str(WORKER["tmpfs"]))
    gigabytes = int(WORKER["mem_limit"].removesuffix("g"))
    assert limits.needed + int(temporary) * MIB <= gigabytes * 1024 * MIB


@pytest.mark.parametrize("name", ["redis", "s3", "s3-bucket", "standin"])
def test_the_other_services_can_do_nothing_but_their_work(name: str) -> None:
    """Neither write to their image nor use a capability."""
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_redis_does_not_run_as_root() -> None:
    """Its image starts as root only to change its user, which needs capabilities."""
    assert REDIS["user"] == "redis"


@pytest.mark.parametrize("name", ["redis", "s3", "s3-bucket"])
def test_an_image_can_be_named_by_its_digest(name: str) -> None:
    """By a variable, without a change of the file."""
    assert re.fullmatch(r"\$\{[A-Z0-9_]+:-[\w./-]+:[\w.-]*\d[\w.-]*\}", SERVICES[name]["image"])


@pytest.mark.parametrize("name", ["mobart", "standin"])
def test_what_images_are_built_on_can_be_named_by_its_digest(name: str) -> None:
    """By a variable as well, whose default is the one of the Dockerfile."""
    default = re.search(
        r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert default is not None
    arguments = {"PYTHON_IMAGE": f"${{PYTHON_IMAGE:-{default[1]}}}"}
    assert SERVICES[name]["build"]["args"] == arguments


def test_redis_keeps_what_was_accepted() -> None:
    """Over a restart, and when memory runs short: an error rather than a loss."""
    assert REDIS["image"] == "${REDIS_IMAGE:-redis:7-alpine}"
    given = options(REDIS["command"])
    assert given["--appendonly"] == "yes"
    assert given["--appendfsync"] == "everysec"
    assert given["--maxmemory-policy"] == "noeviction"
    assert given["--maxmemory"] == "768mb"
    assert given["--client-output-buffer-limit"] == "pubsub 256mb 64mb 60"
    assert REDIS["mem_limit"] == "1g"
    assert REDIS["volumes"] == ["redis-data:/data"]
    assert "redis-data" in COMPOSE["volumes"]


def test_redis_is_healthy_when_it_answers_with_its_password() -> None:
    """While it loads its data it is not."""
    assert REDIS["healthcheck"]["test"] == ["CMD-SHELL", "redis-cli ping | grep -q PONG"]
    assert options(REDIS["command"])["--requirepass"] == REDIS["environment"]["REDISCLI_AUTH"]


def test_redis_listens_to_this_machine_alone() -> None:
    """Without a password it must not be on the network."""
    assert all(port.startswith("127.0.0.1:") for port in REDIS["ports"])
    assert options(REDIS["command"])["--protected-mode"] == "no"  # else workers are outsiders, too


def test_the_staging_profile_adds_a_store_and_makes_its_bucket() -> None:
    """The bucket once, after the store is healthy."""
    assert SERVICES["s3"]["profiles"] == SERVICES["s3-bucket"]["profiles"] == ["staging", "fake"]
    assert "healthcheck" in SERVICES["s3"]
    assert SERVICES["s3-bucket"]["depends_on"] == {"s3": {"condition": "service_healthy"}}
    assert SERVICES["s3-bucket"]["restart"] == "no"
    assert "s3-data" in COMPOSE["volumes"]


def test_the_staging_settings_name_the_store_of_the_profile() -> None:
    """Only settings that the worker is passed."""
    lines = (ROOT / "deploy" / "staging.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert given["AWS_ENDPOINT_URL_S3"] == "http://s3:9000"
    assert set(given) <= set(WORKER["environment"])


STANDIN = SERVICES["standin"]


def test_the_fake_profile_adds_the_stand_in() -> None:
    """Built from here, from its own stage; nobody else starts it."""
    assert STANDIN["profiles"] == ["fake"]
    assert (STANDIN["build"]["context"], STANDIN["build"]["target"]) == (".", "standin")


def test_the_stand_in_of_the_profile_understands_its_command() -> None:
    """Its port is the one of the image, and is open to this machine alone."""
    given = arguments().parse_args(STANDIN["command"])
    assert STANDIN["ports"] == [f"127.0.0.1:${{STANDIN_PORT:-8400}}:{given.port}"]
    assert (given.port, given.key) == (8400, "local-key")


def test_the_fake_settings_are_those_of_every_provider_at_the_stand_in() -> None:
    """Whichever is chosen: no request reaches a real one, though .env may have its key."""
    text = (ROOT / "deploy" / "fake.env").read_text()
    assert text == fake_environment(), "run `make docs`"
    given = dotenv_values(stream=io.StringIO(text))
    assert given.pop("WORKER_ENV_FILE") == "deploy/fake.env"
    settings = load(**{name.lower(): value for name, value in given.items()})
    assert settings.providers == ("midjourney",)
    assert settings.aws_endpoint_url_s3 == "http://s3:9000"
    for name, dialect in DIALECTS.items():
        for variable in dialect.settings("http://standin:8400", "local-key"):
            assert variable in given, name
    addresses = [value for name, value in given.items() if (value or "").startswith("http")]
    assert set(addresses) - {"http://s3:9000"} == {
        value for value in addresses if value and value.startswith("http://standin:8400/")
    }


@pytest.mark.parametrize("name", SERVICES)
def test_images_have_a_version_and_nobody_gains_privileges(name: str) -> None:
    """`latest` is a different program every week."""
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "build" in service or re.search(r":[\w.-]*\d", service["image"])
