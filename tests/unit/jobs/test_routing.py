"""Which providers a request may go to, and whom a ticket belongs to."""

import pytest

from mobart.core.domain import Lookup, Ticket
from mobart.core.errors import Unavailable
from mobart.core.orders import Order
from mobart.jobs.routing import ProviderRouter
from mobart.testing.providers import MemoryProvider

FIRST, SECOND, THIRD = (MemoryProvider(name=name) for name in ("first", "second", "third"))
ALL = {one.name: one for one in (FIRST, SECOND, THIRD)}


def test_providers_are_asked_in_the_order_of_the_settings() -> None:
    """Without a wish of the preset."""
    assert ProviderRouter(ALL).candidates() == [FIRST, SECOND, THIRD]


def test_a_preset_chooses_others_in_another_order() -> None:
    """Only those."""
    assert ProviderRouter(ALL).candidates(("third", "first")) == [THIRD, FIRST]


@pytest.mark.parametrize("wishes", [("elsewhere",), ()])
def test_a_wish_for_what_a_worker_lacks_is_none(wishes: tuple[str, ...]) -> None:
    """A preset may be shared by deployments with other providers."""
    assert ProviderRouter(ALL).candidates(wishes) == [FIRST, SECOND, THIRD]


def test_a_payment_from_before_there_were_names_is_the_first_ones() -> None:
    """As it was when there was one."""
    assert ProviderRouter(ALL).get_provider("") is FIRST


async def test_a_provider_that_was_taken_away_is_waited_for() -> None:
    """Its tickets may be good: nothing is decided, nothing is sold."""
    absent = ProviderRouter(ALL).get_provider("gone")
    assert absent.capabilities.lookup is Lookup.PARTIAL
    for act in (
        absent.submit(Order("r", "u", "p")),
        absent.find(Order("r", "u", "p")),
        absent.poll(Ticket("gone", "t")),
    ):
        with pytest.raises(Unavailable):
            await act
