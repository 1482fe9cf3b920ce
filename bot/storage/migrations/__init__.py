"""The way of the database from one release to the next, by Alembic; shipped with the package and run at start."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import SettingsError

_LOCK_ID = 7_221_001


async def upgrade_schema(engine: AsyncEngine) -> None:
    """Bring the database to this release's tables; one process at a time, all or nothing.

    SettingsError where the database was written by a newer release.
    """
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()


def _upgrade(connection: Connection) -> None:
    _wait_for_turn(connection)
    config = Config()
    config.set_main_option("script_location", str(files(__name__)))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as e:
        raise SettingsError(f"The database does not fit this release, update the program or restore a backup: {e}") from e


def _wait_for_turn(connection: Connection) -> None:
    """Hold the lock until the transaction ends; on SQLite the beginning of the transaction has taken it."""
    lock = func.pg_advisory_xact_lock(_LOCK_ID) if connection.dialect.name == "postgresql" else literal(1)
    connection.execute(select(lock))
