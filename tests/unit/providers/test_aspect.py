"""Choosing among the shapes that a provider has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.providers.aspect import nearest, ratio

SIZES = ("1024x1024", "1536x1024", "1024x1536")


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ("1:1", "1024x1024"),
        ("16:9", "1536x1024"),
        ("3:2", "1536x1024"),
        ("21:9", "1536x1024"),
        ("2:3", "1024x1536"),
        ("9:16", "1024x1536"),
        ("5:4", "1536x1024"),
        ("11:10", "1024x1024"),
    ],
)
def test_the_least_distorted_is_taken(wanted: str, size: str) -> None:
    """Wide for wide and tall for tall, by the same measure."""
    assert nearest(wanted, SIZES) == size


@pytest.mark.parametrize("wanted", ["", "auto", "0:1", "1:0", "3", ":", "a:b", "-1:2", "1:1:1"])
def test_what_is_no_shape_chooses_none(wanted: str) -> None:
    """And divides by nothing."""
    assert nearest(wanted, SIZES) is None


@given(st.text(max_size=12))
def test_any_text_is_a_ratio_or_none(text: str) -> None:
    """Nothing else comes out."""
    found = ratio(text)
    assert found is None or found > 0
