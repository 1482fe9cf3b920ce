"""Figures in a document: what stands between two marks is written by the benchmark that measured it."""

from dataclasses import dataclass
from pathlib import Path

END = "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Place:
    """Between a line with this command and the end mark behind it."""

    document: Path
    command: str

    @property
    def _begin(self) -> str:
        return f"<!-- figures: `{self.command}` -->"

    def check(self) -> None:
        """Raise SystemExit where the document has no such place."""
        text = self.document.read_text(encoding="utf-8")
        if text.count(self._begin) != 1 or END not in text.split(self._begin)[1]:
            raise SystemExit(f"{self.document} needs these two lines, between which figures go:\n{self._begin}\n{END}")

    def write(self, content: str) -> None:
        """Replace what stands there."""
        before, rest = self.document.read_text(encoding="utf-8").split(self._begin)
        _, after = rest.split(END, 1)
        self.document.write_text(f"{before}{self._begin}\n{content.strip()}\n{END}{after}", encoding="utf-8")


def to_table(rows: list[list[str]]) -> str:
    """Markdown; the first row is the head."""
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
