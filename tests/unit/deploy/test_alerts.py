"""The shipped alerts look at what is exported, and at nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as parse

from mobart.core.events import LogEvent
from mobart.web.metrics import Metrics
from mobart.web.series import LABEL_VALUES, OTHER

FILE = Path(__file__).parents[3] / "deploy" / "prometheus" / "alerts.yaml"
RULES: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["groups"][0]["rules"]
SELECTOR = re.compile(r"\b(mobart_[a-z_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=|!=)"([^"]*)"')


def _exported() -> dict[str, set[str]]:
    """Map every sample name to its labels, after one event of each kind."""
    metrics = Metrics(version="1", in_progress=lambda: 0, outstanding=lambda: 0)
    for event in LogEvent:
        metrics.note(event, seconds=1, bytes=1)
    found: dict[str, set[str]] = {}
    for family in parse(metrics.exposition().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


EXPORTED = _exported()


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_looks_at_metrics_and_labels_that_are_exported(rule: dict[str, Any]) -> None:
    """A typo would make it silent forever."""
    selectors = SELECTOR.findall(rule["expr"])
    assert selectors
    for name, matchers in selectors:
        assert name in EXPORTED
        for label, _, values in MATCHER.findall(matchers):
            assert label in EXPORTED[name]
            assert set(values.split("|")) <= {*LABEL_VALUES[label], OTHER}


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_how_bad_it_is_and_what_happened(rule: dict[str, Any]) -> None:
    """Who is woken by it needs both."""
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert rule["annotations"]["summary"]
    assert re.fullmatch(r"Mobart[A-Za-z]+", rule["alert"])


def test_alerts_have_names_of_their_own() -> None:
    """Two of one name could not be told apart."""
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
