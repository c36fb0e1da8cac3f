"""What today's count holds beyond what providers confirmed."""

from mobart.core.views import Spending, Spent

SOLD = {"midjourney": Spent(3, 0.3), "fal": Spent(1, 0.1)}


def test_what_no_provider_confirmed_is_counted_apart() -> None:
    """As a submit in doubt, which counts against the budget."""
    assert Spending(Spent(6), SOLD, {}).untold == 2
    assert Spending(Spent(4), SOLD, {}).untold == 0


def test_a_purchase_told_before_it_was_counted_makes_no_negative_number() -> None:
    """Counters are written a moment apart, and midnight lies between some of them."""
    assert Spending(Spent(2), SOLD, {}).untold == 0


def test_more_days_than_one_have_no_such_number() -> None:
    """Only today's rights to pay are counted."""
    assert Spending(Spent(9), SOLD, {}, days=7).untold == 0
