"""How a renderer and its children talk."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.domain import Rendering
from mobart.core.errors import Code, Rejected
from mobart.rendering.frames import (
    PART,
    PREFIX,
    ProcessLimits,
    parts_of,
    read_frame,
    read_verdict,
    verdict_of,
)


@given(st.lists(st.binary(max_size=300)))
def test_frames_come_out_as_they_went_in(frames: list[bytes]) -> None:
    """Nothing is lost, joined or split, empty ones included."""
    pipe = io.BytesIO(b"".join(parts_of(*frames)))
    assert [read_frame(pipe) for _ in frames] == frames
    with pytest.raises(EOFError):
        read_frame(pipe)


def test_a_large_frame_is_sent_in_parts() -> None:
    """What is written at once, asyncio copies whole."""
    assert [len(part) for part in parts_of(bytes(PART + 1), b"")] == [PREFIX, PART, 1, PREFIX]


def test_a_frame_that_is_cut_off_ends_the_talk() -> None:
    """Half an answer is no answer."""
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(b"".join(parts_of(b"picture"))[:-1]))


art = st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.integers()))
single = st.builds(
    Rendering, st.binary(), st.integers(1), st.integers(1), st.text(), st.binary(), art
)


@given(single, st.lists(single, max_size=3))
def test_a_rendering_comes_back_whole(rendering: Rendering, variants: list[Rendering]) -> None:
    """All fields survive, the sidecar, what was found and the other pictures too."""
    rendering = replace(rendering, variants=tuple(variants))
    assert read_verdict(*verdict_of(rendering)) == rendering


@given(st.sampled_from(Code), st.text(), st.text(), st.text(min_size=1))
def test_a_refusal_comes_back_whole(code: Code, sentence: str, hint: str, detail: str) -> None:
    """Code, both public texts and the private detail survive."""
    with pytest.raises(Rejected) as caught:
        read_verdict(*verdict_of(Rejected(code, sentence, hint=hint, detail=detail)))
    no = caught.value
    assert (no.code, no.sentence, no.hint, str(no)) == (code, sentence, hint, detail)


@pytest.mark.parametrize(
    "verdict",
    [
        *(b"", b"\xff", b"[]", b"7", b"{}", b'{"width":1}', b'{"code":"made_up"}', b'{"code":[]}'),
        *(b'{"pictures":[]}', b'{"pictures":7}', b'{"pictures":["width"]}', b'{"pictures":{}}'),
        b'{"pictures":[{"width":1e999,"height":1,"sha256":"","art":{},"bytes":[0,0]}]}',
        b'{"pictures":[{"width":1,"height":1,"sha256":"","art":{},"bytes":[5,0]}]}',
        b'{"pictures":[{"width":1,"height":1,"sha256":"","art":7,"bytes":[0,0]}]}',
        pytest.param(b"[" * 100_000, id="deeper than any reader goes"),
    ],
)
def test_nonsense_is_no_verdict(verdict: bytes) -> None:
    """A child that was taken over can say what it likes and is not believed."""
    with pytest.raises(ValueError, match=r".*"):
        read_verdict(verdict, b"", b"")


def test_limits_travel_as_json() -> None:
    """Anybody can read them."""
    limits = ProcessLimits(memory=5, cpu=6)
    assert json.loads(limits.to_json()) == {"memory": 5, "cpu": 6, "confined": True}
    assert ProcessLimits.from_json(limits.to_json()) == limits
