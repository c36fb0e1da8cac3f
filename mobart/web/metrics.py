"""Counting what happens, for Prometheus."""

import asyncio
import math
import platform
import sys
from collections.abc import Callable, Collection, Mapping
from itertools import product
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)

from mobart.core.events import LogEvent
from mobart.web.series import (
    CIRCUIT_OPEN,
    COST,
    LABEL_VALUES,
    OTHER,
    REDIS_UP,
    SUBMITS,
    TABLE,
    FromFact,
    Rule,
    Series,
)

Instrument = Counter | Gauge | Histogram
Act = Callable[[float], None]
LARGEST = sys.float_info.max


class _Counted:
    """A rule, the facts that are its labels, and what was found for their values already."""

    __slots__ = ("acts", "names", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.names = [one.name for one in rule.labels if isinstance(one, FromFact)]
        self.acts: dict[tuple[object, ...], Act] = {}


class Metrics:
    """An `Observer` that counts, with a registry of its own."""

    def __init__(
        self,
        *,
        version: str,
        in_progress: Callable[[], float],
        outstanding: Callable[[], float],
        oldest: Callable[[], float] = lambda: 0.0,
        providers: Collection[str] = (),
    ) -> None:
        """Take the gauges as callables, asked on every scrape: they must be quick.

        *in_progress* is the jobs of this worker, *outstanding* those of all workers and of none,
        *oldest* the seconds that the oldest of those has waited for its outcome.
        Providers that are not in *providers* are counted as `other`.
        """
        self.registry = CollectorRegistry()
        self._label_values = {name: frozenset(values) for name, values in LABEL_VALUES.items()}
        self._label_values["provider"] = frozenset(providers)
        series = {rule.series.name: rule.series for rules in TABLE.values() for rule in rules}
        self._instruments = {
            name: _instrument(one, self.registry) for name, one in sorted(series.items())
        }
        self._table = {event: [_Counted(rule) for rule in rules] for event, rules in TABLE.items()}
        self._init_children(series, providers)
        self._gauge("mobart_jobs_in_progress", "Jobs this worker is working on.", in_progress)
        self._gauge("mobart_jobs_outstanding", "Jobs waiting or in progress.", outstanding)
        self._gauge("mobart_oldest_job_age_seconds", "Age of the oldest of those.", oldest)
        self._gauge("mobart_asyncio_tasks", "Tasks of this worker's event loop.", _tasks)
        info = Info("mobart_build", "What runs here.", registry=self.registry)
        info.info({"version": version, "python": platform.python_version()})
        ProcessCollector(registry=self.registry)

    def note(self, event: LogEvent, **facts: Any) -> None:
        """Count *event*; never raises, whatever the facts."""
        for counted in self._table.get(event, ()):
            value = counted.rule.value
            number = value if isinstance(value, float) else _number(facts.get(value.name))
            if number is not None:
                self._act(counted, facts)(number)

    def exposition(self) -> bytes:
        """Return everything in the Prometheus text format 0.0.4."""
        return generate_latest(self.registry)

    def _act(self, counted: "_Counted", facts: Mapping[str, Any]) -> Act:
        """Return what adds, observes or sets a value; to look for that each time costs more than it."""
        told = tuple([facts.get(name) for name in counted.names])
        try:
            return counted.acts[told]
        except (KeyError, TypeError):  # the first of its kind, or no text
            return self._find_act(counted, told)

    def _find_act(self, counted: "_Counted", told: tuple[object, ...]) -> Act:
        values, rule = iter(told), counted.rule
        labels = [
            self._known(label, next(values) if isinstance(one, FromFact) else one)
            for label, one in zip(rule.series.labels, rule.labels, strict=True)
        ]
        instrument = self._instruments[rule.series.name]
        act = _act_of(instrument.labels(*labels) if labels else instrument)
        if OTHER not in labels:  # of those there is no end
            counted.acts[told] = act
        return act

    def _known(self, label: str, value: object) -> str:
        """Return *value* if it is one of the label's closed list; None stands for the empty one."""
        text = "" if value is None else str.__str__(value) if isinstance(value, str) else OTHER
        return text if text in self._label_values[label] else OTHER

    def _init_children(self, series: Mapping[str, Series], providers: Collection[str]) -> None:
        initial = {name: one.initial for name, one in series.items()}
        initial[SUBMITS.name] = tuple(product(providers, ("accepted", "unknown")))
        initial[COST.name] = tuple(product(providers))
        initial[CIRCUIT_OPEN.name] = tuple(product(providers))
        for name, children in initial.items():
            for labels in filter(None, children):
                self._instruments[name].labels(*labels)
        self._act(_Counted(Rule(REDIS_UP)), {})(1.0)

    def _gauge(self, name: str, about: str, ask: Callable[[], float]) -> None:
        Gauge(name, about, registry=self.registry).set_function(lambda: _asked(ask))


def _instrument(series: Series, registry: CollectorRegistry) -> Instrument:
    if series.kind == "counter":
        return Counter(series.name, series.about, series.labels, registry=registry)
    if series.kind == "gauge":
        return Gauge(series.name, series.about, series.labels, registry=registry)
    labels, buckets = series.labels, series.buckets
    return Histogram(series.name, series.about, labels, buckets=buckets, registry=registry)


def _act_of(instrument: Instrument) -> Act:
    if isinstance(instrument, Counter):
        return instrument.inc
    return instrument.set if isinstance(instrument, Gauge) else instrument.observe


def _number(fact: object) -> float | None:
    """Return a fact that can be counted; no series here ever goes below zero."""
    if isinstance(fact, int | float) and not isinstance(fact, bool) and 0 <= fact <= LARGEST:
        return float(fact)
    return None


def _tasks() -> float:
    """Count what the event loop has to look after; without jobs it is always about the same."""
    return len(asyncio.all_tasks())


def _asked(ask: Callable[[], float]) -> float:
    """Ask a gauge; one that fails must not take the whole scrape with it."""
    try:
        return float(ask())
    except Exception:  # noqa: BLE001 - unknown is what NaN says
        return math.nan
