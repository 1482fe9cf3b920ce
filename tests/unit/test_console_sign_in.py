"""Who gets into the console: sessions, limits, cookies, languages, and no open route."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import APIRoute

from bot.console.guard import Guard
from bot.console.router import console_router
from bot.console.sign_in_limit import SignInLimit, limit_keys
from bot.console.words import WORDS_FILE, load_words
from bot.errors import KnowledgeError
from tests.console_support import MONDAY, PASSWORD, Town
from tests.routes import walk

OPEN_ROUTES = {"/console/sign-in", "/console/static/{name}"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def town() -> Town:
    """Frau Kaya works here."""
    town = Town()
    await town.employ("kaya", "Frau Kaya")
    return town


@pytest.fixture
async def client(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    transport = httpx.ASGITransport(app=town.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, **headers: str) -> httpx.Response:
    """Send the form."""
    data = {"username": "kaya", "password": password}
    return await client.post("/console/sign-in", data=data, headers=headers or SAME_ORIGIN)


async def test_every_route_but_sign_in_and_static_files_asks_for_a_session(town: Town, client: httpx.AsyncClient) -> None:
    """A route that was registered without the guard fails here, by look and by trial."""
    paths = set()
    for path, route in walk(console_router(town.dependencies).routes):
        assert isinstance(route, APIRoute)
        paths.add(path)
        if path in OPEN_ROUTES:
            continue
        for method in route.methods or ():
            response = await client.request(method, path.replace("{conversation_id}", "anna"), json={}, headers=SAME_ORIGIN)
            assert response.status_code in (401, 303), (method, path)
            assert any(isinstance(each.call, Guard) for each in route.dependant.dependencies), path

    assert paths >= OPEN_ROUTES | {"/console", "/console/events", "/console/api/queue", "/console/sign-out"}
    assert len(paths) == 23


async def test_sign_in_sets_a_cookie_that_scripts_and_other_sites_never_see(client: httpx.AsyncClient) -> None:
    """HttpOnly, SameSite=Strict, limited to the console and to ten hours."""
    response = await sign_in(client)

    assert (response.status_code, response.headers["location"]) == (303, "/console")
    cookie = response.headers["set-cookie"].lower()
    assert cookie.startswith("rathausbote_session=")
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/console", "max-age=36000"))
    assert "secure" not in cookie
    page = await client.get("/console")
    assert (page.status_code, "Frau Kaya" in page.text) == (200, True)


async def test_cookie_is_secure_where_the_town_uses_https() -> None:
    """An encrypted site never sends the session over an open line."""
    town = Town(public_url="https://chat.musterstadt.example")
    await town.employ("kaya", "Frau Kaya")
    transport = httpx.ASGITransport(app=town.app())
    async with httpx.AsyncClient(transport=transport, base_url="https://chat.musterstadt.example") as client:
        response = await sign_in(client)

    assert "secure" in response.headers["set-cookie"].lower()


async def test_wrong_password_gives_the_form_again(client: httpx.AsyncClient) -> None:
    """A true status, a sentence for people, no cookie."""
    response = await sign_in(client, "wrong")

    assert response.status_code == 401
    assert "passen nicht zusammen" in response.text
    assert "set-cookie" not in response.headers


async def test_sixth_attempt_has_to_wait(client: httpx.AsyncClient, town: Town) -> None:
    """After five failures even the right password waits, until the fifteen minutes are over."""
    for _ in range(5):
        assert (await sign_in(client, "wrong")).status_code == 401

    refused = await sign_in(client)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    town.clock.advance(timedelta(minutes=15))
    assert (await sign_in(client)).status_code == 303


async def test_good_sign_ins_do_not_count(client: httpx.AsyncClient) -> None:
    """A whole town hall behind one address signs in on Monday morning."""
    statuses = [(await sign_in(client)).status_code for _ in range(8)]

    assert statuses == [303] * 8


def test_limit_counts_names_and_addresses_apart() -> None:
    """Many addresses do not help against one name, many names not from one address; one IPv6 network is one address."""
    limit = SignInLimit()
    for number in range(5):
        assert limit.attempt(limit_keys("kaya", f"10.0.0.{number}"), at=MONDAY) == 0
        assert limit.attempt(limit_keys(f"name{number}", f"2001:db8::{number}"), at=MONDAY) == 0

    assert limit.attempt(limit_keys("kaya", "10.0.0.99"), at=MONDAY) == 900
    assert limit.attempt(limit_keys("other", "2001:db8::ffff"), at=MONDAY + timedelta(minutes=5)) == 600
    assert limit.attempt(limit_keys("other", "2001:db9::1"), at=MONDAY) == 0


def test_limit_does_not_last_until_the_clock_has_caught_up() -> None:
    """Attempts that lie in the future were made before the clock was put back; they are forgotten."""
    limit = SignInLimit()
    for _ in range(5):
        limit.attempt(["kaya"], at=MONDAY)

    assert limit.attempt(["kaya"], at=MONDAY - timedelta(minutes=1)) > 0
    assert limit.attempt(["kaya"], at=MONDAY - timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"X": "y"}],
)
async def test_form_of_another_site_signs_nobody_in(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Only our own page may send the form."""
    response = await sign_in(client, PASSWORD, **headers)

    assert response.status_code == 403
    assert "set-cookie" not in response.headers


