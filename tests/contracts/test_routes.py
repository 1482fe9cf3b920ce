"""Every route: open on purpose, or closed to strangers with the one form of errors."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.domain.staff import Role
from bot.main import create_app
from bot.settings import Settings
from bot.use_cases.add_staff import add_staff
from bot.use_cases.set_duties import Duties, set_duties
from tests.routes import endpoints

OPEN = {
    ("GET", "/"),
    ("GET", "/widget.js"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/widget"),
    ("POST", "/api/v1/conversations"),
    ("POST", "/api/v1/conversations/reopen"),
    ("GET", "/console/static/{name}"),
    ("GET", "/console/sign-in"),
    ("POST", "/console/sign-in"),
}
PAGES = {("GET", "/console"), ("POST", "/console/sign-out")}
EVERYBODY = PAGES | {("GET", "/console/api/session")}
LEADS = {("GET", "/console/api/figures"), ("POST", "/console/api/conversations/{conversation_id}/assign")}
SECRET = "0123456789abcdef"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """All channels on, so that no route is left out."""
    return Settings(
        var_dir=tmp_path,
        telegram_token="12345:test",
        telegram_mode="webhook",
        telegram_webhook_secret=SECRET,
        public_url="https://chat.musterstadt.example",
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """The whole application with its tables; none of its loops runs."""
    created = create_app(settings, announce=lambda _: None)
    town = created.state.town
    await town.storage.upgrade()
    yield created
    await town.engine.close()
    await town.storage.close()


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a session, a token or a secret."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://chat.musterstadt.example") as client:
        yield client


def check_error(response: httpx.Response, *statuses: int) -> None:
    """Raise unless it is an error of the one form with a true status."""
    assert response.status_code in statuses, response.text
    content: dict[str, Any] = response.json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"code", "message"}
    assert all(isinstance(value, str) and value for value in content["error"].values())


async def test_every_route_is_open_on_purpose_or_refuses_strangers(app: FastAPI, stranger: httpx.AsyncClient) -> None:
    """A new route that nobody guards fails here; so does one that is open and no longer exists."""
    found = set(endpoints(app.routes))
    assert len(found) > 15
    assert found >= OPEN | PAGES | {("POST", "/telegram/webhook")}

    real = (await stranger.post("/api/v1/conversations", json={})).json()["id"]
    for method, path in sorted(found - OPEN - PAGES):
        for body in ({}, {"text": "x", "client_message_id": "c1"}):
            response = await stranger.request(
                method, path.format(conversation_id=real), json=None if method == "GET" else body
            )
            check_error(response, 401, 403)


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_of_the_console_lets_in_the_roles_that_need_it(
    app: FastAPI, stranger: httpx.AsyncClient, role: Role
) -> None:
    """Editors have no business with conversations, figures and giving work to others are for leads; nothing is left out."""
    found = {each for each in endpoints(app.routes) if each[1].startswith("/console")} - OPEN
    assert found > EVERYBODY | LEADS
    allowed = EVERYBODY | (found - LEADS if role.answers_citizens else set()) | (LEADS if role.leads else set())
    await sign_in(app, stranger, role)
    app.state.town.storage.events.end()

    last = ("POST", "/console/sign-out")
    for method, path in [*sorted(found - {last}), last]:
        response = await stranger.request(
            method,
            path.format(conversation_id="nobody"),
            params={"q": "Hund"},
            json=None if method == "GET" else {"text": "x", "staff_id": 1, "result": "answered"},
        )
        if (method, path) in allowed:
            assert response.status_code in (200, 204, 404, 409, 422), (method, path, response.text)
        else:
            check_error(response, 403)


async def sign_in(app: FastAPI, client: httpx.AsyncClient, role: Role) -> None:
    """Give the client a session of a member with this role, with the token for changes."""
    storage = app.state.town.storage
    password = await add_staff("kaya", "Frau Kaya", storage=storage)
    await set_duties("kaya", Duties(role=role), known_offices=(), storage=storage)
    client.headers["Sec-Fetch-Site"] = "same-origin"
    await client.post("/console/sign-in", data={"username": "kaya", "password": password})
    client.headers["X-CSRF-Token"] = (await client.get("/console/api/session")).json()["csrf_token"]


@pytest.mark.parametrize(("method", "path"), sorted(PAGES))
async def test_the_console_sends_strangers_to_the_sign_in(stranger: httpx.AsyncClient, method: str, path: str) -> None:
    """A page is for people: they are led to the form, and see nothing before."""
    response = await stranger.request(method, path)

    assert response.status_code in (302, 303, 307)
    assert response.headers["location"].startswith("/console/sign-in")


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "Bearer " + "x" * 5000])
async def test_a_wrong_token_opens_no_conversation(stranger: httpx.AsyncClient, token: str) -> None:
    """Neither reading nor writing works with another token, and nothing is said about why."""
    created = (await stranger.post("/api/v1/conversations", json={})).json()
    path = f"/api/v1/conversations/{created['id']}/messages"
    headers = {"Authorization": token}

    check_error(await stranger.get(path, headers=headers), 401)
    check_error(await stranger.post(path, headers=headers, json={"client_message_id": "c1", "text": "x"}), 401)


async def test_one_citizen_can_not_read_anothers_conversation(stranger: httpx.AsyncClient) -> None:
    """A token is good for its own conversation only."""
    mine = (await stranger.post("/api/v1/conversations", json={})).json()
    yours = (await stranger.post("/api/v1/conversations", json={})).json()
    headers = {"Authorization": f"Bearer {mine['token']}"}

    assert (await stranger.get(f"/api/v1/conversations/{mine['id']}/messages", headers=headers)).status_code == 200
    check_error(await stranger.get(f"/api/v1/conversations/{yours['id']}/messages", headers=headers), 401, 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/console/nowhere", 404),
        ("DELETE", "/healthz", 405),
        ("PUT", "/api/v1/conversations", 405),
        ("GET", "/docs", 404),
        ("GET", "/api/v1/docs", 404),
        ("GET", "/.env", 404),
    ],
)
async def test_what_does_not_exist_has_the_one_form_too(
    stranger: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    """Also the framework's own errors."""
    check_error(await stranger.request(method, path), status)


async def test_a_body_that_is_no_json_has_the_one_form_too(stranger: httpx.AsyncClient) -> None:
    """A malformed body is the sender's mistake, in the form of all mistakes, without the body in it."""
    created = (await stranger.post("/api/v1/conversations", json={})).json()
    response = await stranger.post(
        f"/api/v1/conversations/{created['id']}/messages",
        headers={"Authorization": f"Bearer {created['token']}", "Content-Type": "application/json"},
        content=b'{"text": "geheim',
    )

    check_error(response, 400, 422)
    assert "geheim" not in response.text
