"""Everything stored: SQLite or PostgreSQL behind the ports `Storage`, `UnitOfWork` and `Events`."""

from bot.storage.database import SqlStorage, open_storage

__all__ = ["SqlStorage", "open_storage"]
