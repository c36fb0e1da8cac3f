"""Which of several lines each row of cells takes, so that what runs through rows is not torn.

Rows that choose their lines alone may count the cells beside an outline differently, and the outline
then jumps by a cell from a row to the next: a spur, a missing corner.  Here every row has a few offers,
each good by itself, and takes the one by which all rows together gain most: an edge that goes on in the
next row under the same line is worth something, one that goes on under another line costs more.  The
best of all choices is found row by row (Viterbi 1967), as fusion moves choose between labellings
(Lempitsky et al. 2010).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mobart.art.pixelgrid.springs import Counts, Prices, Springs, take

Amounts = npt.NDArray[np.floating]

WHOLE, TORN = 0.5, 2.0
"""What an edge that goes on under the same line is worth, and what it costs under another, by its strength.
More keeps the next row from an eye's additional cell, less leaves spurs."""
TURNS = 4
"""Times that rows choose anew."""
SAME = 0.2
"""Distance in cells up to which edges in two rows may be one."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Lines that rows may take: offers x rows x lines.

    *chosen* are their shifts' numbers, *places* in cells, *seen* the edge of the row itself beneath
    them, *paid* (offers x rows) what each brings by itself.
    """

    chosen: Counts
    places: Amounts
    seen: Amounts
    paid: Amounts


def offer(springs: Springs, chosen: Counts, paid: Prices, seen: Prices) -> Offers:
    """Offer the lines of *springs* with the shifts *chosen* (offers x rows x lines).

    Of rows x lines x shifts, *paid* is what each place brings, *seen* the row's own edge there.
    """
    places = np.stack([springs.places(one) for one in chosen])
    beneath = np.stack([take(seen, one) for one in chosen])
    worth = np.stack([springs.worth(one, paid) for one in chosen])
    return Offers(chosen, places, beneath, worth)


def join(springs: Springs, chosen: Counts, paid: Prices, seen: Prices) -> Counts:
    """Return the *chosen* shifts (rows x lines) so that what goes on from row to row is not torn.

    Each row keeps its lines or takes those of the row above or below.  Then it chooses anew after it knows the
    lines beside it, the even and the odd rows by turns.
    """
    above, below = np.r_[chosen[:1], chosen[:-1]], np.r_[chosen[1:], chosen[-1:]]
    joined = splice(offer(springs, np.stack([chosen, above, below]), paid, seen))
    for turn in range(TURNS):
        rows = range(turn % 2, len(paid), 2)
        if rows:
            joined[rows] = springs.best(paid[rows] + _with_beside(springs, rows, joined, seen))
    return joined


def splice(offers: Offers) -> Counts:
    """Return the shifts of the lines that each row takes: rows x lines."""
    count, rows = offers.paid.shape
    total, came = offers.paid[:, 0], []
    joined = np.stack(
        [[_join(offers, one, other) for other in range(count)] for one in range(count)]
    )
    for row in range(1, rows):
        offer = total[:, None] + joined[:, :, row - 1]
        came.append(offer.argmax(0))
        total = offer.max(0) + offers.paid[:, row]
    taken = [int(total.argmax())]
    for before in reversed(came):
        taken.append(int(before[taken[-1]]))
    return np.asarray(offers.chosen[taken[::-1], np.arange(rows)])


def _join(offers: Offers, one: int, other: int) -> Amounts:
    """Return what it is worth that a row takes offer *one* and the next row *other*."""
    upper, lower = offers.places[one, :-1], offers.places[other, 1:]
    above, below = offers.seen[one, :-1], offers.seen[other, 1:]
    whole = _shared(upper, lower, above, below)
    torn = _shared(upper[:, 1:], lower[:, :-1], above[:, 1:], below[:, :-1])
    torn = torn + _shared(upper[:, :-1], lower[:, 1:], above[:, :-1], below[:, 1:])
    return np.asarray(WHOLE * whole - TORN * torn)


def _shared(upper: Amounts, lower: Amounts, above: Amounts, below: Amounts) -> Amounts:
    """Return how much edge the lines of two rows share where they are at the same place."""
    return np.asarray(_touching(upper, lower, above, below).sum(1))


def _touching(upper: Amounts, lower: Amounts, above: Amounts, below: Amounts) -> Amounts:
    near = np.maximum(0, 1 - np.abs(upper - lower) / SAME)
    return np.asarray(near * np.minimum(above, below))


def _with_beside(springs: Springs, rows: range, chosen: Counts, seen: Prices) -> Prices:
    """Return what each place of *rows* is worth by the lines that the rows beside have *chosen*."""
    worth = np.zeros((len(rows), *seen.shape[1:]), np.float32)
    places, lines, beneath = springs.reach, springs.places(chosen), take(seen, chosen)
    for number, row in enumerate(rows):
        for beside in {row - 1, row + 1} & set(range(len(chosen))):
            there, edge = lines[beside][:, None], beneath[beside][:, None]
            own, here = worth[number], seen[row]
            own += WHOLE * _touching(places, there, here, edge)
            own[1:] -= TORN * _touching(places[1:], there[:-1], here[1:], edge[:-1])
            own[:-1] -= TORN * _touching(places[:-1], there[1:], here[:-1], edge[1:])
    return worth
