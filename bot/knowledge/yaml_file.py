"""Reads one YAML file and remembers on which line each field stands."""

from pathlib import Path
from typing import Any

import yaml

from bot.errors import KnowledgeError

Location = tuple[str | int, ...]
# In C ten times faster, where PyYAML was built with it.
_FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LARGEST_FILE = 1_000_000
DEEPEST_LEVEL = 50
MOST_FIELDS = 200_000


class _Loader(_FastLoader):  # type: ignore[misc, valid-type]
    """A safe loader that leaves 2026-02-30 a text, so that the schema can say on which line the date is wrong."""

    def construct_date(self, node: yaml.ScalarNode) -> object:
        """The date or moment, or the text where there is no such day."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_date)


class YamlFile:
    """Parsed content and line numbers of one editors' file; raises KnowledgeError where it is no YAML mapping."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise KnowledgeError(f"{path}:1: too_large: Die Datei ist größer als 1 MB.")
            text = path.read_text(encoding="utf-8")
            _check_depth(path, text)
            loader = _Loader(text)
            node = loader.get_single_node()
            self.content: Any = loader.construct_document(node) if node is not None else None
        except FileNotFoundError:
            raise KnowledgeError(f"{path}:1: missing_file: Die Datei fehlt. Legen Sie sie an.") from None
        except UnicodeDecodeError:
            raise KnowledgeError(f"{path}:1: encoding: Bitte speichern Sie die Datei als UTF-8.") from None
        except OSError:
            raise KnowledgeError(
                f"{path}:1: unreadable: Die Datei lässt sich nicht lesen. Prüfen Sie die Rechte, und ob es ein Ordner ist."
            ) from None
        except (yaml.YAMLError, ValueError, KeyError, AttributeError) as e:
            raise KnowledgeError(_syntax_message(path, e)) from None
        self._lines: dict[Location, int] = {(): 1}
        if not isinstance(node, yaml.MappingNode):
            raise KnowledgeError(f"{path}:1: not_a_mapping: Die Datei muss aus Zeilen der Form „feld: wert“ bestehen.")
        self._index(node, ())

    def line(self, location: Location) -> int:
        """Line of a field, or of the nearest field around it."""
        while location and location not in self._lines:
            location = location[:-1]
        return self._lines[location]

    def _index(self, node: yaml.Node, location: Location) -> None:
        if len(location) > DEEPEST_LEVEL or len(self._lines) > MOST_FIELDS:
            raise KnowledgeError(_depth_message(self.path, node.start_mark.line + 1))
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise KnowledgeError(
                        f"{self.path}:{line}: duplicate_key: Das Feld „{key.value}“ steht zweimal. Löschen Sie eines."
                    )
                seen.add(key.value)
                self._lines[(*location, key.value)] = key.start_mark.line + 1
                self._index(value, (*location, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                self._lines[(*location, position)] = item.start_mark.line + 1
                self._index(item, (*location, position))


def _check_depth(path: Path, text: str) -> None:
    """Composing recurses in C, where a hundred thousand brackets end the process; reading events does not."""
    depth = 0
    for event in yaml.parse(text, Loader=_FastLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST_LEVEL:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise KnowledgeError(_depth_message(path, line))


def _depth_message(path: Path, line: int) -> str:
    hint = "Entfernen Sie Verweise (& und *) und überzählige Klammern."
    return f"{path}:{line}: too_deep: Die Angaben sind zu tief verschachtelt oder verweisen auf sich selbst. {hint}"


def _syntax_message(path: Path, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    hint = "Häufig fehlt ein Anführungszeichen, oder die Einrückung stimmt nicht (nur Leerzeichen, keine Tabulatoren)."
    return f"{path}:{line}: yaml_syntax: Die Datei ist hier kein gültiges YAML. {hint}"
