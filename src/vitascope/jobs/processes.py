"""The child processes of jobs: the environment they start with, and their ends of two pipes."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from vitascope.errors import JobStopped
from vitascope.jobs.order import STOP, Event, Note, Preview, Progress, event_to_line

if TYPE_CHECKING:  # a decoding process starts faster without pydantic
    from vitascope.model_settings import ModelSettings

_PYTHON = ("PATH", "LANG", "LC_*", "TZ", "LD_LIBRARY_PATH", "DYLD_*", "PYTHON*")
"""What an interpreter and its libraries need to start."""

_ENGINE = (
    *_PYTHON,
    *("HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "XDG_*"),
    # compilers, drivers and libraries of devices
    *("CC", "CXX", "CUDA*", "NVIDIA*", "NV_*", "NCCL_*", "CUDNN_*", "CUBLAS_*", "HIP_*", "ROC*"),
    *("HSA_*", "AMD_*", "GPU_*", "ZE_*", "SYCL_*", "ONEAPI_*", "MASTER_*", "GLOO_*"),
    *("TORCH*", "PYTORCH*", "TRITON*", "OMP_*", "MKL_*", "OPENBLAS_*", "KMP_*", "MALLOC_*"),
    # the hub
    *("HF_*", "HUGGINGFACE_*", "TRANSFORMERS_*", "DIFFUSERS_*", "TOKENIZERS_*"),
    # proxies and certificates
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_*", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
"""For libraries that reserve memory for each core."""


def decoder_environment(folder: Path) -> dict[str, str]:
    """The environment of a process that reads an upload; it has no secrets.

    Args:
        folder: the only folder that the process can write to.
    """
    return {**_kept(_PYTHON), **_ONE_THREAD, "TMPDIR": str(folder)}


def engine_environment(model: ModelSettings, more: Iterable[str] = ()) -> dict[str, str]:
    """The environment of an engine: its devices, the hub's login, and the keys of its model.

    Its threads share one heap unless the server's environment says otherwise: frames are freed by
    another thread than made them, and memory grew with a film's length where each had its own.

    Args:
        model: the variables that its settings name are kept.
        more: further names; `*` stands for any letters.
    """
    kept = _kept((*_ENGINE, *_named(model.model_dump()), *more))
    return {"MALLOC_ARENA_MAX": "1", **kept}


def _named(table: dict[str, Any]) -> Iterator[str]:
    """The variables that a table names, as `api_key_env` does."""
    for setting, value in table.items():
        if isinstance(value, dict):
            yield from _named(value)
        elif setting.endswith("_env") and isinstance(value, str):
            yield value


def _kept(patterns: Iterable[str]) -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    }


_PREVIEW_SECONDS = 2.0
"""The least time between two previews: more would cost the engine time, and pages ask no faster."""


class EventWriter:
    """Writes events for the parent process; an `engines.base.Reporter`.

    Attributes:
        stop: set when the parent asks for the end of the present order.
    """

    def __init__(self, out: BinaryIO) -> None:
        self.stop = threading.Event()
        self._out = out
        self._lock = threading.Lock()
        self._previewed = -_PREVIEW_SECONDS

    def send(self, event: Event) -> None:
        """Send an event; ends the process if the parent is gone."""
        try:
            with self._lock:
                self._out.write(event_to_line(event))
                self._out.flush()
        except BrokenPipeError:
            os._exit(0)

    def phase(self, name: str, done: float, total: float) -> None:
        """Report the progress of a phase.

        Raises:
            JobStopped: the job was cancelled.
        """
        if self.stop.is_set():
            raise JobStopped("The job was cancelled.")
        self.send(Progress(name, done, total))

    def note(self, message: str) -> None:
        """Add a sentence to the job's log."""
        self.send(Note(message))

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        """Send a picture of the unfinished film, unless the last one is too recent."""
        now = time.monotonic()
        if now - self._previewed >= _PREVIEW_SECONDS:
            self._previewed = now
            self.send(Preview(jpeg()))


def open_pipes() -> tuple[BinaryIO, EventWriter]:
    """The parent's lines and a writer of events.

    Signals are ignored from here on, because a terminal or systemd sends them to all processes and
    the parent decides when this one ends. What libraries print goes to stderr, not between the
    events.
    """
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Not sys.stdin: the interpreter could not close it at exit while a thread reads it.
    return os.fdopen(0, "rb", closefd=False), EventWriter(output)


def read_lines(source: BinaryIO, stop: threading.Event) -> queue.SimpleQueue[bytes]:
    """A queue of the parent's lines. The process ends when the parent does, even if killed.

    Args:
        source: what the parent writes.
        stop: set when the parent asks for the end of the last order, cleared by the next order.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_lines, args=(source, lines, stop), daemon=True).start()
    return lines


def _read_lines(source: BinaryIO, lines: queue.SimpleQueue[bytes], stop: threading.Event) -> None:
    for line in source:
        if line == STOP:
            stop.set()
            continue
        stop.clear()
        lines.put(line)
    os._exit(0)
