"""The renderer without child processes."""

import pytest

from mobart.core.errors import Code, Rejected
from mobart.testing.rendering import InlineRenderer
from tests.unit.rendering import render_functions


@pytest.mark.parametrize(
    ("deed", "detail"),
    [
        (b"eat", "out of memory over 3 bytes"),
        (b"swallow", "out of memory over 7 bytes"),
        (b"raise", "KeyError: 'MISSING'"),
    ],
)
async def test_whatever_goes_wrong_is_the_failure_of_that_picture(deed: bytes, detail: str) -> None:
    """As far as a thread can tell; the sentence says nothing about it."""
    renderer = InlineRenderer(render_function=render_functions.obey)
    with pytest.raises(Rejected) as no:
        await renderer.render(deed, "")
    assert no.value.code is Code.PROCESSING_FAILED
    assert no.value.sentence == "The picture could not be processed."
    assert str(no.value) == detail
