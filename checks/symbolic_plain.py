"""The code run as it is, in float64 and without twins, before it is run on formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.tensors import torch
from .cubature import NotOwnable, record_draws
from .twins import Lost

__all__ = ["draws_of", "in_float64", "same_numbers"]

SAME = 1e-9  # of numbers near one that float64 computes in two ways
Code = Callable[[tuple[Any, ...]], Any]


def draws_of(code: Code, tables: tuple[np.ndarray, ...]) -> int:
    """How many standard normal numbers one run draws; modules are copied and built by it, outside
    the twin.  Raises `Lost`."""
    tensors = tuple(torch.tensor(t, dtype=torch.float64) for t in tables)
    with in_float64():
        return record_draws(lambda: code(tensors), twice=False).numbers


def same_numbers(code: Code, other: Code, tables: tuple[np.ndarray, ...]) -> str:
    """Nothing, if two ways to call the code are one in float64 at these tables; else why not."""
    try:
        found, wanted = (_plain(call, tables) for call in (code, other))
    except (Lost, ContractError) as refusal:
        return str(refusal)
    same = len(found) == len(wanted) and all(map(_close, found, wanted))
    return "" if same else "the code treats a parameter that is a tensor otherwise than a number"


def _plain(code: Code, tables: tuple[np.ndarray, ...]) -> list[Any]:
    """Value, and gradient in all that is a table, zeros standing for draws.  Raises `Lost`."""
    leaves = tuple(torch.tensor(t, dtype=torch.float64, requires_grad=t.ndim > 0) for t in tables)
    found: list[Any] = []

    def run() -> None:
        value = code(tuple(leaf.clone() for leaf in leaves))
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        found.extend([value, *torch.autograd.grad(value.sum(), wanted, allow_unused=True)])

    with in_float64(), torch.enable_grad():
        record_draws(run, twice=False)
    return found


def _close(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=SAME, atol=SAME))


@contextmanager
def in_float64() -> Iterator[None]:
    """torch's default precision set and put back; what the code raises loses the twin."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    except (Lost, ContractError):
        raise
    except NotOwnable as refusal:
        raise Lost(f"a draw that cannot be replaced: {refusal.received}") from refusal
    except Exception as error:
        raise Lost(f"the code raised: {type(error).__name__}: {error}") from error
    finally:
        torch.set_default_dtype(default)
