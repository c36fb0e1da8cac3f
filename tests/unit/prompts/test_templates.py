"""How presets ask for pictures, as tables in their files."""

from pathlib import Path

import pytest

from mobart.art import Recipe
from mobart.core.domain import GenerationRequest
from mobart.jobs.presets import PresetLibrary
from mobart.prompts.templates import PLAIN, Template, load_templates

PROVIDERS = ("midjourney", "openai")
HERO = """
grid = "auto"

[prompt]
before = "portrait of"
negative = "text"
aspect_ratio = "2:3"
providers = ["openai"]

[prompt.openai]
model = "big"
"""


def test_a_preset_says_how_it_asks(tmp_path: Path) -> None:
    """And how its pictures are treated, in the same file."""
    (tmp_path / "hero.toml").write_text(HERO)
    book = PresetLibrary.open(tmp_path, basis=Recipe(), default="hero", providers=PROVIDERS)
    assert book.template_of(GenerationRequest("r", "u", "p")) == Template(
        before="portrait of",
        negative="text",
        aspect_ratio="2:3",
        providers=("openai",),
        parameters={"openai": {"model": "big"}},
    )
    assert book.template_of(GenerationRequest("r", "u", "p", preset="icon")) == PLAIN


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("prompt = 3", "prompt"),
        ("[prompt]\nbefor = 'x'", "befor"),
        ("[prompt]\nafter = 3", "after"),
        (f"[prompt]\nafter = '{'x' * 501}'", "after"),
        ("[prompt]\naspect_ratio = 'wide'", "aspect_ratio"),
        ("[prompt]\nproviders = ['opneai']", "providers"),
        ("[prompt]\nproviders = 'openai'", "providers"),
        ("[prompt]\nopenai = 'big'", "openai"),
        ("[prompt.opneai]\nmodel = 'big'", "opneai"),
    ],
)
def test_a_slip_is_told_by_its_name(tmp_path: Path, table: str, named: str) -> None:
    """At the start, not when the first request comes."""
    (tmp_path / "hero.toml").write_text(table)
    with pytest.raises(ValueError, match=f"hero: .*{named}"):
        load_templates(tmp_path, providers=PROVIDERS)
