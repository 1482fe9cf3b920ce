"""What the engine says of itself while it trains, and when that or the loading fails."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.engine.app import create_app
from bot.errors import KnowledgeError

SECRET = "postgresql://town:geheim@db/town"


def fake_module(monkeypatch: pytest.MonkeyPatch, **names: Any) -> None:
    """The engine's modules import Rasa; here only these names are needed of them."""

    class TrainingFailed(Exception):
        """As the true one."""

    for name in ("fingerprint", "training"):
        module = ModuleType(f"bot.engine.{name}")
        vars(module).update({"TrainingFailed": TrainingFailed, **names})
        monkeypatch.setitem(sys.modules, f"bot.engine.{name}", module)


def raising(error: Exception) -> Callable[..., Path]:
    """A function that fails."""

    def fail(*_: object) -> Path:
        raise error

    return fail


def final_status(folder: Path) -> dict[str, Any]:
    """What the status page says once loading has ended."""
    with TestClient(create_app(folder, folder)) as client:
        for _ in range(500):
            status: dict[str, Any] = client.get("/status").json()
            if status["state"] == "failed":
                return status
            time.sleep(0.01)
    raise AssertionError(status)


def fake_python(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A script in the place of the interpreter that trains."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (RuntimeError(SECRET), "RuntimeError; see the engine's log"),
        (OSError(13, "Permission denied", "/home/geheim"), "PermissionError; see the engine's log"),
        (
            KnowledgeError("data/faq/kita.yml:3: geheim"),
            "KnowledgeError; `rathausbote check` names the mistakes in the editors' files",
        ),
    ],
)
def test_the_status_names_the_kind_of_failure_only(
    error: Exception, detail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The web process shows it to everybody at /readyz; what may be a path or a password stands in the log."""
    fake_module(monkeypatch, model_path=raising(error))

    assert final_status(tmp_path)["detail"] == detail
    assert "geheim" in caplog.text


def test_a_failed_training_shows_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log, as far as they help; the progress bars before them are left out."""
    fake_module(monkeypatch, model_path=lambda *_: tmp_path / "missing.tar.gz")
    fake_python(tmp_path, monkeypatch, "seq 1 5000 | sed 's/^/Epochs /' >&2; echo 'pipeline is wrong' >&2; exit 3")

    assert final_status(tmp_path)["detail"] == "TrainingFailed; see the engine's log"
    assert "ended with code 3" in caplog.text
    assert "pipeline is wrong" in caplog.text
    assert "Epochs 1\n" not in caplog.text
    assert len(caplog.text) < 5000


def test_a_training_that_succeeds_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Progress bars don't spill into the operator's log, where each redraw would be a line."""
    fake_module(monkeypatch, model_path=lambda *_: tmp_path / "missing.tar.gz")
    fake_python(tmp_path, monkeypatch, "echo 'Epochs: 10%|#' >&2; echo done; exit 0")

    final_status(tmp_path)

    written = capfd.readouterr()
    assert "Epochs" not in written.err + written.out


def test_a_training_ends_with_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended with it, and is told whose end to watch for, should the engine be killed."""
    fake_module(monkeypatch, model_path=lambda *_: tmp_path / "missing.tar.gz")
    fake_python(
        tmp_path,
        monkeypatch,
        f"echo $$ $* > {tmp_path}/started.tmp; mv {tmp_path}/started.tmp {tmp_path}/started; exec sleep 60",
    )

    with TestClient(create_app(tmp_path, tmp_path)):
        for _ in range(500):
            if (tmp_path / "started").exists():
                break
            time.sleep(0.01)
    pid, *arguments = (tmp_path / "started").read_text().split()

    assert arguments[-2:] == ["--die-with-parent", str(os.getpid())]
    assert not Path(f"/proc/{pid}").exists()
