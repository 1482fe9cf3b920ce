"""A short run of what `make chaos` does at length: processes die, roll over and run out of disk under load."""

from pathlib import Path

from benchmarks.chaos.plan import Plan
from benchmarks.chaos.run import run

PLAN = Plan(
    seed=5,
    messages=48,
    channels=("widget",),
    per_second=12,
    per_citizen=10,
    quiet_seconds=1.0,
    faults=("kill_all", "roll_over", "fill_disk"),
    decks=1,
)


async def test_every_promise_is_kept_while_things_go_wrong(tmp_path: Path) -> None:
    """Nothing that was accepted is lost, doubled or out of order; everything dies at least once."""
    result = await run(PLAN, tmp_path)

    assert result.broken == []
    assert result.messages == PLAN.messages
    assert result.kills["web"] >= 1
