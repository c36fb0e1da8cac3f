"""LegNext's API: a submit whose answer is lost turns up only where the API can call back."""

from mobart.providers.piapi.messages import Diffusion
from mobart.providers.piapi.tasks import Api, TaskApi


class LegNext(TaskApi[Diffusion]):
    """An `ImageProvider` at the address up to and with `/api/v1`; open its `lines` first."""

    api = Api(
        provider="legnext", prefix="LEGNEXT", submit="/diffusion", task="/job/", name="job_id"
    )
