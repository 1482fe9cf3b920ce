"""Prints the figures that the README names: start, answer time, memory. Takes about a minute; needs a trained model.

The server is the real one, on a free port of this machine, with a database of its own; one client asks one question
after the other, as a citizen in the widget would, and reads the answer from the event stream.
"""

import json
import os
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from benchmarks.speed.questions import all_questions

ROOT = Path(__file__).resolve().parent.parent
RATHAUSBOTE = ROOT / ".venv" / "bin" / "rathausbote"
ROUNDS, QUESTIONS_A_ROUND = 8, 8
PATIENCE = 120.0
MIB = 1024 * 1024


@contextmanager
def server(var_dir: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The product on this port, until the block ends."""
    environment = {**os.environ, "BOT_PORT": str(port), "BOT_VAR_DIR": var_dir, "BOT_LOG_LEVEL": "WARNING"}
    environment |= {"BOT_DATABASE_URL": "", "BOT_TELEGRAM_TOKEN": "", "BOT_ENGINE_URL": ""}
    process = subprocess.Popen([str(RATHAUSBOTE), "run"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Citizen:
    """One visitor with one conversation and one event stream."""

    def __init__(self, client: httpx.Client, base: str) -> None:
        self._client = client
        started = client.post(f"{base}/api/v1/conversations", json={"language": "de"}).raise_for_status().json()
        self._url = f"{base}/api/v1/conversations/{started['id']}"
        self._headers = {"Authorization": f"Bearer {started['token']}"}
        self._count = 0

    def ask(self, text: str) -> float:
        """Seconds from sending a message until its answer has arrived."""
        self._count += 1
        body = {"client_message_id": str(self._count), "text": text}
        with self._client.stream("GET", f"{self._url}/events", headers={**self._headers, "Last-Event-ID": "0"}) as stream:
            lines = stream.iter_lines()
            next(lines)
            sent = time.perf_counter()
            seq = (
                self._client.post(f"{self._url}/messages", json=body, headers=self._headers).raise_for_status().json()["seq"]
            )
            for line in lines:
                if line.startswith("data:") and json.loads(line[5:]).get("seq", 0) > seq:
                    return time.perf_counter() - sent
        raise RuntimeError("the stream ended without an answer")


def wait_for(client: httpx.Client, url: str, is_there: object) -> float:
    """Seconds until this address gives what is waited for."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        try:
            response = client.get(url)
            if callable(is_there) and is_there(response):
                return time.perf_counter() - begun
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"{url} did not become ready")


def resident(process: psutil.Process) -> float:
    """Resident memory in MiB."""
    return float(process.memory_info().rss) / MIB


def main() -> None:
    """Start twice, measure the second start and then the answers."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with TemporaryDirectory() as var_dir, httpx.Client(timeout=30, trust_env=False) as client:
        with server(var_dir, port):
            wait_for(client, f"{base}/readyz", lambda r: r.json().get("status") == "ready")
        begun = time.perf_counter()
        with server(var_dir, port) as process:
            wait_for(client, f"{base}/healthz", lambda r: r.status_code == 200)
            accepting = time.perf_counter() - begun
            wait_for(client, f"{base}/readyz", lambda r: r.json().get("status") == "ready")
            first, *questions = all_questions()[: 1 + ROUNDS * QUESTIONS_A_ROUND]
            Citizen(client, base).ask(first)
            first_answer = time.perf_counter() - begun
            times = [wait for _ in range(ROUNDS) for wait in ask_in_turn(Citizen(client, base), questions)]
            web = psutil.Process(process.pid)
            engine = next(child for child in web.children(recursive=True) if "bot.engine" in " ".join(child.cmdline()))
            print_figures(accepting, first_answer, times, resident(web), resident(engine))


def ask_in_turn(citizen: Citizen, questions: list[str]) -> list[float]:
    """Seconds of each answer; takes the questions of one conversation off the list, so that none is asked twice."""
    return [citizen.ask(questions.pop()) for _ in range(QUESTIONS_A_ROUND)]


def print_figures(accepting: float, first_answer: float, times: list[float], web: float, engine: float) -> None:
    """One line a figure, with the goal behind it."""
    milliseconds = sorted(1000 * each for each in times)
    p95 = milliseconds[int(len(milliseconds) * 0.95)]
    lines = [
        ("second start: accepting messages", f"{accepting:.1f} s", "3 s"),
        ("second start: first answer of the model", f"{first_answer:.1f} s", "15 s"),
        (f"answer in the widget, median of {len(times)}", f"{statistics.median(milliseconds):.0f} ms", "60 ms"),
        ("answer in the widget, 95 %", f"{p95:.0f} ms", None),
        ("memory of the web process", f"{web:.0f} MiB", "200 MB"),
        ("memory of the engine", f"{engine:.0f} MiB", "800 MB"),
    ]
    for name, value, goal in lines:
        print(f"{name:45} {value:>10}" + (f"   (goal: under {goal})" if goal else ""))


if __name__ == "__main__":
    main()
