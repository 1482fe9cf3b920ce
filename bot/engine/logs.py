"""Keeps what citizens write out of the engine's log: Rasa logs every message in its debug lines."""

import logging
import os

import structlog


def configure_logs() -> None:
    """Log our own lines from BOT_LOG_LEVEL on and Rasa's from ERROR on; an error in an action by its type only."""
    logging.basicConfig(
        level=os.environ.get("BOT_LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("rasa").setLevel(logging.ERROR)
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    logging.getLogger("rasa.core.processor").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    silence_warnings()


def silence_warnings() -> None:
    """Drop what Rasa's libraries warn of; through logging, because on import they set the warning filters anew."""
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.CRITICAL)
