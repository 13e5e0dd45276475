"""Experiments with an autoencoder that fails, each pointing to a known error by its name.

No network of ours returns the numbers of somebody else's, so an error cannot be known by them; but
what cures it, or what is left when it is taken away, can be tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..implementations.tensors import torch
from .noise import KAPPA, UNIT_ROUNDOFF
from .reconstructions import Seen, far, largest, look, numbers

__all__ = ["symptoms"]

SPARE = 4  # times the claim's noise bound, so that no rounding is given an error's name


def symptoms(
    code: Any, reconstruct: Callable[[Any], Any], seen: Seen, x: Any, k: int
) -> Iterator[str]:
    """The names of the errors that this code, seen so on the rows `x`, shows the signs of.
    `reconstruct` calls it on rows of either precision."""
    reach = far(seen.cloud, seen.wobble, seen.precision)
    if max(seen.again, seen.company) > reach and (training := _in_training(code)):
        yield from _cured(reconstruct, training, seen, x, reach)
    if seen.jacobians is not None and np.isfinite(seen.jacobians).all():
        yield from _round_the_bottleneck(seen, k)


def _in_training(code: Any) -> list[Any]:
    """The modules in training mode that the callable is, is bound to, or closes over."""
    held = [code, getattr(code, "__self__", None)]
    held += [cell.cell_contents for cell in getattr(code, "__closure__", None) or ()]
    found = [m for h in held if isinstance(h, torch.nn.Module) for m in h.modules() if m.training]
    return list({id(m): m for m in found}.values())


def _cured(
    reconstruct: Callable[[Any], Any], training: list[Any], seen: Seen, x: Any, reach: float
) -> Iterator[str]:
    """What evaluation mode cures; the modules are put back as they were."""
    for module in training:
        module.training = False
    try:
        after = look(reconstruct, x, numbers(reconstruct(x)))
    except Exception:  # noqa: BLE001 - an experiment that fails says nothing
        return
    finally:
        for module in training:
            module.training = True
    if seen.again > reach >= max(after.again, after.company):
        yield "dropout left on"
    elif seen.company > reach >= after.company:
        yield "batch statistics left on"


def _round_the_bottleneck(seen: Seen, k: int) -> Iterator[str]:
    """What more than k numbers pass by: the identity, something beside the identity, or the rank
    alone."""
    J = seen.jacobians
    assert J is not None
    one, size = np.eye(J.shape[1]), largest(J)
    unit = size * k + seen.shaking  # as of the claim `rank`
    noise = SPARE * KAPPA[seen.precision] * UNIT_ROUNDOFF[seen.precision] * unit
    if size == 0 or (wide := passing(J, noise)) <= k:
        return
    if largest(J - one) <= noise:
        yield "input returned"
    elif passing(J - one, noise) <= k:
        yield "skip connection round the bottleneck"
    elif wide < J.shape[1]:
        yield "bottleneck wider than k"


def passing(jacobians: np.ndarray, noise: float) -> int:
    """The largest number of directions that pass at any point."""
    values = np.linalg.svd(jacobians, compute_uv=False)
    return int((values > noise).sum(axis=1).max())
