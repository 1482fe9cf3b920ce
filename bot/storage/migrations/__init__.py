"""The way of the database from one release to the next, by Alembic; shipped with the package and run at start."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import SettingsError

REVISION_TABLE = "alembic_version"
_LOCK_ID = 7_221_001


async def upgrade_schema(engine: AsyncEngine) -> None:
    """Bring the database to this release's tables; one process at a time, all or nothing.

    SettingsError where the database was written by a newer release.
    """
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to this revision within the caller's transaction; raises SettingsError."""
    wait_for_turn(connection)
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as e:
        raise SettingsError(f"The database does not fit this release, update the program or restore a backup: {e}") from e


def find_revision(connection: Connection) -> str | None:
    """The revision of the database's tables, or None where there are none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def list_revisions() -> list[str]:
    """All revisions that this release knows, the oldest first."""
    walked = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in walked][::-1]


def wait_for_turn(connection: Connection) -> None:
    """Hold the lock until the transaction ends; on SQLite the beginning of the transaction has taken it."""
    lock = func.pg_advisory_xact_lock(_LOCK_ID) if connection.dialect.name == "postgresql" else literal(1)
    connection.execute(select(lock))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(__name__)))
    return config
