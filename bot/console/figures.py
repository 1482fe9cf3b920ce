"""What team leads count: how long citizens waited, what came of it, and how they rate it and in which words."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from statistics import fmean, median

from bot.domain.handoffs import HandoffRecord, Result
from bot.domain.staff import StaffMember, Teams

Json = dict[str, object]
MOST_COMMENTS = 20


def access_records(records: Iterable[HandoffRecord], member: StaffMember, teams: Teams) -> list[HandoffRecord]:
    """Those that a lead may count: of the own team; an administrator counts all."""
    if member.role is member.role.ADMIN:
        return list(records)
    return [each for each in records if teams.belongs(member, teams.team_of(each.office_id))]


def last_comments(records: Iterable[HandoffRecord]) -> list[HandoffRecord]:
    """The handoffs with words of the citizen that ended last, the latest first."""
    commented = [(each.ended_at, each) for each in records if each.comment and each.ended_at is not None]
    return [each for _, each in sorted(commented, key=lambda pair: pair[0], reverse=True)[:MOST_COMMENTS]]


def to_figures(records: Sequence[HandoffRecord], staff: Iterable[StaffMember], name_of: Callable[[str], str | None]) -> Json:
    """For all, for each office and for each member, with whoever had most to do first."""
    names = {member.id: member.display_name for member in staff}
    offices = Counter(each.office_id for each in records)
    members = Counter(each.staff_id for each in records if each.staff_id is not None)
    return {
        "all": _count(records),
        "offices": [
            {"id": id_, "name": name_of(id_), **_count([each for each in records if each.office_id == id_])}
            for id_, _ in offices.most_common()
        ],
        "staff": [
            {"id": id_, "name": names.get(id_), **_count([each for each in records if each.staff_id == id_])}
            for id_, _ in members.most_common()
        ],
    }


def _count(records: Sequence[HandoffRecord]) -> Json:
    ratings = [each.rating for each in records if each.rating is not None]
    results = Counter(each.result for each in records if each.result is not None)
    return {
        "handoffs": len(records),
        "median_wait_seconds": _median(each.wait for each in records),
        "median_first_reply_seconds": _median(
            each.replied_at - each.requested_at if each.replied_at else None for each in records
        ),
        "results": {result.value: results[result] for result in Result},
        "mean_rating": round(fmean(ratings), 2) if ratings else None,
        "ratings": len(ratings),
    }


def _median(spans: Iterable[timedelta | None]) -> int | None:
    seconds = [span.total_seconds() for span in spans if span is not None]
    return round(median(seconds)) if seconds else None
