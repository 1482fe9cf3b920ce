"""What strangers are told of our own faults, and what machines are told of the parts."""

from typing import NoReturn

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from bot.channels.errors import add_error_handlers
from bot.channels.health import health_router
from bot.errors import (
    AssistantUnavailable,
    DeliveryFailed,
    KnowledgeError,
    NotAllowed,
    RathausboteError,
    SettingsError,
    StorageUnavailable,
)

SECRET = 'PostgreSQL at db.intern:5432: password authentication failed for user "bote"'


def client_of(error: Exception) -> TestClient:
    """An application whose only route fails like this."""
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/", response_model=None)
    async def get_nothing() -> NoReturn:
        raise error

    return TestClient(app)


@pytest.mark.parametrize(
    "kind", [RathausboteError, SettingsError, KnowledgeError, StorageUnavailable, AssistantUnavailable, DeliveryFailed]
)
def test_our_faults_are_told_in_fixed_sentences(kind: type[RathausboteError], caplog: pytest.LogCaptureFixture) -> None:
    """Addresses, user names and the driver's words are for the log."""
    answer = client_of(kind(SECRET)).get("/")

    assert (answer.status_code, answer.json()["error"]["code"]) == (kind.status, kind.code)
    assert answer.json()["error"]["message"].startswith(("the ", "something "))
    assert "db.intern" not in answer.text
    assert f"{kind.code} on /: {kind.__name__}: {SECRET}" in caplog.text


def test_faults_of_the_framework_are_told_in_a_fixed_sentence_too() -> None:
    """Whatever raises them."""
    answer = client_of(HTTPException(502, SECRET)).get("/")

    assert answer.status_code == 502
    assert "db.intern" not in answer.text


def test_mistakes_of_the_sender_are_explained() -> None:
    """They can be mended by whoever reads them."""
    answer = client_of(NotAllowed("the request comes from another website")).get("/")

    assert answer.json() == {"error": {"code": "not_allowed", "message": "the request comes from another website"}}


class Parts:
    """A process whose parts can fail."""

    error: StorageUnavailable | None = None
    ended_loop: str | None = None

    async def check(self) -> None:
        """Raise what was set."""
        if self.error:
            raise self.error

    def client(self) -> TestClient:
        """The routes for machines."""
        app = FastAPI()
        app.include_router(
            health_router(
                check_database=self.check,
                parts=lambda: {"engine": {"state": "ready"}},
                is_engine_ready=lambda: True,
                find_ended_loop=lambda: self.ended_loop,
                metrics=lambda: b"",
            )
        )
        return TestClient(app)


@pytest.fixture
def parts() -> Parts:
    """Everything is well."""
    return Parts()


def test_readiness_tells_states_only(parts: Parts, caplog: pytest.LogCaptureFixture) -> None:
    """Why the database does not answer is in the log."""
    parts.error = StorageUnavailable(SECRET)
    answer = parts.client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": "unreachable", "engine": {"state": "ready"}}
    assert SECRET in caplog.text


def test_readiness_names_the_loop_that_has_ended(parts: Parts) -> None:
    """A process that no longer answers is not ready, although its pages are served."""
    parts.ended_loop = "turns"
    answer = parts.client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "database": "ok",
        "ended_loop": "turns",
        "engine": {"state": "ready"},
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_load_balancers_may_ask_with_head(parts: Parts, path: str) -> None:
    """Same status, no body."""
    answer = parts.client().head(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
