"""Global state that code under audit may change, kept as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ..implementations.tensors import torch

__all__ = ["state_kept"]


@contextmanager
def state_kept() -> Iterator[None]:
    """The code under audit may seed, thread and set defaults as it likes."""
    drawn, default = torch.get_rng_state(), torch.get_default_dtype()
    threads = torch.get_num_threads()
    theirs = random.getstate(), np.random.get_state()  # noqa: NPY002 - the one that others use
    try:
        yield
    finally:
        torch.set_rng_state(drawn)
        random.setstate(theirs[0])
        np.random.set_state(theirs[1])  # noqa: NPY002
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_default_dtype(default)
