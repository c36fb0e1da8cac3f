"""The shipped alerts and the dashboard look at what is exported, and at nothing else."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as parse

from mobart.core.events import LogEvent
from mobart.web.metrics import Metrics
from mobart.web.series import LABEL_VALUES, OTHER

DEPLOY = Path(__file__).parents[3] / "deploy"
FILE = DEPLOY / "prometheus" / "alerts.yaml"
PANELS: list[dict[str, Any]] = json.loads((DEPLOY / "grafana" / "mobart.json").read_text())[
    "panels"
]
PROMTOOL = shutil.which("promtool")
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
    """A typo would make it silent."""
    judge(rule["expr"])


def judge(expression: str) -> None:
    """Look at each metric of an expression, its labels and their values."""
    selectors = SELECTOR.findall(expression)
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


@pytest.mark.parametrize("panel", PANELS, ids=[panel["title"] for panel in PANELS])
def test_a_panel_shows_metrics_and_labels_that_are_exported(panel: dict[str, Any]) -> None:
    """Those of the process itself aside, which have their own names everywhere."""
    for target in panel["targets"]:
        if "process_" not in target["expr"]:
            judge(target["expr"])


def test_no_panel_stands_on_another() -> None:
    """Grafana would move one of them."""
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_is_seen_to_fire_in_a_play_of_series(rule: dict[str, Any]) -> None:
    """One that nobody saw fire may never do."""
    plays = (DEPLOY / "prometheus" / "alerts_test.yaml").read_text()
    fires = rf'alertname: {rule["alert"]}\b|alertname="{rule["alert"]}",alertstate="firing"'
    assert re.search(fires, plays)


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool")
def test_prometheus_itself_judges_the_alerts() -> None:
    """By what they say of series that are played to them."""
    tests = DEPLOY / "prometheus" / "alerts_test.yaml"
    command = [str(PROMTOOL), "test", "rules", str(tests)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr
