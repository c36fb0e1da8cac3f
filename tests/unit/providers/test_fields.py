"""How fields of answers are read."""

import pytest

from mobart.core.data_uri import data_uri
from mobart.core.errors import InDoubt
from mobart.providers.fields import addresses_in, number_of, object_of, task_id_of
from mobart.providers.outcomes import usable


@pytest.mark.parametrize(
    "odd", ["", "../x", "a/b", "a b", "x" * 129, "a\n", "ä", "%2e", 0, -7, 7.5, True, None, ["q"]]
)
def test_an_odd_id_is_no_ticket(odd: object) -> None:
    """It would lead to another address."""
    with pytest.raises(InDoubt):
        usable(task_id_of(odd))


@pytest.mark.parametrize("task_id", ["t-1", "a.b", "mj:7~x@2=", 7, 77123456789012345])
def test_an_id_is_what_stands_in_a_path_as_it_is(task_id: object) -> None:
    """Some vendors count their tasks, and write a number."""
    assert task_id_of(task_id) == str(task_id)


PNG = b"\x89PNG\r\n\x1a\n" + bytes(99)
ADDRESS = "https://a.example/x.png"


@pytest.mark.parametrize(
    ("output", "address"),
    [
        (f"  {ADDRESS}\n", ADDRESS),
        ([{"url": ADDRESS}], ADDRESS),
        ("//a.example/x.PNG?a=b", "//a.example/x.PNG?a=b"),
        ("/files/x.webp", "/files/x.webp"),
        (data_uri(PNG), data_uri(PNG)),
        (data_uri(PNG).partition(",")[2], data_uri(PNG)),
    ],
)
def test_an_address_is_found_in_every_form(output: object, address: str) -> None:
    """What lacks its host is of the API."""
    assert addresses_in(output) == (address,)


@pytest.mark.parametrize(
    "text",
    [
        "![a cat](https://a.example/x.png?s=1)",
        '[picture](https://a.example/x.png?s=1 "a cat")',
        "<https://a.example/x.png?s=1>",
        '<img alt="" src="https://a.example/x.png?s=1">',
        '"https://a.example/x.png?s=1"',
        "`https://a.example/x.png?s=1`",
    ],
)
def test_an_address_is_found_as_models_for_texts_write_it(text: str) -> None:
    """In Markdown or HTML, in brackets or in quotes."""
    assert addresses_in({"url": f" {text}\n"}) == ("https://a.example/x.png?s=1",)


@pytest.mark.parametrize("text", ["", "/", "//", "/etc/passwd", "a/b.png", "see /x.png"])
def test_a_text_that_is_none_is_no_address(text: str) -> None:
    """A file that is named by itself may be anywhere."""
    assert addresses_in(text) == ()


def test_a_number_beyond_all_bounds_is_none() -> None:
    """No price is."""
    assert number_of({"cost": float("inf")}, "cost") is None


@pytest.mark.parametrize(("value", "found"), [([{"a": 1}], {"a": 1}), ([{}, {}], {}), ([7], {})])
def test_an_object_may_stand_alone_in_a_list(value: object, found: object) -> None:
    """Of several nobody knows which is meant."""
    assert object_of({"result": value}, "result") == found


def test_a_picture_deep_in_envelopes_is_found() -> None:
    """Each gateway may wrap what it hands on."""
    address = "https://img.example/1.png"
    assert addresses_in([None, {"data": {"output": {"images": [{"url": address}]}}}]) == (address,)
