"""Whatever comes back as a picture, and whatever a request asks to be made of it."""

import io
import json
import struct
import zlib
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mobart.art import Recipe
from mobart.art.colours.palette_files import read_palette
from mobart.art.files.decode import decode
from mobart.art.files.faults import BadPicture
from mobart.art.files.header import PNG_MAGIC, probe
from mobart.art.pipeline import is_blank, render
from mobart.art.presets import read_preset
from mobart.core.domain import GenerationRequest
from mobart.core.errors import Code, Rejected
from mobart.core.picture_kinds import kind_of
from mobart.downloads.formats import is_whole
from mobart.jobs.presets import PresetLibrary
from mobart.rendering.frames import read_verdict
from tests.fuzz.mutators import bounded, edited, json_values, messages, numbers, tried, words

MAX_PIXELS = 4096
MAX_SIDE = 128


def drawn(kind: str, mode: str, width: int, height: int) -> bytes:
    """Encode a small picture with some edges in it."""
    image = Image.effect_mandelbrot((width, height), (-2, -1, 1, 1), 9).convert("RGBA")
    image.putalpha(image.getchannel("R"))
    file = io.BytesIO()
    image.convert(mode).save(file, kind)
    return file.getvalue()


GOOD = (
    *(drawn("PNG", mode, 9, 7) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    *(drawn("JPEG", mode, 17, 9) for mode in ("L", "RGB", "CMYK")),
    *(drawn("WEBP", mode, 12, 12) for mode in ("RGB", "RGBA")),
)
SEEN = [raw for raw in GOOD if not is_blank(decode(raw, MAX_PIXELS))]
"""Of 16 bits only the highest are kept, which may leave one colour."""
small = st.integers(0, 12) | st.sampled_from([64, 65, 2**15, 2**31 - 1, 2**32 - 1])
chunk_names = st.sampled_from(
    b"IDAT PLTE tRNS iCCP eXIf zTXt tEXt iTXt gAMA cHRM pHYs acTL fcTL fdAT IEND IHDR sRGB juNK".split()
)


def chunk(name: bytes, content: bytes) -> bytes:
    """Write a PNG chunk with the checksum it ought to have."""
    head = struct.pack(">I", len(content)) + name
    return head + content + struct.pack(">I", zlib.crc32(name + content))


@st.composite
def pngs(draw: st.DrawFn) -> bytes:
    """Draw PNGs whose chunks are well-formed, and hold anything."""
    size = struct.pack(">II", draw(small), draw(small))
    depth, colour = draw(st.sampled_from([*product((1, 2, 4, 8, 16), (0, 2, 3, 4, 6)), (255, 9)]))
    header = size + bytes([depth, colour, 0, 0, draw(st.integers(0, 2))])
    contents = st.binary(max_size=40) | st.binary(max_size=200).map(zlib.compress)
    between = draw(st.lists(st.tuples(chunk_names, contents), max_size=4))
    palette = [(b"PLTE", draw(st.binary(min_size=3, max_size=24)))]
    pixels = [(b"IDAT", zlib.compress(draw(st.binary(max_size=300)), 1))]
    chunks = [(b"IHDR", header), *palette, *between, *pixels, (b"IEND", b"")]
    return PNG_MAGIC + b"".join(chunk(name, content) for name, content in chunks)


pictures = st.one_of(edited(st.sampled_from(GOOD)), pngs(), edited(pngs()), st.binary(max_size=60))


@bounded
@given(pictures)
def test_a_picture_is_decoded_as_large_as_its_header_says_or_refused(raw: bytes) -> None:
    """Never larger than allowed, and refused in one way only."""
    pixels = tried(lambda: decode(raw, MAX_PIXELS), BadPicture)
    if isinstance(pixels, BadPicture):
        assert pixels.code in {Code.IMAGE_INVALID, Code.IMAGE_TOO_LARGE}
        assert pixels.sentence.isascii()
        return
    header = probe(raw, MAX_PIXELS)
    assert header.width * header.height <= MAX_PIXELS
    assert set(pixels.shape[:2]) == {header.width, header.height}
    assert pixels.shape[2] == 4


@bounded
@given(pictures)
def test_the_ends_of_a_picture_can_be_judged_whatever_is_between(raw: bytes) -> None:
    """What is decoded is called by the same name where it was downloaded."""
    kind = kind_of(raw)
    if kind is not None:
        is_whole(raw, kind)
    header = tried(lambda: probe(raw), BadPicture)
    assert isinstance(header, BadPicture) or header.format.lower() == kind


COOKBOOK = PresetLibrary.open(
    basis=Recipe(max_side=MAX_SIDE, max_pixels=MAX_PIXELS, tile=None), default="auto"
)
NAMES = sorted(COOKBOOK.presets)
options = st.fixed_dictionaries(
    {},
    optional={
        "tile": st.sampled_from([0, 2, "best", "all", "worst"]),
        "grid": st.sampled_from(["auto", "off", "force", "on"]),
        "native": st.sampled_from(["", "16x16", "9x40", "1024x1024", "0x5", "x"]) | st.integers(),
        "cell": st.floats() | st.integers(-1, 520),
        "shadow": st.sampled_from(["keep", "auto", "drop", "soft", "hard"]),
        "sheet": st.booleans(),
        "spacing": st.integers(-1, 70),
        "frames": st.sampled_from(["array", "hash", "list"]),
        "enlarge": st.booleans(),
        "size": st.integers(-1, 130),
        "cutout": st.booleans(),
        "holes": st.sampled_from(["keep", "open"]),
        "trim": st.booleans(),
        "margin": st.integers(-1, 70),
        "pad": st.sampled_from(["none", "square", "pot", "pot\n", "multiple:7", "multiple:٣"]),
        "outline": st.sampled_from(["#ff0080", "#FF0080\n", "", "#ff008", "red"]),
        "colours": st.integers(-1, 260),
        "palette": st.sampled_from([*sorted(COOKBOOK.palettes), "none", ""]),
        "dither": st.sampled_from(["none", "ordered", "diffusion"]),
        "seamless": st.booleans(),
        "pivot": st.lists(st.floats() | st.integers(0, 1), max_size=3),
        "pixels_per_unit": st.integers(0, 300) | st.just(10**4299),
    },
)


def request_for(preset: str | None, wishes: dict[str, object]) -> GenerationRequest:
    """Ask for a treatment."""
    return GenerationRequest("r-1", "u-1", "a cat", preset=preset, options=wishes)


@bounded
@given(st.none() | st.sampled_from(NAMES) | words, options | st.dictionaries(words, json_values))
def test_a_wish_is_a_recipe_or_refused(preset: str | None, wishes: dict[str, object]) -> None:
    """In a sentence that can be told, before anything is paid."""
    request = request_for(preset, wishes)
    answer: Recipe | Rejected
    try:
        answer = COOKBOOK.recipe_of(request)
    except Rejected as no:
        answer = no
    if isinstance(answer, Recipe):
        assert answer.preset.name in NAMES
        return
    assert answer.code in {Code.INVALID_MESSAGE, Code.UNKNOWN_PRESET}
    assert 0 < len(answer.sentence) <= 100


@bounded
@given(st.sampled_from(NAMES), options, st.sampled_from(SEEN))
def test_no_wish_that_was_taken_spoils_a_good_picture(
    preset: str, wishes: dict[str, object], raw: bytes
) -> None:
    """A paid picture comes out, no larger than allowed."""
    request = request_for(preset, wishes)
    try:
        recipe = COOKBOOK.recipe_of(request)
    except Rejected:
        return
    result = render(raw, recipe)
    assert 0 < max(result.width, result.height) <= MAX_SIDE
    header = probe(result.png)
    assert (header.format, header.width, header.height) == ("PNG", result.width, result.height)
    assert '"failed"' not in json.dumps(result.art), "a step that can be spared has a bug"


@bounded
@given(st.text(max_size=60) | st.lists(words, max_size=6).map(" = ".join), st.sampled_from("hg"))
def test_a_file_of_the_operator_is_read_or_named_in_the_complaint(text: str, kind: str) -> None:
    """Presets and palettes: a start with a bad one stops with one sentence."""
    ending = {"h": "hex", "g": "gpl"}[kind]
    for act in (lambda: read_preset(text, "mine"), lambda: read_palette(text, f"mine.{ending}")):
        answer = tried(act, ValueError)
        assert not isinstance(answer, ValueError) or "mine" in str(answer)


told_pictures: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "width": numbers | words,
        "height": numbers | words,
        "sha256": words,
        "art": json_values | st.just({}),
        "bytes": st.lists(st.integers(-1, 9), max_size=3) | words,
    },
)
verdicts = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(Code) | words,
        "sentence": words,
        "detail": words,
        "pictures": st.lists(told_pictures, max_size=3) | json_values,
    },
)


@bounded
@given(messages(verdicts), st.binary(max_size=9), st.binary(max_size=9))
def test_a_child_that_talks_nonsense_is_told_from_one_that_refuses(
    verdict: bytes, png: bytes, sidecar: bytes
) -> None:
    """It has touched bytes from strangers, and may have become one."""
    answer = tried(lambda: read_verdict(verdict, png, sidecar), Rejected, ValueError)
    if isinstance(answer, Exception):
        return
    parts = [answer, *answer.variants]
    assert b"".join(part.png for part in parts) == png
    assert b"".join(part.sidecar for part in parts) == sidecar
