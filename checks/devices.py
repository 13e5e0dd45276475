"""Devices without devices: would the code run where its inputs lie on a GPU?

The formula is called once, forward only, with inputs on a pretended CUDA device.  No theorem is
consulted and no number computed, so this is a finding of its own and never a violation.  Call it in
a process of its own (`tightframe.devices` does): what torch imports for it stays imported.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.implementation import Implementation, accept
from ..implementations.tensors import torch
from .fake_cuda import DEVICE, Mismatch, Unpretended, pretended
from .pairing import Pairing
from .verdict import Record

__all__ = ["DeviceFinding", "DeviceOutcome", "examined"]

NUMBERS = 64  # entries of the inputs: shapes are all that matters


class DeviceOutcome(str, Enum):
    """What can be said of code and devices."""

    OK = "ok"
    WRONG = "wrong device"
    NOT_RUN = "not run"


class DeviceFinding(Record):
    """Whether the code keeps to the device of its inputs.

    Of a wrong device: the `operation` and the `line` where tensors on the `devices` met, where the
    stray one was `made` (operation and line; empty if before the call), and the `remedy`.  Of what
    was not run: the `reason`.
    """

    outcome: DeviceOutcome
    operation: str = ""
    line: str = ""
    devices: tuple[str, ...] = ()
    made: str = ""
    remedy: str = ""
    reason: str = ""

    def __str__(self) -> str:
        if self.outcome is DeviceOutcome.OK:
            return "devices: ok, forward, on a pretended cuda device"
        if self.outcome is DeviceOutcome.NOT_RUN:
            return f"devices: not run: {self.reason}"
        return (
            f"devices: wrong device: {self.operation} at {self.line} meets tensors on "
            f"{' and '.join(self.devices)}\n"
            f"  made by  {self.made or 'code that ran before the call'}\n"
            f"  remedy   {self.remedy}"
        )

    @classmethod
    def not_run(cls, reason: str) -> DeviceFinding:
        return cls(outcome=DeviceOutcome.NOT_RUN, reason=reason)


def examined(target: Any, pairing: Pairing, how: Mapping[str, Any]) -> DeviceFinding:
    """Call `target`, accepted as `how` says, on a pretended CUDA device, in this very process.

    Never raises for what the target does.  An interpreter in which this was called has imported
    much of torch that it would not need otherwise.
    """
    if pairing.kind == "model":
        return DeviceFinding.not_run("a model is trained, and a pretended device has no numbers")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _examined(accept(target, pairing.contract, **how), pairing)
    except Mismatch as found:
        return DeviceFinding(
            outcome=DeviceOutcome.WRONG, operation=found.operation, line=found.line,
            devices=found.devices, made=found.made, remedy=_remedy(found.made),
        )  # fmt: skip
    except Unpretended as reason:
        return DeviceFinding.not_run(str(reason))
    except ContractError as refusal:
        return DeviceFinding.not_run(f"refused: {refusal}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a broken target is a finding too
        if type(error).__name__ == "GuardOnDataDependentSymNode":  # its module takes long to import
            return DeviceFinding.not_run("how many a mask picks out is for the numbers to say")
        words = str(error).splitlines() or [""]
        return DeviceFinding.not_run(f"it raised {type(error).__name__}: {words[0]}")


def _examined(implementation: Implementation, pairing: Pairing) -> DeviceFinding:
    convention = pairing.contract.convention(implementation.declared)
    posed = pairing.pose(_problem(pairing, implementation), convention)
    with pretended() as made:
        inputs = tuple(map(_moved, posed.inputs))
        returned = pairing.contract.bring(
            lambda call: implementation.invoke(call, _on_cuda),
            convention,
            posed._replace(inputs=inputs),
        )
        if not isinstance(returned, torch.Tensor):
            return DeviceFinding.not_run("the output is no tensor")
        if returned.device.type == "cuda":
            return DeviceFinding(outcome=DeviceOutcome.OK)
        return DeviceFinding(
            outcome=DeviceOutcome.WRONG, operation="the output", line="the return",
            devices=(str(returned.device), DEVICE), made=made(id(returned)),
            remedy=_remedy(made(id(returned))),
        )  # fmt: skip


def _moved(posed: Any) -> Any:
    if isinstance(posed, torch.Tensor):
        return torch.empty(posed.shape, dtype=posed.dtype, device=DEVICE)
    return torch.empty(posed.shape, device=DEVICE) if isinstance(posed, np.ndarray) else posed


def _problem(pairing: Pairing, implementation: Implementation) -> Any:
    """The largest problem of the design that is still small: all of its axes are long enough."""
    fitting = [p for p in pairing.family.design() if _size(p) <= NUMBERS]
    chosen = max(fitting, key=_size)
    known = {k: v for k, v in implementation.fixed.items() if k in chosen._fields}
    return chosen._replace(**known)


def _size(problem: Any) -> int:
    return sum(np.size(part) for part in problem if isinstance(part, tuple))


def _on_cuda(target: Any) -> Any:
    """A module as `.to("cuda")` leaves it: parameters and buffers moved, other tensors not."""
    if not isinstance(target, torch.nn.Module):
        return target
    moved = copy.deepcopy(target)
    for module in moved.modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    held[name] = torch.empty(tensor.shape, dtype=tensor.dtype, device=DEVICE)
    return moved


def _remedy(made: str) -> str:
    if not made:
        return "register it as a buffer, or move it when called: .to(x.device)"
    if made.startswith(".cpu()"):
        return "leave it on its device: no .cpu()"
    return f"make it where the input is: device=x.device, for {made}"
