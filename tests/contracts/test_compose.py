"""The composed services: whose word about addresses is believed, who takes part, and how long a stop may take."""

import ipaddress
import re
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.settings import PROJECT_ROOT, Settings

WEB = ["web1", "web2", "web3"]
ENGINES = ["engine1", "engine2"]


@pytest.fixture
def compose() -> dict[str, Any]:
    """The file as Docker reads it."""
    content: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / "compose.yml").read_text("utf-8"))
    return content


@pytest.fixture
def caddyfile() -> str:
    """The reverse proxy's file."""
    return (PROJECT_ROOT / "deploy" / "Caddyfile").read_text("utf-8")


async def find_client(trusted: str, peer: str, forwarded: str) -> str:
    """The address that limits count for a request."""
    seen: list[str] = []

    async def app(scope: Any, *_: object) -> None:
        seen.append(scope["client"][0])

    scope: Any = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    await ProxyHeadersMiddleware(app, trusted)(scope, None, None)  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize("name", WEB)
async def test_nobody_chooses_their_own_address(compose: dict[str, Any], name: str) -> None:
    """Believed is the proxy, and of what it passes on only what it added itself."""
    trusted = compose["services"][name]["environment"]["FORWARDED_ALLOW_IPS"]

    assert trusted == compose["services"]["proxy"]["networks"]["default"]["ipv4_address"]
    assert await find_client(trusted, trusted, "192.0.2.7") == "192.0.2.7"
    assert await find_client(trusted, trusted, "198.51.100.1, 192.0.2.7") == "192.0.2.7"
    assert await find_client(trusted, "172.30.253.130", "198.51.100.1") == "172.30.253.130"


def test_nobody_else_gets_the_address_of_the_proxy(compose: dict[str, Any]) -> None:
    """It lies in the network, and outside the range from which all others get theirs."""
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    proxy = ipaddress.ip_address(compose["services"]["proxy"]["networks"]["default"]["ipv4_address"])
    given = ipaddress.ip_network(network["ip_range"])

    assert proxy in ipaddress.ip_network(network["subnet"])
    assert proxy not in given
    assert proxy != ipaddress.ip_address(network["gateway"])
    assert given.subnet_of(ipaddress.ip_network(network["subnet"]))  # type: ignore[arg-type]


def test_the_internet_reaches_the_proxy_only(compose: dict[str, Any]) -> None:
    """The web processes' own ports, with figures and states, are for this machine."""
    published = {name: each["ports"] for name, each in compose["services"].items() if "ports" in each}

    assert set(published) == {"proxy", *WEB}
    assert all(port.startswith("127.0.0.1:") for name in WEB for port in published[name])


def test_each_web_process_and_engine_takes_part(compose: dict[str, Any], caddyfile: str) -> None:
    """The proxy names all web processes, each of them all engines, and one of them builds the image for all."""
    services = compose["services"]
    asked = [services[name]["environment"]["BOT_ENGINE_URL"] for name in WEB]

    assert set(services) == {*WEB, *ENGINES, "proxy", "postgres"}
    assert re.findall(r"reverse_proxy (.*) \{", caddyfile) == [" ".join(f"{name}:8080" for name in WEB)]
    assert set(asked) == {",".join(f"http://{name}:8081" for name in ENGINES)}
    assert [name for name in services if "build" in services[name]] == ["web1"]
    assert {services[name]["pull_policy"] for name in [*WEB[1:], *ENGINES]} == {"never"}


def test_several_processes_share_one_bot_by_webhook(compose: dict[str, Any]) -> None:
    """Of several that poll Telegram all but one would fail."""
    assert {compose["services"][name]["environment"]["BOT_TELEGRAM_MODE"] for name in WEB} == {"webhook"}


def test_states_and_figures_are_not_for_the_internet(caddyfile: str) -> None:
    """The proxy does not pass on what only operators read."""
    assert re.search(r"@internal path (.*)\n\s*respond @internal 404", caddyfile)
    assert "@internal path /readyz /readyz/* /metrics /metrics/*" in caddyfile


def test_the_proxy_uses_only_settings_that_exist(caddyfile: str) -> None:
    """A mistyped variable would be empty in silence."""
    assert set(re.findall(r"\{\$(\w+)\}", caddyfile)) <= {f"BOT_{name.upper()}" for name in Settings.model_fields}


def test_a_stop_has_time_to_finish(compose: dict[str, Any]) -> None:
    """Turns and deliveries in progress take longer than Docker's ten seconds at worst."""
    assert {compose["services"][name]["stop_grace_period"] for name in [*WEB, *ENGINES]} == {"30s"}
