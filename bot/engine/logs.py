"""Keeps what citizens write out of the engine's log: Rasa logs every message in its debug lines."""

import logging
import warnings

import structlog


def configure_logs() -> None:
    """Log our own lines from INFO on and Rasa's from ERROR on; an error in an action is logged by type only."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("rasa").setLevel(logging.ERROR)
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    logging.getLogger("rasa.core.processor").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    warnings.simplefilter("ignore")
