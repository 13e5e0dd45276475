"""The code run as it is, in float64 and without twins, before it is run on formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..implementations.contract import ContractError
from ..implementations.tensors import torch
from .chooser import NotOwnable
from .cubature import record_draws
from .twins import Lost

__all__ = ["draws_of", "in_float64"]

Code = Callable[[tuple[Any, ...]], Any]


def draws_of(code: Code, tables: tuple[np.ndarray, ...]) -> int:
    """How many standard normal numbers one run draws; modules are copied and built by it, outside
    the twin.  Raises `Lost`."""
    tensors = tuple(torch.tensor(t, dtype=torch.float64) for t in tables)
    with in_float64():
        return record_draws(lambda: code(tensors), twice=False).numbers


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
