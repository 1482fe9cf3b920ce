"""The outbox: strictly in order for each address, every message to one worker at a time, on both databases."""

import asyncio
from collections import Counter

from sqlalchemy import select

from bot.storage import SqlStorage
from bot.storage.tables import deliveries
from tests.integration.storage_steps import NOW, after, answer, lease_deliveries, mark_delivered, mark_failed, start


async def lease_texts(storage: SqlStorage, worker: str = "w", **options: object) -> list[str]:
    """What the leased deliveries say."""
    return [each.message.text for each in await lease_deliveries(storage, worker, **options)]  # type: ignore[arg-type]


async def test_only_pushed_channels_have_an_outbox(storage: SqlStorage):
    """Telegram is pushed to; the widget fetches its messages itself."""
    await start(storage, "c1")
    await start(storage, "chat", channel="telegram")
    await answer(storage, "c1", "web")
    sent = await answer(storage, "chat", "telegram")

    deliveries = await lease_deliveries(storage, "w")

    assert [(each.channel, each.address, each.message, each.attempts) for each in deliveries] == [
        ("telegram", "chat", sent, 0)
    ]
    async with storage.begin() as unit:
        assert await unit.lease_deliveries(channel="web", worker="w", until=after(30), now=after(1), limit=9) == []


async def test_each_address_gets_its_messages_in_order(storage: SqlStorage):
    """Only the oldest message of an address is given; the next one follows when it is delivered."""
    await start(storage, "a", "b", channel="telegram")
    for text in ("a1", "a2"):
        await answer(storage, "a", text)
    await answer(storage, "b", "b1")

    first = await lease_deliveries(storage, "w")
    meanwhile = await lease_texts(storage)
    for each in first:
        await mark_delivered(storage, each)
    second = await lease_texts(storage)

    assert [each.message.text for each in first] == ["a1", "b1"]
    assert (meanwhile, second) == ([], ["a2"])


async def test_failing_head_holds_back_its_address_only(storage: SqlStorage):
    """While the oldest message waits for its next attempt, later ones wait too; other addresses go on."""
    await start(storage, "a", "b", channel="telegram")
    for text in ("a1", "a2"):
        await answer(storage, "a", text)
    head = (await lease_deliveries(storage, "w"))[0]
    await mark_failed(storage, head, retry_at=after(60))
    await answer(storage, "b", "b1")

    assert await lease_texts(storage, at=after(59)) == ["b1"]
    (again,) = await lease_deliveries(storage, "w", at=after(60), limit=1)
    assert (again.message.text, again.attempts) == ("a1", 1)


async def test_given_up_delivery_makes_room(storage: SqlStorage):
    """A recipient that is gone takes no more attempts; a late report about it changes nothing."""
    await start(storage, "a", channel="telegram")
    for text in ("a1", "a2"):
        await answer(storage, "a", text)
    (head,) = await lease_deliveries(storage, "w")

    await mark_failed(storage, head, retry_at=None)
    await mark_failed(storage, head, retry_at=NOW)

    assert await lease_texts(storage) == ["a2"]


async def test_late_report_about_a_delivered_message_changes_nothing(storage: SqlStorage):
    """What one worker has delivered, another one whose lease ran out can't declare failed."""
    await start(storage, "a", channel="telegram")
    await answer(storage, "a", "a1")
    (delivery,) = await lease_deliveries(storage, "w")
    await mark_delivered(storage, delivery)

    await mark_failed(storage, delivery, retry_at=None)

    async with storage.engine.connect() as connection:
        row = (await connection.execute(select(deliveries))).one()
    assert (row.status, row.attempts, row.external_id, row.delivered_at) == ("delivered", 0, "4711", NOW)


async def test_lease_of_a_dead_worker_expires(storage: SqlStorage, other_storage: SqlStorage):
    """Another process delivers what a worker had leased when it died."""
    await start(storage, "a", channel="telegram")
    await answer(storage, "a", "a1")
    await lease_deliveries(storage, "dead")

    assert await lease_texts(other_storage, at=after(29)) == []
    assert await lease_texts(other_storage, at=after(30)) == ["a1"]


async def test_what_was_leased_before_the_clock_was_put_back_holds_up_nobody(storage: SqlStorage, other_storage: SqlStorage):
    """It would last for an hour more; where clocks merely differ a little, it holds."""
    await start(storage, "a", channel="telegram")
    await answer(storage, "a", "a1")
    await lease_deliveries(storage, "dead")

    assert await lease_texts(other_storage, at=after(-59)) == []
    assert await lease_texts(other_storage, at=after(-3600)) == ["a1"]


async def test_what_was_due_before_the_clock_was_put_back_is_due(storage: SqlStorage):
    """A message that was written an hour ahead goes out at once, one that failed then after a pause as usual."""
    await start(storage, "a", "b", channel="telegram")
    await answer(storage, "a", "a1", at=after(60))
    await answer(storage, "b", "b1", at=after(3600))
    failed, written = await lease_deliveries(storage, "w")
    await mark_failed(storage, failed, retry_at=after(60))
    await mark_failed(storage, written, retry_at=after(3660))

    assert (failed.message.text, written.message.text) == ("a1", "b1")
    assert await lease_texts(storage, at=after(1)) == ["b1"]


async def test_lease_is_renewed_by_who_has_it_and_by_nobody_else(storage: SqlStorage, other_storage: SqlStorage):
    """A channel may take its time; a worker that lost its lease does not get it back."""
    await start(storage, "a", channel="telegram")
    await answer(storage, "a", "a1")
    (delivery,) = await lease_deliveries(storage, "slow")
    async with storage.begin() as unit:
        await unit.renew_leases([delivery], worker="other", until=after(90))
        await unit.renew_leases([delivery], worker="slow", until=after(60))
        await unit.commit()

    assert await lease_texts(other_storage, at=after(59)) == []
    assert await lease_texts(other_storage, at=after(60)) == ["a1"]
    async with storage.begin() as unit:
        await unit.renew_leases([delivery], worker="slow", until=after(500))
        await unit.commit()
    assert await lease_texts(other_storage, at=after(90)) == ["a1"]


async def test_delivery_is_leased_once_under_concurrency(storage: SqlStorage, other_storage: SqlStorage):
    """Workers of two processes share the addresses; none is served twice, and none is out of order."""
    addresses = [f"chat{number}" for number in range(5)]
    await start(storage, *addresses, channel="telegram")
    for each in addresses:
        for number in range(4):
            await answer(storage, each, f"{number}")
    sent: list[tuple[str, str]] = []

    async def work(opened: SqlStorage, worker: str) -> None:
        idle = 0
        while idle < 20:
            leased = await lease_deliveries(opened, worker, limit=2)
            idle = 0 if leased else idle + 1
            for delivery in leased:
                sent.append((delivery.address, delivery.message.text))
                await mark_delivered(opened, delivery)

    await asyncio.gather(*(work((storage, other_storage)[n % 2], f"w{n}") for n in range(4)))

    assert max(Counter(sent).values()) == 1
    for each in addresses:
        assert [text for address, text in sent if address == each] == ["0", "1", "2", "3"]


async def test_limit_takes_the_oldest(storage: SqlStorage):
    """With more addresses than a worker asks for, those that wait longest come first."""
    await start(storage, "a", "b", "c", channel="telegram")
    for each in ("b", "c", "a"):
        await answer(storage, each, each)

    assert await lease_texts(storage, limit=2) == ["b", "c"]
    assert await lease_texts(storage, limit=2) == ["a"]
