"""The public styles of Retro Diffusion: the sides that each can paint, and what a picture costs.

Source: the vendor's public list for agents (api-examples, llms.txt, September 2026).
"""

from collections.abc import Iterator
from dataclasses import dataclass

SMALLEST, LARGEST = 12, 512
"""Sides that the API takes, in pixels; each style takes fewer of them."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a picture in USD: its pixels and *more*, by *divisor*, and *least* at least."""

    least: float
    more: int = 0
    divisor: int = 0

    def of(self, width: int, height: int) -> float:
        """Return the price of one picture of that size."""
        by_size = (width * height + self.more) / self.divisor if self.divisor else 0.0
        return round(max(self.least, by_size), 6)


@dataclass(frozen=True, slots=True)
class Style:
    """One style: the sides that it can paint, in pixels, and its price."""

    smallest: int
    largest: int
    price: Price

    def fits(self, width: int, height: int) -> bool:
        """Whether it can paint a picture of that size."""
        return all(self.smallest <= side <= self.largest for side in (width, height))


FAST = Price(0.015, 100_000, 6_000_000)
PLUS = Price(0.025, 50_000, 2_000_000)
LOW = Price(0.02, 13_700, 600_000)
PRO = Price(0.18)
LIMITS: tuple[tuple[str, str, int, int, Price], ...] = (
    ("rd_pro", "default painterly fantasy horror scifi simple", 12, 256, PRO),
    ("rd_pro", "isometric topdown platformer", 12, 256, PRO),
    ("rd_pro", "dungeon_map spritesheet fps_weapon typography", 64, 256, PRO),
    ("rd_pro", "hexagonal_tiles ui_panel inventory_items", 256, 256, PRO),
    ("rd_plus", "default retro watercolor textured cartoon ui_element", 64, 384, PLUS),
    ("rd_plus", "item_sheet character_turnaround environment isometric", 64, 384, PLUS),
    ("rd_plus", "isometric_asset topdown_map topdown_asset", 64, 384, PLUS),
    ("rd_plus", "classic skill_icon", 32, 192, LOW),
    ("rd_plus", "low_res mc_item mc_texture", 16, 128, LOW),
    ("rd_plus", "topdown_item", 16, 96, LOW),
    ("rd_fast", "default simple detailed retro game_asset portrait", 64, 384, FAST),
    ("rd_fast", "texture ui item_sheet character_turnaround no_style 1_bit", 64, 384, FAST),
    ("rd_fast", "low_res mc_item mc_texture", 16, 128, LOW),
    ("rd_mini", "classic skill_icon", 32, 192, LOW),
    ("rd_mini", "low_res mc_item mc_texture", 16, 128, LOW),
    ("rd_mini", "fast_low_res fast_mc_item fast_mc_texture", 16, 128, LOW),
    ("rd_mini", "topdown_item", 16, 96, LOW),
    ("rd_tile", "single_tile", 16, 64, LOW),
    ("rd_tile", "tile_object", 16, 96, LOW),
    ("rd_tile", "scene_object", 64, 384, LOW),
)
"""Model, styles, smallest and largest side, price; those that need a picture as input are left out."""


def _rows() -> Iterator[tuple[str, Style]]:
    for model, names, smallest, largest, price in LIMITS:
        for name in names.split():
            yield f"{model}__{name}", Style(smallest, largest, price)


STYLES = dict(_rows())
UNKNOWN = Style(SMALLEST, LARGEST, PRO)
"""A style that is not in the list, such as an account's own: the API itself judges its sides."""


def style_of(name: str) -> Style:
    """Return what is known of a style."""
    return STYLES.get(name, UNKNOWN)
