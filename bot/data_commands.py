"""What the command line does with everything stored: copy it, bring it back, move it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.settings import Settings
from bot.storage import transfers


def back_up(settings: Settings, path: Path) -> str:
    """Write a backup; gives what is in it, for people. Raises BackupInvalid, SettingsError, StorageUnavailable."""
    contents = transfers.back_up(settings.database_address, path, at=datetime.now(UTC))
    return f"{path}: {_to_text(contents.rows)}; revision {contents.revision}"


def restore(settings: Settings, path: Path, *, replace: bool) -> str:
    """Fill the database from a backup; raises also DatabaseOccupied."""
    transfer = transfers.restore(settings.database_address, path, replace=replace)
    rows = {name: copied.rows for name, copied in transfer.tables.items()}
    return f"restored: {_to_text(rows)}; of revision {transfer.revision}"


def move(settings: Settings, target_address: str) -> str:
    """Copy everything into another database, compare, and say what to set."""
    transfer, shown = transfers.move(settings.database_address, target_address, at=datetime.now(UTC))
    lines = [f"{name}\t{copied.rows}\t{copied.sha256}" for name, copied in transfer.tables.items()]
    return "\n".join(
        [
            *lines,
            "Rows and checksums are the same in both databases. Before the next start set",
            f"BOT_DATABASE_URL={shown}" + (" (with the password for ***)" if "***" in shown else ""),
            "and keep the old database until you have seen the new one work; then delete it.",
        ]
    )


def _to_text(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in rows.items() if count) or "nothing"
