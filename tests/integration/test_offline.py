"""Training, start and turns of an engine reach no other machine: every look-up and connection is written down."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine_process import copy_project, running_engine, train

SITECUSTOMIZE = """
import os, sys
log = os.open(os.environ["AUDIT_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def audit(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"):
        target = arguments[1] if event.startswith(("socket.connect", "socket.send")) else arguments[0]
        family = int(arguments[0].family) if event.startswith(("socket.connect", "socket.send")) else 0
        os.write(log, (repr([event, family, repr(target)]) + "\\n").encode())
sys.addaudithook(audit)
os.write(log, (repr(["start", os.getpid(), " ".join(sys.orig_argv[-6:])]) + "\\n").encode())
"""
AF_UNIX = 1
KEPT = (
    "reisepass",
    "personalausweis",
    "ummeldung",
    "kita",
    "aspects",
    "dialogue",
    "buttons",
    "emergencies",
)  # a training of seconds does the same steps


def find_strangers(lines: list[str]) -> list[str]:
    """The lines that name another machine."""
    local = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "''", "None")
    events = [line for line in lines if not line.startswith("['start'")]
    return [line for line in events if f", {AF_UNIX}, " not in line and not any(name in line for name in local)]


@pytest.fixture
def audited(tmp_path: Path) -> dict[str, str]:
    """The environment under which every Python process, also of processes that they start, writes down its network."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
    return {"PYTHONPATH": str(hooks), "AUDIT_FILE": str(tmp_path / "audit.txt")}


@pytest.mark.engine
def test_the_engine_needs_no_network(audited: dict[str, str], tmp_path: Path) -> None:
    """From the editors' files to the answer nothing is fetched, asked or reported anywhere."""
    (tmp_path / "town").mkdir()
    project = copy_project(tmp_path / "town")
    for path in (project / "data").glob("*/*.yml"):
        if path.parent.name in ("faq", "referrals", "nlu") and path.stem not in KEPT:
            path.unlink()
    models = tmp_path / "models"
    model = train(project, models, **audited)
    with running_engine(tmp_path / "engine.sock", project_dir=project, models_dir=models, **audited) as engine:
        answer = engine.turn("Was kostet ein Reisepass?")
        handoff = engine.turn("ich möchte mit einem Menschen sprechen")

    lines = Path(audited["AUDIT_FILE"]).read_text(encoding="utf-8").splitlines()
    assert (answer["service"], handoff["decision"]) == ("reisepass", "handoff")
    encoder, trained = sorted(path.name for path in models.iterdir())
    assert (encoder.partition("-")[0], trained) == ("encoder", model.name)
    assert len([line for line in lines if line.startswith("['start'")]) >= 2, "both processes were watched"
    assert find_strangers(lines) == []


def test_the_watch_sees_what_it_must_see(audited: dict[str, str], tmp_path: Path) -> None:
    """A process that does look up a name and connect is found out, so that the test above can fail."""

    script = (
        "import socket\n"
        "try: socket.getaddrinfo('telemetry.invalid', 443)\n"
        "except OSError: pass\n"
        "s = socket.socket(); s.settimeout(0.1)\n"
        "try: s.connect(('192.0.2.1', 443))\n"
        "except OSError: pass\n"
        "d = socket.socket(type=socket.SOCK_DGRAM)\n"
        "try: d.sendto(b'x', ('192.0.2.2', 53))\n"
        "except OSError: pass\n"
    )
    subprocess.run([sys.executable, "-c", script], env={"PATH": "/usr/bin", **audited}, check=True, timeout=30)

    strangers = "\n".join(find_strangers(Path(audited["AUDIT_FILE"]).read_text(encoding="utf-8").splitlines()))
    assert all(name in strangers for name in ("telemetry.invalid", "192.0.2.1", "192.0.2.2"))
