"""Whether what citizens read keeps the delivery promise: every message answered, once, in order. Pure functions.

Each message carries an id in brackets. The scripted engine and the staff repeat the question in their answer, so a lost,
doubled or reordered answer is recognised. A degraded answer or a ticket repeats nothing; it counts for the question whose
turn it is, and the named answers around it show whether that was the right one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

_ID = re.compile(r"\[(\w+)\]")
_ANSWER = re.compile(r"Antwort auf: .*\[(\w+)\](?: \(Runde (\d+)\))?", re.DOTALL)
ANSWERING = ("bot", "staff")


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of a conversation, and when it was seen."""

    seq: int
    author: str
    text: str
    at: float = 0.0


@dataclass
class Findings:
    """What was found wrong, by the ids of the messages, and how long answers took."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    forked: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    anonymous: int = 0

    def add(self, other: "Findings") -> None:
        """Take in what was found elsewhere."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.reordered += other.reordered
        self.forked += other.forked
        self.waits += other.waits
        self.anonymous += other.anonymous

    @property
    def is_clean(self) -> bool:
        """Whether the promise was kept."""
        return not (self.lost or self.doubled or self.reordered or self.forked)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came as one answer; `of` is the question that it names, if it names one."""

    of: str | None
    round: int | None
    seq: int
    at: float


def to_id(text: str) -> str | None:
    """The id that a text carries."""
    found = _ID.search(text)
    return found[1] if found else None


def judge_conversation(
    accepted: Sequence[str], messages: Sequence[Seen], *, is_introduction: Callable[[str], bool]
) -> Findings:
    """Compare a conversation, in the order of its numbers, with the ids of the messages that were accepted.

    `is_introduction` recognises a sentence that only opens the next one, as before a ticket.
    """
    findings = Findings()
    questions = [each for each in messages if each.author == "citizen"]
    stored = Counter(to_id(each.text) or each.text for each in questions)
    findings.lost += [id_ for id_ in accepted if not stored[id_]]
    findings.doubled += [id_ for id_, times in stored.items() if times > 1]
    if questions:
        answers = _to_answers([each for each in messages if each.seq > questions[0].seq], is_introduction)
        _align(_first_of_each(questions), answers, findings)
        _check_rounds(answers, findings)
    return findings


def _first_of_each(questions: Iterable[Seen]) -> list[Seen]:
    """Without those that are there a second time, which is told already."""
    first: dict[str | None, Seen] = {}
    for each in questions:
        first.setdefault(to_id(each.text), each)
    return list(first.values())


def _to_answers(messages: Iterable[Seen], is_introduction: Callable[[str], bool]) -> list[_Answer]:
    answers = []
    for each in messages:
        if each.author not in ANSWERING or is_introduction(each.text):
            continue
        found = _ANSWER.search(each.text)
        number = int(found[2]) if found and found[2] else None
        answers.append(_Answer(found[1] if found else None, number, each.seq, each.at))
    return answers


def _align(questions: Sequence[Seen], answers: Sequence[_Answer], findings: Findings) -> None:
    """Walk along the named answers; between two of them as many unnamed ones belong as there are questions."""
    place = {to_id(each.text): number for number, each in enumerate(questions)}
    unnamed: list[_Answer] = []
    expected = 0
    for answer in answers:
        if answer.of is None:
            unnamed.append(answer)
            continue
        position = place.get(answer.of)
        if position is None:
            findings.doubled.append(f"{answer.of} (answered elsewhere)")
        elif position < expected:
            was_given = any(other.of == answer.of for other in answers if other.seq < answer.seq)
            (findings.doubled if was_given else findings.reordered).append(answer.of)
        else:
            _fill(questions[expected:position], unnamed, findings)
            _note(questions[position], answer, findings)
            unnamed, expected = [], position + 1
    _fill(questions[expected:], unnamed, findings)


def _fill(questions: Sequence[Seen], unnamed: Sequence[_Answer], findings: Findings) -> None:
    for question, answer in zip(questions, unnamed, strict=False):
        findings.anonymous += 1
        _note(question, answer, findings)
    findings.lost += [to_id(each.text) or each.text for each in questions[len(unnamed) :]]
    before = to_id(questions[-1].text) if questions else "a named answer"
    findings.doubled += [f"unnamed answer {each.seq} after {before}" for each in unnamed[len(questions) :]]


def _note(question: Seen, answer: _Answer, findings: Findings) -> None:
    if answer.seq < question.seq:
        findings.reordered.append(to_id(question.text) or question.text)
    findings.waits.append(answer.at - question.at)


def _check_rounds(answers: Sequence[_Answer], findings: Findings) -> None:
    """The engine counts its turns in the dialogue state: a round that is missing or there twice means a forked state."""
    rounds = [(each.round, each.of) for each in answers if each.round is not None]
    findings.forked += [
        f"{of} (round {number}, not {count})" for count, (number, of) in enumerate(rounds, 1) if number != count
    ]


def judge_stream(seqs: Sequence[int]) -> Findings:
    """The numbers that a widget was sent over all its connections: each once, without a gap."""
    findings = Findings()
    known = 0
    for seq in seqs:
        if seq <= known:
            findings.doubled.append(f"number {seq} sent again")
        elif seq > known + 1:
            findings.lost.append(f"numbers {known + 1} to {seq - 1} not sent")
        known = max(known, seq)
    return findings


def judge_chat(expected: Sequence[str], shown: Sequence[str]) -> tuple[Findings, list[str]]:
    """What a chat shows against what was stored for it; gives the findings and the texts that are shown again.

    A text that is shown again right after itself is a repetition of the sender, which the promise allows in some cases;
    everything else is out of order.
    """
    findings, again = Findings(), []
    at = 0
    for text in shown:
        if at < len(expected) and text == expected[at]:
            at += 1
        elif at and text == expected[at - 1]:
            again.append(text)
        else:
            findings.reordered.append(f"in the chat: {to_id(text) or text[:40]}")
    findings.lost += [f"in the chat: {to_id(text) or text[:40]}" for text in expected[at:]]
    return findings, again
