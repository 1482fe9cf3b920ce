"""`python -m bot.engine`: serve turns on a socket or port, or train and end."""

import argparse
import os
import sys
import time
from pathlib import Path
from threading import Thread

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TQDM_DISABLE", "1")


def main() -> int:
    """Read the arguments and do what they ask; the exit code."""
    parser = argparse.ArgumentParser(prog="bot.engine")
    parser.add_argument("--project", type=Path, default=Path.cwd(), help="folder with config.yml, domain.yml and data/")
    parser.add_argument("--models", type=Path, help="folder of the trained models")
    parser.add_argument("--socket", help="listen on this Unix socket")
    parser.add_argument("--host", default="127.0.0.1", help="listen on this address")
    parser.add_argument("--port", type=int, default=8081, help="listen on this port")
    parser.add_argument("--train", action="store_true", help="train the model and end")
    parser.add_argument("--die-with-parent", type=int, metavar="PID", help="end when this parent process ends")
    parser.add_argument("--force", action="store_true", help="train even if the model exists")
    arguments = parser.parse_args()
    project_dir = arguments.project.resolve()
    os.environ["BOT_PROJECT_DIR"] = str(project_dir)
    os.chdir(project_dir)
    sys.path.insert(0, str(project_dir))
    models_dir = (arguments.models or project_dir / "models").resolve()
    os.environ["BOT_MODELS_DIR"] = str(models_dir)
    if arguments.die_with_parent:
        Thread(target=_end_with_parent, args=(arguments.die_with_parent,), daemon=True).start()
    if arguments.train:
        return train_model(project_dir, models_dir, force=arguments.force)
    return _serve(project_dir, models_dir, arguments)


def train_model(project_dir: Path, models_dir: Path, *, force: bool) -> int:
    """Train unless the model exists; the exit code of a command."""
    from bot.engine.logs import silence_warnings
    from bot.engine.training import ensure_model
    from bot.errors import RathausboteError

    silence_warnings()
    try:
        path = ensure_model(project_dir, models_dir, force=force)
    except RathausboteError as e:
        sys.stderr.write(f"{e}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


def _serve(project_dir: Path, models_dir: Path, arguments: argparse.Namespace) -> int:
    import uvicorn

    from bot.engine.app import create_app
    from bot.engine.logs import configure_logs

    configure_logs()
    where = {"uds": arguments.socket} if arguments.socket else {"host": arguments.host, "port": arguments.port}
    uvicorn.run(create_app(project_dir, models_dir), log_level="warning", access_log=False, ws="none", **where)
    return 0


def _end_with_parent(parent: int) -> None:
    """A web process that was killed leaves no engine behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
