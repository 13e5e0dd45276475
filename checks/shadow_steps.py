"""The shadow's run written down: of each operation, what torch holds and what the twin is.

A dispatch mode entered inside the shadow's sees each operation first, hands it on, and then looks
at what both left.  It changes nothing, and the shadow does not know of it.
"""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..implementations.tensors import torch
from .lift import lifting
from .shadow import HOUSE, OURS, TORCH, Shadow, shadow_mode, without_escapes
from .shadow_record import ShadowStep
from .trial import Trial
from .twins import EXACT as mp
from .twins import Lost, native, rounded

__all__ = ["SHOWN", "steps_of"]

SHOWN = 40  # digits of a twin
# Through these of its files torch passes every operation on: they ask for none.
PASSED = tuple(f"{TORCH}/{part}" for part in ("_", "autograd/", "overrides.py", "utils/"))


class _Diary:
    """The steps so far, and by autograd's own count the forward ones that it will differentiate:
    it counts up just before such an operation is dispatched, and its node keeps the count."""

    def __init__(self, shadow: Shadow) -> None:
        self.shadow = shadow
        self.steps: list[ShadowStep] = []
        self.backward = False
        self.counted = torch.autograd._get_sequence_nr()
        self.by_count: dict[int, int] = {}

    def note(self, func: Any, returned: Any) -> None:
        number = len(self.steps) + 1
        count, node = torch.autograd._get_sequence_nr(), torch._C._current_autograd_node()
        if count > self.counted and not self.backward:
            self.counted = count
            self.by_count[count - 1] = number
        line, source = ("", "") if self.backward else _asked()
        left = _left(self.shadow, returned)
        self.steps.append(
            ShadowStep(
                number=number, backward=self.backward, operation=func.name(), line=line,
                source=source, of=self.by_count.get(node._sequence_nr(), 0) if node else 0, **left,
            )
        )  # fmt: skip


def steps_of(trial: Trial, problem: Any) -> tuple[tuple[ShadowStep, ...], str]:
    """What happened on the problem, forward and backward, and by what the twin was lost, if it was:
    the steps then end before that."""
    contract, posed = trial.pairing.contract, trial.pairing.pose(problem, trial.convention)
    leaves = tuple(
        torch.tensor(x, dtype=torch.float64, requires_grad=True) if isinstance(x, np.ndarray) else x
        for x in posed.inputs
    )
    wanted = [x for x in leaves if isinstance(x, torch.Tensor)]
    inputs = tuple(x.clone() if isinstance(x, torch.Tensor) else x for x in leaves)
    call = posed._replace(inputs=inputs)
    lift, shadow = lifting(trial.implementation.memory), Shadow()
    diary = _Diary(shadow)
    try:
        with torch.enable_grad(), without_escapes(shadow), shadow_mode(shadow), _mode(diary):
            value = contract.bring(
                lambda theirs: trial.implementation.invoke(theirs, lift), trial.convention, call
            )
            total = value.sum()
            diary.backward = True
            torch.autograd.grad(total, wanted, allow_unused=True)
    except Lost as lost:
        return tuple(diary.steps), str(lost)
    return tuple(diary.steps), ""


def _mode(diary: _Diary) -> Any:
    """Entered inside the shadow's mode, so that it sees each operation first."""
    from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

    class Noting(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            returned = func(*args, **(kwargs or {}))
            with _disable_current_modes():  # to look at memory is no operation of the code
                diary.note(func, returned)
            return returned

    return Noting()


# -- what an operation left -----------------------------------------------------------------------


def _left(shadow: Shadow, returned: Any) -> dict[str, Any]:
    """The first entry of the first tensor, by torch and by the twin."""
    left = returned[0] if isinstance(returned, (tuple, list)) else returned
    if not isinstance(left, torch.Tensor):
        return {"decided": repr(left)}
    numbers, shape = native(left), tuple(left.shape)
    if not left.is_floating_point() or not numbers.size:
        return {"shape": shape, "decided": repr(numbers.tolist())}
    if not shadow.twins.has(left):
        shadow.adopt(left)
    twin = np.broadcast_to(shadow.twins.of(left), shape)
    apart = _units(numbers, twin)
    return {
        "shape": shape, "held": float(numbers.flat[0]), "twin": mp.nstr(twin.flat[0], SHOWN),
        "units": float(apart.flat[0]), "most": float(apart.max()),
    }  # fmt: skip


def _units(numbers: np.ndarray, twin: np.ndarray) -> np.ndarray:
    """How far each number is from its twin, in units of the number's last place."""
    pairs = zip(numbers.flat, twin.flat, strict=True)
    gaps = [0.0 if x == t or x != x else float(abs(mp.mpf(x) - t)) for x, t in pairs]
    last = np.where(numbers == 0, rounded(twin), numbers)
    with np.errstate(all="ignore"):
        apart = np.array(gaps).reshape(numbers.shape) / np.spacing(np.abs(last))
    return np.asarray(np.where(np.array(gaps).reshape(numbers.shape) == 0, 0.0, apart))


# -- who asked for it -----------------------------------------------------------------------------


def _asked() -> tuple[str, str]:
    """The innermost line that is neither ours nor of what torch passes operations on through, and
    its text; nothing where this run itself asked."""
    frame: Any = sys._getframe(3)  # past the diary and its mode
    while frame is not None and frame.f_code.co_filename != __file__:
        name, line = frame.f_code.co_filename, frame.f_lineno
        if not name.startswith((*OURS, *PASSED, "<")):
            return f"{_short(name)}:{line}", linecache.getline(name, line).strip()
        frame = frame.f_back
    return "", ""


def _short(name: str) -> str:
    """A file's path from the house, or from where torch was installed."""
    for root in (HOUSE, Path(TORCH).parent):
        if Path(name).is_relative_to(root):
            return Path(name).relative_to(root).as_posix()
    return Path(name).name
