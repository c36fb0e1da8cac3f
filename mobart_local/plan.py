"""Input and answer of the supervisor, as JSON: what to start, and the addresses."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to start, and the process that it is for."""

    folder: str
    """Absolute; keeps data, logs and the ports that were used last."""
    bucket: str
    api_key: str
    seconds: float
    """How long a generation takes."""
    parent: int
    """Process id; when this process ends, the servers are stopped."""

    @property
    def place(self) -> Path:
        """The folder as a path."""
        return Path(self.folder)

    def dump(self) -> str:
        """Write as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `dump` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where everything listens."""

    redis_url: str
    s3_endpoint: str
    bucket: str
    providers: dict[str, str]
    """The settings of a worker that is to use the stand-in, for every dialect."""
    ledger_url: str
    pids: dict[str, int]
    """Process ids of `keeper` (the supervisor), `redis` and `s3`."""

    def dump(self) -> str:
        """Write as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `dump` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports used last, so that addresses stay the same from run to run; 0 is any."""

    redis: int = 0
    s3: int = 0
    midjourney: int = 0

    @classmethod
    def recall(cls, folder: Path) -> Self:
        """Read the ports of the last run; none when there was none."""
        try:
            return cls(**json.loads((folder / "ports.json").read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def remember(self, folder: Path) -> None:
        """Write them down for the next run."""
        (folder / "ports.json").write_text(json.dumps(asdict(self)))
