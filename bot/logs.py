"""How the web process logs: ids and states, never what a citizen wrote."""

import logging

from pythonjsonlogger.json import JsonFormatter

from bot.settings import Settings

QUIET = ("httpx", "httpcore", "telegram", "aiosqlite", "asyncio", "alembic", "uvicorn.access")
TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class _TextFormatter(logging.Formatter):
    """A line with the extra fields behind it."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        return f"{line} {' '.join(f'{key}={value}' for key, value in extra.items())}" if extra else line


def configure_logging(settings: Settings) -> None:
    """Log to standard error as text or JSON; libraries that log requests only from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s")
        if settings.log_format == "json"
        else _TextFormatter(TEXT)
    )
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
