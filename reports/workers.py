"""The processes that a long run is spread over.

A server is asked for them first and imports while the one that asks does; what it forks has every
library loaded, leaves them out of its garbage collections, and makes few: expressions and tensors
come by the thousand, and go by themselves.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, get_context

__all__ = ["awaken", "workers"]

PRELOADED = ["torch", "sympy", "scipy.optimize", "hypothesis", "tightframe.reports.book"]


def awaken(processes: int) -> None:
    """For more than one process, have the server start, and import what it forks with; it is not
    waited for."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: threads would only wait
    if processes > 1:
        get_context("forkserver").set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()


def _collect_rarely() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def workers(processes: int) -> Iterator[ProcessPoolExecutor]:
    awaken(processes)
    context = get_context("forkserver")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_collect_rarely) as pool:
        yield pool
