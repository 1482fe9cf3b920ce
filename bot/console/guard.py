"""Who may enter: the session behind the cookie, and proof that a request comes from the console's own pages."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from bot.console.dependencies import ConsoleDependencies
from bot.domain.staff import Role, StaffMember
from bot.errors import NotAllowed, TokenInvalid
from bot.use_cases.bearer_token import to_token_hash

SESSION_COOKIE = "rathausbote_session"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member and the token of the session."""

    member: StaffMember
    token: str

    @property
    def csrf_token(self) -> str:
        """What every changing request of this session must carry; derived, so nothing more is stored."""
        return hmac.new(self.token.encode(), b"rathausbote csrf", hashlib.sha256).hexdigest()


class Guard:
    """The dependency of every route but sign-in and static files; raises TokenInvalid, NotAllowed."""

    def __init__(self, dependencies: ConsoleDependencies) -> None:
        self._dependencies = dependencies

    async def __call__(self, request: Request) -> Visitor:
        """The visitor of this request."""
        token = request.cookies.get(SESSION_COOKIE, "")
        member = await self.find_member(token)
        if member is None:
            raise TokenInvalid("sign in first")
        visitor = Visitor(member, token)
        if request.method not in SAFE_METHODS:
            check_same_origin(request, self._dependencies.public_url)
            sent = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), visitor.csrf_token.encode()):
                raise NotAllowed("the request does not carry the token of this session")
        return visitor

    async def find_member(self, token: str) -> StaffMember | None:
        """The active member whose unexpired session this token is of, or None."""
        if not token:
            return None
        async with self._dependencies.storage.begin(read_only=True) as unit:
            return await unit.find_session(to_token_hash(token), now=self._dependencies.now())


def only(guard: Guard, allows: Callable[[Role], bool]) -> Callable[[Visitor], Awaitable[None]]:
    """A dependency behind the guard that lets only some roles in; raises NotAllowed."""

    async def check_role(visitor: Annotated[Visitor, Depends(guard)]) -> None:
        if not allows(visitor.member.role):
            raise NotAllowed("this is not for your role")

    return check_role


def check_same_origin(request: Request, public_url: str) -> None:
    """Raise NotAllowed unless the browser says that the request comes from our own pages."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        allowed = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", "")).netloc
        allowed = bool(origin) and origin in (request.headers.get("host"), urlsplit(public_url).netloc)
    if not allowed:
        raise NotAllowed("the request comes from another website")
