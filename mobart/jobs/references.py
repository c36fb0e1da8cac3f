"""The pictures that requests refer to (`options.reference`): judged early, fetched before any payment."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mobart.art import Recipe
from mobart.core.domain import GenerationRequest, Picture
from mobart.core.errors import Code, Rejected, Unavailable
from mobart.core.orders import Reference
from mobart.core.ports import Clock, Downloads, ReferenceStore, Renderer

NOT_USABLE = "The picture that was referred to cannot be used."
LONGEST_ADDRESS, LONGEST_KEY = 4096, 1024
"""Characters; S3 takes no longer keys."""
TRIES, PAUSE = 3, 2.0
"""Tries to fetch a picture, and seconds after the first; it doubles."""
PUBLIC_SECONDS = 3600.0
"""How long a signed address is good: providers fetch it when the generation begins."""
_ADDRESS = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII | re.IGNORECASE)
"""RFC 3986: no blank in it, so that nothing follows it in a prompt that holds it."""
_KEY = re.compile(r"[A-Za-z0-9._:@~/-]+", re.ASCII)
HINTS = {
    Code.DOWNLOAD_BLOCKED: "options.reference: this address may not be fetched.",
    Code.IMAGE_TOO_LARGE: "options.reference: the picture has too many bytes or pixels.",
}
NO_TAKER = "options.reference: no provider that is asked takes a picture to go by."
NO_PICTURE = "options.reference: what is there is no picture."
NOT_HAD = "options.reference: the picture could not be fetched."


@dataclass(frozen=True, slots=True)
class ReferenceRules:
    """Which pictures may be referred to, and by whose requests."""

    takers: Collection[str] = ()
    """Names of the providers in use that take such a picture."""
    providers: Collection[str] = ()
    """Names of all providers in use."""
    prefixes: tuple[str, ...] = ()
    """What keys may begin with, beside those of the user's own results."""

    def check(self, request: GenerationRequest, wished: Sequence[str]) -> None:
        """Return if *request* refers to nothing, or to what it may; *wished*: its preset's providers.

        Raises Rejected.
        """
        text = request.reference
        if text == "":
            return
        if not isinstance(text, str) or not (is_address(text) or self._is_own_key(text, request)):
            raise refused(
                "options.reference must be an https address, or a key of the user's own results"
                f" (generated/{request.user_id}/...)."
            )
        asked = [name for name in wished if name in self.providers] or self.providers
        if not set(asked) & set(self.takers):
            raise refused(NO_TAKER)

    def _is_own_key(self, text: str, request: GenerationRequest) -> bool:
        allowed = (f"generated/{request.user_id}/", *self.prefixes)
        parts = text.split("/")
        return (
            len(text) <= LONGEST_KEY
            and bool(_KEY.fullmatch(text))
            and text.startswith(allowed)
            and not {"", ".", ".."} & set(parts)
        )


@dataclass(frozen=True, slots=True)
class References:
    """Fetches what requests refer to, with the same guard as other pictures."""

    downloads: Downloads
    """From public https hosts, and those that the operator allows; never a provider's private ones."""
    store: ReferenceStore
    renderer: Renderer[Recipe]
    recipe: Recipe
    """Decodes within the limits of bytes and pixels, and encodes anew."""
    clock: Clock
    max_bytes: int

    async def fetch(self, text: str) -> Reference:
        """Return the picture at an address, or under a key.

        Raises Rejected: it cannot be had, or is no usable picture.
        """
        for tried in range(1, TRIES + 1):
            try:
                return await self._fetch(text)
            except Unavailable as away:
                if tried == TRIES:
                    raise Rejected(
                        Code.DOWNLOAD_FAILED, NOT_USABLE, hint=NOT_HAD, detail=str(away)
                    ) from away
            except Rejected as no:
                raise _judged(no) from no
            await self.clock.sleep(PAUSE * tried)
        raise AssertionError("unreachable")

    async def _fetch(self, text: str) -> Reference:
        if is_address(text):
            raw, address = await self.downloads.fetch(Picture((text,))), text
        else:
            raw = await self.store.get_bounded(text, self.max_bytes)
            address = await self.store.sign(text, PUBLIC_SECONDS)
        rendering = await self.renderer.render(raw, self.recipe)
        return Reference(address, rendering.png)


def is_address(text: str) -> bool:
    """Return whether *text* is to be fetched over HTTP; which hosts may be, is judged then."""
    return len(text) <= LONGEST_ADDRESS and bool(_ADDRESS.fullmatch(text))


def refused(hint: str) -> Rejected:
    """Make the error for a reference that is not allowed."""
    return Rejected(Code.INVALID_MESSAGE, NOT_USABLE, hint=hint, reason="preset")


def _judged(no: Rejected) -> Rejected:
    """Return what a picture that cannot be used means: another message is needed, and no operator."""
    if no.code is Code.DOWNLOAD_FAILED:
        return Rejected(no.code, NOT_USABLE, hint=NOT_HAD, detail=str(no))
    hint = HINTS.get(no.code, NO_PICTURE)
    return Rejected(Code.INVALID_MESSAGE, NOT_USABLE, hint=hint, detail=str(no))
