"""Curves that show what a theorem or an erratum says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Picture"]


class Picture(NamedTuple):
    """Series of points (x, y) over two axes."""

    title: str
    axes: tuple[str, str]
    series: Mapping[str, tuple[tuple[float, float], ...]]
