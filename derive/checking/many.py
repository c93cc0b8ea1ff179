"""Many files at once: each in a process of its own with its own limits, so that a bad one never stops the others."""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
import warnings
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from derive.checking.limits import FILE, bound_memory, bound_time
from derive.checking.verdicts import FileReport
from derive.errors import DeriveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, ForkProcess

    Work = Callable[[], FileReport]

GRACE = 10.0
"""Seconds after its time is over in which a file may still hand in what it has."""

PATIENCE = 20.0
"""So many times as long by the clock on the wall may a file take that waits for other work, or for something else."""

TOO_LONG = "it takes more than {:g} seconds"
FAULT = "a fault of derive, not of this file"


def apart(files: Sequence[tuple[str, Work]], jobs: int) -> list[FileReport]:
    """The reports of the files (name, what makes its report) in order, ``jobs`` at a time.

    Where the system cannot fork, one after the other without limits of memory.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return [guarded(name, work) for name, work in files]
    return _Pool(files, max(1, jobs), multiprocessing.get_context("fork")).reports()


def guarded(name: str, work: Work) -> FileReport:
    """A report even where there can be none: then it says why."""
    try:
        return work()
    except DeriveError as error:
        return FileReport(name, (), error=str(error))
    except MemoryError:
        return FileReport(name, (), error="it needs more than 1 GB of memory")
    except Exception:  # noqa: BLE001 - the last door of a file: a fault of ours is told, and the others go on
        return FileReport(name, (), error=FAULT, fault=traceback.format_exc())


@dataclass
class _Running:
    """A file that is being checked."""

    place: int
    process: ForkProcess
    end: float


@dataclass
class _Pool:
    files: Sequence[tuple[str, Work]]
    jobs: int
    context: ForkContext
    running: dict[Connection, _Running] = field(default_factory=dict)
    done: dict[int, FileReport] = field(default_factory=dict)

    def reports(self) -> list[FileReport]:
        """Every report, in the order of the files."""
        waiting = iter(range(len(self.files)))
        try:
            for place in waiting:
                self._start(place)
                while len(self.running) >= self.jobs:
                    self._step()
            while self.running:
                self._step()
        finally:
            for own in self.running.values():
                own.process.kill()
        return [self.done[n] for n in range(len(self.files))]

    def _start(self, place: int) -> None:
        ours, theirs = self.context.Pipe(duplex=False)
        name, work = self.files[place]
        process = self.context.Process(target=_child, args=(name, work, theirs), daemon=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of the linear algebra library: none is used
            process.start()
        theirs.close()
        self.running[ours] = _Running(place, process, time.monotonic() + PATIENCE * (FILE + GRACE))

    def _step(self) -> None:
        """Take what is ready; end what takes too long."""
        soonest = min(r.end for r in self.running.values())
        for ready in list(wait(list(self.running), max(0.0, soonest - time.monotonic()))):
            self._finish(ready, self._received(ready))  # type: ignore[arg-type]
        for connection in self._late():
            name = self.files[self.running[connection].place][0]
            self.running[connection].process.kill()
            self._finish(connection, FileReport(name, (), error=TOO_LONG.format(FILE)))

    def _late(self) -> Iterator[Connection]:
        now = time.monotonic()
        yield from [c for c, r in self.running.items() if r.end <= now]

    def _received(self, connection: object) -> FileReport:
        """What a file handed in; one that ended without a word was ended by the system."""
        own = self.running[connection]  # type: ignore[index]
        try:
            found = connection.recv()  # type: ignore[attr-defined]
        except EOFError:
            own.process.join()
            if own.process.exitcode == -getattr(signal, "SIGXCPU", 0):
                return FileReport(self.files[own.place][0], (), error=TOO_LONG.format(FILE))
            said = "it needs more than 1 GB of memory, or the system ended it"
            return FileReport(self.files[own.place][0], (), error=said)
        assert isinstance(found, FileReport)
        return found

    def _finish(self, connection: Connection, report: FileReport) -> None:
        own = self.running.pop(connection)
        connection.close()
        own.process.join()
        self.done[own.place] = report


def _child(name: str, work: Work, connection: Connection) -> None:
    bound_memory()
    bound_time(FILE + GRACE)
    connection.send(guarded(name, work))
    connection.close()
