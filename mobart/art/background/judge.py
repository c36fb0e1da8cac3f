"""Which parts of the ground's colour are ground, and which belong to the subject.

What can be reached from the border through places as wide as a ball is ground. Everything else of
that colour, narrow or enclosed, has to show that it is.
"""

import numpy as np

from mobart.art.background.backdrop import Backdrop
from mobart.art.background.evidence import (
    A_BODY,
    Flags,
    Sums,
    are_gaps,
    is_walled,
    judge_cells,
    judge_painted,
)
from mobart.art.background.pockets import find_bottles, find_pockets
from mobart.art.background.scale import Scale
from mobart.art.regions import Mask, Regions, find_regions, grow

OF_SUBJECT, OF_FRAMED = 0.003, 0.05
"""Area of such a place as a share of the silhouette, at least: less is an eye or a tooth; and
where the ground is a mere frame around a picture."""
OF_PICTURE, FRAMED = 0.6, 0.93
"""Share of the whole that such a picture's box has, and share of the box that it fills."""
MOST_OF_SUBJECT = 0.5
"""Share of the silhouette that an enclosed hole may have; more is the body of an outlined shape."""
WIDER = 0.6
"""Radius of the ball in cells of a checker, so that it enters no single cell."""
LEAST_TONE = 0.2
"""Share of a place of a checker that each tone must have."""
ALONG = 0.15
"""Share of an enclosed place's rim along the borders of cells below which it ends for another reason."""
ATTACHED, ENCLOSED, AGREE, SEEN = 0.8, 0.88, 0.95, 40
"""Shares of either tone's part of a place that have it: holes have 0.97 and more, slivers 0.92, grey parts of
subjects up to 0.6, enclosed ones 0.86 at times; and pixels that a part has at least to be sure of."""
SLIVER = 0.25
"""Area in cells of a checker up to which one tone will do: a corner between cells and subject."""
FEWEST_OWN, OFTENER = 3, 6
"""Cells of the ground's colour that a sprite has at least to be drawn with it, and how many times as many as
there are in places that may be ground: a coat has three times as much as the gap beneath an arm."""
FAINT = 24.0
"""Levels up to which a speck is the ground's."""
UNSEEN = 1.5
"""Mean distance over the reach up to which a part of any size is a stain of the ground: nobody sees it."""
MANY = 24
"""Specks from which on they are a texture of the ground, not sparks around a subject."""


def find_clear(backdrop: Backdrop, scale: Scale, *, open_holes: bool) -> Mask:
    """Return which pixels are ground."""
    close = backdrop.distance < backdrop.reach
    outside = _reach_in(close, max(scale.ball, round(WIDER * backdrop.cell)))
    outside &= ~find_bottles(backdrop, outside)
    rest = find_regions(close & ~outside)
    attached = rest.sums(grow(outside, 1)) > 0
    judged = judge_cells if scale.clean else judge_painted
    narrow, hole, stark = judged(backdrop, rest, outside, scale, attached)
    if _is_shared(backdrop, rest, narrow | hole):
        narrow, hole, stark = np.zeros((3, rest.count), bool)
    whole, sure = _shows_both_tones(backdrop, rest, attached, scale)
    clear = outside | rest.fill((narrow & whole | sure) & attached)
    if open_holes:
        gap = np.zeros(rest.count, bool)
        least = np.full(rest.count, _smallest(backdrop, outside, scale))
        if not (backdrop.keyed or is_framed(outside)):
            least[stark] = np.minimum(least[stark], 2 * scale.hole)
            gap = are_gaps(backdrop, rest, hole) & ~attached & (rest.areas() < least)
        hole &= ~attached & whole & (rest.areas() >= least)
        hole &= rest.areas() <= MOST_OF_SUBJECT * (~outside).sum()
        if not backdrop.keyed:
            walled = is_walled(rest, clear, scale) & (scale.clean | backdrop.white)
            hole &= ~walled | (rest.areas() < (0 if scale.clean else A_BODY) * (~outside).sum())
        clear |= rest.fill(hole | gap | sure)
        if not is_framed(outside):
            clear |= find_pockets(backdrop, clear, scale)
    return clear | _crumbs(backdrop, clear, scale)


