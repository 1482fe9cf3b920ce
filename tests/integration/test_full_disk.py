"""A web process that can write no further byte: it refuses what it can't keep, goes on reading, and loses nothing."""

import contextlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.app import HAND_OFF, Process, StubEngine, copy_town, process, stub_engine, until


@pytest.fixture
def engine() -> Iterator[StubEngine]:
    """An engine that hands over who asks for a person, and echoes everything else."""
    with stub_engine() as engine:
        engine.script["Mensch bitte"] = HAND_OFF
        yield engine


@pytest.fixture
def web(engine: StubEngine, tmp_path: Path) -> Iterator[Process]:
    """The program on SQLite."""
    town = copy_town(tmp_path)
    with process(tmp_path, BOT_ENGINE_URL=engine.url, BOT_PROJECT_DIR=str(town), BOT_TURN_TIMEOUT="1") as web:
        web.start()
        yield web


@contextlib.contextmanager
def full_disk(web: Process) -> Iterator[None]:
    """Within the block every write of the process to a file fails."""
    assert web.process is not None
    soft, hard = resource.prlimit(web.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(web.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(web.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def test_what_can_not_be_stored_is_refused_and_what_was_accepted_is_answered(web: Process, engine: StubEngine) -> None:
    """503 in the usual form while the disk is full, also for staff; citizens still read; then all is as before."""
    citizen, waiting, staff = web.citizen(), web.citizen(), web.staff()
    waiting.asks("Mensch bitte")
    engine.released.clear()
    held = citizen.say("Gerade unterwegs")
    until(lambda: engine.texts[-1] == "Gerade unterwegs")
    with full_disk(web):
        refused = [citizen.post("Währenddessen", id_="w") for _ in range(3)]
        refused.append(httpx.post(f"{web.url}/api/v1/conversations", json={"language": "de"}, trust_env=False))
        refused.append(staff.do("claim", waiting.id))
        read = citizen.texts
        engine.released.set()
        time.sleep(0.5)  # the answer comes and can't be stored
    answer = citizen.reads("Antwort auf: Gerade unterwegs", seconds=15)  # once the lease of the failed turn has run out
    citizen.hears(after=citizen.say("Währenddessen", id_="w"))

    assert [(each.status_code, each.json()["error"]["code"]) for each in refused] == [(503, "storage_unavailable")] * 5
    assert read[-1] == "citizen: Gerade unterwegs"
    assert citizen.texts[held:] == [
        "bot: Antwort auf: Gerade unterwegs",
        "citizen: Währenddessen",
        "bot: Antwort auf: Währenddessen",
    ]
    assert answer["seq"] == held + 1
    assert web.process is not None
    assert web.process.poll() is None
    assert httpx.get(f"{web.url}/readyz", trust_env=False).status_code == 200
