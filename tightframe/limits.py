"""A check in a process of its own, stopped at a time or a memory limit.

It guards against accidents, not against malice.  Not available on Windows, and says so.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

__all__ = ["run_limited"]


def run_limited(
    arguments: list[str], target: str, contract: str, *, timeout: float | None, memory: int | None
) -> int:
    """Run the same command line without its limits, under them; 3 if it had to be stopped."""
    if os.name != "posix":
        print(
            "expected: Linux or macOS, for --timeout and --memory\n"
            f"received: {sys.platform}\nremedy:   leave the limits out",
            file=sys.stderr,
        )
        return 2
    start = perf_counter()
    command = [sys.executable, "-P", "-m", "tightframe", *_without_limits(arguments[1:])]
    child = subprocess.Popen(command, start_new_session=True, preexec_fn=_limiter(memory))
    try:
        code = child.wait(timeout)
    except subprocess.TimeoutExpired:
        _stop(child)
        return _told(f"{target} was stopped after {timeout:g} s, judged as {contract}", start)
    except KeyboardInterrupt:
        _stop(child)
        raise
    if code < 0:
        name = signal.Signals(-code).name
        return _told(f"{target} died of {name}, judged as {contract}", start)
    return code


def _told(what: str, start: float) -> int:
    seconds = perf_counter() - start
    print(f"crashed: {what}\n\n0 claims ran, none was finished, in {seconds:.3g} s")
    return 3


def _without_limits(arguments: list[str]) -> list[str]:
    kept, skip = [], False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in ("--timeout", "--memory"):
            skip = True
        elif not argument.startswith(("--timeout=", "--memory=")):
            kept.append(argument)
    return kept


def _limiter(memory: int | None) -> Callable[[], None] | None:
    """What the child does before it starts: cap its address space, in MiB."""
    if memory is None:
        return None

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory << 20, memory << 20))

    return limit


def _stop(child: subprocess.Popen[bytes]) -> None:
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