def _is_shared(backdrop: Backdrop, rest: Regions, ground: Flags) -> bool:
    """Return whether a sprite has far more of the ground's very colour than lies where there may be *ground*.

    Such places are then parts of it as well: a shirt within an outline, beside a coat.
    """
    if backdrop.own is None or backdrop.keyed or backdrop.dark:
        return False
    own = rest.sums(backdrop.own)
    return bool(own[~ground].sum() >= max(FEWEST_OWN, OFTENER * own[ground].sum()))


def _smallest(backdrop: Backdrop, outside: Mask, scale: Scale) -> float:
    """Return the area from which an enclosed place may be a hole."""
    if backdrop.keyed:
        return 1 if scale.clean else scale.crumb
    share = OF_FRAMED if is_framed(outside) else 0 if scale.clean else OF_SUBJECT
    return max(scale.hole, share * float((~outside).sum()))


def is_framed(outside: Mask, least: float = OF_PICTURE) -> bool:
    """Return whether the ground is a mere frame around a picture that has *least* of the whole."""
    subject = ~outside
    box = float(subject.any(1).sum() * subject.any(0).sum())
    return box >= least * subject.size and float(subject.sum()) >= FRAMED * box


def _reach_in(close: Mask, ball: int) -> Mask:
    """Return what a ball of radius *ball* rolling in from the border covers of *close*."""
    if not ball:
        regions = find_regions(close)
        return regions.fill(regions.at_border())
    wide = find_regions(~grow(~close, ball))
    return grow(wide.fill(wide.at_border()), ball) & close


def _shows_both_tones(
    backdrop: Backdrop, regions: Regions, attached: Flags, scale: Scale
) -> tuple[Flags, Flags]:
    """Tell which regions may be ground as far as a checker says, and which it makes sure of.

    Of a plain part of the subject that has one tone of it, only cells look like ground: towards the rest
    of the subject they end where the cells do, which other things do by chance. Slivers of a cell say
    nothing; where many pixels have the tone that is due at each place, it is the checker.
    """
    areas = regions.areas()
    light, due, stray = backdrop.light, backdrop.agreeing, backdrop.stray
    if light is None or due is None or stray is None:
        return np.ones(areas.size, bool), np.zeros(areas.size, bool)
    least = np.minimum(regions.sums(light), regions.sums(~light))
    both = (least > LEAST_TONE * areas) & (areas > backdrop.cell**2 / 2)
    agreed = _agreement(regions, light, due | stray)
    sure = (least >= SEEN) & (_agreement(regions, light, due) >= AGREE) & (areas >= 2 * scale.hole)
    rim = regions.fill(np.ones(regions.count, bool)) & grow(backdrop.distance >= backdrop.reach, 1)
    turns = grow(light, 2) & grow(~light, 2)
    by_chance = turns.mean()
    most = np.where(attached, (1 + by_chance) / 2, ALONG)
    apart = regions.sums(rim & turns) < most * regions.sums(rim)
    small = areas < SLIVER * backdrop.cell**2
    may = np.where(both, agreed >= np.where(attached, ATTACHED, ENCLOSED), apart)
    sure |= attached & both & apart & (agreed >= ATTACHED)
    return may | small, sure


def _agreement(regions: Regions, light: Mask, due: Mask) -> Sums:
    """Return the share of each region's light or dark part that is as is *due*, the lesser of both."""
    shares = [
        regions.sums(part & due) / np.maximum(regions.sums(part), 1) for part in (light, ~light)
    ]
    return np.minimum(*shares)


def _crumbs(backdrop: Backdrop, clear: Mask, scale: Scale) -> Mask:
    """Return specks of the ground: small, and faint or many."""
    parts = find_regions(~clear)
    areas = parts.areas()
    small = areas <= scale.crumb
    faint = parts.sums(backdrop.distance) <= FAINT * areas
    tiny = small if small.sum() >= MANY else small & faint
    unseen = parts.sums(backdrop.distance) <= UNSEEN * backdrop.reach * areas
    return parts.fill((tiny | unseen) & (areas < areas.max(initial=0)))
