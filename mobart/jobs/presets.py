"""The presets, templates and palettes there are, and the recipe that a request gets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mobart.art import Preset, Recipe, load_palettes, load_presets
from mobart.core.copying import changed
from mobart.core.domain import GenerationRequest
from mobart.core.errors import Code, Rejected
from mobart.prompts.templates import PLAIN, Template, load_templates

NOT_MADE = "A picture of this kind cannot be made."

LARGEST_NUMBER = 1e9


@dataclass(frozen=True, slots=True)
class PresetLibrary:
    """Presets and palettes by name, and the recipe that requests start from."""

    presets: Mapping[str, Preset]
    palettes: Mapping[str, bytes]
    basis: Recipe
    default: str
    templates: Mapping[str, Template] = field(default_factory=dict)
    _recipes: Mapping[str, Recipe] = field(init=False)
    """Of requests without options, which are nearly all."""

    @classmethod
    def open(
        cls, *folders: Path, basis: Recipe, default: str, providers: Collection[str] = ()
    ) -> Self:
        """Read the shipped presets and palettes, and those of *folders*.

        *providers* are the names of those whose own words may stand in a preset.

        Raises:
            ValueError: a file is malformed, or there is no preset *default*, or no palette that a
                preset names.
        """
        templates = load_templates(*folders, providers=providers)
        library = cls(load_presets(*folders), load_palettes(*folders), basis, default, templates)
        library._preset(default)
        return library

    def __post_init__(self) -> None:
        """Make the recipes of presets as they are.  Raises ValueError: there is no palette of a name."""
        recipes = {name: self._with_palette(preset) for name, preset in self.presets.items()}
        object.__setattr__(self, "_recipes", recipes)

    def recipe_of(self, request: GenerationRequest) -> Recipe:
        """Return how the picture of *request* is processed.

        Raises:
            Rejected: there is no such preset, option or palette, or the value is not allowed.
        """
        name = request.preset or self.default
        if not request.options and name in self._recipes:
            return self._recipes[name]
        known = request.preset is None or request.preset in self.presets
        code = Code.INVALID_MESSAGE if known else Code.UNKNOWN_PRESET
        try:
            _refuse_huge(request.options)
            return self._with_palette(self._preset(name).adjusted(request.picture_options))
        except (ValueError, OverflowError) as error:
            raise Rejected(code, NOT_MADE, hint=str(error), reason="preset") from error

    def check(self, request: GenerationRequest) -> None:
        """Raise Rejected where `recipe_of` would; cheaper for a request without options."""
        if request.options or (request.preset or self.default) not in self.presets:
            self.recipe_of(request)

    def template_of(self, request: GenerationRequest) -> Template:
        """Return how the picture of *request* is asked for."""
        return self.templates.get(request.preset or self.default, PLAIN)

    def _preset(self, name: str) -> Preset:
        if name not in self.presets:
            names = ", ".join(sorted(self.presets))
            raise ValueError(f"There is no preset of that name; there are: {names}.")
        return self.presets[name]

    def _with_palette(self, preset: Preset) -> Recipe:
        if not preset.palette:
            return changed(self.basis, preset=preset)
        if preset.palette not in self.palettes:
            names = ", ".join(sorted(self.palettes))
            raise ValueError(f"There is no palette of that name; there are: {names}.")
        palette = self.palettes[preset.palette]
        return changed(self.basis, preset=preset, palette=palette)


def _refuse_huge(value: object) -> None:
    """Raise ValueError for a number, however deep in *value*, that no option can mean.

    Each option has bounds of its own; this is for those that would be forgotten.
    """
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _refuse_huge(one)
    elif isinstance(value, int | float) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise ValueError(f"options hold a number beyond {LARGEST_NUMBER:g}")
