r"""What Lehmann and Scheffé say of any statistic, and how it is measured.

A statistic T is minimal sufficient exactly if it is sufficient and does not tell apart what says
the same of theta:

$f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x') \text{ for all } \theta, \theta'
\Rightarrow T(x) = T(x')$, and that is $S(x) = S(x') \Rightarrow T(x) = T(x')$ for the family's
minimal statistic S.

So samples with one S are made (`checks.minimality`), and the code is asked for T on each.  The
products are those of `sufficiency`, so that supports may depend on theta here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .theorem import Claim

__all__ = ["MINIMAL", "ROUNDOFF", "Alike", "listed"]

ROUNDOFF = 2.0**-53


class Alike(NamedTuple):
    """Of all pairs of samples `x` and `other` that say the same of theta, the one on which the
    statistic, `value` and `other_value`, differs most for its `rounding` (per entry): as much as
    the rounding of T, and of S through T, explains.

    `converged` is whether that decides; `undecided` says why not.
    """

    x: tuple[float, ...]
    other: tuple[float, ...]
    value: tuple[float, ...]
    other_value: tuple[float, ...]
    rounding: tuple[float, ...]
    converged: bool
    undecided: str = ""

    def shown(self, minimal: Any) -> tuple[str, str]:
        """What the theorem says, and the pair as people read it; `minimal` is the family's S."""
        S = (listed(minimal(np.array(z))) for z in (self.x, self.other))
        return "T(x) = T(x') wherever S(x) = S(x'), S the family's minimal statistic", (
            f"x = {listed(self.x)}, x' = {listed(self.other)}; S(x) = {next(S)}, "
            f"S(x') = {next(S)}; T(x) = {listed(self.value)}, T(x') = {listed(self.other_value)}"
        )


def listed(numbers: Iterable[float]) -> str:
    return f"({', '.join(f'{float(v):.17g}' for v in numbers)})"


# -- the claim ------------------------------------------------------------------------------------


def _gaps(alike: Alike) -> np.ndarray:
    return np.asarray(np.abs(np.subtract(alike.value, alike.other_value)))


def _units(alike: Alike) -> np.ndarray:
    """One rounding error of T, and what more is explained, in those; a number of T may be zero."""
    sizes = np.maximum(np.abs(alike.value), np.abs(alike.other_value))
    return np.asarray(np.maximum(sizes + np.array(alike.rounding) / ROUNDOFF, 1e-300))


def _worst(alike: Alike) -> int:
    return int(np.argmax(_gaps(alike) / _units(alike)))


def slack(problem: Any, truth: Any, fibre: Any) -> float:
    return -float(_gaps(fibre.alike)[_worst(fibre.alike)])


def unit(problem: Any, truth: Any, fibre: Any) -> float:
    return float(_units(fibre.alike)[_worst(fibre.alike)])


MINIMAL = Claim(
    name="minimal",
    tex=r"f_\theta(x) f_{\theta'}(x') = f_{\theta'}(x) f_\theta(x')\ \forall\theta,\theta' "
    r"\Rightarrow T(x) = T(x')",
    why="samples that say the same of the parameter are not told apart",
    slack=slack,
    unit=unit,
    binds="where decided",
    decided=lambda fibre: fibre.alike,
    only={"minimal": ("yes",)},
)
