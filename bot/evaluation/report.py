"""What `rathausbote evaluate` prints."""

from collections.abc import Iterable, Mapping

from bot.evaluation.calibration import Calibration
from bot.evaluation.evaluation import Evaluation, ServiceFigures
from bot.evaluation.outcomes import Share, to_percent

WORST_SERVICES = 15
MOST_CONFUSIONS = 25
NAME_WIDTH = 34


def to_lines(evaluation: Evaluation, *, worst: int = WORST_SERVICES) -> list[str]:
    """All figures for a person to read; `worst` is how many services are listed."""
    blocks = [
        _overview(evaluation),
        _languages(evaluation),
        _services(evaluation, worst),
        _scope(evaluation),
        _dialogues(evaluation),
        _calibration(evaluation.calibration),
        _confusions(evaluation),
        _rest(evaluation),
    ]
    return [line for block in blocks if block for line in [*block, ""]][:-1]


def _overview(evaluation: Evaluation) -> list[str]:
    figures = evaluation.services
    lines = [_line("questions about a service", str(len(evaluation.asked)))]
    if evaluation.asked:
        lines += [
            _line("  right service first", figures.first),
            _line("  answered at once and right", figures.at_once),
            _line("  first or among the buttons", figures.among),
            _line("  right aspect of those answered", figures.aspect),
            _line("  wrong service answered", figures.wrong),
            _line("  macro average over services", to_percent(evaluation.macro_average)),
        ]
    if evaluation.elsewhere:
        lines.append(_line("about services without an entry", f"{len(evaluation.elsewhere)} (not counted above)"))
    return lines


def _languages(evaluation: Evaluation) -> list[str]:
    groups = {"German": evaluation.of_german(True), "other": evaluation.of_german(False), **evaluation.by_language()}
    rows = [[name, *_row(figures)] for name, figures in groups.items() if figures.first.total]
    return _table(["language", "questions", "first", "at once", "among", "aspect", "wrong"], rows)


def _row(figures: ServiceFigures) -> list[str]:
    shares = (figures.first, figures.at_once, figures.among, figures.aspect, figures.wrong)
    return [str(figures.first.total), *(to_percent(share.value) for share in shares)]


def _services(evaluation: Evaluation, worst: int) -> list[str]:
    rows = [[name, *_row(figures)] for name, figures in list(evaluation.by_service().items())[:worst]]
    return _table(["worst services", "questions", "first", "at once", "among", "aspect", "wrong"], rows)


def _scope(evaluation: Evaluation) -> list[str]:
    if not evaluation.out_of_scope:
        return []
    figures = evaluation.scope
    groups = {"all": figures, **evaluation.scope_by_kind()}
    groups |= {f"language {name}": each for name, each in evaluation.scope_by_language().items()}
    rows = [[name, each.answered.total, each.answered.count, each.asked_back.count] for name, each in groups.items()]
    return [
        _line("messages out of scope", str(len(evaluation.out_of_scope))),
        _line("  answered with an entry", figures.answered),
        _line("  asked back", figures.asked_back),
        *_table(["kind", "messages", "answered", "asked back"], [[str(cell) for cell in row] for row in rows]),
    ]


def _dialogues(evaluation: Evaluation) -> list[str]:
    if not evaluation.turns:
        return []
    return [
        _line("turns of dialogues right", evaluation.right_turns),
        _line("whole dialogues right", evaluation.right_dialogues),
    ]


def _calibration(calibration: Calibration) -> list[str]:
    if calibration.error is None:
        return []
    rows = [
        [f"{each.low:.1f} to {each.high:.1f}", str(each.count), f"{each.confidence:.3f}", f"{each.right:.3f}"]
        for each in calibration.bins
    ]
    return [
        _line("expected calibration error", f"{calibration.error:.3f} over {calibration.count} messages"),
        *_table(["confidence", "messages", "mean", "right"], rows),
    ]


def _confusions(evaluation: Evaluation) -> list[str]:
    rows = [[wanted, got, str(count)] for (wanted, got), count in evaluation.confusions().most_common(MOST_CONFUSIONS)]
    return _table(["most frequent confusions: wanted", "got", "times"], rows)


def _rest(evaluation: Evaluation) -> list[str]:
    times = evaluation.times
    median, p95 = (f"{value:.1f} ms" if value is not None else "–" for value in (times.median, times.p95))
    decisions: Mapping[str, int] = dict(evaluation.ways().most_common())
    return [
        _line("time of one understanding", f"median {median}, 95 % below {p95}"),
        _line("decisions", ", ".join(f"{name} {count}" for name, count in decisions.items()) or "none"),
    ]


def _line(name: str, value: Share | str) -> str:
    return f"{name:{NAME_WIDTH}} {value}"


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Columns as wide as their cells, numbers to the right; no lines where there are no rows."""
    columns = list(zip(head, *rows, strict=True))
    if len(columns[0]) == 1:
        return []
    aligned = [_align(column, least=0 if position else NAME_WIDTH) for position, column in enumerate(columns)]
    return ["  ".join(cells).rstrip() for cells in zip(*aligned, strict=True)]


def _align(column: tuple[str, ...], *, least: int) -> list[str]:
    width = max(least, *map(len, column))
    is_text = least or any(cell[:1].isalpha() or cell[:1] == "(" for cell in column[1:])
    return [cell.ljust(width) if is_text else cell.rjust(width) for cell in column]
