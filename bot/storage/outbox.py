"""The outbox: messages that a channel has still to take, strictly in order within an address."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from bot.ports import Delivery
from bot.storage.base import Part, is_free
from bot.storage.rows import to_message
from bot.storage.tables import deliveries, is_pending, messages

FARTHEST_ATTEMPT = timedelta(minutes=15)


class Outbox(Part):
    """The part of the unit of work about deliveries."""

    async def lease_deliveries(
        self, *, channel: str, worker: str, until: datetime, now: datetime, limit: int
    ) -> list[Delivery]:
        """Lease the oldest undelivered message of each address that is due, at most `limit`; commits itself.

        An address whose oldest message is leased or waits for its next attempt gives nothing. `attempts` counts the
        failed ones. A pause of more than a quarter of an hour is none: the clock was put back.
        """
        is_ours = is_free(deliveries.c.lease_until, now=now, until=until) & _is_due(now)
        heads = (
            select(func.min(deliveries.c.id).label("id"))
            .where(deliveries.c.channel == channel, is_pending)
            .group_by(deliveries.c.address)
            .subquery()
        )
        chosen = select(deliveries.c.id).join(heads, heads.c.id == deliveries.c.id)
        chosen = chosen.where(is_ours).order_by(deliveries.c.id).limit(limit)
        candidates = (await self._execute(chosen)).scalars().all()
        leased = await self._lease(candidates, is_ours, worker=worker, until=until) if candidates else []
        deliverable = await self._list_deliveries(leased) if leased else []
        if leased:
            await self.commit()
        return deliverable

    async def _lease(
        self, candidates: Sequence[int], is_ours: ColumnElement[bool], *, worker: str, until: datetime
    ) -> list[int]:
        """Of the candidates those that no other worker leased, delivered or put off in the meantime."""
        here = deliveries.c.id.in_(candidates) & is_pending & is_ours
        statement = update(deliveries).where(here).values(lease_owner=worker, lease_until=until)
        return list((await self._execute(statement.returning(deliveries.c.id))).scalars())

    async def _list_deliveries(self, ids: list[int]) -> list[Delivery]:
        belongs = (messages.c.conversation_id == deliveries.c.conversation_id) & (messages.c.seq == deliveries.c.seq)
        statement = (
            select(messages, deliveries.c.id.label("delivery_id"), deliveries.c.address, deliveries.c.attempts)
            .join(deliveries, belongs)
            .where(deliveries.c.id.in_(ids))
            .order_by(deliveries.c.id)
        )
        rows = await self._execute(statement)
        return [Delivery(row.delivery_id, row.channel, row.address, to_message(row), row.attempts) for row in rows]

    async def renew_leases(self, deliveries_: Sequence[Delivery], *, worker: str, until: datetime) -> None:
        """Of these deliveries keep those that this worker still has."""
        here = deliveries.c.id.in_([each.id for each in deliveries_]) & (deliveries.c.lease_owner == worker) & is_pending
        await self._execute(update(deliveries).where(here).values(lease_until=until))

    async def mark_delivered(self, delivery: Delivery, *, at: datetime, external_id: str | None) -> None:
        """The channel took it; `external_id` is the channel's name for it."""
        await self._update(delivery, status="delivered", delivered_at=at, external_id=external_id)

    async def mark_failed(self, delivery: Delivery, *, retry_at: datetime | None) -> None:
        """Try again at `retry_at`; None gives the delivery up, and the next one of the address is due."""
        if retry_at is None:
            await self._update(delivery, status="given_up", attempts=delivery.attempts + 1)
        else:
            await self._update(delivery, due_at=retry_at, attempts=delivery.attempts + 1)

    async def _update(self, delivery: Delivery, **values: Any) -> None:
        """Only while it is pending: what a slower worker reports later about the same delivery changes nothing."""
        here = (deliveries.c.id == delivery.id) & is_pending
        await self._execute(update(deliveries).where(here).values(lease_owner=None, lease_until=None, **values))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """The first attempt always is; `due_at` is then only the moment when the message was written, by any clock."""
    due_at = deliveries.c.due_at
    return or_(deliveries.c.attempts == 0, due_at <= now, due_at > now + FARTHEST_ATTEMPT)
