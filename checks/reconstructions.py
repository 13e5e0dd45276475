"""What can be seen of a callable that reconstructs rows: in other company, again, in between, and
near every row; how far its own rounding reaches; and experiments that point to a known error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.tensors import torch
from .noise import KAPPA, UNIT_ROUNDOFF

__all__ = ["Seen", "far", "largest", "look", "numbers"]

REPEATS = 3  # a tie that rounding breaks may fall the other way once, but not each time
NUDGES = 4  # of the rows; one is enough where what is inside can be nudged too
INSIDE = 2
ROUNDOFFS = 4  # how far a nudge moves a number
FAR = 1e-3  # of the spread of what is returned: what moves by more has not been rounded


class Seen(NamedTuple):
    """The largest changes, in the unit of the data; the reconstructions of the rows in between and
    beyond too; Jacobians there (none, where plain numbers are returned or rows meet); how far one
    rounding moves reconstructions and Jacobians, in units of the `precision`'s roundoff."""

    again: float
    company: float
    changed: float
    bend: float
    wobble: float
    shaking: float
    cloud: np.ndarray
    jacobians: np.ndarray | None
    precision: str


def look(reconstruct: Callable[[Any], Any], x: Any, x_hat: np.ndarray) -> Seen:
    """`x` are the training rows and `x_hat` what was made of them; both are left as they are."""
    torch.default_generator.manual_seed(0)  # code that draws, and should not, draws the same again
    n = len(x)
    reconstruct = _in_shape(reconstruct)
    rows = torch.cat([x, 2 * x - x.roll(1, 0), (x + x.roll(1, 0)) / 2])
    handed = rows.clone()
    cloud = numbers(reconstruct(handed))
    changed = largest((handed - rows).numpy())
    again = _repeated(reconstruct, rows, cloud)
    wobble, precision = _wobble(reconstruct, rows)
    reach = far(cloud, wobble, precision)
    company = largest(cloud[:n] - x_hat)
    for kept, those in _companies(rows):
        try:
            found = numbers(reconstruct(those))
        except Exception:
            if max(company, again) > reach:
                break  # seen enough
            raise
        company = max(company, largest(found - cloud[kept]))
    ends = cloud[:n] + np.roll(cloud[:n], 1, axis=0)
    bend = largest(cloud[2 * n :] - ends / 2)
    own = company <= reach  # or the Jacobian of a row is not its own
    jacobians, shaking = _jacobians(reconstruct, rows, precision) if own else (None, 0.0)
    return Seen(again, company, changed, bend, wobble, shaking, cloud, jacobians, precision)


def far(cloud: np.ndarray, wobble: float, precision: str) -> float:
    """A change so large that no rounding explains it."""
    rounding = KAPPA[precision] * UNIT_ROUNDOFF[precision] * (largest(cloud) + wobble)
    return max(FAR * largest(cloud - cloud.mean(axis=0)), rounding)


