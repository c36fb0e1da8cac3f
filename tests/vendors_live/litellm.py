"""LiteLLM's proxy: a gateway in front of the stand-in, which speaks for OpenAI and for Google."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.daemon.deployment import API_KEY, Deployment
from tests.support.proxy import Proxy
from tests.vendors_live.process import ForeignProcess

KEY = "sk-gateway"
OPENAI, GOOGLE = "gpt-image-2.5-flare", "gemini-nano-banana-2.1"
"""Models at the gateway."""
ROUTE, PASS_THROUGH = "/v1", "/openai_passthrough/v1"
"""Where it translates, and where it only passes on."""


def configuration(upstream: str) -> str:
    """Write its configuration; what is JSON is YAML."""

    def model(name: str, vendor: str, path: str) -> dict[str, object]:
        place = {"api_base": upstream + path, "api_key": API_KEY}
        retries = {"max_retries": 0, "num_retries": 0}  # which pictures do not obey
        return {
            "model_name": name,
            "litellm_params": {"model": f"{vendor}/{name}", **place, **retries},
        }

    models = [model(OPENAI, "openai", "/openai/v1"), model(GOOGLE, "gemini", "/google/v1beta")]
    return json.dumps({"model_list": models, "general_settings": {"master_key": KEY}})


def process(prefix: Path, folder: Path, upstream: Proxy) -> ForeignProcess:
    """Describe the process; *prefix* is the environment that it is installed in."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "litellm.yaml"
    origin = f"http://127.0.0.1:{upstream.port}"
    config.write_text(configuration(origin))
    command = [f"{prefix}/bin/litellm", "--config", str(config), "--host", "127.0.0.1"]
    return ForeignProcess(
        [*command, "--port", "{port}", "--telemetry", "False"],
        "/health/liveliness",
        folder,
        environment={
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENAI_API_KEY": API_KEY,
            "OPENAI_API_BASE": f"{origin}/openai",
        },
    )


def settings(origin: str, model: str, route: str = ROUTE) -> Mapping[str, str]:
    """Point a worker at it."""
    return {
        "MOBART_PROVIDERS": "openai",
        "OPENAI_BASE_URL": origin + route,
        "OPENAI_API_KEY": KEY,
        "OPENAI_IMAGE_MODEL": model,
        "OPENAI_IMAGE_SIZE": "auto",
        "OPENAI_TIMEOUT_SECONDS": "60",
    }


async def bought(one: Deployment) -> int:
    """Count what the stand-in behind it sold."""
    return one.midjourney.ledger.paid()
