"""A staff member at the console's API, who repeats a step until it is certain that it was done."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import httpx

AGAIN_AFTER = 0.3
ANSWER_SECONDS = 4.0


@dataclass
class StaffMember:
    """Signed in; the session lies in the database, so every web process knows it."""

    http: httpx.AsyncClient

    async def sign_in(self, username: str, password: str) -> None:
        """With the token that steps need."""
        await self._insist("POST", "/console/sign-in", {303}, data={"username": username, "password": password})
        session = await self._insist("GET", "/console/api/session", {200})
        self.http.headers["X-CSRF-Token"] = session.json()["csrf_token"]

    async def claim(self, conversation_id: str) -> None:
        """Take a conversation over."""
        await self._insist("POST", f"/console/api/conversations/{conversation_id}/claim", {204}, json={})

    async def reply(self, conversation_id: str, id_: str, question: str) -> None:
        """Answer a question, in words that repeat it."""
        body = {"client_message_id": f"a-{id_}", "text": f"Antwort auf: {question}"}
        await self._insist("POST", f"/console/api/conversations/{conversation_id}/replies", {201}, json=body)

    async def _insist(self, method: str, path: str, statuses: set[int], **request: Any) -> httpx.Response:
        while True:
            with contextlib.suppress(httpx.TransportError):
                response = await self.http.request(method, path, timeout=ANSWER_SECONDS, **request)
                if response.status_code in statuses:
                    return response
                if response.status_code < 500 and response.status_code != 429:
                    raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
            await asyncio.sleep(AGAIN_AFTER)
