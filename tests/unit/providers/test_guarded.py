"""What stands in front of every provider."""

import pytest

from mobart.core.domain import Pending, Picture, Ticket
from mobart.core.errors import Code, Unavailable
from mobart.providers.guarded import GuardedProvider, seen_from
from mobart.testing.providers import MemoryProvider
from tests.support.clocks import SimulatedClock
from tests.support.observers import Notes

API = "https://api.example/mj/v2"


class OneAddress(MemoryProvider):
    """A provider whose pictures all have one address."""

    url = ""

    async def poll(self, ticket: Ticket) -> Pending | Picture:  # noqa: ARG002 - the port's
        """Say that it is done."""
        return Picture((self.url,), cost=0.1)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("/files/x.png?a=%2f", "https://api.example/files/x.png?a=%2f"),
        ("//cdn.example/x.png", "https://cdn.example/x.png"),
        ("https://cdn.example/x.png?", "https://cdn.example/x.png?"),
        ("data:image/png;base64,aGk=", "data:image/png;base64,aGk="),
        ("raw/u/r", "raw/u/r"),
    ],
)
async def test_an_address_that_lacks_its_host_is_one_of_the_api(told: str, address: str) -> None:
    """As in a page of that host."""
    provider = OneAddress()
    provider.url = told
    guarded = GuardedProvider(provider, Notes(), SimulatedClock(), base_url=API)
    assert await guarded.poll(Ticket("memory", "t")) == Picture((address,), cost=0.1)


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:80", "0.0.0.0:1"])
def test_a_server_that_calls_itself_localhost_is_asked_where_it_is(host: str) -> None:
    """If nothing is at the address as it stands."""
    told = f"http://{host}/mj/image/17?a=b"
    assert seen_from(API, told) == (told, "https://api.example/mj/image/17?a=b")


def test_an_address_that_is_written_as_in_html_is_read_as_there() -> None:
    """As it stands it is tried as well."""
    told = "https://cdn.example/x.png?a=1&amp;sig=2"
    assert seen_from(API, told) == ("https://cdn.example/x.png?a=1&sig=2", told)


async def test_what_waits_behind_a_circuit_is_told_what_opened_it() -> None:
    """A refused key is mended by an operator, and not by waiting."""
    provider = MemoryProvider()
    guarded = GuardedProvider(provider, Notes(), SimulatedClock())

    async def refuses(_: Ticket) -> Pending | Picture:
        raise Unavailable(Code.PROVIDER_AUTH, "No.")

    provider.poll = refuses  # type: ignore[method-assign, assignment]
    while guarded.circuit.closed:
        with pytest.raises(Unavailable):
            await guarded.poll(Ticket("memory", "t"))
    with pytest.raises(Unavailable) as open_circuit:
        await guarded.poll(Ticket("memory", "t"))
    assert open_circuit.value.code is Code.PROVIDER_AUTH
    assert "circuit" in str(open_circuit.value)


@pytest.mark.parametrize(
    "told", ["http://10.0.0.1/x.png", "http://[", "ftp://localhost/x", "http://127.0.0.2/"]
)
def test_an_address_elsewhere_stays_alone(told: str) -> None:
    """Whoever has another name for itself may mean another server."""
    assert seen_from(API, told) == (told,)
