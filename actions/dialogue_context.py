"""What the dialogue so far adds to the ranking of a message: `und was kostet das?` is about what was just answered."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from actions.understanding import Understanding
from bot.domain.referrals import REFERRAL_PREFIX
from bot.knowledge.knowledge import Knowledge

WEIGHTS = Path(__file__).with_name("dialogue_weights.json")
LEAST_SCORE = 1e-4
LEAST_DOUBT = 1e-3
MOST_WORDS = 15
WORDS_UNIT = 10
BRIGHTENED = 20


def in_dialogue(u: Understanding, knowledge: Knowledge) -> Understanding:
    """The message with a ranking that counts what was talked about and offered before.

    A small model, fitted on written dialogues (benchmarks/dialogue_weights.py), weighs for each subject that may be
    meant how likely it is alone and behind the name of the remembered service, and what it is to the dialogue.
    """
    if u.is_button or not (u.remembered_service or u.offered):
        return u
    weights = load_weights()
    sums = {
        subject: sum(weights[name] * value for name, value in features.items())
        for subject, features in describe_subjects(u, knowledge).items()
    }
    highest = max(sums.values())
    powers = {subject: math.exp(each - highest) for subject, each in sums.items()}
    total = sum(powers.values())
    ranking = sorted(((subject, power / total) for subject, power in powers.items()), key=lambda each: -each[1])
    return replace(u, ranking=tuple(ranking))


@cache
def load_weights() -> Mapping[str, float]:
    """The weight of each feature."""
    weights: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return weights


def describe_subjects(u: Understanding, knowledge: Knowledge) -> dict[str, dict[str, float]]:
    """The features of every subject that the message may be about, by name; "" stands for none of them."""
    alone, behind_name = dict(u.ranking), dict(u.context_ranking) or _as_if_behind_name(u)
    message = _Message(
        words=min(len(u.text.split()), MOST_WORDS) / WORDS_UNIT,
        surest=max((score for subject, score in u.ranking if subject), default=0.0),
        out_of_scope=next((score for name, score in u.intents if name == "out_of_scope"), 0.0),
    )
    subjects = dict.fromkeys([*alone, *behind_name, u.remembered_service or "", *u.offered, ""])
    return {
        subject: {
            **_likelihood(alone.get(subject, 0.0), behind_name.get(subject, 0.0)),
            **_place_in_dialogue(subject, message, u, knowledge),
        }
        for subject in subjects
        if not subject or subject.startswith(REFERRAL_PREFIX) or subject in knowledge.services
    }


@dataclass(frozen=True, slots=True)
class _Message:
    """What weighs the same for every subject."""

    words: float
    surest: float
    out_of_scope: float


def _as_if_behind_name(u: Understanding) -> dict[str, float]:
    """For a part of a message, which was not understood behind the name: what it leaves open it asks about the service."""
    scores = dict(u.ranking)
    if u.asks_for_aspect and u.remembered_service:
        scores[u.remembered_service] = scores.get(u.remembered_service, 0.0) + scores.pop("", 0.0)
    return scores


def _likelihood(alone: float, context: float) -> dict[str, float]:
    return {
        "alone": math.log(max(alone, LEAST_SCORE)),
        "alone_bright": math.log1p(BRIGHTENED * alone),
        "alone_sure": -math.log(1 - alone + LEAST_DOUBT),
        "context": math.log(max(context, LEAST_SCORE)),
    }


def _place_in_dialogue(subject: str, message: _Message, u: Understanding, knowledge: Knowledge) -> dict[str, float]:
    is_same, is_offered, is_none = bool(subject) and subject == u.remembered_service, subject in u.offered, not subject
    return {
        "same": float(is_same),
        "same_words": is_same * message.words,
        "same_surest": is_same * message.surest,
        "same_out_of_scope": is_same * message.out_of_scope,
        "offered": float(is_offered),
        "offered_surest": is_offered * message.surest,
        "related": float(not is_same and knowledge.are_related(subject, u.remembered_service)),
        "referral": float(subject.startswith(REFERRAL_PREFIX)),
        "none": float(is_none),
        "none_words": is_none * message.words,
        "none_surest": is_none * message.surest,
        "none_out_of_scope": is_none * message.out_of_scope,
    }
