"""Where a waiting citizen stands in the queue of the team, and how long that has taken others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from bot.domain.conversations import Conversation
from bot.domain.staff import Teams
from bot.knowledge.knowledge import Knowledge
from bot.ports import UnitOfWork

LOOKED_BACK = timedelta(days=30)
MOST_WAITS = 20
FEWEST_WAITS = 5


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """`position` counts from 1; `waiting` is the usual wait, None where too few have waited to tell."""

    position: int
    waiting: timedelta | None


async def find_queue_place(
    conversation: Conversation, *, unit: UnitOfWork, knowledge: Knowledge, now: datetime
) -> QueuePlace | None:
    """The place among those who wait for the same team; None for a conversation that does not wait.

    The usual wait is the median of the last claimed handoffs of the team.
    """
    if not conversation.is_waiting:
        return None
    teams = Teams(tuple(await unit.list_staff()), knowledge.general_office.id)
    team = teams.team_of(conversation.office_id)
    waiting = [each.id for each in await unit.list_waiting_since(now) if teams.team_of(each.office_id) == team]
    ahead = waiting.index(conversation.id) if conversation.id in waiting else len(waiting)
    return QueuePlace(ahead + 1, await _usual_wait(team, teams, unit=unit, now=now))


async def _usual_wait(team: str, teams: Teams, *, unit: UnitOfWork, now: datetime) -> timedelta | None:
    records = await unit.list_handoffs(since=now - LOOKED_BACK)
    own = [each.wait for each in records if each.wait is not None and teams.team_of(each.office_id) == team]
    waits = [wait.total_seconds() for wait in own[:MOST_WAITS]]
    return timedelta(seconds=median(waits)) if len(waits) >= FEWEST_WAITS else None
