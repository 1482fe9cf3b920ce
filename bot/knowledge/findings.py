"""What is wrong in the editors' files, and on which line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.errors import KnowledgeError
from bot.knowledge.validation_messages import to_german
from bot.knowledge.yaml_file import Location, YamlFile

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake in an editors' file."""

    path: Path
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code}: {self.message}"


@dataclass(slots=True)
class Draft:
    """Files read so far and what is wrong with them."""

    findings: list[Finding] = field(default_factory=list)
    forms: dict[Path, tuple[YamlFile, BaseModel]] = field(default_factory=dict)

    def read(self, path: Path, form: type[Form]) -> Form | None:
        """The file's content, or None with a finding for each mistake."""
        try:
            file = YamlFile(path)
        except KnowledgeError as e:
            self.findings.append(to_finding(path, str(e)))
            return None
        result = self._validated(file, form, file.content, ())
        if result is not None:
            self.forms[path] = (file, result)
        return result

    def read_part(self, path: Path, form: type[Form], content: object, location: Location) -> Form | None:
        """The same for a part of a file that was read, at this location."""
        return self._validated(self.forms[path][0], form, content, location)

    def report(self, path: Path, location: Location, code: str, message: str) -> None:
        """Note a mistake in a file that was read."""
        self.findings.append(Finding(path, self.forms[path][0].line(location), code, message))

    def _validated(self, file: YamlFile, form: type[Form], content: object, location: Location) -> Form | None:
        try:
            return form.model_validate(content)
        except ValidationError as e:
            self.findings.extend(_to_findings(file, location, e))
            return None


def to_finding(path: Path, error: str) -> Finding:
    """The finding that a KnowledgeError `path:line: code: message` tells of."""
    line, code, message = error.removeprefix(f"{path}:").split(": ", 2)
    return Finding(path, int(line), code, message)


def _to_findings(file: YamlFile, location: Location, error: ValidationError) -> list[Finding]:
    return [_to_one(file, location, each) for each in error.errors(include_url=False)]


def _to_one(file: YamlFile, location: Location, error: Mapping[str, Any]) -> Finding:
    place = (*location, *(part for part in error["loc"] if part != "[key]"))
    return Finding(file.path, file.line(place), error["type"], to_german(error, place))
