"""Composition root: the only file that knows all concrete classes."""

import asyncio
import logging
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from bot.assistant.approving import ApprovingAssistant
from bot.assistant.degraded import DegradedAnswerer
from bot.assistant.engine_client import EngineClient, EngineStatus
from bot.assistant.steady import SteadyAssistant
from bot.assistant.supervisor import EngineCommand, EngineSupervisor
from bot.channels.errors import add_error_handlers
from bot.channels.health import health_router
from bot.channels.limits import BodyLimit
from bot.channels.pages import pages_router
from bot.channels.telegram import TelegramChannel, TelegramOptions
from bot.channels.web_chat import WebChatDependencies, web_chat_router
from bot.console.dependencies import ConsoleDependencies
from bot.console.router import console_router
from bot.domain.messages import IncomingMessage
from bot.domain.turns import Turn
from bot.knowledge.answers import Answers
from bot.knowledge.dialogue_acts import DialogueActs
from bot.knowledge.loader import load_knowledge
from bot.knowledge.yaml_file import YamlFile
from bot.metrics import MeasuredAssistant, MeasuredSender, Metrics
from bot.notifications import MailNotifier, SilentNotifier, SmtpOptions
from bot.ports import Assistant, Clock
from bot.settings import Settings
from bot.storage import SqlStorage, open_storage
from bot.upkeep import PACE, Loop, Pace, Upkeep
from bot.use_cases.answer_next import TurnWorker
from bot.use_cases.approval import withhold_unsure
from bot.use_cases.citizen_left import citizen_left
from bot.use_cases.deliver_outbox import deliver_outbox
from bot.use_cases.receive_message import receive_message
from bot.use_cases.start_conversation import TELEGRAM
from bot.use_cases.suggest_answers import suggest_answers
from bot.workers import TURNS_AT_ONCE, TurnPump, run_every, run_on_changes

logger = logging.getLogger(__name__)
ENGINE_LOOK_SECONDS = 2.0
LEASE_MARGIN = timedelta(seconds=5)
Announce = Callable[[EngineStatus], None]


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def load_answers(settings: Settings) -> Answers:
    """The town's knowledge; raises KnowledgeError."""
    knowledge = load_knowledge(settings.data_dir, state=settings.state, timezone=settings.timezone)
    return Answers.load(settings.project_dir, knowledge)


@dataclass
class Town:
    """Everything that one web process consists of."""

    settings: Settings
    answers: Answers
    storage: SqlStorage
    engine: EngineClient
    supervisor: EngineSupervisor | None
    metrics: Metrics
    notifier: MailNotifier | SilentNotifier
    now: Clock
    pace: Pace
    telegram: TelegramChannel | None = None
    ended_loop: str | None = None
    remote_status: EngineStatus = field(default_factory=lambda: EngineStatus("starting"))
    worker: str = field(default_factory=lambda: f"{os.getpid()}-{uuid.uuid4().hex[:8]}")

    @property
    def engine_status(self) -> EngineStatus:
        """The state of the supervised engine, or of the one on another machine."""
        return self.supervisor.status if self.supervisor else self.remote_status

    def parts(self) -> Mapping[str, object]:
        """State of the parts for `/readyz`."""
        engine = self.engine_status
        model = engine.detail if engine.state in ("loading", "ready") else ""
        shown: dict[str, object] = {"engine": {"state": engine.state, "detail": model, "seconds": engine.seconds}}
        if self.telegram:
            health = self.telegram.health
            shown["telegram"] = {"state": health.state.value, "detail": health.hint}
        return shown

    def render_metrics(self) -> bytes:
        """The metrics page."""
        self.metrics.engine_ready.set(1 if self.engine_status.is_ready else 0)
        return self.metrics.render()


