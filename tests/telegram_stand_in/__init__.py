"""A stand-in for Telegram's Bot API that enforces the real limits, for tests and for playing by hand.

What it knows about Telegram is written down here a second time and on purpose shares no code with `bot/`.
"""

from tests.telegram_stand_in.faults import Fault
from tests.telegram_stand_in.serving import serve
from tests.telegram_stand_in.state import TOKEN, StandIn

__all__ = ["TOKEN", "Fault", "StandIn", "serve"]
