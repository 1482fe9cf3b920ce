"""The figures beside their goals, as Markdown."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks import documents
from benchmarks.documents import Place
from benchmarks.labelled_sets import ROOT, LabelledSet
from bot.evaluation import figures
from bot.evaluation.evaluation import Evaluation
from bot.evaluation.outcomes import to_percent

PLACE = Place(ROOT / "docs" / "understanding.md", "make evaluate ARGS=--write")
PICTURE = ROOT / "docs" / "images" / "confusions.png"
MEDIAN_GOAL, P95_GOAL, TRAINING_GOAL = 12.0, 25.0, 90.0
NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its goal of 0..1, which it has to reach, or not to exceed where less is better."""

    title: str
    figure: str
    goal: float

    @property
    def is_less_better(self) -> bool:
        """Whether the goal is the most that is allowed."""
        return self.figure in figures.LESS_IS_BETTER

    @property
    def goal_text(self) -> str:
        """Such as `≥ 92 %`."""
        value = f"{self.goal:.2f}" if self.figure == figures.CALIBRATION else f"{100 * self.goal:.0f} %"
        return f"{'≤' if self.is_less_better else '≥'} {value}"


ROWS = (
    Row("right service first, German", figures.GERMAN, 0.92),
    Row("right service first, other languages", figures.OTHER_LANGUAGES, 0.85),
    Row("right service first or among the buttons", figures.AMONG, 0.97),
    Row("right aspect, where the service was answered right", figures.ASPECT, 0.90),
    Row("out of scope answered with an entry", figures.OUT_OF_SCOPE, 0.03),
    Row("turns of dialogues right", figures.TURNS, 0.90),
    Row("expected calibration error", figures.CALIBRATION, 0.05),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One way of understanding, with what it made of a set; `unasked` are figures that can't be asked of it."""

    name: str
    evaluation: Evaluation
    training_seconds: float | None
    unasked: frozenset[str] = frozenset()


def to_table(labelled: LabelledSet, columns: Sequence[Column]) -> str:
    """The table of one set, with a heading and how much was asked; bold where a goal is reached."""
    own = columns[0].evaluation
    counts = f"{len(own.asked)} questions, {len(own.out_of_scope)} messages out of scope"
    if own.turns:
        counts += f", {len(own.turns)} turns in {own.right_dialogues.total} dialogues"
    rows = [[row.title, row.goal_text, *(_to_cell(row, column) for column in columns)] for row in ROWS]
    rows.append(["understanding, median / 95 %", f"≤ {MEDIAN_GOAL:.0f} / {P95_GOAL:.0f} ms", *map(_to_times, columns)])
    rows.append(["training from nothing", f"≤ {TRAINING_GOAL:.0f} s", *map(_to_training, columns)])
    table = documents.to_table([["", "goal", *(column.name for column in columns)], *rows])
    return f"### {labelled.title}\n\n{counts}.\n\n{table}\n"


def to_notes(explanations: Iterable[str]) -> str:
    """How the figures came about; `explanations` are those of the other columns, each after its name."""
    lines = [
        "Bold: the goal is reached. *First* is the service that is answered, or the best candidate where it is asked back "
        "or no answer found. The calibration error counts single messages that were answered or asked back.",
        "The others learn the names, synonyms and examples of the entries, and as *none* what stands in `data/referrals/`, "
        "`data/nlu/out_of_scope.yml` and `dialogue.yml`. They know no aspects, dialogues or buttons; their best three "
        "count as buttons.",
        *(f"*{name}*: {explanation}." for name, explanation in (each.split(": ", 1) for each in explanations)),
        "Times are on one core: Rathausbote's of a whole turn around the call of the engine, with decision and answer, "
        f"those of the others within the process. Rathausbote trains on all cores. Measured on {date.today().isoformat()} "  # noqa: DTZ011 - the day of whoever measures
        f"on a machine with {os.cpu_count()} cores.",
    ]
    return "\n\n".join(lines) + "\n"


def _to_cell(row: Row, column: Column) -> str:
    value = figures.to_figures(column.evaluation)[row.figure].value
    if value is None or row.figure in column.unasked:
        return NO_VALUE
    shown = f"{value:.3f}" if row.figure == figures.CALIBRATION else to_percent(value)
    return _mark(shown, value <= row.goal if row.is_less_better else value >= row.goal)


def _to_times(column: Column) -> str:
    times = column.evaluation.times
    if times.median is None or times.p95 is None:
        return NO_VALUE
    return _mark(f"{times.median:.1f} / {times.p95:.1f} ms", times.median <= MEDIAN_GOAL and times.p95 <= P95_GOAL)


def _to_training(column: Column) -> str:
    seconds = column.training_seconds
    return NO_VALUE if seconds is None else _mark(f"{seconds:.0f} s", seconds <= TRAINING_GOAL)


def _mark(text: str, is_reached: bool) -> str:
    return f"**{text}**" if is_reached else text
