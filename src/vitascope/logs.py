"""The log format of every process."""

from __future__ import annotations

import logging
import sys


def set_up_logging(level: int = logging.INFO) -> None:
    """Write log lines to stderr: time, level, logger, message."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("alembic", "dbos", "httpx2", "mcp", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
