"""The Kubernetes manifests fit what a worker is and needs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mobart import __version__
from mobart.app.stop import RELEASE_SECONDS
from mobart.journal.keys import Keys
from mobart.settings import Settings

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
GROUP = {"app.kubernetes.io/name": "mobart"}


def manifest(name: str) -> dict[str, Any]:
    """Read one file."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


DEPLOYMENT = manifest("deployment")["spec"]
POD = DEPLOYMENT["template"]["spec"]
[CONTAINER] = POD["containers"]


def test_kustomize_knows_every_file() -> None:
    """And no other."""
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    kustomization = manifest("kustomization")
    assert set(kustomization["resources"]) == files
    assert kustomization["images"][0]["newTag"] == __version__


def test_everything_is_about_the_same_pods() -> None:
    """Selectors name the labels that the pods have."""
    labels = DEPLOYMENT["template"]["metadata"]["labels"]
    selectors = [
        DEPLOYMENT["selector"]["matchLabels"],
        manifest("service")["spec"]["selector"],
        manifest("poddisruptionbudget")["spec"]["selector"]["matchLabels"],
        manifest("networkpolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    assert selectors == [GROUP] * 4
    assert labels == GROUP


def test_workers_that_are_not_ready_can_be_looked_at() -> None:
    """Requests come over Redis; by HTTP come operators, who want to know why, and callbacks."""
    assert manifest("service")["spec"]["publishNotReadyAddresses"] is True


def test_a_pod_has_no_rights_that_it_does_not_need() -> None:
    """As the image is made for: another user, nothing to write to but /tmp."""
    container = CONTAINER["securityContext"]
    assert container["allowPrivilegeEscalation"] is False
    assert container["readOnlyRootFilesystem"] is True
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == 10001
    assert POD["automountServiceAccountToken"] is False


def test_probes_ask_what_each_is_for() -> None:
    """Liveness looks at nothing outside: a lost Redis must not restart every worker."""
    paths = {
        name: CONTAINER[f"{name}Probe"]["httpGet"]["path"] for name in ("liveness", "readiness")
    }
    assert paths == {"liveness": "/healthz", "readiness": "/readyz"}
    startup = CONTAINER["startupProbe"]
    waits = startup["periodSeconds"] * startup["failureThreshold"]
    assert waits > Settings.model_fields["mobart_startup_timeout_seconds"].default


def test_a_pod_is_given_the_time_to_stop() -> None:
    """Its jobs are handed over before it is killed."""
    grace = Settings.model_fields["mobart_shutdown_grace_seconds"].default
    assert POD["terminationGracePeriodSeconds"] >= grace + 2 * RELEASE_SECONDS


def test_the_limits_fit_the_defaults() -> None:
    """As in the compose file: pictures in processes, pictures in flight, the worker, and /tmp."""
    default = {name: field.default for name, field in Settings.model_fields.items()}
    processes = default["mobart_render_processes"] or int(CONTAINER["resources"]["limits"]["cpu"])
    needed = (
        processes * default["mobart_render_memory_mb"] * 2**20
        + 1.5 * default["mobart_max_concurrent_jobs"] * default["mobart_max_source_bytes"]
        + 256 * 2**20
    )
    assert CONTAINER["resources"]["limits"]["memory"] == "4Gi"
    assert needed < 4 * 2**30


@pytest.mark.parametrize("name", manifest("configmap")["data"])
def test_settings_of_the_configmap_exist(name: str) -> None:
    """None is made up."""
    assert name.lower() in Settings.model_fields


def test_the_scaler_looks_at_the_stream_of_requests() -> None:
    """One worker more for each that would be full."""
    [trigger] = manifest("keda/scaledobject")["spec"]["triggers"]
    assert trigger["metadata"]["stream"] == Keys().requests
    slots = Settings.model_fields["mobart_max_concurrent_jobs"].default
    assert trigger["metadata"]["streamLength"] == str(slots)
