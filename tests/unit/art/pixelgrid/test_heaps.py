"""What a cell shows that is not of one colour."""

import numpy as np

from mobart.art.pixelgrid.heaps import SIDE, Colours, find_rival, find_ruler

BODY, LINE, SOFT = (200, 180, 150), (10, 8, 12), (70, 62, 55)


def cell(columns: tuple[tuple[int, int, int], ...]) -> Colours:
    """Return the places of one cell that shows *columns* of colours from left to right."""
    return np.tile(np.array(columns, np.float32), (SIDE, 1))[None]


def test_the_greater_part_rules_and_the_other_is_its_rival() -> None:
    """Two columns of five are two fifths and a bit: the outermost stands for more of the cell."""
    seen = cell((BODY, BODY, BODY, LINE, LINE))
    ruler = find_ruler(seen)
    colour, share, sides = find_rival(seen, ruler)
    assert np.allclose([ruler[0], colour[0]], [BODY, LINE], atol=1)
    assert abs(share[0] - 0.41) < 0.01
    assert sides[0].tolist() == [[False, True, True]] * 3


def test_a_soft_border_before_a_third_colour_is_no_rival() -> None:
    """What lies beyond it is what the neighbour shows; nobody painted the mixture."""
    seen = cell((BODY, BODY, SOFT, SOFT, LINE))
    ruler = np.array([BODY], np.float32)
    assert find_rival(cell((BODY, BODY, BODY, SOFT, SOFT)), ruler)[1] > 0
    far = cell((BODY, BODY, (120, 108, 90), (120, 108, 90), LINE))
    assert find_rival(far, ruler)[1] == 0
    assert find_ruler(seen).shape == ruler.shape


def test_what_lies_far_from_all_that_is_seen_is_no_heap() -> None:
    """Of black and white beside red the mean is grey, which nothing of the cell is near to."""
    red = (255, 0, 0)
    colour, share, _ = find_rival(
        cell((red, red, red, (0, 0, 0), (255, 255, 255))), np.array([red])
    )
    assert np.allclose(colour, 127.5)
    assert share[0] == 0


def test_a_dithered_cell_has_the_mean_of_its_colours() -> None:
    """Lilac and green strewn over a cell stand for the grey that a picture of few colours has not."""
    lilac, green = np.array((177, 189, 213)), np.array((146, 181, 172))
    chequer = np.indices((SIDE, SIDE)).sum(0).ravel()[:, None] % 2 == 0
    seen = np.where(chequer, lilac, green).astype(np.float32)[None]
    assert np.allclose(find_ruler(seen)[0], (lilac + green) / 2, atol=1)


def test_a_border_between_near_colours_and_a_gleam_are_no_dither() -> None:
    """The greater part rules, as its colours lie apart; so it does where one place differs."""
    lilac, green = (177, 189, 213), (146, 181, 172)
    assert np.allclose(find_ruler(cell((lilac, lilac, lilac, green, green)))[0], lilac, atol=2)
    gleam = cell((green,) * SIDE)
    gleam[0, SIDE * SIDE // 2 + 1] = lilac
    assert np.allclose(find_ruler(gleam)[0], green, atol=2)


def test_lines_across_a_cell_are_no_dither() -> None:
    """Its colours alternate from left to right, but not down the lines."""
    lilac, green = (177, 189, 213), (146, 181, 172)
    assert np.allclose(find_ruler(cell((green, lilac, green, lilac, green)))[0], green, atol=2)
