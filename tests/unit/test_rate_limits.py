"""Limits on the rate of requests."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from limits import RateLimitItemPerMinute

from bot.channels.limits import RateLimits
from bot.errors import TooManyRequests

NOON = datetime(2026, 10, 25, 12, tzinfo=UTC)
THREE = RateLimitItemPerMinute(3)


def use_up(limits: RateLimits) -> None:
    """As many requests as are allowed."""
    for _ in range(3):
        limits.check_rate(THREE, "kim")


def test_one_more_than_allowed_waits_for_its_minute() -> None:
    """The refusal says how long; others are not concerned."""
    limits = RateLimits()
    with time_machine.travel(NOON, tick=False) as traveller:
        use_up(limits)
        limits.check_rate(THREE, "lee")
        with pytest.raises(TooManyRequests) as refused:
            limits.check_rate(THREE, "kim")
        traveller.shift(timedelta(seconds=61))
        limits.check_rate(THREE, "kim")

    assert refused.value.retry_after == pytest.approx(60, abs=1)


def test_clock_that_is_put_back_keeps_nobody_out() -> None:
    """Without this, whoever was at the limit could not write until the clock has caught up."""
    limits = RateLimits()
    with time_machine.travel(NOON, tick=False) as traveller:
        use_up(limits)
        traveller.shift(timedelta(hours=-1))
        use_up(limits)
        with pytest.raises(TooManyRequests):
            limits.check_rate(THREE, "kim")
