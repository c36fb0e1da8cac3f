"""How many messages a subscription missed while it was away, as far as Redis can tell.

Pub/sub numbers no messages.  But Redis counts the PUBLISH commands of all channels, and every
heartbeat carries that count: of what was published between two heartbeats, some was heard, and the
rest went to other channels.  Over a gap the rest is larger than it is otherwise, by what was missed.

The estimate is of what this worker missed: another one that was subscribed has it.  There is none
where Redis hides its counters or another server answers after the gap, and in a cluster, where a
message may be published at another node, it is too small.
"""

from dataclasses import dataclass

SMOOTHING = 0.3
"""Weight of the newest interval in the rate at which other channels are published on."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat that was heard: what was so when it was published."""

    at: float
    """Seconds of the worker's clock, when it was heard."""
    heard: int
    """Messages heard before it."""
    server: str = ""
    """Which process of Redis answered; "" if it does not say."""
    uptime: float = 0.0
    """Seconds since that started."""
    published: int = 0
    """PUBLISH commands since then, before this heartbeat's own."""

    @classmethod
    def read(cls, payload: bytes, *, at: float, heard: int) -> "Beat":
        """Read what the script `beat` publishes."""
        match payload.decode(errors="replace").split(" "):
            case [server, uptime, published] if (
                server and uptime.isdecimal() and published.isdecimal()
            ):
                return cls(at, heard, server, float(uptime), int(published))
            case _:
                return cls(at, heard)


@dataclass(slots=True)
class GapMeter:
    """Compares the heartbeats of one subscription, over its interruptions."""

    last: Beat | None = None
    rate: float | None = None
    """Messages a second on other channels."""

    def beat(self, beat: Beat) -> None:
        """Learn from *beat* that nothing was missed since the last one."""
        last, self.last = self.last, beat
        if last is None or not beat.server or last.server != beat.server or beat.at <= last.at:
            return
        unheard = beat.published - last.published - (beat.heard - last.heard)
        rate = max(0.0, unheard / (beat.at - last.at))
        self.rate = rate if self.rate is None else self.rate + SMOOTHING * (rate - self.rate)

    def missed(self, beat: Beat) -> int | None:
        """Estimate what was missed before *beat*, the first one after a gap; None if nobody knows."""
        last, self.last = self.last, beat
        if last is None or not beat.server:
            return None
        away = beat.at - last.at
        if beat.server == last.server:
            since = last.published
        elif beat.uptime <= away:  # it was restarted meanwhile, and counts from nothing
            since = 0
        else:
            return None
        unheard = beat.published - since - (beat.heard - last.heard)
        return max(0, round(unheard - (self.rate or 0.0) * away))
