"""ComfyUI from the settings."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from mobart.core.setting_types import group_of
from mobart.providers.comfyui.client import ComfyUI
from mobart.providers.comfyui.settings import ComfyUISettings
from mobart.providers.comfyui.workflow import Workflow
from mobart.providers.spec import BuildContext, BuiltProvider


def build(context: BuildContext) -> BuiltProvider:
    """Build the client; its pictures come from its own address."""
    settings = context.group(ComfyUISettings)
    client = ComfyUI(settings, clock=context.clock, workflow=workflow_of(settings))
    return BuiltProvider(client, client.clients, [settings.comfyui_url])


def workflow_of(settings: ComfyUISettings) -> Workflow:
    """Read the workflow.  Raises OSError or ValueError."""
    if settings.comfyui_workflow is None:
        return Workflow.usual()
    return Workflow.parse(Path(settings.comfyui_workflow).read_bytes())


def problems(settings: BaseModel) -> Sequence[str]:
    """Return what is wrong with the workflow's file."""
    try:
        workflow_of(group_of(settings, ComfyUISettings))
    except OSError as error:
        return [f"COMFYUI_WORKFLOW: cannot be read: {error.strerror}"]
    except ValueError as error:
        return [f"COMFYUI_WORKFLOW: {error}"]
    return []
