"""What the image promises, read from the Dockerfile as there may be no engine to build it."""

import json
import re
from pathlib import Path

from mobart_local.standin.__main__ import arguments

ROOT = Path(__file__).parents[3]


def _instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text()
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    parts = [line.split(maxsplit=1) for line in lines if line.strip()]
    return [(name, " ".join(rest.split())) for name, rest in parts]


INSTRUCTIONS = _instructions()
STARTS = [number for number, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM"]
STAGES = {
    INSTRUCTIONS[begin][1].rpartition(" AS ")[2]: INSTRUCTIONS[begin:end]
    for begin, end in zip(STARTS, [*STARTS[1:], None], strict=True)
}
"""The instructions of each stage, by its name, in the order of the file."""
BUILD = STAGES["build"]


def whole(stage: str) -> list[tuple[str, str]]:
    """Return the instructions of a stage, after those of the stage that it is built on."""
    base = STAGES[stage][0][1].split()[0]
    return [*(whole(base) if base in STAGES else []), *STAGES[stage]]


def final(name: str, stage: str = "worker") -> list[str]:
    """Return the arguments of all *name* instructions of a stage that is shipped."""
    return [rest for instruction, rest in whole(stage) if instruction == name]


def test_what_builds_is_not_what_is_shipped() -> None:
    """All stages begin with one slim image, and those that are shipped inherit from no builder."""
    bases = {name: stage[0][1].split()[0] for name, stage in STAGES.items()}
    assert bases == {
        "build": "${PYTHON_IMAGE}",
        "build-standin": "build",
        "base": "${PYTHON_IMAGE}",
        "standin": "base",
        "worker": "base",
    }


def test_a_plain_build_gives_the_worker() -> None:
    """It is the last stage; the stand-in has to be asked for, and is not in it."""
    assert list(STAGES)[-1] == "worker"
    assert not any("standin" in rest or "mobart_local" in rest for _, rest in whole("worker"))


def test_the_stand_in_runs_as_the_worker_does() -> None:
    """An ordinary user; it gets the signals, listens to other containers, and tells its health."""
    assert final("USER", "standin") == ["10001:10001"]
    [command] = [json.loads(rest) for rest in final("ENTRYPOINT", "standin")]
    assert command == ["python", "-m", "mobart_local.standin", "--host", "0.0.0.0"]  # noqa: S104
    assert final("STOPSIGNAL", "standin") == ["SIGTERM"]
    assert final("EXPOSE", "standin") == [str(arguments().parse_args([]).port)]
    [check] = final("HEALTHCHECK", "standin")
    assert f"http://127.0.0.1:{arguments().parse_args([]).port}/_standin/ledger" in check


def test_the_default_python_is_a_supported_one() -> None:
    """As pyproject.toml says."""
    [version] = [rest for name, rest in INSTRUCTIONS[: STARTS[0]] if name == "ARG"]
    assert version in {f"PYTHON_IMAGE=python:3.{minor}-slim" for minor in (11, 12, 13)}


def test_the_shipped_stage_installs_nothing() -> None:
    """Packages come from the first stage, without an installer's cache."""
    for stage in ("worker", "standin"):
        runs = final("RUN", stage)
        assert not [command for command in runs if "pip" in command or "apt" in command]
    assert [rest for name, rest in BUILD if name == "RUN" and "--no-cache-dir" in rest]
    assert "--from=build /opt/venv /opt/venv" in final("COPY")


def test_only_what_runs_is_copied() -> None:
    """Neither tests nor configuration nor history."""
    copied = {
        stage: {
            word for name, rest in STAGES[stage] if name == "COPY" for word in rest.split()[:-1]
        }
        for stage in ("build", "build-standin")
    }
    assert copied["build"] == {
        "requirements.txt",
        "requirements-otel.txt",
        "main.py",
        "LICENSE",
        "mobart",
    }
    assert copied["build-standin"] == {"mobart_local"}


def test_the_worker_is_an_ordinary_user_with_a_fixed_number() -> None:
    """A number, so that Kubernetes can see that it is not root."""
    assert final("USER") == ["10001:10001"]


def test_the_probes_are_reached_from_outside_the_container() -> None:
    """The image exposes a port, so it listens on more than loopback."""
    environment = dict(pair.split("=", 1) for rest in final("ENV") for pair in rest.split())
    assert environment["MOBART_HTTP_HOST"] == "0.0.0.0"  # noqa: S104 - that is the point
    assert final("EXPOSE") == ["8081"]


def test_python_writes_no_files_and_holds_nothing_back() -> None:
    """A read-only file system is enough, and the log is there when a container dies."""
    environment = dict(pair.split("=", 1) for rest in final("ENV") for pair in rest.split())
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["PYTHONUNBUFFERED"] == "1"
    assert environment["PYTHONUTF8"] == "1"
    assert environment["LOG_FILE"] == "/var/log/mobart/mobart.log"


def test_bytecode_is_made_while_building() -> None:
    """Else a read-only container would compile everything on every start."""
    for stage in ("build", "build-standin"):
        assert [rest for name, rest in STAGES[stage] if name == "RUN" and "compileall" in rest]


def test_the_worker_itself_gets_the_signals() -> None:
    """Exec form: no shell in between."""
    assert [json.loads(rest) for rest in final("ENTRYPOINT")] == [["python", "main.py"]]
    assert final("CMD") == []
    assert final("STOPSIGNAL") == ["SIGTERM"]


def test_health_is_checked_by_the_program_itself() -> None:
    """There is no curl in the image."""
    [check] = final("HEALTHCHECK")
    options, _, command = check.partition(" CMD ")
    assert json.loads(command) == ["python", "main.py", "health"]
    given = dict(option.removeprefix("--").split("=") for option in options.split())
    assert set(given) == {"interval", "timeout", "start-period", "retries"}
    assert int(given["start-period"].removesuffix("s")) > 30  # MOBART_STARTUP_TIMEOUT_SECONDS


def test_no_secret_is_built_in() -> None:
    """Keys come from the environment at run time."""
    text = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"(PASSWORD|SECRET|API_KEY|TOKEN)", text)


def test_the_build_context_is_a_list_of_what_goes_in() -> None:
    """So that a new file, or a .env, never slips in."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {
        "main.py",
        "LICENSE",
        "requirements.txt",
        "requirements-otel.txt",
        "mobart",
        "mobart_local",
    }
    assert "**/.env*" in rules
