"""The composed services: whose word about addresses is believed, and how long a stop may take."""

import ipaddress
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.settings import PROJECT_ROOT


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file as Docker reads it."""
    content: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "compose.yml").read_text("utf-8"))
    return content


async def find_client(trusted: str, peer: str, forwarded: str) -> str:
    """The address that limits count for a request."""
    seen: list[str] = []

    async def app(scope: Any, *_: object) -> None:
        seen.append(scope["client"][0])

    scope: Any = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    await ProxyHeadersMiddleware(app, trusted)(scope, None, None)  # type: ignore[arg-type]
    return seen[0]


async def test_nobody_chooses_their_own_address(compose: dict[str, Any]) -> None:
    """Believed is the gateway, through which the proxy comes; of what it passes on only what it added itself."""
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    trusted = compose["services"]["web"]["environment"]["FORWARDED_ALLOW_IPS"]

    assert trusted == network["gateway"]
    assert ipaddress.ip_address(trusted) in ipaddress.ip_network(network["subnet"])
    assert await find_client(trusted, trusted, "192.0.2.7") == "192.0.2.7"
    assert await find_client(trusted, trusted, "198.51.100.1, 192.0.2.7") == "192.0.2.7"
    assert await find_client(trusted, "172.30.253.5", "198.51.100.1") == "172.30.253.5"


def test_a_stop_has_time_to_finish(compose: dict[str, Any]) -> None:
    """Turns and deliveries in progress take longer than Docker's ten seconds at worst."""
    assert {compose["services"][name]["stop_grace_period"] for name in ("web", "engine")} == {"30s"}
