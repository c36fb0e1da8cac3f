"""Multipart forms with a picture, for APIs that take pictures in no other way."""

from collections.abc import Mapping

import aiohttp

from mobart.core.orders import Reference


def form_with(
    fields: Mapping[str, object],
    reference: Reference,
    name: str,
    *,
    filename: str = "reference.png",
) -> aiohttp.FormData:
    """Write *fields*, and the picture to go by under *name*; truth values as JSON has them."""
    form = aiohttp.FormData(default_to_multipart=True)
    for field, value in fields.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        form.add_field(field, text)
    form.add_field(name, reference.png, filename=filename, content_type="image/png")
    return form
