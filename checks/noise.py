"""How large a rounding error may be: unit roundoffs, and the calibrated factors above them.

A claim's noise is kappa * u * unit: u belongs to the precision, unit to the problem (the claim's
own conditioning), and kappa is calibrated (`benchmarks/false_alarms.py` prints the largest share
of it that correct code uses, which must stay below a quarter).
"""

from __future__ import annotations

__all__ = ["KAPPA", "PRECISIONS", "UNIT_ROUNDOFF", "coarser"]

UNIT_ROUNDOFF = {
    "float64": 2.0**-53,
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
KAPPA = {"float64": 64.0, "float32": 16.0, "float16": 16.0, "bfloat16": 16.0}
PRECISIONS = tuple(UNIT_ROUNDOFF)  # finest first


def coarser(first: str, second: str) -> str:
    """The coarser of two precisions; anything that is not one of ours (an integer) is finest."""
    ranks = [PRECISIONS.index(p) if p in UNIT_ROUNDOFF else 0 for p in (first, second)]
    return PRECISIONS[max(ranks)]
