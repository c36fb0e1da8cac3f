"""APIs that answer with the picture: an address in its place is fetched, since it is paid for."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mobart.core.domain import Picture, Purchase
from mobart.providers.automatic1111 import messages as automatic1111_messages
from mobart.providers.google import messages as google_messages
from mobart.providers.openai import messages as openai_messages
from mobart.providers.pixellab import messages as pixellab_messages
from mobart.providers.stability import messages as stability_messages

URL = "https://img.example/1.png"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(99)
DATA = f"data:image/png;base64,{b64encode(PNG).decode()}"
Read = Callable[[Mapping[str, Any]], Any]


def _google(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}


BY_ADDRESS: list[tuple[Read, dict[str, Any]]] = [
    (openai_messages.read_picture, {"data": [{"url": URL}]}),
    (stability_messages.read_body, {"image": URL, "finish_reason": "SUCCESS"}),
    (stability_messages.read_body, {"url": URL}),
    (google_messages.read_picture, _google({"fileData": {"fileUri": URL}})),
    (google_messages.read_picture, _google({"file_data": {"file_uri": URL}})),
    (google_messages.read_picture, _google({"inlineData": {"data": URL}})),
    (automatic1111_messages.read_picture, {"images": [URL]}),
    (pixellab_messages.read_picture, {"image": {"type": "url", "url": URL}}),
    (pixellab_messages.read_picture, {"data": {"images": [{"image": {"url": URL}}]}}),
]
BY_FILE: list[tuple[Read, dict[str, Any]]] = [
    (openai_messages.read_picture, {"data": [{"url": DATA}]}),
    (stability_messages.read_body, {"image": DATA}),
    (google_messages.read_picture, _google({"fileData": {"fileUri": DATA}})),
    (google_messages.read_picture, _google({"inlineData": {"data": DATA}})),
    (automatic1111_messages.read_picture, {"images": [DATA]}),
    (pixellab_messages.read_picture, {"images": [{"image": {"base64": DATA}}]}),
]


@pytest.mark.parametrize(("read", "body"), BY_ADDRESS)
def test_an_address_in_place_of_the_picture_is_the_picture(
    read: Read, body: dict[str, Any]
) -> None:
    """It was bought; told as a bad answer it would be thrown away."""
    found = read(body)
    assert isinstance(found, Picture)
    assert found.urls == (URL,)


@pytest.mark.parametrize(("read", "body"), BY_FILE)
def test_a_data_uri_in_place_of_the_picture_is_its_file(read: Read, body: dict[str, Any]) -> None:
    """It needs no fetching, and is kept like any other file."""
    found = read(body)
    assert (found.raw if isinstance(found, Purchase) else found) == PNG
