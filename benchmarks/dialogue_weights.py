"""Fits the weights by which the dialogue counts (actions/dialogue_weights.json) on benchmarks/dialogues.jsonl.

Each turn is understood as if everything before it had gone right, some also as if the bot had asked back before.
The weights are sharpened, because restrained ones leave too much doubt: the bot would ask back too often. `--write` keeps the weights that are found.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa_sdk import Tracker
from scipy.optimize import minimize

from actions.dialogue_context import WEIGHTS, describe_subjects
from actions.understanding import Understanding, understand
from bot.domain.referrals import REFERRAL_PREFIX
from bot.domain.turns import OFFERED_SERVICES, Decision
from bot.engine.host import Host
from bot.engine.logs import configure_logs
from bot.engine.training import ensure_model
from bot.knowledge.aspects import AspectWords
from bot.knowledge.knowledge import Knowledge
from bot.knowledge.loader import shared_knowledge
from bot.settings import PROJECT_ROOT, load_settings

DIALOGUES = Path(__file__).with_name("dialogues.jsonl")
EVALUATION = PROJECT_ROOT / "tests" / "evaluation"
RESTRAINT = 0.003
SHARPNESS = 1.7
EVERY_NTH_DOUBTED, MOST_DOUBTED = 3, 3
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC).isoformat()
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The subjects of a turn, their features, shape (subjects, features), and which of them are right."""

    features: Matrix
    is_right: npt.NDArray[np.bool_]


class Reader:
    """Understands the turns of dialogues without answering them."""

    def __init__(self, model: Path, knowledge: Knowledge, words: AspectWords) -> None:
        self._host = Host.load(model, PROJECT_ROOT)
        self._knowledge = knowledge
        self._words = words
        self.names: list[str] = []

    def read(self, path: Path) -> list[Choice]:
        """The choices of all turns in which the dialogue says something about what is meant."""
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        dialogues = [line["turns"] for line in lines if "turns" in line]
        return [choice for turns in dialogues for choice in self._choices(turns)]

    def _choices(self, turns: list[dict[str, Any]]) -> Iterator[Choice]:
        """One choice a turn, and a second one for a third of them as if the bot had asked back before instead of answering."""
        about: str | None = None
        earlier: str | None = None
        offered: list[str] = []
        doubted: list[str] = []
        for number, turn in enumerate(turns):
            services, is_choice = turn["services"], turn.get("decision") == Decision.CLARIFY
            u = self._understand(turn["user"], about, offered)
            if (about or offered) and not is_choice:
                yield self._to_choice(u, services)
            if doubted and not is_choice and number % EVERY_NTH_DOUBTED == 1:
                yield self._to_choice(self._understand(turn["user"], earlier, doubted), services)
            offered = services if is_choice else []
            doubted = []
            if services and not is_choice:
                earlier, about = about, services[0]
                doubted = list(dict.fromkeys([about, *(service for service, _ in u.candidates)]))[:MOST_DOUBTED]

    def _understand(self, text: str, about: str | None, offered: list[str]) -> Understanding:
        pending = OFFERED_SERVICES + ",".join(offered) if offered else None
        slots = {"current_service": about, "pending": pending, "failures": 0, "language": "de"}
        latest = {**asyncio.run(self._host.parse(text, slots)), "metadata": {"now": NOW}}
        return understand(Tracker("fitting", slots, latest, [], False, None, {}, "action_listen"), self._words)

    def _to_choice(self, u: Understanding, services: list[str]) -> Choice:
        described = describe_subjects(u, self._knowledge)
        self.names = list(described[""])
        right = [
            subject in services if services else not subject or subject.startswith(REFERRAL_PREFIX) for subject in described
        ]
        return Choice(np.array([list(each.values()) for each in described.values()]), np.array(right))


def fit(choices: list[Choice]) -> Matrix:
    """Weights under which the right subjects get the largest share, as small as that allows."""
    usable = [each for each in choices if each.is_right.any()]
    spread = np.concatenate([each.features for each in usable]).std(axis=0) + 1e-6
    scaled = [(each.features / spread, each.is_right) for each in usable]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, slope = 0.0, np.zeros_like(weights)
        for features, is_right in scaled:
            shares = to_shares(features @ weights)
            of_right = np.where(is_right, shares, 0.0)
            total -= np.log(of_right.sum() + 1e-12)
            slope += features.T @ (shares - of_right / (of_right.sum() + 1e-12))
        restrained = total / len(scaled) + RESTRAINT * weights @ weights
        return float(restrained), slope / len(scaled) + 2 * RESTRAINT * weights

    found = minimize(loss, np.zeros(len(spread)), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / spread)


def to_shares(sums: Matrix) -> Matrix:
    """Shares that add up to 1."""
    powers = np.exp(sums - sums.max())
    return np.asarray(powers / powers.sum())


def share_right(choices: list[Choice], weights: Matrix) -> float:
    """How often the subject with the largest share is right, 0..1."""
    return float(np.mean([each.is_right[int((each.features @ weights).argmax())] for each in choices]))


def main() -> None:
    """Fit, print, and keep the weights where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"keep the weights in {WEIGHTS.name}")
    arguments = parser.parse_args()
    configure_logs()
    os.environ.setdefault("BOT_MODELS_DIR", str(load_settings().models_dir))
    knowledge = shared_knowledge(PROJECT_ROOT / "data")
    model = ensure_model(PROJECT_ROOT, load_settings().models_dir)
    reader = Reader(model, knowledge, AspectWords.load(PROJECT_ROOT / "data" / "aspects.yml"))
    choices = reader.read(DIALOGUES)
    weights = fit(choices)
    print(f"fitted on {len(choices)} turns, right subject first: {share_right(choices, weights):.1%}")
    for path in (EVALUATION / "dialogues.jsonl", EVALUATION / "held_out" / "dialogues.jsonl"):
        others = reader.read(path)
        print(f"{path.relative_to(EVALUATION)}, {len(others)} turns: {share_right(others, weights):.1%}")
    content = {name: round(float(weight) * SHARPNESS, 3) for name, weight in zip(reader.names, weights, strict=True)}
    print(json.dumps(content, indent=2))
    if arguments.write:
        WEIGHTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
