"""The assistant's worklist: one conversation, one worker, no message forgotten, on both databases."""

import asyncio
from collections import Counter

from bot.domain.messages import Author, Message, Reply
from bot.storage import SqlStorage
from tests.integration.storage_steps import after, answer, ask, lease_turn, list_texts, start


async def find_awaiting(storage: SqlStorage, identity: str) -> Message:
    """The message to be answered next."""
    async with storage.begin(read_only=True) as unit:
        message = await unit.find_awaiting(identity)
    assert message is not None
    return message


async def finish(storage: SqlStorage, message: Message, *, worker: str, text: str = "Antwort") -> bool:
    """Answer as the turn worker does: reply, worklist and lease in one transaction."""
    async with storage.begin() as unit:
        found = await unit.get_conversation(message.conversation_id)
        await unit.add_outgoing(found, Reply(text), author=Author.BOT, at=after(1))
        if not await unit.mark_answered(message, worker=worker):
            return False
        await unit.release_lease(message.conversation_id, worker=worker)
        await unit.commit()
    return True


async def test_oldest_message_is_leased_first(storage: SqlStorage):
    """Conversations come in the order of their oldest awaiting message; others never come."""
    await start(storage, "c1", "c2", "c3")
    await ask(storage, "c1", "b", at=after(2))
    await ask(storage, "c2", "a", at=after(1))
    await ask(storage, "c2", "c", at=after(3))
    await ask(storage, "c3", "d", at=after(0), awaits_turn=False)
    await answer(storage, "c3", "Hallo")

    leased = [await lease_turn(storage, "w") for _ in range(3)]

    assert leased == ["c2", "c1", None]
    assert (await find_awaiting(storage, "c2")).source_id == "a"


async def test_lease_is_exclusive_under_concurrency(storage: SqlStorage, other_storage: SqlStorage):
    """Twenty workers of two processes get eight conversations once each, and none goes away while one is free."""
    identities = [f"c{number}" for number in range(8)]
    await start(storage, *identities)
    for each in identities:
        await ask(storage, each, each)

    leased = await asyncio.gather(*(lease_turn((storage, other_storage)[n % 2], f"w{n}") for n in range(20)))

    assert Counter(leased) == Counter({None: 12} | dict.fromkeys(identities, 1))


async def test_lease_expires(storage: SqlStorage, other_storage: SqlStorage):
    """What a worker that died had leased is leased again once its time is over."""
    await start(storage, "c1")
    await ask(storage, "c1", "s1")
    await lease_turn(storage, "dead", seconds=30)

    assert await lease_turn(other_storage, "w", at=after(29.999)) is None
    assert await lease_turn(other_storage, "w", at=after(30)) == "c1"


async def test_lease_from_before_the_clock_was_put_back_holds_up_nobody(storage: SqlStorage, other_storage: SqlStorage):
    """It would last for an hour more; where clocks merely differ a little, it holds."""
    await start(storage, "c1")
    message = await ask(storage, "c1", "s1")
    await lease_turn(storage, "dead", seconds=30)

    assert await lease_turn(other_storage, "w", at=after(-59)) is None
    assert await lease_turn(other_storage, "w", at=after(-3600)) == "c1"
    assert await finish(other_storage, message, worker="w")


async def test_worker_that_lost_its_lease_can_not_answer(storage: SqlStorage, other_storage: SqlStorage):
    """A slow worker's answer is refused after another one has taken over, before and after that one's answer."""
    await start(storage, "c1")
    message = await ask(storage, "c1", "s1")
    await lease_turn(storage, "slow")
    await lease_turn(other_storage, "quick", at=after(31))

    assert not await finish(storage, message, worker="slow", text="zu spät")
    assert await finish(other_storage, message, worker="quick")
    assert not await finish(storage, message, worker="slow", text="zu spät")
    assert await list_texts(storage, "c1") == ["Frage s1", "Antwort"]


async def test_message_is_answered_once(storage: SqlStorage):
    """The second report about the same message is refused, even under a new lease."""
    await start(storage, "c1")
    message = await ask(storage, "c1", "s1")
    await ask(storage, "c1", "s2")
    await lease_turn(storage, "w")
    await finish(storage, message, worker="w")

    assert await lease_turn(storage, "w") == "c1"
    assert not await finish(storage, message, worker="w")
    assert (await find_awaiting(storage, "c1")).source_id == "s2"


async def test_lease_can_not_be_taken_during_the_answering_transaction(storage: SqlStorage, other_storage: SqlStorage):
    """Between the check of an expired lease and the commit nobody else gets the conversation."""
    await start(storage, "c1")
    message = await ask(storage, "c1", "s1")
    await lease_turn(storage, "slow")

    async with storage.begin() as unit:
        assert await unit.mark_answered(message, worker="slow")
        thief = asyncio.create_task(lease_turn(other_storage, "thief", at=after(60)))
        await asyncio.sleep(0.1)
        waited = not thief.done()
        await unit.release_lease("c1", worker="slow")
        await unit.commit()
    await thief

    assert waited
    async with storage.begin(read_only=True) as reader:
        assert await reader.find_awaiting("c1") is None


async def test_released_conversation_is_free_at_once(storage: SqlStorage):
    """A lease that is given back needs not expire; somebody else's is not given back."""
    await start(storage, "c1")
    await ask(storage, "c1", "s1")
    await lease_turn(storage, "w1")

    async def release(worker: str) -> None:
        async with storage.begin() as unit:
            await unit.release_lease("c1", worker=worker)
            await unit.commit()

    await release("w2")
    assert await lease_turn(storage, "w2") is None
    await release("w1")
    assert await lease_turn(storage, "w2") == "c1"
