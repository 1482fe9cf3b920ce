"""What may go wrong between a bot and Telegram, switched on for a number of calls."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """How a call fails."""

    FLOOD = "flood"
    SERVER_ERROR = "server_error"
    CUT = "cut"
    HANG_AFTER_DELIVERY = "hang_after_delivery"


@dataclass
class PlannedFault:
    """A fault of the next `times` calls of a method; `retry_after` in seconds is what a flood error names."""

    fault: Fault
    method: str
    times: int
    retry_after: int = 1
    status: int = 502


class Faults:
    """The faults that are switched on, in order."""

    def __init__(self) -> None:
        self._planned: list[PlannedFault] = []

    def plan(self, planned: PlannedFault) -> None:
        """Switch one on."""
        self._planned.append(planned)

    def take(self, method: str) -> PlannedFault | None:
        """The fault that hits this call, if any."""
        for planned in self._planned:
            if planned.method.lower() == method.lower() and planned.times > 0:
                planned.times -= 1
                return planned
        return None
