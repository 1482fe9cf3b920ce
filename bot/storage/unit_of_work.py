"""One transaction over everything stored."""

from bot.storage.conversations import Conversations
from bot.storage.handoffs import Handoffs
from bot.storage.messages import Messages
from bot.storage.outbox import Outbox
from bot.storage.records import Records
from bot.storage.staff import Staff
from bot.storage.upkeep import Upkeep
from bot.storage.worklist import Worklist


class SqlUnitOfWork(Conversations, Messages, Worklist, Outbox, Handoffs, Records, Staff, Upkeep):
    """The port `UnitOfWork` over one database connection."""
