"""Events, times and figures in words, as the status page tells them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mobart.core.events import LogEvent
from mobart.core.views import Moment

SENTENCES: Mapping[str, str] = {
    "request.accepted": "Heard on the {transport} and put into the queue.",
    "request.derived": "Made by an operator from {made_from}.",
    "request.cancelled": "Cancelled by the backend.",
    "request.replayed": "Asked for again: the stored outcome was announced once more, for free.",
    "request.conflicted": "Another prompt or user came under this id and was refused.",
    "request.refused": "Refused ({code}): nothing was paid.",
    "job.claimed": "Taken by {worker}.",
    "job.rescued": "Taken over by {worker} in stage {stage}: its worker went silent.",
    "job.paid": "Paid: {provider} took the order as {ticket}.",
    "job.passed_on": "The provider before refused ({detail}); {provider} is asked next.",
    "job.doubted": "In doubt: {provider} was asked and no answer proves whether it took the order"
    " ({detail}). Nothing is paid again before that is known.",
    "job.adopted": "The order in doubt was found at the provider as {ticket}.",
    "job.delayed": "Waiting: {code} ({detail}).",
    "picture.polled": "The provider is at {progress} % (poll {polls}).",
    "picture.generated": "The provider finished the picture after {seconds} s, at poll {polls}.",
    "picture.downloaded": "Downloaded {bytes} bytes in {seconds} s.",
    "picture.spoiled": "The picture could not be used ({code}); it is fetched again.",
    "picture.rendered": "Processed to {size} in {seconds} s.",
    "asset.stored": "Stored as {key}, {bytes} bytes.",
    "raw.kept": "The picture is kept as it came.",
    "raw.lost": "The picture as it came could not be kept.",
    "job.failed": "Cannot succeed: {code} ({detail}).",
    "job.called_off": "{provider} was asked to stop.",
    "job.settled": "Settled as {outcome} after {seconds} s and announced.",
    "job.charged": "It cost {cost}, as {provider} told it or by the list of prices.",
    "job.released": "Given up by {worker} for another worker.",
    "job.lost": "{worker} found that the job is no longer its own ({detail}).",
    "job.cancelled": "The job was cancelled; {worker} stops working on it.",
    "job.crashed": "A bug was met ({detail}); it is tried again, three times in all.",
    "webhook.delivered": "The backend took the callback, at attempt {attempt}.",
    "webhook.delayed": "The backend did not take the callback (status {status}); it is posted again.",
    "webhook.abandoned": "The backend never took the callback; there are no more attempts.",
    "operator.acted": "An operator ({actor}): {action}. {detail}",
}
"""What each event says of a request; others say what their row means."""
UNTOLD = "Not finished yet; the provider does not tell how far it is (poll {polls})."
UNREAD = "It lies in the stream: no worker has had a free slot since, or all are paused."
AGAIN = " It was tried {attempt} times so far."
GRID = " Pixel art of {native} cells, each {cell} px as it came, confidence {confidence}."
MINUTE, HOUR, DAY = 60, 3600, 86400


class _Facts(dict[str, object]):
    """Facts for a sentence: a dash stands for one that is not there."""

    def __missing__(self, name: str) -> str:
        """Return the dash."""
        return "-"


def sentence(moment: Moment) -> str:
    """Tell one moment of a request."""
    known = {event.value: event.meaning for event in LogEvent}
    text = SENTENCES.get(moment.event) or known.get(moment.event) or moment.event
    if "native" in moment.facts:
        text += GRID
    if moment.event == LogEvent.PICTURE_POLLED and "progress" not in moment.facts:
        text = UNTOLD
    if moment.event == LogEvent.JOB_DELAYED and moment.facts.get("attempt", 1) != 1:
        text += AGAIN
    facts = _Facts({name: _plain(fact) for name, fact in moment.facts.items()})
    if isinstance(cost := moment.facts.get("cost"), int | float):
        facts["cost"] = usd(cost)
    facts["worker"] = moment.worker or "a worker"
    if facts["transport"] == "http":
        facts["transport"] = "HTTP port"
    return text.format_map(facts).replace(" (-)", "").strip()


def _plain(fact: object) -> object:
    return f"{fact:.2f}" if isinstance(fact, float) else fact


def duration(seconds: float | None) -> str:
    """Write a time span in one or two units; "" for none."""
    if seconds is None:
        return ""
    whole = int(max(0.0, seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def clock_time(at: float | None) -> str:
    """Write a moment as UTC time of day, with its date; "" for none."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def size(count: object) -> str:
    """Write a number of bytes for people."""
    number = float(count) if isinstance(count, int | float) else 0.0
    for unit in ("B", "kB", "MB"):
        if number < 1000:  # noqa: PLR2004 - as the units are defined
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def usd(amount: float) -> str:
    """Write an amount of money in USD: cents, and hundredths of them below a dollar if there are any."""
    exact = f"{amount:,.4f}"
    return f"${amount:,.2f}" if exact.endswith("00") or amount >= 1 else f"${exact}"
