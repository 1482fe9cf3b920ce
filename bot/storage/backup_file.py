"""A backup as a file: gzipped lines of JSON, the last one with the checksum of all before it; docs/adr/0018 has the form."""

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BackupInvalid

FORMAT = "rathausbote-backup"
VERSION = 1
Value = dict[str, Any] | list[Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """The revision of the tables in a backup, and how many rows each has."""

    revision: str
    rows: Mapping[str, int]


def to_line(value: Value) -> bytes:
    """One line; ASCII only, so that no encoding on the way can change it."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def seal(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, and one more with their checksum."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
        yield line
    yield to_line({"sha256": digest.hexdigest()})


def unseal(lines: Iterable[bytes]) -> Iterator[Value]:
    """What the lines say; ValueError at the end where the checksum is missing or another one, so use nothing before."""
    digest = hashlib.sha256()
    remaining = iter(lines)
    for line in remaining:
        value = json.loads(line)
        if isinstance(value, dict) and set(value) == {"sha256"}:
            if value["sha256"] != digest.hexdigest() or next(remaining, None) is not None:
                raise ValueError("another checksum")
            return
        digest.update(line)
        yield value
    raise ValueError("no checksum")


def check_is_new(path: Path) -> None:
    """Raise BackupInvalid where there is something already."""
    if os.path.lexists(path):
        raise BackupInvalid(f"{path} exists already; nothing was written, choose another name")


def write_file(path: Path, lines: Iterable[bytes]) -> None:
    """Write all lines or no file, for this user only; raises BackupInvalid."""
    check_is_new(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as raw:
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6) as packed:
                    packed.writelines(lines)
                raw.flush()
                os.fsync(raw.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as e:
        raise BackupInvalid(f"{path} can't be written: {e.strerror or e}; no file was left") from e


def read_file(path: Path) -> Iterator[Value]:
    """Everything in the file; raises BackupInvalid, for a damaged one as late as at its end."""
    try:
        with gzip.open(path, "rb") as lines:
            yield from unseal(lines)
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as e:
        raise BackupInvalid(f"{path} is not a whole backup of Rathausbote: cut off, altered or of another kind") from e
    except OSError as e:
        raise BackupInvalid(f"{path} can't be read: {e.strerror or e}") from e


def check_file(path: Path, known_revisions: Collection[str]) -> Contents:
    """Read the file to its end; raises BackupInvalid for one that can't be restored."""
    values = read_file(path)
    head = next(values, None)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BackupInvalid(f"{path} is not a backup of Rathausbote")
    revision = head.get("revision")
    if head.get("version") != VERSION or revision not in known_revisions:
        raise BackupInvalid(f"{path} was written by a newer release (revision {revision}); update the program first")
    rows: dict[str, int] = {}
    table = ""
    for value in values:
        if isinstance(value, dict):
            table = value.get("table", table)
            rows[table] = value.get("rows", 0)
    return Contents(str(revision), rows)
