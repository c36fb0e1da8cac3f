"""Scripts: how the stand-in treats a task; and the playbook, which assigns them to tasks."""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Self

from mobart_local.standin.picture_answers import OUTAGES, PICTURES
from mobart_local.standin.task_states import ENDINGS, WORDINGS
from mobart_local.standin.urls import ADDRESSES

DELIVERIES: Mapping[str, int] = MappingProxyType({"once": 1, "twice": 2, "never": 0})
"""How often each webhook is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The whole course of one task, from its submit to its picture.  Times are in seconds.

    *poll_times* and *picture_times* say how often the fault happens to one task before all is well;
    None is each time.
    """

    seconds: float = 2.0
    """From acceptance, or the end of staging, to the end."""
    staged_seconds: float = 0.0
    submit_delay: float = 0.0
    """The task is taken at once, only the answer waits."""
    submit: str = "accept"
    poll: str = "answer"
    poll_times: int | None = None
    wording: str = "plain"
    ending: str = "finished"
    error_messages: tuple[str, ...] = ()
    """Replaces the ending's own."""
    picture: str = "serve"
    picture_times: int | None = None
    shape: str = "grid"
    encoding: str = "png"
    side: int = 2048
    """Width and height of the picture; small ones are cheap."""
    addresses: str = "grid"
    webhook: str = "once"
    webhook_early: bool = False
    """The first webhook arrives before the submit is answered."""
    retry_after: str = "1"
    location: str = ""
    hold_seconds: float = 60.0

    def __post_init__(self) -> None:
        """Raise ValueError when a name is in none of the tables."""
        for name, table in choices().items():
            if getattr(self, name) not in table:
                known = ", ".join(sorted(table))
                raise ValueError(f"{name}: {getattr(self, name)!r} is none of: {known}")

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Read a script from JSON; raise ValueError when a field is unknown or of a wrong kind."""
        kinds = {item.name: type(item.default) for item in fields(cls)}
        if unknown := _convert("script", dict, values).keys() - kinds.keys():
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        return cls(**{name: _convert(name, kinds[name], value) for name, value in values.items()})

    def to_json(self) -> dict[str, Any]:
        """Write the script as JSON: what differs from the default."""
        usual = asdict(Script())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}


WORD_FIELDS = ("submit", "ending", "poll", "picture")
WORD = re.compile(rf"\bstandin-(?:({'|'.join(WORD_FIELDS)})-)?([a-z0-9-]*[a-z0-9])")


@cache
def choices() -> Mapping[str, Collection[str]]:
    """Return the fields of a script that choose a row of a table, and the rows of all dialects."""
    from mobart_local.standin.dialects.table import DIALECTS  # noqa: PLC0415 - they use scripts

    return {
        "submit": {row for dialect in DIALECTS.values() for row in dialect.submits},
        "poll": {row for dialect in DIALECTS.values() for row in dialect.polls},
        "wording": WORDINGS,
        "ending": ENDINGS,
        "picture": PICTURES,
        "shape": ("grid", "single"),
        "encoding": ("png", "jpeg", "webp"),
        "addresses": ADDRESSES,
        "webhook": DELIVERIES,
    }


def rows_of(provider: str) -> Mapping[str, Collection[str]]:
    """Return `choices` of one provider, whose answers are not those of the others."""
    from mobart_local.standin.dialects.table import DIALECTS  # noqa: PLC0415 - as above

    dialect = DIALECTS[provider]
    return {**choices(), "submit": dialect.submits, "poll": dialect.polls}


@dataclass(frozen=True, slots=True)
class Rule:
    """A script for the submits whose prompt contains *marker*, the next *times* of them.

    Where a *provider* is named, only for those that come in its dialect.
    """

    script: Script
    marker: str = ""
    times: int | None = None
    provider: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Read a rule from JSON; raise ValueError when it is malformed."""
        if unknown := _convert("rule", dict, values).keys() - {
            *("script", "marker", "times", "provider")
        }:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        rule = cls(
            script=Script.parse(values.get("script", {})),
            marker=_convert("marker", str, values.get("marker", "")),
            times=_convert("times", type(None), values.get("times")),
            provider=_convert("provider", str, values.get("provider", "")),
        )
        rule.check(values.get("script", {}).keys())
        return rule

    def check(self, chosen: Collection[str]) -> None:
        """Raise ValueError if the provider that is named does not have an answer that is *chosen*."""
        if not self.provider:
            return
        try:
            rows = rows_of(self.provider)
        except KeyError:
            raise ValueError(f"provider: there is no {self.provider!r}") from None
        for name in {"submit", "poll"} & set(chosen):
            if (row := getattr(self.script, name)) not in rows[name]:
                raise ValueError(f"{name}: {self.provider} has no {row!r}")

    def fits(self, prompt: str, provider: str) -> bool:
        """Whether it is for this submit: to the provider that it names, else to each that can answer so."""
        able = not lacking(self.script, provider)
        return (
            self.times != 0 and able and self.marker in prompt and self.provider in {"", provider}
        )