def build_town(settings: Settings, *, announce: Announce, now: Clock = utc_now, pace: Pace = PACE) -> Town:
    """Make all parts; nothing is started and no connection opened. Raises SettingsError, KnowledgeError."""
    answers = load_answers(settings)
    storage = open_storage(settings.database_address)
    urls = settings.engine_urls
    socket = None if urls else str(settings.engine_socket)
    engine = EngineClient(urls=urls, socket=socket, timeout=settings.turn_timeout)
    supervisor = None
    if not urls:
        command = EngineCommand(
            settings.project_dir,
            settings.models_dir,
            settings.engine_socket,
            settings.log_level,
            settings.state,
            settings.timezone,
        )
        supervisor = EngineSupervisor(command, engine, announce=announce)
    town = Town(settings, answers, storage, engine, supervisor, Metrics(), _notifier(settings, answers, now), now, pace)
    town.telegram = _telegram(town)
    return town


def create_app(settings: Settings, *, announce: Announce, now: Clock = utc_now, pace: Pace = PACE) -> FastAPI:
    """The web application with all routes; its lifespan starts and ends the loops."""
    town = build_town(settings, announce=announce, now=now, pace=pace)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with _running(town):
            yield

    app = FastAPI(title="Rathausbote", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.town = town
    app.add_middleware(BodyLimit)
    add_error_handlers(app)
    app.include_router(pages_router())
    app.include_router(
        health_router(
            check_database=town.storage.check,
            parts=town.parts,
            is_engine_ready=lambda: town.engine_status.is_ready,
            find_ended_loop=lambda: town.ended_loop,
            metrics=town.render_metrics,
        )
    )
    app.include_router(console_router(_console_dependencies(town)))
    if town.telegram:
        app.include_router(town.telegram.router())
    app.mount("/api/v1", _widget_api(town))
    return app


def _widget_api(town: Town) -> FastAPI:
    api = FastAPI(title="Rathausbote widget API", version="1", docs_url=None, redoc_url=None)
    add_error_handlers(api)
    api.add_middleware(
        CORSMiddleware,
        allow_origins=[origin.strip() for origin in town.settings.widget_origins.split(",")],
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        expose_headers=["Retry-After"],
    )
    dependencies = WebChatDependencies(
        storage=town.storage,
        events=town.storage.events,
        responses=town.answers.responses,
        now=town.now,
        municipality=town.answers.knowledge.municipality,
        texts=YamlFile(town.settings.data_dir / "widget.yml").content,
        knowledge=town.answers.knowledge,
    )
    api.include_router(web_chat_router(dependencies))
    return api


def _console_dependencies(town: Town) -> ConsoleDependencies:
    municipality = town.answers.knowledge.municipality
    return ConsoleDependencies(
        storage=town.storage,
        events=town.storage.events,
        responses=town.answers.responses,
        knowledge=town.answers.knowledge,
        promise=town.answers.promise,
        suggest=partial(
            suggest_answers, storage=town.storage, assistant=_assistant(town), answers=town.answers, now=town.now
        ),
        now=town.now,
        label=town.answers.knowledge.label,
        public_url=town.settings.base_url,
        timezone=municipality.timezone,
        town=municipality.name,
    )


def _telegram(town: Town) -> TelegramChannel | None:
    settings = town.settings
    if not settings.telegram_token.get_secret_value():
        return None
    options = TelegramOptions(
        token=settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_base_url or None,
        mode=settings.telegram_mode,
        webhook_secret=settings.telegram_webhook_secret.get_secret_value() or None,
        public_url=settings.public_url or None,
    )

    async def receive(message: IncomingMessage) -> object:
        return await receive_message(message, storage=town.storage, responses=town.answers.responses, now=town.now)

    async def drop_recipient(address: str) -> None:
        await citizen_left(TELEGRAM, address, storage=town.storage, now=town.now)

    return TelegramChannel(options, receive=receive, drop_recipient=drop_recipient, responses=town.answers.responses)


def _notifier(settings: Settings, answers: Answers, now: Clock) -> MailNotifier | SilentNotifier:
    if not settings.smtp_host:
        return SilentNotifier()
    options = SmtpOptions(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
    )
    zone = ZoneInfo(answers.knowledge.municipality.timezone)
    return MailNotifier(options, console_url=f"{settings.base_url}/console", zone=zone, now=now)


def _assistant(town: Town) -> Assistant:
    """The engine, else the answerer that works without it."""
    acts = DialogueActs.load(town.settings.data_dir / "nlu" / "dialogue.yml")
    return SteadyAssistant(town.engine, DegradedAnswerer(town.answers, acts))


def _turn_workers(town: Town) -> list[TurnWorker]:
    below, knowledge = town.settings.approval_below, town.answers.knowledge

    def withhold(turn: Turn, question: str, at: datetime) -> Turn:
        return withhold_unsure(turn, question, below=below, knowledge=knowledge, at=at)

    assistant = ApprovingAssistant(MeasuredAssistant(_assistant(town), town.metrics), withhold, town.now)
    return [
        TurnWorker(
            name=f"{town.worker}-{number}",
            storage=town.storage,
            assistant=assistant,
            responses=town.answers.responses,
            knowledge=town.answers.knowledge,
            promise=town.answers.promise,
            now=town.now,
            lease=timedelta(seconds=town.settings.turn_timeout) + LEASE_MARGIN,
        )
        for number in range(TURNS_AT_ONCE)
    ]


@asynccontextmanager
async def _running(town: Town) -> AsyncIterator[None]:
    """Bring the database up to date, then run all loops until the application stops.

    The loops end one after the other, each while what it needs still runs: those that answer and deliver first, the
    engine last.
    """
    async with AsyncExitStack() as stack:
        stack.push_async_callback(town.storage.close)
        stack.push_async_callback(town.engine.close)
        if town.telegram:
            stack.push_async_callback(town.telegram.close)
        await town.storage.upgrade()
        for name, loop in _loops(town):
            stack.push_async_callback(_stop, _start(town, name, loop))
        yield


def _loops(town: Town) -> Iterator[tuple[str, Loop]]:
    """Name and work of each loop, in the order in which they start; they stop in the opposite one."""
    pump = TurnPump(_turn_workers(town), town.storage.events)
    yield "engine", town.supervisor.run() if town.supervisor else _watch_remote_engine(town)
    if town.telegram:
        yield "telegram", town.telegram.run()
        yield "telegram typing", town.telegram.show_typing(town.storage, town.storage.events, town.now)
    if isinstance(town.notifier, MailNotifier):
        yield "mail", town.notifier.run()
    upkeep = Upkeep(town.settings, town.answers, town.storage, town.metrics, town.notifier, town.now, town.pace)
    yield from upkeep.loops()
    if town.telegram:
        yield "outbox", _outbox(town, town.telegram)
    yield "turns", pump.run()


def _start(town: Town, name: str, loop: Loop) -> asyncio.Task[None]:
    task = asyncio.create_task(loop, name=name)
    task.add_done_callback(partial(_note_end, town))
    return task


def _note_end(town: Town, task: asyncio.Task[None]) -> None:
    """A loop ends by being cancelled from here; where one ends by itself, the process is no longer ready."""
    if task.cancelling():
        return
    reason = "cancelled" if task.cancelled() else type(task.exception()).__name__
    logger.critical("the loop %s has ended: %s", task.get_name(), reason)
    town.ended_loop = town.ended_loop or task.get_name()


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(result, Exception):
        logger.error("the loop %s did not end well: %s", task.get_name(), type(result).__name__)


async def _outbox(town: Town, channel: TelegramChannel) -> None:
    sender = MeasuredSender(channel, town.metrics, channel=TELEGRAM)

    async def deliver() -> None:
        await deliver_outbox(
            channel=TELEGRAM, sender=sender, storage=town.storage, worker=f"{town.worker}-outbox", now=town.now
        )

    await run_on_changes(deliver, town.storage.events, name="outbox")


async def _watch_remote_engine(town: Town) -> None:
    async def look() -> None:
        town.remote_status = await town.engine.status()

    await run_every(look, ENGINE_LOOK_SECONDS, name="engine status")
