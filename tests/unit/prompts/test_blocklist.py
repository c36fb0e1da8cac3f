"""Which prompts the operator's own words keep out."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, Rejected
from mobart.prompts.blocklist import LOOK_ALIKES, Blocklist

LIST = Blocklist.read(
    """# words that are not in any real list
    grobnik
    Cunt   # as in Scunthorpe, which is a town
    purple llama
    ass
    хрюндель
    пампон
    ηλιθιος
    """
)


@pytest.mark.parametrize(
    "prompt",
    [
        "a grobnik",
        "GROBNIK!",
        "draw (grobnik), please",
        "grobnik_grobnik",
        "a purple llama",
        "Purple,\n  LLAMA",
        "злой Хрюндель",
        "ПАМПОН",
        "ΗΛΊΘΙΟΣ",
    ],
    ids=ascii,
)
def test_a_word_of_the_list_is_found(prompt: str) -> None:
    """Whatever its case, and whatever stands around it; phrases over any gap."""
    assert LIST.blocks(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "a gr0bn1k",
        "a 6r08nik",
        "@$s",
        "a$$!",
        "an a55.",
        "purp1e 11ama",
        "purp|e l!ama",
        "a grоbnіk",  # Cyrillic o and i
        "a ɡʀᴏʙɴɪᴋ",
        "a gяobnik".replace("я", "г"),  # Cyrillic g
        "a хpюндeль",  # Latin p and e
        "a GRΟΒΝΙΚ",  # Greek capitals
        "a \uff47\uff52\uff4f\uff42\uff4e\uff49\uff4b",  # full width
        "a 𝔤𝔯𝔬𝔟𝔫𝔦𝔨",
        "a gro\u200bbnik",
        "a gr\u3164obnik",
        "a gro\u00adbnik",
        "a gröbnïk",
        "a g̷r̷o̷b̷n̷i̷k̷",
        "a g.r.o.b.n.i.k",
        "a g r o b n i k",
        "a g-r-0-b-n-1-k",
    ],
    ids=ascii,
)
def test_a_word_in_disguise_is_found(prompt: str) -> None:
    """Digits and signs for letters, letters of other scripts, invisible ones, accents, spelling."""
    assert LIST.blocks(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "the docks of Scunthorpe",
        "grobniks",  # not listed
        "a llama in purple",
        "purple. A red llama",
        "a class of assassins",
        "455 dragons for $5",
        "a b c",
        "a fox as small as 1 inch",
    ],
)
def test_nothing_else_is(prompt: str) -> None:
    """A word inside a word, other forms, the words of a phrase in another order, plain numbers."""
    assert not LIST.blocks(prompt)


def test_a_refusal_does_not_repeat_the_word() -> None:
    """Players read it."""
    with pytest.raises(Rejected) as no:
        LIST.check("a grobnik")
    assert (no.value.code, no.value.reason) == (Code.MODERATION_BLOCKED, "words")
    assert "grobnik" not in no.value.sentence + str(no.value)
    LIST.check("a fox")


def test_an_empty_list_blocks_nothing() -> None:
    """As it is without a file."""
    assert not Blocklist().blocks("a grobnik")
    assert not Blocklist.read("# nothing\n\n").blocks("")


def test_a_line_without_a_word_is_named() -> None:
    """It would never be found."""
    with pytest.raises(ValueError, match="line 2"):
        Blocklist.read("grobnik\n!!!\n")


def test_look_alikes_are_latin_letters() -> None:
    """And no letter is in two places."""
    assert {chr(to) for to in LOOK_ALIKES.values()} <= set(string.ascii_letters)
    assert all(chr(message) not in string.ascii_letters for message in LOOK_ALIKES)


@given(st.text(), st.text())
def test_whatever_stands_around_it_a_word_is_found(before: str, after: str) -> None:
    """Between spaces; no text makes it raise."""
    assert LIST.blocks(f"{before} grobnik {after}")
