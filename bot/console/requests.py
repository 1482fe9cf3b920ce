"""What the console's pages may ask for: ids and bodies, checked before anything else sees them."""

import re
from typing import Annotated, Literal, get_args

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from bot.domain.handoffs import Result
from bot.errors import ConversationNotFound

LARGEST_INTEGER = 2**31 - 1
LONGEST_TEXT = 64_000
MOST_DAYS = 366
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def to_conversation_id(conversation_id: str) -> str:
    """The id in the path; raises ConversationNotFound for what no id can look like, before the database is asked."""
    if not _ID.fullmatch(conversation_id):
        raise ConversationNotFound("no conversation with this id")
    return conversation_id


ConversationId = Annotated[str, Depends(to_conversation_id)]
Seq = Annotated[int, Query(ge=0, le=LARGEST_INTEGER)]
SearchText = Annotated[str, Query(max_length=200)]
Days = Annotated[int, Query(ge=1, le=MOST_DAYS)]
StaffId = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]

ChosenResult = Literal[Result.ANSWERED, Result.FORWARDED, Result.CITIZEN_LEFT, Result.NOT_POSSIBLE, Result.SPAM]
CHOSEN_RESULTS: tuple[Result, ...] = get_args(ChosenResult)


class ClaimBody(BaseModel):
    """`instead_of`: id of the colleague from whom the conversation is taken knowingly."""

    instead_of: int | None = None


class ReplyBody(BaseModel):
    """What a staff member answers; the id makes sending it again harmless."""

    client_message_id: str = Field(min_length=1, max_length=64, pattern=r"^\P{Cc}+$")
    text: str


class ResolveBody(BaseModel):
    """What came of it; the other results are not for people to choose."""

    result: ChosenResult


class TransferBody(BaseModel):
    """To an office or to a colleague, with a note for them."""

    office_id: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{1,40}$")
    staff_id: StaffId | None = None
    note: Text | None = None


class AssignBody(BaseModel):
    """Who is to answer."""

    staff_id: StaffId


class SnoozeBody(BaseModel):
    """Until when it is put off; a moment with its zone."""

    until: AwareDatetime


class NoteBody(BaseModel):
    """What colleagues are to know."""

    text: Text


class ViewingBody(BaseModel):
    """Whether the conversation is open in this browser."""

    is_open: bool


class TypingBody(BaseModel):
    """Whether an answer is being written."""

    is_typing: bool


class PresenceBody(BaseModel):
    """A sign of life; `is_away` where the switch was used."""

    is_away: bool | None = None
