"""A short `make chaos`: the real program is killed, stalled and confused under load and keeps what it promises."""

import asyncio
from pathlib import Path

from benchmarks.chaos.plan import Plan
from benchmarks.chaos.run import Result, run


def carry_out(plan: Plan, folder: Path) -> Result:
    """One run; its messages say which seed and which ids to look at."""
    result = asyncio.run(run(plan, folder))
    assert not result.broken, f"seed {plan.seed}: {result.broken}"
    return result


def test_killed_web_and_stalled_engine_lose_nothing_at_the_widget(tmp_path: Path) -> None:
    """Every accepted message is answered once, in order, whatever dies, hangs or is cut; people's answers too."""
    faults = ("kill_web", "stall_engine", "cut_connections", "deafen_connections")
    plan = Plan(7, messages=60, channels=("widget",), per_second=20, per_citizen=6, quiet_seconds=1, faults=faults)
    result = carry_out(plan, tmp_path)

    assert result.messages == plan.messages
    assert result.kills["web"] >= 1


def test_telegram_that_fails_and_repeats_itself_loses_nothing(tmp_path: Path) -> None:
    """Floods, broken connections, updates again and out of order: each answered once, shown once."""
    faults = ("telegram_flood", "telegram_cuts", "telegram_repeats", "telegram_shuffles")
    plan = Plan(7, messages=40, channels=("telegram",), per_second=20, per_citizen=2, quiet_seconds=0, faults=faults)
    result = carry_out(plan, tmp_path)

    assert result.messages == plan.messages
    assert result.doubled_in_chat == 0
