"""What the dialogue adds to the ranking of a message."""

from dataclasses import replace

import pytest

from actions.dialogue_context import in_dialogue
from actions.understanding import OFFERED_SERVICES, Understanding
from tests.unit.test_decision import FEE_OF_PASSPORT, FOLLOW_UP, KNOWLEDGE

UNSURE = (("kita", 0.3), ("reisepass_express", 0.25), ("", 0.2))


def first(u: Understanding) -> str:
    """The likeliest subject in the dialogue."""
    return in_dialogue(u, KNOWLEDGE).best[0]


def test_without_a_dialogue_nothing_changes() -> None:
    """The first message is what the pipeline understood."""
    assert in_dialogue(FEE_OF_PASSPORT, KNOWLEDGE) is FEE_OF_PASSPORT


def test_what_is_left_open_is_asked_about_the_remembered_service() -> None:
    """`und was kostet das` names nothing and asks for the fee."""
    weighed = in_dialogue(FOLLOW_UP, KNOWLEDGE)

    assert weighed.best[0] == "reisepass"
    assert sum(score for _, score in weighed.ranking) == pytest.approx(1.0)


def test_what_asks_nothing_stays_open() -> None:
    """`schönes Wetter heute` is not about the passport."""
    assert first(replace(FOLLOW_UP, intent="out_of_scope", words_aspect=None)) == ""


def test_a_related_service_comes_before_others() -> None:
    """After the passport a doubtful message is rather about the express passport than about a place in a kindergarten."""
    assert KNOWLEDGE.are_related("reisepass", "reisepass_express")
    assert not KNOWLEDGE.are_related("reisepass", "kita")
    assert first(replace(FOLLOW_UP, text="in acht tagen geht der flieger", ranking=UNSURE)) == "reisepass_express"


def test_what_was_offered_comes_before_others() -> None:
    """The citizen types instead of pressing a button."""
    u = replace(FEE_OF_PASSPORT, ranking=UNSURE, pending=f"{OFFERED_SERVICES}wohngeld,reisepass_express")

    assert u.offered == ("wohngeld", "reisepass_express")
    assert first(u) == "reisepass_express"


def test_a_plainly_named_service_is_a_new_topic() -> None:
    """However sure the context is, who names another service means it."""
    u = replace(FOLLOW_UP, ranking=(("kita", 0.99),), context_ranking=(("reisepass", 0.9), ("kita", 0.1)))

    assert first(u) == "kita"


def test_a_short_doubtful_message_is_read_behind_the_service_before() -> None:
    """`und mit Sekt dabei?` means more behind what was talked about."""
    u = replace(FOLLOW_UP, text="und mit sekt dabei", ranking=UNSURE, context_ranking=(("gaststaette", 0.8), ("kita", 0.1)))

    assert first(u) == "gaststaette"


def test_a_button_is_no_matter_of_context() -> None:
    """A pressed button says all by itself."""
    pressed = replace(FOLLOW_UP, is_button=True)

    assert in_dialogue(pressed, KNOWLEDGE) is pressed
