"""What a release may do to the tables while processes of the release before still work on them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, inspect

from bot.storage import migrations
from bot.storage.engine import open_tool_engine, to_database_url
from bot.storage.migrations import list_revisions, migrate

REVISIONS = list_revisions()
_LETS_GO = {"CASCADE", "SET NULL"}


@dataclass(frozen=True)
class Shape:
    """A table as its users know it: columns with type and whether NULL fits, those that fill themselves, and rules."""

    columns: dict[str, tuple[str, bool]]
    filled: frozenset[str]
    rules: frozenset[tuple[str, ...]]
    holding: frozenset[tuple[str, ...]]
    """Columns that keep a row of another table from being deleted."""


def read_shapes(connection: Connection) -> dict[str, Shape]:
    """All tables but Alembic's own."""
    found = inspect(connection)
    return {name: _read_shape(connection, name) for name in found.get_table_names() if name != migrations.REVISION_TABLE}


def _read_shape(connection: Connection, name: str) -> Shape:
    found = inspect(connection)
    columns = found.get_columns(name)
    keys = found.get_foreign_keys(name)
    unique = [each["column_names"] for each in found.get_unique_constraints(name)]
    unique += [[str(column) for column in each["column_names"]] for each in found.get_indexes(name) if each["unique"]]
    rules = [("unique", *sorted(names)) for names in unique]
    rules += [("foreign key", *key["constrained_columns"]) for key in keys]
    rules += [("check", each["sqltext"]) for each in found.get_check_constraints(name)]
    return Shape(
        {each["name"]: (str(each["type"]), each["nullable"]) for each in columns},
        frozenset(each["name"] for each in columns if each["nullable"] or each["default"] is not None),
        frozenset(rules),
        frozenset(tuple(key["constrained_columns"]) for key in keys if key["options"].get("ondelete") not in _LETS_GO),
    )


def list_breaks(before: dict[str, Shape], after: dict[str, Shape]) -> list[str]:
    """What a program that knows only the tables of before could fail on."""
    breaks = [f"table {name} is gone" for name in before.keys() - after.keys()]
    for name in after.keys() - before.keys():
        breaks += [f"{name} holds rows that are to be deleted, by {columns}" for columns in after[name].holding]
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        breaks += [f"column {name}.{each} is gone" for each in old.columns.keys() - new.columns.keys()]
        kept = old.columns.keys() & new.columns.keys()
        breaks += [f"column {name}.{each} is another" for each in kept if old.columns[each] != new.columns[each]]
        breaks += [f"column {name}.{each} does not fill itself" for each in (old.filled & kept) - new.filled]
        added = new.columns.keys() - old.columns.keys()
        breaks += [f"column {name}.{each} has no default and must be filled" for each in added - new.filled]
        breaks += [f"{name} has a new rule: {' '.join(rule)}" for rule in new.rules - old.rules]
    return breaks


@pytest.mark.parametrize(("before", "revision"), list(pairwise(REVISIONS)))
def test_a_migration_only_adds(tmp_path: Path, before: str, revision: str) -> None:
    """Processes of the release before go on, so that one may be replaced after the other; else NEEDS_PAUSE says why."""
    (path,) = (Path(migrations.__file__).parent / "versions").glob(f"{revision}_*.py")
    with open_tool_engine(to_database_url(f"sqlite:///{tmp_path}/tables.db")).connect() as connection:
        migrate(connection, before)
        shapes = read_shapes(connection)
        migrate(connection, revision)
        breaks = list_breaks(shapes, read_shapes(connection))

    assert not breaks or re.search(r'^NEEDS_PAUSE = ".+"$', path.read_text("utf-8"), re.MULTILINE), breaks


def add_nullable(op: Operations) -> None:
    """A column that may stay empty."""
    op.add_column("staff", sa.Column("phone", sa.String(), nullable=True))


def add_with_default(op: Operations) -> None:
    """A column that fills itself."""
    op.add_column("staff", sa.Column("calls", sa.Integer(), nullable=False, server_default="0"))


def add_index(op: Operations) -> None:
    """Faster reading."""
    op.create_index("ix_staff_email", "staff", ["email"])


def add_table(op: Operations) -> None:
    """A table whose rows go with the conversation."""
    _create_calls(op, ondelete="CASCADE")


def add_holding_table(op: Operations) -> None:
    """A table that keeps conversations from being deleted."""
    _create_calls(op, ondelete=None)


def _create_calls(op: Operations, *, ondelete: str | None) -> None:
    key = sa.ForeignKey("conversations.id", ondelete=ondelete, name="fk_calls_conversation_id")
    op.create_table("calls", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("conversation_id", sa.String(), key))


def require(op: Operations) -> None:
    """A column that old processes do not fill."""
    with op.batch_alter_table("staff") as batch:
        batch.add_column(sa.Column("phone", sa.String(), nullable=False))


def forbid_null(op: Operations) -> None:
    """A column that may no longer stay empty."""
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("email", existing_type=sa.String(), nullable=False)


def drop_default(op: Operations) -> None:
    """A column that no longer fills itself."""
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("role", existing_type=sa.String(), server_default=None)


def change_type(op: Operations) -> None:
    """Another type."""
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("email", type_=sa.Integer(), existing_type=sa.String())


def rename(op: Operations) -> None:
    """Another name."""
    with op.batch_alter_table("staff") as batch:
        batch.alter_column("email", new_column_name="address", existing_type=sa.String())


def drop_column(op: Operations) -> None:
    """A column less."""
    op.drop_column("staff", "email")


def drop_table(op: Operations) -> None:
    """A table less."""
    op.drop_table("viewings")


def make_unique(op: Operations) -> None:
    """What was allowed twice."""
    op.create_index("uq_staff_email", "staff", ["email"], unique=True)


def list_breaks_of(change: Callable[[Operations], None], folder: Path) -> list[str]:
    """The same for a change of today's tables."""
    with open_tool_engine(to_database_url(f"sqlite:///{folder}/tables.db")).connect() as connection:
        migrate(connection)
        shapes = read_shapes(connection)
        change(Operations(MigrationContext.configure(connection)))
        return list_breaks(shapes, read_shapes(connection))


@pytest.mark.parametrize("change", [add_nullable, add_with_default, add_index, add_table])
def test_an_addition_is_allowed(tmp_path: Path, change: Callable[[Operations], None]) -> None:
    """These are what migrations are made of."""
    assert list_breaks_of(change, tmp_path) == []


@pytest.mark.parametrize(
    "change",
    [add_holding_table, require, forbid_null, drop_default, change_type, rename, drop_column, drop_table, make_unique],
)
def test_a_break_is_seen(tmp_path: Path, change: Callable[[Operations], None]) -> None:
    """Each kind of change that would stop an old process is named."""
    assert list_breaks_of(change, tmp_path) != []
