"""What goes to the provider is a picture's description, and nothing that orders more than one."""

import re
import sys
import unicodedata
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobart.core.errors import Code, Rejected
from mobart.prompts.parameters import DASHES, HARMLESS, HYPHENS, PARAMETERS, Kind
from mobart.prompts.rules import PromptRules, Treatment

STRIP, REJECT, ALLOW = (PromptRules(treatment) for treatment in ("strip", "reject", "allow"))
rules = st.sampled_from(get_args(Treatment)).map(PromptRules)

ABUSE = {
    # one prompt, many pictures
    "cat --r 40": "cat",
    "cat --repeat 10": "cat",
    "cat --REPEAT 10": "cat",
    "cat --r=40": "cat",
    "cat --r40": "cat",
    "cat--r 40": "cat",
    "--r 40 cat": "cat",
    "cat -- r 40": "cat",
    "cat -r 40": "cat",
    "cat ---r 40": "cat",
    "cat --r 40 --r 40": "cat",
    "cat --bs 4": "cat",
    # dashes of all kinds
    "— repeat 10 cat": "cat",
    "cat —r 40": "cat",
    "cat—r 40": "cat",
    "cat –r 40": "cat",
    "cat −−r 40": "cat",
    "cat －－r 40": "cat",
    "cat ﹣﹣r 40": "cat",
    "cat ‐‐r 40": "cat",
    "cat ⸺r 40": "cat",
    "cat -–r 40": "cat",
    # what cannot be seen
    "cat -\u200b-r 40": "cat",
    "cat --\u200dr 40": "cat",
    "cat --r\u206040": "cat",
    "cat --\u202er 40": "cat",
    "cat -\u00ad-r 40": "cat",
    "cat -\u034f-r 40": "cat",
    "cat \ufe0f--r 40": "cat",
    "cat --r\u00a040": "cat",
    "cat\n--r\t40": "cat",
    "cat -\x00-r 40": "cat",
    "cat --r\u2028 40": "cat",
    # what a chat would undo
    r"cat \-\-r 40": "cat",
    "cat `--r 40`": "cat",
    "/imagine prompt: cat --r 40": "cat",
    # another speed, mode, version, visibility, another's style
    "cat --turbo": "cat",
    "cat --fast --relax": "cat",
    "cat --video": "cat",
    "cat --draft --hd": "cat",
    "cat --q 4": "cat",
    "cat --v 3": "cat",
    "cat --version 5.2": "cat",
    "cat --niji 6": "cat",
    "cat --stealth --public": "cat",
    "cat --p abc123": "cat",
    "cat --sref 123 random 456": "cat",
    "cat --unheard 5": "cat",
    # permutations
    "{a, b}": "(a, b)",
    "{a,b} {c,d} {e,f}": "(a,b) (c,d) (e,f)",
    r"{a\,b, c}": "(a,b, c)",
    "cat --ar {1:1,16:9}": "cat",
    "cat --{v 5, niji}": "cat, (v 5, niji)",
    "cat {, --r 40}": "cat (, )",
    "｛a，b｝": "(a,b)",
    # the rest of a chat
    "/imagine a cat": "a cat",
    "<@123> @everyone cat <#9>": "cat",
    "```\ncat\n```": "cat",
    # parts that cancel each other out
    "cat::1 dog::-2": "cat: dog:",
    "std::vector": "std: vector",
}
PROSE = (
    "well-known knight",
    "black–white cat",
    "a 3-headed dog",
    "Spider-Man",
    "the knight — brave and bold",
    "he waits—then strikes",
    "type-r 40, a mercedes s-class, an A-10",
    "- one dragon - and another",
    "from A–Z, 1990–2000",
    "for $5-$10, 50% off, at −5°C",
    "@ 5$ a piece, me@example.com",
    "16:9, 10:30, 3.14, 1/2, a/b // c",
    "AT&T's <b>bold</b> logo, 'quoted', \"twice\"",
    "%s %(x)s $HOME C:\\dir",
    "hot:: dog",
    "cat::2 dog::-1",
    "👨\u200d👩\u200d👧 and ❤️ and 🏳️\u200d🌈",
    "赤い龍、炎を吐く。スーパーマリオ",
    "용과 기사",
    "می\u200cخواهم",
    "क्\u200dष",
    "naïve café, Übergröße",
)
REWORDED = {
    "—a whisper—": "— a whisper—",
    "night--dark and cold": "night, dark and cold",
    "wait -- what": "wait, what",
    "a race—fast and furious": "a race, fast and furious",
    "the knight — no armour": "the knight, no armour",
    "龙——火焰": "龙, 火焰",
    "a ----- b": "a, b",
    "  a\n\n b\t": "a b",
    "ｆｕｌｌ ｗｉｄｔｈ": "full width",
    "a {request_id}, {{7*7}}": "a (request_id), ((7*7))",
}