async def test_whoever_is_not_signed_in_is_led_to_the_form(client: httpx.AsyncClient) -> None:
    """A page leads there, the API says 401 in the project's shape."""
    page, api = await client.get("/console"), await client.get("/console/api/queue")

    assert (page.status_code, page.headers["location"]) == (303, "/console/sign-in")
    assert (api.status_code, api.json()["error"]["code"]) == (401, "token_invalid")


async def test_storage_failure_is_a_page_for_people(client: httpx.AsyncClient, town: Town) -> None:
    """Nobody has to read JSON."""
    town.storage.is_down = True

    response = await sign_in(client)

    assert response.status_code == 503
    assert "gleich noch einmal" in response.text


async def test_sign_out_ends_the_session(client: httpx.AsyncClient, town: Town) -> None:
    """The old cookie opens nothing, wherever it was copied to."""
    await sign_in(client)
    token = client.cookies["rathausbote_session"]
    csrf_token = (await client.get("/console/api/session")).json()["csrf_token"]

    response = await client.post("/console/sign-out", headers=SAME_ORIGIN | {"X-CSRF-Token": csrf_token})

    assert response.status_code == 204
    assert town.storage.tables.sessions == {}
    again = await client.get("/console/api/queue", headers={"Cookie": f"rathausbote_session={token}"})
    assert again.status_code == 401


@pytest.mark.parametrize(
    ("accepted", "word"),
    [
        ("en-GB,en;q=0.9,de;q=0.5", "Password"),
        ("fr,en;q=0.4,de;q=0.5", "Passwort"),
        ("", "Passwort"),
        ("xx;q=nan,en;q=no", "Passwort"),
    ],
)
async def test_surface_speaks_the_language_of_the_browser(client: httpx.AsyncClient, accepted: str, word: str) -> None:
    """English or German by Accept-Language, German where neither is wanted."""
    response = await client.get("/console/sign-in", headers={"Accept-Language": accepted})

    assert f">{word}<" in response.text


async def test_switch_of_language_is_remembered(client: httpx.AsyncClient) -> None:
    """One click is enough."""
    await client.get("/console/sign-in?lang=en")

    assert ">Password<" in (await client.get("/console/sign-in")).text


async def test_pages_run_only_their_own_files(client: httpx.AsyncClient) -> None:
    """A content policy without exceptions, and pages that need none."""
    await sign_in(client)
    for path in ("/console/sign-in", "/console"):
        response = await client.get(path)
        assert "unsafe" not in response.headers["content-security-policy"]
        assert response.headers["cache-control"] == "no-store"
        assert "<style" not in response.text
        assert " style=" not in response.text
        assert response.text.count("<script") == response.text.count('<script type="module" src=')


async def test_static_files_are_tagged_and_nothing_else_is_served(client: httpx.AsyncClient) -> None:
    """A known tag gives 304; a path outside the folder is not found."""
    first = await client.get("/console/static/main.js")
    again = await client.get("/console/static/main.js", headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    assert first.headers["content-type"].startswith("text/javascript")
    assert (await client.get("/console/static/..%2Frouter.py")).status_code == 404


def test_every_word_of_scripts_and_templates_exists() -> None:
    """No key is shown to anyone instead of a word, and no word is kept that nobody reads."""
    words = load_words()["de"]
    folder = WORDS_FILE.parent
    sources = "".join(path.read_text() for sub in ("static", "templates") for path in (folder / sub).iterdir())
    sources += (folder / "pages.py").read_text()
    composed = ("group_", "empty_", "state_", "author_", "channel_", "reason_", "step_", "result_", "suggestions_", "notes_")

    assert [key for key in words if key not in sources and not key.startswith(composed)] == []


def test_word_without_a_language_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A forgotten translation is noticed at start."""
    path = tmp_path_factory.mktemp("words") / "words.yml"
    path.write_text("send: {de: Senden}\n")

    with pytest.raises(KnowledgeError, match="send needs exactly the languages"):
        load_words(path)
