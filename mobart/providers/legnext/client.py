"""LegNext's API: a submit whose answer is lost turns up only where the API can call back."""

from mobart.core.domain import Lookup
from mobart.providers.checks import Check
from mobart.providers.legnext.messages import Diffusion
from mobart.providers.piapi.tasks import Api, TaskApi


class LegNext(TaskApi[Diffusion]):
    """An `ImageProvider` at the address up to and with `/api/v1`; open its `clients` first."""

    api = Api(
        provider="legnext",
        submit="/diffusion",
        task="/job/",
        name="job_id",
        check=Check(key="LEGNEXT_API_KEY", address="LEGNEXT_API_URL"),
        lookup=Lookup.NONE,
    )