@pytest.mark.parametrize("prompt", ABUSE)
def test_what_orders_more_than_a_picture_is_taken_out(prompt: str) -> None:
    """By default, and where harmless parameters are allowed."""
    assert STRIP.clean(prompt) == ABUSE[prompt]
    assert ALLOW.clean(prompt) == ABUSE[prompt]


@pytest.mark.parametrize("prompt", [prompt for prompt, left in ABUSE.items() if left == "cat"])
def test_where_parameters_are_refused_none_gets_through(prompt: str) -> None:
    """Either it is refused, or what is left holds none."""
    try:
        left = REJECT.clean(prompt)
    except Rejected as no:
        left = str(no.code)
    assert left in {"cat", "prompt_flag_not_allowed"}


@pytest.mark.parametrize("rule", [STRIP, REJECT, ALLOW])
@pytest.mark.parametrize("prompt", PROSE)
def test_an_honest_prompt_comes_through_as_it_is(prompt: str, rule: PromptRules) -> None:
    """Whatever its dashes, signs and scripts."""
    assert rule.clean(prompt) == prompt


@pytest.mark.parametrize("rule", [STRIP, REJECT, ALLOW])
@pytest.mark.parametrize("prompt", REWORDED)
def test_prose_that_looks_like_a_parameter_keeps_its_words(prompt: str, rule: PromptRules) -> None:
    """Only its dashes go."""
    assert rule.clean(prompt) == REWORDED[prompt]


@pytest.mark.parametrize(
    ("prompt", "left"),
    {
        "cat --ar 16:9": "cat --ar 16:9",
        "cat --aspect 3:2": "cat --ar 3:2",
        "cat —stylize 250 --C 5": "cat --s 250 --c 5",
        "--tile cat": "cat --tile",
        "cat --no trees, hills --seed 7": "cat --no trees, hills --seed 7",
        "cat --style RAW": "cat --style RAW",
        "cat --s 1 --s 2": "cat --s 2",
        "cat --s 1001": "cat",
        "cat --style cute": "cat",
        "cat --q 2": "cat",
        "cat --q .5": "cat",
        "cat --ar 0:1": "cat",
        "cat --seed 4294967296": "cat",
        "cat --no": "cat",
    }.items(),
)
def test_harmless_parameters_are_forwarded_where_they_are_allowed(prompt: str, left: str) -> None:
    """Within their ranges, behind the text."""
    assert ALLOW.clean(prompt) == left


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat http://169.254.169.254/latest",
        "HTTPS://bucket.s3.amazonaws.com/x.png?X-Amz-Signature=abc cat",
        "cat https : //host",
        "cat http:\\\\host",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "s3://bucket/key",
        "data:image/png;base64,AAAA",
        "cat //internal.host/x",
        "www.example.com/cat.png cat",
        "ht\u200btps://host",
        "ｈｔｔｐ：／／host",
        "cat --sref https://host/x.png",
        "ht`tp://host",
    ],
)
def test_an_address_is_refused(prompt: str) -> None:
    """It would be fetched by others, or shown in a public gallery."""
    with pytest.raises(Rejected) as no:
        STRIP.clean(prompt)
    assert no.value.code is Code.PROMPT_REJECTED
    assert "host" not in no.value.sentence


@pytest.mark.parametrize("prompt", ["--r 40", "***", "\u200b", "@everyone", "—", "``````", "{}"])
def test_a_prompt_of_which_nothing_is_left_is_refused(prompt: str) -> None:
    """There is nothing to draw."""
    for rule in (STRIP, ALLOW):
        with pytest.raises(Rejected) as no:
            rule.clean(prompt)
        assert no.value.code is Code.PROMPT_REJECTED


def test_a_prompt_that_grows_too_long_is_refused() -> None:
    """One sign may stand for eighteen letters."""
    assert len(PromptRules(max_chars=99).clean("\ufdfa")) == 18
    with pytest.raises(Rejected):
        PromptRules(max_chars=17).clean("\ufdfa")


