"""How long an equation and a file may take, and how much memory: after that the verdict is "cannot tell".

Time is that of the processor, not of the clock on the wall: a busy machine changes no verdict.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

EQUATION = 5.0
"""Seconds of the processor for one equation, its explanation included."""

FILE = 60.0
"""Seconds of the processor for one file."""

GIGABYTE = 2**30
"""Bytes that a file may need beyond what the program has when it starts."""


AGAIN = 0.05
"""Seconds of the processor after which an equation that goes on is told again."""


class TooLong(Exception):
    """The time of an equation is over."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends what stands inside after so many seconds of the processor, where there are timers and in the main thread.

    Raises:
        TooLong: it was not done by then.
    """
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not usable:
        yield
        return
    before = signal.signal(signal.SIGPROF, _over)
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 1e-3), AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _over(_number: int, frame: FrameType | None) -> None:
    if not _lost(frame):
        raise TooLong


def _lost(frame: FrameType | None) -> bool:
    """Whether Python would drop an exception raised here: in a finaliser or a callback of the garbage collector."""
    callbacks = [getattr(callback, "__code__", None) for callback in gc.callbacks]
    while frame is not None:
        if frame.f_code in callbacks or frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


def spent() -> float:
    """The seconds of the processor that this process has used."""
    return time.process_time()


def bound_time(seconds: float) -> None:
    """The system ends this process (``SIGXCPU``) after so many more seconds of the processor, where it can."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(spent() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))


def bound_memory(more: int = GIGABYTE) -> None:
    """This process gets no more memory than it has now and ``more`` bytes, where the system can say so."""
    try:
        import resource
    except ImportError:
        return
    pages = Path("/proc/self/statm")
    if pages.is_file():
        now = int(pages.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = now + more
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