def lacking(script: Script, provider: str) -> dict[str, Any]:
    """Return the answers that *script* chooses and *provider* does not have, with the usual ones."""
    rows, usual = rows_of(provider), Script()
    return {
        name: getattr(usual, name)
        for name in ("submit", "poll")
        if rows[name] and getattr(script, name) not in {*rows[name], getattr(usual, name)}
    }


def worded(script: Script, prompt: str, provider: str) -> Script:
    """Return *script* with the faults that words of a prompt name: `standin-429`, `standin-poll-502`.

    A name without its field is looked for among submits, endings, polls and pictures, in this order,
    of the API that is asked; one that is nowhere changes nothing.
    """
    rows = rows_of(provider)
    for found in WORD.finditer(prompt.casefold()):
        fields = (found[1],) if found[1] else WORD_FIELDS
        field_name = next((name for name in fields if found[2] in rows[name]), None)
        if field_name is not None:
            chosen: dict[str, Any] = {field_name: found[2]}
            script = replace(script, **chosen)
    return script


@dataclass(slots=True)
class Playbook:
    """Which script the next submit gets: the first rule that fits, else the default."""

    default: Script
    rules: list[Rule] = field(default_factory=list)
    outage: str | None = None
    """A row of `OUTAGES` that answers everything until it is taken away."""
    outages: dict[str, str] = field(default_factory=dict)
    """The same for single providers."""

    def outage_of(self, provider: str) -> str | None:
        """Return what answers everything that comes in a provider's dialect, if something does."""
        return self.outages.get(provider, self.outage)

    def choose(self, prompt: str, provider: str = "midjourney") -> Script:
        """Pick the script for one submit and use up one of its times."""
        for place, rule in enumerate(self.rules):
            if rule.fits(prompt, provider):
                if rule.times is not None:
                    self.rules[place] = replace(rule, times=rule.times - 1)
                return rule.script
        usual = replace(self.default, **lacking(self.default, provider))
        return worded(usual, prompt, provider)

    def rewrite(self, values: Mapping[str, Any]) -> None:
        """Replace the parts that are given in JSON; raise ValueError when they are malformed."""
        if unknown := values.keys() - {"default", "rules", "outage", "outages"}:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        default = Script.parse(values["default"]) if "default" in values else self.default
        rules = self.rules
        if "rules" in values:
            rules = [Rule.parse(rule) for rule in _convert("rules", list, values["rules"])]
        outage = values.get("outage", self.outage)
        if outage is not None and _convert("outage", str, outage) not in OUTAGES:
            raise ValueError(f"outage: {outage!r} is none of: {', '.join(OUTAGES)}")
        outages = _convert("outages", dict, values.get("outages", self.outages))
        if not set(outages.values()) <= set(OUTAGES):
            raise ValueError(f"outages: none of: {', '.join(OUTAGES)}")
        self.default, self.rules, self.outage, self.outages = default, rules, outage, outages

    def to_json(self) -> dict[str, Any]:
        """Write the playbook as JSON."""
        rules = [
            {
                "script": rule.script.to_json(),
                "marker": rule.marker,
                "times": rule.times,
                "provider": rule.provider,
            }
            for rule in self.rules
        ]
        return {
            "default": self.default.to_json(),
            "rules": rules,
            "outage": self.outage,
            "outages": self.outages,
        }


def _convert(name: str, kind: type, value: Any) -> Any:
    """Check one JSON value against the kind of a field's default."""
    if kind is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    allowed = {float: (int, float), type(None): (int, type(None))}.get(kind, (kind,))
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name}: {value!r} is of a wrong kind")
    return value
