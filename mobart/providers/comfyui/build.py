"""ComfyUI from the settings."""

from collections.abc import Sequence
from pathlib import Path

from mobart.providers.comfyui.client import ComfyUI
from mobart.providers.comfyui.messages import GenerationDefaults
from mobart.providers.comfyui.workflow import Workflow
from mobart.providers.spec import BuildContext, BuiltProvider, ProviderSpec
from mobart.settings import Settings


def build(context: BuildContext) -> BuiltProvider:
    """Build it; its pictures come from its own address."""
    settings = context.settings
    client = ComfyUI(
        base_url=settings.comfyui_url,
        clock=context.clock,
        workflow=workflow_of(settings),
        defaults=GenerationDefaults(
            checkpoint=settings.comfyui_checkpoint,
            width=settings.comfyui_width,
            height=settings.comfyui_height,
            negative=settings.comfyui_negative_prompt or "",
        ),
        submit_timeout=settings.comfyui_submit_timeout_seconds,
        generation_timeout=settings.comfyui_timeout_seconds,
        schedule=context.schedule(
            settings.comfyui_poll_initial_seconds, settings.comfyui_poll_max_seconds
        ),
    )
    return BuiltProvider(client, client.clients, origins=[settings.comfyui_url])


def workflow_of(settings: Settings) -> Workflow:
    """Read the workflow.  Raises OSError or ValueError."""
    if settings.comfyui_workflow is None:
        return Workflow.usual()
    return Workflow.parse(Path(settings.comfyui_workflow).read_bytes())


def problems(settings: Settings) -> Sequence[str]:
    """Return what is wrong with the workflow's file."""
    try:
        workflow_of(settings)
    except OSError as error:
        return [f"COMFYUI_WORKFLOW: cannot be read: {error.strerror}"]
    except ValueError as error:
        return [f"COMFYUI_WORKFLOW: {error}"]
    return []


SPEC = ProviderSpec(
    "ComfyUI", "COMFYUI_URL, COMFYUI_WORKFLOW, COMFYUI_CHECKPOINT", build, problems=problems
)
