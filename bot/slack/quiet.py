"""Keeps the Slack libraries' loggers from writing what customers say."""

import logging


def logger(name: str = "slack_bolt", level: int = logging.WARNING) -> logging.Logger:
    """Return a logger of the Slack libraries that is at least at WARNING.

    Below it they log bodies, the unverified ones too. A logger without a level of its own makes them
    format their debug lines even when nobody reads them.
    """
    log = logging.getLogger(name)
    log.setLevel(max(log.level, level))
    return log
