"""The tests can't leave this machine."""

import socket
import time

import httpx
import pytest

from tests.network_guard import NetworkForbidden


def test_connecting_to_another_machine_fails_loudly() -> None:
    """A connection that leaves the machine is refused before a packet is sent."""
    with socket.socket() as outgoing, pytest.raises(NetworkForbidden):
        outgoing.connect(("192.0.2.1", 443))


def test_a_datagram_to_another_machine_fails_loudly() -> None:
    """The same holds for datagrams, such as questions to a name server."""
    with socket.socket(type=socket.SOCK_DGRAM) as outgoing, pytest.raises(NetworkForbidden):
        outgoing.sendto(b"?", ("192.0.2.1", 53))


async def test_names_of_other_machines_are_not_looked_up() -> None:
    """An HTTP client fails at the name already, also through the event loop's own look-up."""
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(NetworkForbidden):
            await client.get("http://www.musterstadt.example/")


def test_this_machine_can_be_reached() -> None:
    """Loopback stays open for servers that a test starts."""
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())

        assert client.getpeername() == server.getsockname()


def test_the_clock_of_the_machine_is_in_a_foreign_zone() -> None:
    """A naive local time anywhere would show itself, for the machine is hours away from the town."""
    assert time.tzname[0] == "NST"
