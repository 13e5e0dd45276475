"""Fisher and Neyman govern every statistic: pairs of samples that it does not tell apart."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from ..implementations.contract import Call, ContractError, Convention
from ..implementations.statistic import ANOTHER_FAMILY
from ..implementations.statistic import STATISTIC as CONTRACT
from ..theorems.fisher_neyman import FISHER_NEYMAN, median_efficiency
from ..theorems.lehmann_scheffe import LEHMANN_SCHEFFE
from ..theorems.likelihoods import LIKELIHOODS, Likelihood
from ..theorems.sufficiency import STATISTIC, Fibre, Sample, sample
from .coincidences import coincidence, excused, groups, piecewise
from .fibres import ENOUGH, Pair, begun, condemns, fibres, generic, moves
from .minimality import alike, alike_among
from .pairing import Pairing, Picture
from .statistic_noise import Statistic

__all__ = ["PAIRING"]

DRAWS, MORE, AGAIN = 12, 64, 4
STEADY = 1e-12  # relative: a sum may be rounded otherwise by where in memory its terms lie


def pose(problem: Sample, convention: Convention) -> Call:
    return Call((sample(problem, convention["family"]),))


def read(asked: Statistic, problem: Sample, convention: Convention) -> Fibre:
    """The worst pair that a search from the problem's sample finds; if the statistic is to be
    minimal, of those that say the same too."""
    likelihood, n = LIKELIHOODS[convention["family"]], len(problem.sixteenths)
    minimal = convention.get("minimal") == "yes"
    if likelihood.points is not None:
        found = _counted(asked, likelihood, n)
        among = alike_among(asked, likelihood, likelihood.points(n)) if minimal else None
        return found._replace(alike=among)
    found = _searched(asked, likelihood, problem)
    if not minimal:
        return found
    x = sample(problem, likelihood.name)
    worst, mark = alike(asked, likelihood, x, [problem.seed, n])
    return found._replace(alike=worst, mark=np.concatenate([found.mark, mark]))


# -- countable spaces -----------------------------------------------------------------------------


def _counted(asked: Statistic, likelihood: Likelihood, n: int) -> Fibre:
    """All points of the space, or of its finite part."""
    assert likelihood.points is not None
    points = likelihood.points(n)
    _required(asked, [np.array(p) for p in points[:: max(1, len(points) // 8)]])
    found = groups(asked, points)
    number = {point: i for i, fibre in enumerate(found.values()) for point in fibre}
    mark = np.array([float(number[point]) for point in points])
    clash, by_rounding = coincidence(asked, likelihood, found)
    first, other = clash or (points[0], points[0])
    value = tuple(map(float, asked(np.array(first))))
    return Fibre(
        first, other, value, value, (0.0,),
        converged=clash is not None or not by_rounding, mark=mark,
        undecided="values coincide that may differ before rounding" if by_rounding else "",
    )  # fmt: skip


# -- densities ------------------------------------------------------------------------------------


def _searched(asked: Statistic, likelihood: Likelihood, problem: Sample) -> Fibre:
    draw = np.random.default_rng([problem.seed, len(problem.sixteenths)])
    x = sample(problem, likelihood.name)
    draws = np.array([x, *(likelihood.draw(draw, len(x)) for _ in range(DRAWS))])
    values = _of_one_length(_required(asked, list(draws)))
    search = begun(asked, likelihood, draws, values, draw)
    if search.grain.flat.all():
        return _flat(asked, likelihood, x, search.spread, draw)
    found = fibres(search, draw)
    fibre = _worst(likelihood, x, search.value, found.pairs)
    condemned = bool(found.pairs) and condemns(likelihood, found.pairs[-1])
    if condemned and _by_pieces(search.grain.flat, values):
        condemned = not excused(asked, np.array(fibre.x), np.array(fibre.other))
        if not condemned:
            return fibre._replace(
                leak=(np.inf,) * len(fibre.leak),
                mark=found.mark,
                undecided="one of its numbers is constant in pieces, perhaps by rounding",
            )
    return fibre._replace(
        converged=condemned or found.telling >= ENOUGH, mark=found.mark,
        undecided=f"{found.telling} telling pairs of samples were found on which it is the same, "
        f"and fewer than {ENOUGH} do not decide",
    )  # fmt: skip


def _by_pieces(flat: np.ndarray, values: np.ndarray) -> bool:
    """Whether some entry is constant near a sample, and not everywhere."""
    return bool(np.any(flat & (np.ptp(values, axis=0) > 0)))


def _worst(likelihood: Likelihood, x: np.ndarray, value: np.ndarray, pairs: list[Pair]) -> Fibre:
    """The pair on which S differs most for what rounding explains; (x, x) if there is none."""
    S = likelihood.minimal
    none = Pair(x, x, value, value, np.zeros(len(S(x))), False)

    def share(pair: Pair) -> float:
        return float(np.max(np.abs(S(pair.x) - S(pair.y)) / (1e-16 + pair.leak)))

    told = [pair for pair in pairs if pair.telling or condemns(likelihood, pair)]
    worst = max(told, key=share, default=none)
    return Fibre(
        _plain(worst.x), _plain(worst.y), _plain(worst.value), _plain(worst.other),
        _plain(worst.leak), converged=False,
    )  # fmt: skip


def _flat(
    asked: Statistic, likelihood: Likelihood, x: np.ndarray, spread: np.ndarray,
    draw: np.random.Generator,
) -> Fibre:  # fmt: skip
    """Constant near x: only exact coincidences can condemn it, and nothing can uphold it."""

    def samples() -> Any:
        yield from moves(likelihood, x)
        drawn = (likelihood.draw(draw, len(x)) for _ in range(MORE))
        yield from filter(lambda y: generic(likelihood, y), drawn)

    y = piecewise(asked, likelihood, x, samples, spread)
    value = asked(x)
    mark = np.array([float(np.array_equal(asked(z), value)) for z in islice(samples(), MORE)])
    return Fibre(
        _plain(x), _plain(x if y is None else y), _plain(value), _plain(value),
        (0.0,) * len(spread), converged=y is not None, mark=mark,
        undecided="it is constant in pieces, so that only coincidences could decide",
    )  # fmt: skip


def _plain(values: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, values))


# -- what a statistic must be ---------------------------------------------------------------------


def _required(asked: Statistic, samples: list[np.ndarray]) -> list[np.ndarray]:
    """The statistic on the samples: finite numbers, and the same ones when asked again.  Raises
    `ContractError`."""
    first = [asked(x) for x in samples]
    for x, value in zip(samples, first, strict=True):
        if not np.all(np.isfinite(value)):
            raise ContractError(
                "a finite number on the whole sample space",
                f"{_listed(value)} at x = {_listed(x)}", ANOTHER_FAMILY,
            )  # fmt: skip
    for x, value in zip(samples[:AGAIN], first, strict=False):
        again = asked(x)
        if again.shape != value.shape or not np.allclose(again, value, rtol=STEADY, atol=0):
            raise ContractError(
                "a statistic: the same data give the same value",
                f"{_listed(value)}, and then {_listed(again)}, at x = {_listed(x)}",
                "hand over a function of the data alone: draw no random numbers, keep nothing "
                "from call to call, and call .eval() on a module with dropout",
            )
    return first


def _of_one_length(values: list[np.ndarray]) -> np.ndarray:
    """As rows.  Raises `ContractError` where the statistic's length depends on the data."""
    lengths = sorted({len(value) for value in values})
    if len(lengths) > 1:
        raise ContractError(
            "as many numbers for every sample of one size",
            f"{lengths[0]} for one, {lengths[-1]} for another",
            "pad the statistic to one length, or return a summary of what varies",
        )
    return np.stack(values)


def _listed(values: np.ndarray) -> str:
    shown = ", ".join(f"{v:.17g}" for v in values[:8])
    return f"({shown}{', ...' if len(values) > 8 else ''})"


# -- a picture ------------------------------------------------------------------------------------


def picture() -> Picture:
    """How much of the information on a normal mean a median keeps, by sample size."""
    sizes = range(1, 32, 2)
    median = tuple((float(n), median_efficiency(n)) for n in sizes)
    return Picture(
        ("observations n", "share of the Fisher information"),
        {
            "mean: sufficient": tuple((float(n), 1.0) for n in sizes),
            "median": median,
            "first observation": tuple((float(n), 1.0 / n) for n in sizes),
        },
    )


PAIRING = Pairing(
    theorem=FISHER_NEYMAN,
    also=(LEHMANN_SCHEFFE,),
    family=STATISTIC,
    contract=CONTRACT,
    pose=pose,
    kind="model",
    read=read,
    recognised="by its output",
    picture=picture,
)
