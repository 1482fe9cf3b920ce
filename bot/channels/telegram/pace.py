"""Keeps to Telegram's limits: about one message a second in a chat, thirty a second overall."""

import asyncio

CHAT_BURST, CHAT_SECONDS = 3, 1.0
ALL_BURST, ALL_SECONDS = 5, 1 / 25  # never more than 30 within any second
FORGET_ABOVE = 1_000


class Meter:
    """Lets `burst` through at once, then one every `seconds` (generic cell rate algorithm)."""

    def __init__(self, burst: int, seconds: float) -> None:
        self._slack = (burst - 1) * seconds
        self._seconds = seconds
        self.free_at = 0.0

    def reserve(self, now: float) -> float:
        """Take the next turn; gives the seconds to wait for it."""
        turn = max(self.free_at, now)
        self.free_at = turn + self._seconds
        return max(0.0, turn - self._slack - now)


class Pace:
    """The turns of all chats of one bot within this process."""

    def __init__(self) -> None:
        self._all = Meter(ALL_BURST, ALL_SECONDS)
        self._chats: dict[str, Meter] = {}

    async def wait(self, address: str) -> None:
        """Return when the chat may be sent its next message."""
        clock = asyncio.get_running_loop().time
        self._forget(clock())
        chat = self._chats.setdefault(address, Meter(CHAT_BURST, CHAT_SECONDS))
        await asyncio.sleep(chat.reserve(clock()))
        await asyncio.sleep(self._all.reserve(clock()))

    def _forget(self, now: float) -> None:
        if len(self._chats) > FORGET_ABOVE:
            self._chats = {address: meter for address, meter in self._chats.items() if meter.free_at > now}