def _in_shape(reconstruct: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same; refused where it does not return one reconstruction per row."""

    def checked(rows: Any) -> Any:
        made = reconstruct(rows)
        if (shape := tuple(getattr(made, "shape", ()))) != tuple(rows.shape):
            raise ContractError(
                f"x_hat of shape {tuple(rows.shape)}, like x, for any number of rows",
                f"shape {shape} for {len(rows)}",
                "return one reconstruction per row: no squeeze() without an axis",
            )
        return made

    return checked


def numbers(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    return np.asarray(value, dtype=float)


def largest(array: np.ndarray) -> float:
    """NaN counts as the worst that there is."""
    worst = float(np.max(np.abs(array), initial=0.0))
    return worst if worst == worst else np.inf


def _repeated(reconstruct: Callable[[Any], Any], rows: Any, cloud: np.ndarray) -> float:
    """The least of a few largest changes."""
    least = np.inf
    for _ in range(REPEATS):
        least = min(least, largest(numbers(reconstruct(rows.clone())) - cloud))
        if least == 0:
            break
    return least


def _companies(rows: Any) -> Iterator[tuple[Any, Any]]:
    """The same rows in another order, without their neighbours, in pairs, and one alone."""
    m = len(rows)
    backwards = np.arange(m)[::-1].copy()
    for kept in (backwards, np.arange(0, m, 2), np.arange(2), np.arange(1)):
        yield kept, rows[torch.from_numpy(kept)]


def _wobble(reconstruct: Callable[[Any], Any], rows: Any) -> tuple[float, str]:
    """How far reconstructions move if all is rounded otherwise, per roundoff, and in which
    precision the code works: the finest whose roundings of the rows move it at all.

    Rows are nudged, for code that leaves torch; and, where it does not, what each operation is
    handed, so that cancellations show, and roundings behind a saturated layer too.  What code
    draws, if it draws, is the same in each run: that is not rounding.
    """

    def run(those: Any) -> np.ndarray:
        torch.default_generator.manual_seed(0)
        return numbers(reconstruct(those))

    plain, draw, precision = run(rows.clone()), np.random.default_rng(0), "float64"
    worst = inside = 0.0
    for seed in range(INSIDE):
        with torch.no_grad(), rounded_otherwise(seed):
            made = run(rows.clone())
        inside = max(inside, largest(made - plain))
    for precision in UNIT_ROUNDOFF:
        for _ in range(1 if inside else NUDGES):
            signs = torch.from_numpy(draw.uniform(-ROUNDOFFS, ROUNDOFFS, tuple(rows.shape)))
            nudged = run(rows * (1 + UNIT_ROUNDOFF[precision] * signs))
            worst = max(worst, largest(nudged - plain))
            if worst == 0:
                break  # it works in a coarser precision
        if worst > 0:
            return max(worst, inside) / UNIT_ROUNDOFF[precision], precision
    return inside / UNIT_ROUNDOFF["float32"], "float32"


def rounded_otherwise(seed: int) -> Any:
    """A mode in which whatever an operation is handed is moved by some roundoffs of its own
    precision; what is a view, or is changed in place, is left alone."""
    return _mode_class()(seed)


@cache
def _mode_class() -> type[Any]:
    """Made when first needed, because its base is torch's."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Rounded(TorchDispatchMode):
        def __init__(self, seed: int) -> None:
            super().__init__()
            self.draw = torch.Generator().manual_seed(seed)

        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # else the first operation imports torch._dynamo, which takes seconds

        def __torch_dispatch__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:
            if not any(returned.alias_info for returned in func._schema.returns):
                args = tuple(_moved(arg, self.draw) for arg in args)
            return func(*args, **(kwargs or {}))

    return Rounded


def _moved(value: Any, draw: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_moved(part, draw) for part in value]
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        return value
    signs = torch.empty(value.shape).uniform_(-1, 1, generator=draw).to(value)
    return value + value * (ROUNDOFFS * torch.finfo(value.dtype).eps / 2) * signs


COTANGENTS = (1.0, 1 / 3)


def _jacobians(
    reconstruct: Callable[[Any], Any], rows: Any, precision: str
) -> tuple[np.ndarray | None, float]:
    """The Jacobians (m, d, d) by reverse differentiation, and how far they shake, per roundoff, if
    the way back is rounded otherwise; None where the code returns plain numbers."""
    leaf = rows.clone().requires_grad_()
    try:
        with torch.enable_grad():
            made = reconstruct(leaf * 1.0)
            if not getattr(made, "requires_grad", False):
                return None, 0.0
            found = [_jacobian(made, leaf, size) for size in COTANGENTS]
    except RuntimeError as error:
        if "numpy" in str(error) or "does not require grad" in str(error):
            return None, 0.0
        raise
    shaking = max(largest(found[0] - other) for other in found[1:])
    return found[0], shaking / UNIT_ROUNDOFF[precision]


def _jacobian(made: Any, leaf: Any, size: float) -> np.ndarray:
    columns = []
    for column in made.unbind(1):
        (slope,) = torch.autograd.grad(
            (column * size).sum(), leaf, retain_graph=True, allow_unused=True
        )
        columns.append(torch.zeros_like(leaf) if slope is None else slope)
    return numbers(torch.stack(columns, dim=1)) / size
