"""What holds for all tests: no network but this machine, no settings of whoever runs them, one engine for all."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine_process import MODELS_DIR, PROJECT_DIR, EngineProcess, running_engine, train
from tests.network_guard import forbid_network

ODD_ZONE = "America/St_Johns"


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    """Refuse every connection, datagram and name look-up that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        forbid_network(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def _foreign_surroundings() -> Iterator[None]:
    """No BOT_ setting comes from outside, and the machine's clock is in a zone that no town of ours has."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("BOT_")]:
            patch.delenv(name)
        patch.setenv("TZ", ODD_ZONE)
        patch.setenv("RASA_TELEMETRY_ENABLED", "false")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="module", autouse=True)
def _usual_event_loops() -> None:
    """Sanic, which comes with Rasa, gives the whole process event loops that can't start processes in a thread."""
    asyncio.set_event_loop_policy(None)


@pytest.fixture(scope="session")
def trained_model() -> Path:
    """The model of the project's present files, trained now if it is missing."""
    return train(PROJECT_DIR, MODELS_DIR)


@pytest.fixture(scope="session")
def engine(trained_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """One real engine that all tests share; it keeps nothing, so they don't disturb each other."""
    with running_engine(tmp_path_factory.mktemp("engine") / "engine.sock") as running:
        yield running
