"""The judge of `make chaos` sees what is lost, doubled and out of order, and nothing where all is well."""

import pytest

from benchmarks.chaos.audit import Findings, Seen, judge_chat, judge_conversation, judge_stream

INTRODUCTION = "Das gebe ich weiter."
ASKED = {"a": "citizen: Frage [a]", "b": "citizen: Frage [b]", "c": "citizen: Frage [c]"}


def answer(id_: str, number: int) -> str:
    """The engine's answer in this round."""
    return f"bot: Antwort auf: Frage [{id_}] (Runde {number})"


def judge(*lines: str, accepted: str = "abc") -> Findings:
    """Judge a conversation that begins with a greeting."""
    messages = [Seen(1, "bot", "Guten Tag")]
    for seq, line in enumerate(lines, 2):
        author, _, text = line.partition(": ")
        messages.append(Seen(seq, author, text, at=float(seq)))
    return judge_conversation(list(accepted), messages, is_introduction=INTRODUCTION.__eq__)


def test_everything_answered_once_in_order_is_clean() -> None:
    """Named answers, a degraded one, a ticket with its introduction, a person; waits are counted from the question."""
    findings = judge(
        *ASKED.values(), answer("a", 1), "bot: 46 Euro", f"bot: {INTRODUCTION}", "bot: Ihre Nummer", "citizen: Hallo [d]",
        "system: Frau Kaya ist da", "staff: Antwort auf: Hallo [d]", accepted="abcd",
    )  # fmt: skip

    assert findings.is_clean
    assert findings.anonymous == 2
    assert findings.waits == [3, 3, 4, 2]


@pytest.mark.parametrize(
    ("lines", "lost", "doubled", "reordered"),
    [
        ([ASKED["a"], answer("a", 1)], ["b", "c"], [], []),
        ([*ASKED.values(), answer("a", 1), answer("c", 2)], ["b"], [], []),
        ([*ASKED.values(), answer("a", 1), answer("b", 2)], ["c"], [], []),
        ([*ASKED.values(), "bot: 46 Euro", answer("c", 1)], ["b"], [], []),
        ([*ASKED.values(), answer("a", 1), answer("a", 2), answer("b", 3), answer("c", 4)], [], ["a"], []),
        ([*ASKED.values(), ASKED["b"], answer("a", 1), answer("b", 2), answer("c", 3)], [], ["b"], []),
        ([*ASKED.values(), answer("a", 1), "bot: 46 Euro", answer("b", 2), answer("c", 3)], [], ["unnamed answer 6 after a"], []),
        ([*ASKED.values(), answer("a", 1), answer("c", 2), answer("b", 3)], ["b"], [], ["b"]),
        ([answer("a", 1), *ASKED.values(), answer("a", 1), answer("b", 2), answer("c", 3)], [], [], []),
        ([ASKED["a"], answer("b", 1), ASKED["b"], ASKED["c"], answer("a", 2), answer("c", 3)], ["a"], [], ["b", "a"]),
    ],
    ids=["not stored", "middle", "last", "unnamed", "answer twice", "stored twice", "one more", "order", "before all", "early"],
)  # fmt: skip
def test_what_is_wrong_is_named(lines: list[str], lost: list[str], doubled: list[str], reordered: list[str]) -> None:
    """By the id of the message."""
    findings = judge(*lines)

    assert (findings.lost, findings.reordered) == (lost, reordered)
    assert doubled == [] or any(doubled[0].split(" after")[0] in each for each in findings.doubled)
    assert bool(findings.doubled) == bool(doubled)


def test_forked_state_is_seen() -> None:
    """Two turns from the same state give the same round."""
    assert judge(*ASKED.values(), answer("a", 1), answer("b", 1), answer("c", 2)).forked == [
        "b (round 1, not 2)",
        "c (round 2, not 3)",
    ]


def test_stream_shows_each_number_once_without_a_gap() -> None:
    """A number again or left out is seen."""
    assert judge_stream([1, 2, 3]).is_clean
    assert judge_stream([1, 2, 2, 3]).doubled == ["number 2 sent again"]
    assert judge_stream([1, 4]).lost == ["numbers 2 to 3 not sent"]


def test_chat_shows_what_was_stored() -> None:
    """A repetition right after itself is set apart; what is missing or elsewhere is wrong."""
    assert judge_chat(["a", "b", "b"], ["a", "a", "b", "b"]) == (Findings(), ["a"])
    assert judge_chat(["a", "b"], ["a"])[0].lost == ["in the chat: b"]
    assert judge_chat(["a", "b", "c"], ["a", "b", "a", "c"])[0].reordered == ["in the chat: a"]
