"""OpenAI's Images API: one long request, answered with the picture itself.

It knows no idempotency key, keeps nothing and cannot be asked about a request whose answer was lost.
"""

from mobart.core.capabilities import Capabilities
from mobart.core.domain import Order
from mobart.core.errors import Code, Rejected
from mobart.core.policy import PollSchedule
from mobart.core.ports import Clock
from mobart.providers.api_clients import ApiClients, prove_access, prove_api, prove_key
from mobart.providers.openai.messages import NO_MODEL, generation, judge, read_picture
from mobart.providers.outcomes import accepted_body, json_object

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""The picture in base64, which takes a third more."""
NOT_FOUND = 404


class OpenAI:
    """A `ImmediateProvider`; open its `clients` first."""

    name: str = "openai"

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        clock: Clock,
        model: str,
        size: str = "1024x1024",
        quality: str = "auto",
        background: str = "auto",
        timeout: float = 300.0,
    ) -> None:
        """*base_url* is the address up to and with `/v1`; times are in seconds."""
        self.capabilities = Capabilities(
            submit_timeout=timeout, generation_timeout=timeout, schedule=PollSchedule(initial=0.0)
        )
        self._clock = clock
        self._key = api_key.strip()
        self._defaults = {
            "model": model,
            "size": size,
            "quality": quality,
            "background": background,
        }
        self.clients = ApiClients(
            base_url=base_url,
            headers={"Authorization": f"Bearer {self._key}"},
            secrets=(self._key,),
            submit_timeout=timeout,
            max_bytes=MAX_ANSWER_BYTES,
        )

    async def generate(self, order: Order) -> bytes:
        """Buy one picture with one POST.  See `ImmediateProvider.generate`."""
        secrets = (self._key, order.prompt)
        answer = await self.clients.submit_http.post(
            "/images/generations", generation(order, self._defaults)
        )
        now = self._clock.now()
        return read_picture(accepted_body(answer, now=now, secrets=secrets, judge=judge))

    async def check(self) -> None:
        """Ask for the model's description, which costs nothing.

        Raises:
            Rejected: the key is refused, or the model does not exist (any more).
            Unavailable: nobody answers, or nobody who speaks this API.

        """
        prove_key(self._key, setting="OPENAI_API_KEY")
        model = self._defaults["model"]
        answer = await self.clients.query_http.ask("GET", f"/models/{model}")
        prove_access(answer, setting="OPENAI_API_KEY")
        body = json_object(answer)
        if answer.status == NOT_FOUND and body and "error" in body:
            detail = f"HTTP 404: there is no model {model} (any more): see OPENAI_IMAGE_MODEL"
            raise Rejected(Code.PROVIDER_UNAVAILABLE, NO_MODEL, detail=detail)
        prove_api(answer, setting="OPENAI_BASE_URL")
