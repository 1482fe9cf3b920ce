"""Rasa's own tools work on the project, for those who know Rasa: validate, test, shell with an action server."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine_process import PROJECT_DIR, engine_environment

pytestmark = pytest.mark.engine
RASA = [sys.executable, "-W", "ignore", "-m", "rasa"]
UNUSED = re.compile(r"The utterance 'utter_\w+' is not used in any story or rule")
STORIES = PROJECT_DIR / "tests" / "conversations" / "test_stories.yml"


def run(*arguments: str, typed: str | None = None) -> str:
    """Run a tool to its end; everything it printed. Raises where it fails."""
    result = subprocess.run(
        [*RASA, *arguments],
        cwd=PROJECT_DIR,
        env=engine_environment(),
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout[-3000:]
    return result.stdout


def find_complaints(output: str) -> list[str]:
    """Lines in which a tool complains of the project; sentences that only Python uses are no mistake."""
    complaints = [line for line in output.splitlines() if re.search(r"\b(ERROR|CRITICAL|Traceback|UserWarning)\b", line)]
    return [line for line in complaints if "pkg_resources" not in line and not UNUSED.search(line)]


@contextmanager
def running_actions(folder: Path) -> Iterator[Path]:
    """`rasa run actions` on a free port; gives the endpoints file that names it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoints = folder / "endpoints.yml"
    endpoints.write_text((PROJECT_DIR / "endpoints.yml").read_text().replace("5055", str(port)))
    with (folder / "actions.log").open("wb") as log:
        process = subprocess.Popen(
            [*RASA, "run", "actions", "--port", str(port)], cwd=PROJECT_DIR, env=engine_environment(), stdout=log, stderr=log
        )
    try:
        wait_for_port(port)
        yield endpoints
    finally:
        process.terminate()
        process.wait(20)


def wait_for_port(port: int) -> None:
    """Return when somebody listens."""
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, "the action server does not start"
        time.sleep(0.2)


def test_rasa_finds_nothing_wrong_with_the_training_data() -> None:
    """`rasa data validate`: intents, responses, rules and stories fit each other."""
    output = run("data", "validate", "--data", "data/nlu", "data/rules")

    assert "No story structure conflicts found" in output
    assert find_complaints(output) == []


def test_the_stories_come_out_as_they_are_written(trained_model: Path, tmp_path: Path) -> None:
    """`rasa test core` predicts every action of the test stories."""
    output = run(
        "test", "core", "--model", str(trained_model), "--stories", str(STORIES), "--out", str(tmp_path),
        "--fail-on-prediction-errors",
    )  # fmt: skip

    correct = re.findall(r"Correct: +(\d+) / (\d+)", output)
    assert correct
    assert all(right == total != "0" for right, total in correct)


def test_rasa_shell_answers_with_the_action_server(trained_model: Path, tmp_path: Path) -> None:
    """`rasa run actions` in one terminal, `rasa shell` in the other: the same answer as everywhere."""
    with running_actions(tmp_path) as endpoints:
        output = run(
            "shell", "--model", str(trained_model), "--endpoints", str(endpoints), typed="Was kostet ein Reisepass?\n/stop\n"
        )

    assert "Ein Reisepass mit 32 Seiten kostet" in output
    assert '"service": "reisepass"' in output
    assert find_complaints(output) == []
