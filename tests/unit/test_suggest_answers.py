"""What the bot would answer is offered to staff, and nothing is written."""

from dataclasses import replace

import pytest

from bot.domain.conversations import Conversation
from bot.domain.messages import Author, Reply
from bot.domain.turns import Candidate, Decision, Turn
from bot.errors import AssistantUnavailable, ConversationNotFound
from bot.knowledge.answers import Answers
from bot.main import load_answers
from bot.settings import Settings
from bot.use_cases.suggest_answers import Suggestion, suggest_answers
from tests.fakes import FakeClock, InMemoryStorage
from tests.handoff_support import MONDAY_MORNING, Answer, ScriptedAssistant

NOW = FakeClock(MONDAY_MORNING)
REPLY = Reply("Der Ausweis kostet 37 Euro.", source_title="Stadt Musterstadt", source_url="https://www.musterstadt.example/")
CANDIDATES = (Candidate("personalausweis", 0.7), Candidate("reisepass", 0.2), Candidate("kinderausweis", 0.1))
ANSWER = Turn((REPLY,), Decision.ANSWER, aspect="fee", service="personalausweis", confidence=0.7, candidates=CANDIDATES)
ASKED_FOR_A_PERSON = Turn((), Decision.HANDOFF, handoff_reason="citizen_asked")


@pytest.fixture(scope="module")
def answers() -> Answers:
    """The town's knowledge."""
    return load_answers(Settings())


@pytest.fixture
async def storage() -> InMemoryStorage:
    """Anna asked, was answered by the bot, and asked for a person."""
    storage = InMemoryStorage()
    await say(storage, Author.CITIZEN, "Was kostet der Ausweis?", "Einen Menschen bitte")
    return storage


async def say(storage: InMemoryStorage, author: Author, *texts: str) -> None:
    """More is said in Anna's conversation."""
    async with storage.begin() as unit:
        conversation = await unit.find_conversation("anna")
        if conversation is None:
            conversation = Conversation("anna", "web", "anna", NOW(), dialogue_state={"pending": "human", "failures": 1})
            await unit.add_conversation(conversation)
        for text in texts:
            if author is Author.CITIZEN:
                await unit.add_incoming(
                    conversation, source_id=f"anna:{text}", text=text, payload=None, at=NOW(), awaits_turn=False
                )
            else:
                await unit.add_outgoing(conversation, Reply(text), author=author, at=NOW())
        await unit.commit()


async def suggest(storage: InMemoryStorage, answers: Answers, *turns: Answer) -> tuple[list[Suggestion], list[object]]:
    """The suggestions, and what the assistant was asked for them."""
    assistant = ScriptedAssistant(*turns)
    before = storage.commits
    found = await suggest_answers("anna", storage=storage, assistant=assistant, answers=answers, now=NOW)
    assert storage.commits == before
    return found, [each["text"] for each in assistant.asked]


async def test_answer_comes_first_then_the_next_candidates(storage: InMemoryStorage, answers: Answers) -> None:
    """The same aspect of two more services, in the town's own words."""
    found, asked = await suggest(storage, answers, ANSWER)

    assert asked == ["Einen Menschen bitte"]
    assert found[0] == Suggestion(
        REPLY.text, "personalausweis", "fee", 0.7, "Stadt Musterstadt", "https://www.musterstadt.example/"
    )
    assert [(each.service, each.aspect, each.score) for each in found[1:]] == [
        ("reisepass", "fee", 0.2),
        ("kinderausweis", "fee", 0.1),
    ]
    assert all(each.text and each.source_title for each in found)


async def test_words_that_ask_for_nothing_are_passed_over(storage: InMemoryStorage, answers: Answers) -> None:
    """Behind the wish for a person stands the question."""
    found, asked = await suggest(storage, answers, ASKED_FOR_A_PERSON, ANSWER)

    assert asked == ["Einen Menschen bitte", "Was kostet der Ausweis?"]
    assert found[0].text == REPLY.text


async def test_what_a_person_has_answered_is_not_asked_again(storage: InMemoryStorage, answers: Answers) -> None:
    """Only the words since then count; where there are none, the last ones."""
    await say(storage, Author.STAFF, "37 Euro.")
    _, answered = await suggest(storage, answers, ASKED_FOR_A_PERSON)
    await say(storage, Author.CITIZEN, "Und der Pass?")
    _, asked = await suggest(storage, answers, ASKED_FOR_A_PERSON)

    assert (answered, asked) == (["Einen Menschen bitte"], ["Und der Pass?"])


async def test_unsure_bot_offers_its_candidates_only(storage: InMemoryStorage, answers: Answers) -> None:
    """What it asks back is no answer; without an aspect it is the procedure; unknown services are left out."""
    unsure = replace(ANSWER, decision=Decision.CLARIFY, aspect=None, candidates=(Candidate("abgeschafft", 0.5), *CANDIDATES))
    found, _ = await suggest(storage, answers, unsure)

    assert [(each.service, each.aspect) for each in found] == [("personalausweis", "procedure")]


async def test_nothing_is_offered_where_nothing_is_known(storage: InMemoryStorage, answers: Answers) -> None:
    """An empty list, after a few tries."""
    found, asked = await suggest(storage, answers, ASKED_FOR_A_PERSON)

    assert (found, len(asked)) == ([], 2)


async def test_assistant_that_is_away_is_said_to_be(storage: InMemoryStorage, answers: Answers) -> None:
    """The caller learns that trying again can help; so it does of a conversation that is not there."""
    with pytest.raises(AssistantUnavailable):
        await suggest(storage, answers, AssistantUnavailable("away"))
    with pytest.raises(ConversationNotFound):
        await suggest_answers("nobody", storage=storage, assistant=ScriptedAssistant(ANSWER), answers=answers, now=NOW)
