"""Every error that the project raises on purpose; `retryable` says whether trying again can help."""


class RathausboteError(Exception):
    """Base of all errors of the project; `code` is what machines read."""

    code = "internal_error"
    status = 500
    retryable = False


class SettingsError(RathausboteError):
    """A setting is missing or wrong; the message says which and what to do."""

    code = "settings_invalid"


class BackupInvalid(RathausboteError):
    """A backup can't be written or can't be used; the message names the file and what to do."""

    code = "backup_invalid"


class DatabaseOccupied(RathausboteError):
    """A database is in use, or holds data that would be lost; nothing was changed."""

    code = "database_occupied"
    status = 409


class KnowledgeError(RathausboteError):
    """An editor's file can't be used; the message names path, line and remedy."""

    code = "knowledge_invalid"


class NotFound(RathausboteError):
    """What was asked for does not exist."""

    code = "not_found"
    status = 404


class ConversationNotFound(NotFound):
    """No conversation with this id."""

    code = "conversation_not_found"


class TicketNotFound(NotFound):
    """No ticket with this number and code; which of them is wrong is never said."""

    code = "ticket_not_found"


class TokenInvalid(RathausboteError):
    """The bearer token or session does not belong to what was asked for."""

    code = "token_invalid"
    status = 401


class NotAllowed(RathausboteError):
    """This staff member may not do this."""

    code = "not_allowed"
    status = 403


class SignInFailed(RathausboteError):
    """Username and password do not belong together, or the member is switched off; which of them is never said."""

    code = "sign_in_failed"
    status = 401


class StaffInvalid(RathausboteError):
    """A staff member can't be added like this; the message says why."""

    code = "staff_invalid"
    status = 422


class InvalidTransition(RathausboteError):
    """The conversation's status does not allow the step, e.g. claiming what a colleague holds."""

    code = "invalid_transition"
    status = 409


class InvalidRating(RathausboteError):
    """A rating that is no number from 1 to 5."""

    code = "invalid_rating"
    status = 422


class MessageInvalid(RathausboteError):
    """A message that can't be accepted."""

    code = "message_invalid"
    status = 422


class DuplicateMessage(RathausboteError):
    """The channel handed in a message that is stored already; look it up by its source id in a new transaction."""

    code = "message_duplicate"
    status = 409


class UsernameTaken(RathausboteError):
    """Another staff member has this user name."""

    code = "username_taken"
    status = 409


class MessageEmpty(MessageInvalid):
    """Nothing readable is in the message."""

    code = "message_empty"


class MessageTooLong(MessageInvalid):
    """The message is longer than `bot.domain.messages.MAX_LENGTH`."""

    code = "message_too_long"
    status = 413


class TooManyRequests(RathausboteError):
    """More requests than are served from one source; try again after `retry_after` seconds."""

    code = "too_many_requests"
    status = 429
    retryable = True

    def __init__(self, message: str, *, retry_after: float = 10.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamError(RathausboteError):
    """Something outside this process failed."""

    code = "upstream_failed"
    status = 502


class AssistantUnavailable(UpstreamError):
    """The engine did not answer in time, or answered with an error."""

    code = "assistant_unavailable"
    status = 503
    retryable = True


class StorageUnavailable(UpstreamError):
    """The database can't be reached."""

    code = "storage_unavailable"
    status = 503
    retryable = True


class DeliveryFailed(UpstreamError):
    """The channel did not take a message; `retry_after` is in seconds where the channel named it."""

    code = "delivery_failed"
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RecipientGone(UpstreamError):
    """The citizen blocked the bot or the chat no longer exists; trying again is useless."""

    code = "recipient_gone"


class DeliveryRefused(UpstreamError):
    """The channel refuses this very message; trying again is useless, the citizen still gets the next one."""

    code = "delivery_refused"
