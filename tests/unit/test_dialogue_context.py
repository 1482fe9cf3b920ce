"""What the dialogue adds to the ranking of a message."""

from dataclasses import replace

import pytest

from actions.dialogue_context import describe_subjects, in_dialogue, load_weights
from actions.understanding import Understanding
from bot.domain.turns import OFFERED_SERVICES
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
    idle = replace(
        FOLLOW_UP, text="schönes wetter heute in der stadt", intent="out_of_scope", words_aspect=None,
        intents=(("out_of_scope", 0.9),), context_ranking=(("", 0.8), ("reisepass", 0.1)),
    )  # fmt: skip

    assert first(idle) == ""


def test_a_related_service_comes_before_others() -> None:
    """After the passport a doubtful message is rather about the express passport than about a place in a kindergarten."""
    assert KNOWLEDGE.are_related("reisepass", "reisepass_express")
    assert not KNOWLEDGE.are_related("reisepass", "kita")
    assert (
        first(replace(FOLLOW_UP, text="in acht tagen geht der flieger", ranking=UNSURE, context_ranking=UNSURE))
        == "reisepass_express"
    )


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
    """`und wenn da ein Glas Sekt dabei ist` means more behind what was talked about."""
    u = replace(
        FOLLOW_UP,
        text="und wenn da auch ein glas sekt dabei ist",
        remembered_service="gewerbeanmeldung",
        ranking=(("", 0.9), ("kita", 0.01)),
    )

    assert first(replace(u, context_ranking=(("gaststaette", 0.8), ("kita", 0.1)))) == "gaststaette"


def test_a_button_is_no_matter_of_context() -> None:
    """A pressed button says all by itself."""
    pressed = replace(FOLLOW_UP, is_button=True)

    assert in_dialogue(pressed, KNOWLEDGE) is pressed


def test_each_feature_has_its_weight() -> None:
    """The weights are fitted anew when a feature comes or goes (benchmarks/dialogue_weights.py)."""
    described = describe_subjects(FOLLOW_UP, KNOWLEDGE)

    assert {"reisepass", "kita", ""} <= described.keys()
    assert all(features.keys() == load_weights().keys() for features in described.values())


def test_a_service_that_is_gone_is_no_subject() -> None:
    """A slot or a model may name an entry that an editor has taken away."""
    assert "gone" not in describe_subjects(replace(FOLLOW_UP, remembered_service="gone"), KNOWLEDGE)
