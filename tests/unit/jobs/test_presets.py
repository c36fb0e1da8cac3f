"""Which recipe a request gets."""

from dataclasses import replace
from pathlib import Path

import pytest

from mobart.art import Recipe
from mobart.core.domain import GenerationRequest
from mobart.core.errors import Code, Rejected
from mobart.jobs.presets import PresetLibrary

REQUEST = GenerationRequest("r", "u", "a sword")


def book(*folders: Path, default: str = "auto") -> PresetLibrary:
    """Open the shipped presets, and those of *folders*."""
    return PresetLibrary.open(*folders, basis=Recipe(tile=3), default=default)


def rejected(request: GenerationRequest) -> Rejected:
    """Ask for what is not allowed."""
    with pytest.raises(Rejected) as no:
        book().recipe_of(request)
    return no.value


def test_a_request_that_names_no_preset_gets_the_default() -> None:
    """And what the operator chose for all."""
    recipe = book(default="pixel").recipe_of(REQUEST)
    assert (recipe.preset.name, recipe.tile) == ("pixel", 3)


def test_a_request_chooses_its_preset_and_adjusts_it() -> None:
    """Options are fields of the preset."""
    request = replace(REQUEST, preset="sprite", options={"margin": 2})
    preset = book().recipe_of(request).preset
    assert (preset.name, preset.margin) == ("sprite", 2)


def test_an_unknown_preset_is_refused_with_the_names_that_exist() -> None:
    """So that the backend engineer sees the typing error."""
    refusal = rejected(replace(REQUEST, preset="pixle"))
    assert refusal.code is Code.UNKNOWN_PRESET
    assert "auto, icon, native, painting, pixel, sheet, sprite, tile" in refusal.hint


@pytest.mark.parametrize("options", [{"margin": -1}, {"colour": "red"}, {"palette": "x" * 9000}])
def test_an_option_that_cannot_be_is_refused(options: dict[str, object]) -> None:
    """And only developers read why."""
    refusal = rejected(replace(REQUEST, options=options))
    assert refusal.code is Code.INVALID_MESSAGE
    assert refusal.hint
    assert not set(options) & set(refusal.sentence.split())


def test_presets_and_palettes_can_be_added(tmp_path: Path) -> None:
    """As files in a folder; a palette is found by the preset that names it."""
    (tmp_path / "studio.toml").write_text('grid = "auto"\npalette = "ours"\n')
    (tmp_path / "ours.hex").write_text("000000\nffffff\n")
    recipe = book(tmp_path, default="studio").recipe_of(REQUEST)
    assert recipe.palette == bytes(3) + b"\xff" * 3


def test_a_preset_whose_palette_is_missing_is_said_at_once(tmp_path: Path) -> None:
    """Not when the first request asks for it."""
    (tmp_path / "studio.toml").write_text('palette = "nowhere"\n')
    with pytest.raises(ValueError, match="There is no palette of that name"):
        book(tmp_path)
