"""torch, bound once and late, so that contracts can be listed without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deferred import Deferred

if TYPE_CHECKING:
    import torch
else:
    torch = Deferred("torch")

__all__ = ["torch"]
