"""How the results are printed."""

from collections import Counter
from collections.abc import Sequence

from benchmarks.chaos.run import Result

HEAD = (
    "| seed | database | Telegram | messages | killed: web, engine, database | lost | doubled (widget) | reordered "
    "| shown twice by Telegram after a time-out | and for other reasons, for each killed process | longest answer, s |"
)


def to_row(result: Result) -> str:
    """One line while the runs go on."""
    kills = ", ".join(f"{count} {name}" for name, count in result.kills.items())
    slowest = max(result.findings.waits, default=0.0)
    return (
        f"seed {result.plan.seed}: {result.messages} messages in {result.seconds:.0f} s, killed {kills}; "
        f"{len(result.broken) or 'no'} promises broken, {result.findings.anonymous} degraded, "
        f"{result.refused} refused, longest answer {slowest:.0f} s"
    )


def to_table(results: Sequence[Result]) -> str:
    """One line a run, in Markdown, and what went wrong how often."""
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    for result in results:
        plan = result.plan
        lines.append(_to_line(str(plan.seed), plan.database, plan.mode or "none", [result]))
    if len(results) > 1:
        lines.append(_to_line(f"{len(results)} runs", "", "", results))
    return "\n".join(lines)


def _to_line(seed: str, database: str, mode: str, results: Sequence[Result]) -> str:
    kills: Counter[str] = sum((result.kills for result in results), Counter())
    deaths = sum(result.deaths for result in results)
    doubled = sum(result.doubled_in_chat for result in results)
    slowest = max((wait for result in results for wait in result.findings.waits), default=0.0)
    cells: list[object] = [
        seed, database, mode,
        sum(result.messages for result in results),
        f"{kills['web']}, {kills['engine']}, {kills['database']}",
        sum(len(result.findings.lost) for result in results),
        sum(len(result.widget.doubled) for result in results),
        sum(len(result.findings.reordered) for result in results),
        sum(result.doubled_after_time_out for result in results),
        f"{doubled} ({doubled / deaths if deaths else 0:.2f})",
        f"{slowest:.1f}",
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def to_total(results: Sequence[Result]) -> str:
    """What happened, and the verdict."""
    faults: Counter[str] = sum((result.faults for result in results), Counter())
    happened = ", ".join(f"{name} {count}" for name, count in sorted(faults.items()))
    broken = [result.plan.seed for result in results if result.broken]
    verdict = f"BROKEN promises with the seeds {broken}" if broken else "Every promise was kept."
    degraded = sum(result.findings.anonymous for result in results)
    refused = sum(result.refused for result in results)
    return f"\nFaults: {happened}\nAnswers without the engine (or by a ticket): {degraded}\nRefused with 503: {refused}\n{verdict}"
