"""What the dialogue so far adds to the ranking of a message: `und was kostet das?` is about what was just answered."""

import math
from dataclasses import replace

from actions.understanding import Understanding
from bot.knowledge.knowledge import Knowledge

# Chosen on the project's own dialogues; docs/understanding.md says how.
SAME = 2.0
RELATED = 3.0
OFFERED = 6.0
SHORTEST, LONGEST = 3, 12
MOST_CONTEXT, LEAST_CONTEXT = 0.9, 0.4


def in_dialogue(u: Understanding, knowledge: Knowledge) -> Understanding:
    """The message with a ranking that counts what was talked about and offered before.

    The scores of the text alone and of the text behind the name of the remembered service are mixed, the context the
    more the shorter and the less sure the message is; services that are remembered, related to it or were just offered
    weigh more. What the message leaves open it asks about the remembered service, if it asks for an aspect.
    """
    if u.is_button or not (u.remembered_service or u.offered):
        return u
    share = _share_of_context(u) if u.context_ranking else 0.0
    alone, context = dict(u.ranking), dict(u.context_ranking)
    mixed = {
        subject: (1 - share) * alone.get(subject, 0.0) + share * context.get(subject, 0.0)
        for subject in {**alone, **context}
    }
    open_ = mixed.pop("", 0.0)
    weighed = {subject: score * _weight(subject, u, knowledge) for subject, score in mixed.items()}
    about = u.remembered_service or ""
    if about in knowledge.services and u.asks_for_aspect:
        weighed[about] = weighed.get(about, 0.0) + open_
    else:
        weighed[""] = open_
    total = sum(weighed.values()) or 1.0
    ranking = sorted(((subject, score / total) for subject, score in weighed.items()), key=lambda each: -each[1])
    return replace(u, ranking=tuple(ranking))


def _share_of_context(u: Understanding) -> float:
    words = min(max(len(u.text.split()), SHORTEST), LONGEST)
    share = MOST_CONTEXT - (MOST_CONTEXT - LEAST_CONTEXT) * (words - SHORTEST) / (LONGEST - SHORTEST)
    surest = max((score for subject, score in u.ranking if subject), default=0.0)
    return share * math.sqrt(max(1.0 - surest, 0.0))


def _weight(subject: str, u: Understanding, knowledge: Knowledge) -> float:
    if subject in u.offered:
        return OFFERED
    if subject == u.remembered_service:
        return SAME
    return RELATED if knowledge.are_related(subject, u.remembered_service) else 1.0