def test_a_tangle_is_refused() -> None:
    """What needs ever more looks is no description of a picture."""
    with pytest.raises(Rejected):
        STRIP.clean("cat " + "@all" * 99)


def test_a_rejection_says_what_it_is_about() -> None:
    """In one word, for the metrics."""
    with pytest.raises(Rejected) as no:
        REJECT.clean("cat --r 40")
    assert (no.value.code, no.value.reason) == (Code.PROMPT_FLAG_NOT_ALLOWED, "prompt")


def test_every_dash_of_unicode_is_known() -> None:
    """As far as this Python's tables go."""
    points = map(chr, range(sys.maxunicode + 1))
    dashes = {char for char in points if unicodedata.category(char) == "Pd"} | {"\u2212"}
    assert dashes <= set(DASHES)


def test_only_known_parameters_are_harmless() -> None:
    """And none of those that cost."""
    costly = ("r", "repeat", "turbo", "fast", "relax", "video", "bs", "hd", "draft", "v", "niji")
    assert set(HARMLESS) <= set(PARAMETERS)
    assert not set(HARMLESS) & {*costly, "p", "profile", "sref", "cref", "oref", "stealth"}


# ---------------------------------------------------------------- any prompt

BITS = st.sampled_from(
    [
        *("-", "--", "—", "–", "−", "‐", "－", " ", " ", "\u00a0", "\n", "\u200b", "\u200d", "\0"),
        *("r", "repeat", "ar", "no", "turbo", "fast", "style", "raw", "sref", "foo", "cat", "Ж"),
        *("40", "4", ".5", "16:9", "1", "=", ":", "::", ",", "(", ")", "{", "}", "\\", "`", "@"),
        *("/", "/imagine", "<@", ">", "龙", "😀", "\ufe0f", "\u0301", "\ufdfa", "ﬁ"),
    ]
)
prompts = st.one_of(st.text(max_size=60), st.lists(BITS, max_size=24).map("".join))
ANY_DASH = f"[{re.escape(DASHES)}]"
STRONG = f"[{re.escape(''.join(set(DASHES) - set(HYPHENS)))}]"
NAMES = "|".join(sorted(PARAMETERS, key=len, reverse=True))
VALUED = "|".join(name for name, kind in PARAMETERS.items() if kind in {Kind.NUMBER, Kind.CODES})
GRAMMARS = {
    "two dashes": f"{ANY_DASH}{{2,}}",
    "one dash that counts as two, as Midjourney has it": rf"(?<!\w){STRONG}[A-Za-z]",
    "one dash that counts as two, and a space": rf"{STRONG} *(?:{NAMES})(?!\w)",
    "one hyphen and a value": rf"(?<!\w)[{HYPHENS}](?:{VALUED})[ =:]+\d",
    "permutations": r"[{}]",
}


@given(prompts, rules)
def test_nothing_is_left_that_any_grammar_reads_as_a_parameter(
    prompt: str, rule: PromptRules
) -> None:
    """Behind the text there may be harmless ones, each written as Midjourney documents it."""
    try:
        left = rule.clean(prompt)
    except Rejected:
        return
    text, *flags = re.split(r" --(?=[a-z])", left)
    assert not flags or rule.treatment == "allow"
    for flag in flags:
        name, _, value = flag.partition(" ")
        assert HARMLESS[name](value)
    for part in (text, *flags):
        for grammar, pattern in GRAMMARS.items():
            assert not re.search(pattern, part, re.IGNORECASE), grammar


@given(prompts, rules)
def test_what_is_clean_stays_as_it_is(prompt: str, rule: PromptRules) -> None:
    """However often it is cleaned."""
    try:
        left = rule.clean(prompt)
    except Rejected:
        return
    assert rule.clean(left) == left


@given(prompts, rules)
def test_what_is_clean_is_short_visible_and_on_one_line(prompt: str, rule: PromptRules) -> None:
    """At most a comma or a space is added to what NFKC makes of it."""
    try:
        left = rule.clean(prompt)
    except Rejected:
        return
    assert len(left) <= 2 * len(unicodedata.normalize("NFKC", prompt)) <= 36 * len(prompt)
    assert left == left.strip()
    assert not re.search(r"[\x00-\x1f\x7f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]", left)
