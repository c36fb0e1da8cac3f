"""What may come from outside: anything at all, and what is nearly right."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from mobart.prompts.parameters import DASHES, PARAMETERS
from mobart.prompts.rules import FILLERS

bounded = settings(max_examples=300)
"""What a run of the suite tries of each property; `make fuzz` goes on for as long as it is given."""

TROUBLE = (
    *(
        "",
        " ",
        "\0",
        "\n",
        "\r\n",
        "\x1b[31m",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\U0010ffff",
    ),
    *("..", "../../etc/passwd", "%2e%2e", "a/b", "\\", "'", '"', "`", "%s", "{{7*7}}", "{0}"),
    *("null", "NaN", "-1", "1e400", "9" * 400, "<script>", "Ａ", "ﬁ", "e\u0301", "😀", "\ufdfa"),
)
"""Strings that somebody somewhere has stumbled over."""
words = st.one_of(st.sampled_from(TROUBLE), st.text(max_size=20), st.from_regex(r"\w{1,12}"))
numbers = st.one_of(
    st.integers(-2, 300),
    st.integers(),
    st.floats(),
    st.sampled_from([2**31, 2**63, 2**64, 10**30, -(10**400), 1e308, 5e-324]),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)

PROMPT_BITS = (
    *DASHES,
    *sorted(FILLERS),
    *("--", "---", " ", "  ", "\u00a0", "\n", "\t", "\u200b", "\u200d", "\u00ad", "\ufe0f", "\0"),
    *PARAMETERS,
    *("40", "4", ".5", "16:9", "1", "=", ":", "::", "::2", "::-1", ",", ".", "(", ")", "{", "}"),
    *(
        "\\",
        "`",
        "@",
        "@all",
        "<@1>",
        "/",
        "/imagine",
        "prompt",
        "cat",
        "a red fox",
        "Ж",
        "龙",
        "ﬁ",
    ),
    *("http", "https:", "//", "://", "www.", "host.example", "file:", "data:image/", "169.254.1.1"),
)
prompts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PROMPT_BITS), max_size=24).map("".join),
    st.lists(st.sampled_from(PROMPT_BITS) | st.characters(), max_size=12).map(" ".join),
)
"""Descriptions of pictures, and of what should not be ordered."""


@st.composite
def bent(draw: st.DrawFn, objects: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """Draw an object some fields of which are missing, renamed, or anything."""
    whole = dict(draw(objects))
    for name in draw(st.lists(st.sampled_from(sorted(whole) or [""]), max_size=3)):
        how = draw(st.sampled_from(["drop", "rename", "replace"]))
        value = whole.pop(name, None)
        if how == "rename":
            whole[draw(words)] = value
        elif how == "replace":
            whole[name] = draw(json_values)
    return whole | draw(st.just({}) | st.dictionaries(words, json_values, max_size=2))


@st.composite
def edited(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """Draw bytes in a few places of which something was changed, added, repeated or cut out."""
    data = draw(whole)
    for _ in range(draw(st.integers(0, 4))):
        begin, end = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        how = draw(st.sampled_from(["insert", "replace", "repeat", "cut", "end"]))
        piece = draw(st.binary(max_size=8)) if how in {"insert", "replace"} else b""
        piece = data[begin:end][:1000] * 2 if how == "repeat" else piece
        end = begin if how == "insert" else min(end, begin + 8) if how == "replace" else end
        data = data[:begin] + piece + (b"" if how == "end" else data[end:])
    return data


@st.composite
def written(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    """Draw JSON as all kinds of programs write it, the broken ones too."""
    text = json.dumps(draw(values), ensure_ascii=draw(st.booleans()))
    text = text.replace('"1e400"', "1e400")  # which is JSON, and no number that Python can write
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    return text.encode(encoding, errors="surrogatepass" if "utf" in encoding else "replace")


def messages(objects: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    """Draw messages: good ones, bent ones, damaged ones, and anything at all."""
    return st.one_of(
        written(objects),
        written(bent(objects)),
        edited(written(bent(objects))),
        written(json_values),
        st.binary(max_size=80),
        st.sampled_from([b"[" * 5000, b'{"a":' * 2000, b"1" * 5000, b"\xef\xbb\xbf{}"]),
    )


T = TypeVar("T")
E = TypeVar("E", bound=Exception)


def tried(act: Callable[[], T], *errors: type[E]) -> T | E:
    """Return what *act* returns, or the one of *errors* that it raised."""
    try:
        return act()
    except errors as error:
        return error


def at_once(act: Coroutine[Any, Any, T]) -> T:
    """Run what waits for nothing but its turn."""
    return asyncio.run(act)
