"""The check of devices, in a process of its own: what torch imports and patches for it stays there.

An address travels to a fresh interpreter; any other object to a forked one, where the system forks
safely; what can do neither is not run, and says so.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import api

if TYPE_CHECKING:
    from .checks.devices import DeviceFinding
    from .checks.pairing import Pairing

__all__ = ["answer", "on_cuda"]

SECONDS = 60.0
CHILD = "from tightframe.devices import answer; answer()"


def on_cuda(
    target: Any,
    contract: str | Pairing,
    how: Mapping[str, Any] | None = None,
    *,
    timeout: float = SECONDS,
) -> DeviceFinding:
    """Whether `target` would run with inputs on a GPU.  Neither a GPU nor CUDA is needed.

    `target` is an address (module:attribute or file.py:attribute) or any Python object; `how` are
    the keywords of `check` that say how it is called (`convention`, `fixed`, `map`, `extras`,
    `key`).  Forward only.  Never raises for what the target does, and leaves this process as it is.
    """
    how = {k: v for k, v in (how or {}).items() if k in _SAYS_HOW and v is not None}
    address = target if isinstance(target, str) else api.address(target)
    if sys.platform == "linux" and not isinstance(target, str):
        return _forked(target, contract, how, timeout)
    if address and isinstance(contract, str):
        return _apart(address, contract, how, timeout)
    from .checks.devices import DeviceFinding

    return DeviceFinding.not_run(
        "it cannot travel to another process here: name it as module:attribute, and its contract"
    )


_SAYS_HOW = ("convention", "fixed", "map", "extras", "key", "name")


def _apart(address: str, contract: str, how: Mapping[str, Any], timeout: float) -> DeviceFinding:
    """A fresh interpreter, which is asked on its stdin and answers on its stdout's last line."""
    from .checks.devices import DeviceFinding

    try:
        run = subprocess.run(
            [sys.executable, "-P", "-c", CHILD], input=json.dumps([address, contract, how]),
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return DeviceFinding.not_run(f"it was stopped after {timeout:g} s")
    except TypeError:
        return DeviceFinding.not_run("its keyword arguments cannot travel to another process")
    if run.returncode:
        last = (run.stderr.strip().splitlines() or [""])[-1] if run.returncode > 0 else ""
        return DeviceFinding.not_run(_ended(run.returncode, last))
    return DeviceFinding.model_validate_json(run.stdout.splitlines()[-1])


def answer() -> None:
    """The child's side of it: the question is on stdin, and nothing else goes to stdout."""
    from .checks.catalogue import PAIRINGS
    from .checks.devices import examined
    from .target import load

    stdout, sys.stdout = sys.stdout, sys.stderr  # what the target prints is not the answer
    address, contract, how = json.load(sys.stdin)
    print(examined(load(address), PAIRINGS[contract], how).model_dump_json(), file=stdout)


def _forked(
    target: Any, contract: str | Pairing, how: Mapping[str, Any], timeout: float
) -> DeviceFinding:
    from .checks.catalogue import PAIRINGS
    from .checks.devices import DeviceFinding

    pairing = PAIRINGS[contract] if isinstance(contract, str) else contract
    forking = multiprocessing.get_context("fork")
    receiving, sending = forking.Pipe(duplex=False)
    child = forking.Process(target=_reply, args=(sending, target, pairing, how), daemon=True)
    child.start()
    sending.close()
    try:
        if receiving.poll(timeout):
            return DeviceFinding.model_validate_json(receiving.recv())
        return DeviceFinding.not_run(f"it was stopped after {timeout:g} s")
    except EOFError:
        child.join()
        return DeviceFinding.not_run(_ended(child.exitcode or 0))
    finally:
        if child.is_alive():
            child.kill()
        child.join()
        receiving.close()


def _ended(code: int, last: str = "") -> str:
    how = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
    return f"its process {how}" + (f": {last}" if last else "")


def _reply(sending: Any, target: Any, pairing: Pairing, how: Mapping[str, Any]) -> None:
    from .checks.devices import examined

    sys.stdout = sys.stderr
    sending.send(examined(target, pairing, how).model_dump_json())
    sending.close()
