"""Refuses every connection, datagram and name look-up that leaves this machine."""

import ipaddress
import socket
from typing import Any

import pytest

LOCAL_NAMES = frozenset({"", "localhost", "testserver"})


class NetworkForbidden(Exception):
    """A test tried to reach another machine."""


def forbid_network(patch: pytest.MonkeyPatch) -> None:
    """Put the guard into Python's sockets; Unix sockets and loopback stay open."""
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    patch.setattr(socket.socket, "sendto", _guarded(socket.socket.sendto, address_at=-1))
    patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))


def _guarded(method: Any, *, address_at: int = 0) -> Any:
    def call(self: socket.socket, *arguments: Any) -> Any:
        if self.family != socket.AF_UNIX:
            _check_local(arguments[address_at][0])
        return method(self, *arguments)

    return call


def _guarded_lookup(look_up: Any) -> Any:
    def call(host: Any, *arguments: Any, **options: Any) -> Any:
        _check_local(host)
        return look_up(host, *arguments, **options)

    return call


def _check_local(host: Any) -> None:
    name = (host.decode() if isinstance(host, bytes) else host or "").partition("%")[0]
    if name in LOCAL_NAMES:
        return
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        raise NetworkForbidden(f"name look-up of {name}") from None
    if not (address.is_loopback or address.is_unspecified):
        raise NetworkForbidden(f"connection to {name}")
