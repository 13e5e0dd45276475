r"""Drawing from a Gaussian so that gradients flow: exact moments, and two unbiased gradients.

## Statement

$z = \mu + e^{v/2}\epsilon$ with independent standard normal $\epsilon$ has mean $\mu$ and
covariance $\operatorname{diag} e^v$.  For $f(z) = az^2 + bz + c$ in one dimension both the pathwise
gradient $f'(z)\,\partial z$ and the score-function gradient $f(z)\,\partial\log q(z)$ are unbiased;
with $A = a\sigma^2$, $B = (2a\mu + b)\sigma$, $C = f(\mu)$ their variances are, over $\sigma^2$,

| in | pathwise | score function | with the baseline $\mathbb{E}f$ | with the best constant |
|---|---|---|---|---|
| $\mu$ | $4A^2$ | $15A^2 + 2B^2 + C^2 + 6AC$ | $10A^2 + 2B^2$ | $6A^2 + 2B^2$ |
| $\sigma$ | $8A^2 + B^2$ | $74A^2 + 10B^2 + 2C^2 + 20AC$ | | |

What a piece of code is held to is its draw's first two moments, as a function of $\mu$ and $v$, and
their gradients: the exact expectations of $(z_i)$ and $(z_i z_j)$ over all its coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .gaussian_kl_proof import expectation
from .lattice import Matrix, lattice, quarters
from .symbolic import sp
from .tables import simpler_tables
from .theorem import (
    Assumption,
    Claim,
    Evaluation,
    Family,
    Step,
    Theorem,
    gradient_claim,
    identity,
    inequality,
    value_claim,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["REPARAMETERIZATION", "REPARAMETERIZE", "Codes", "oracle", "variances"]


class Codes(NamedTuple):
    """n diagonal Gaussians in k dimensions: means, and logarithms of variances."""

    mu: Matrix
    logvar: Matrix


# -- definition and oracle ------------------------------------------------------------------------


def oracle(problem: Codes, *, arithmetic: Arithmetic = FLOAT64) -> Evaluation:
    """The mean [N] and second moment [N, N] of all N = nk coordinates, in one vector, and the
    gradient of their total."""
    mu, spread = _flat(problem, arithmetic)
    moments = np.outer(mu, mu) + np.diag(spread)
    shape = np.shape(problem.mu)
    slopes = (1 + 2 * mu.sum() + 0 * mu).reshape(shape), spread.reshape(shape)
    return Evaluation(np.concatenate([mu, moments.ravel()]), slopes)


def _flat(problem: Codes, arithmetic: Arithmetic = FLOAT64) -> tuple[np.ndarray, np.ndarray]:
    mu, logvar = (arithmetic.array(np.ravel(table)) for table in problem)
    return mu, arithmetic.exp(logvar)


def _reach(problem: Codes) -> np.ndarray:
    """How large a coordinate gets, times what the exponential makes of a rounded argument."""
    mu, spread = _flat(problem)
    return np.asarray(np.abs(mu) + np.sqrt(spread) * (1 + np.abs(np.ravel(problem.logvar))))


def unit(problem: Codes, *_: object) -> float:
    reach = float(_reach(problem).max())
    return reach + reach**2


def gradient_unit(problem: Codes, truth: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    whole, shape = _reach(problem).sum(), np.shape(problem.mu)
    spread = np.sqrt(np.exp(np.reshape(problem.logvar, shape)))
    size = (1 + np.abs(np.reshape(problem.logvar, shape))) * spread * (1 + whole)
    return np.full(shape, 1 + 2 * whole), size


# -- claims ---------------------------------------------------------------------------------------


def _parts(problem: Codes, output: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """The draw's mean [N] and covariance [N, N]."""
    count = np.size(problem.mu)
    mean = output.value[:count]
    return mean, output.value[count:].reshape(count, count) - np.outer(mean, mean)


def mean(problem: Codes, truth: Evaluation, output: Evaluation) -> float:
    return -float(np.max(np.abs(_parts(problem, output)[0] - np.ravel(problem.mu))))


def variance(problem: Codes, truth: Evaluation, output: Evaluation) -> float:
    spread = np.diag(_parts(problem, output)[1])
    return -float(np.max(np.abs(spread - np.exp(np.ravel(problem.logvar)))))


def independence(problem: Codes, truth: Evaluation, output: Evaluation) -> float:
    cov = _parts(problem, output)[1]
    return -float(np.max(np.abs(cov - np.diag(np.diag(cov)))))


def moments_unit(problem: Codes, *_: object) -> float:
    return 2 * unit(problem)


CLAIMS = (
    value_claim(
        r"\mathbb{E}z = \mu,\ \mathbb{E}zz^\top = \mu\mu^\top + \operatorname{diag}e^v", unit,
        why="the first two moments are the definition's",
    ),
    gradient_claim(
        r"\nabla\,\mathbb{E}\bigl[\textstyle\sum_i z_i + (\sum_i z_i)^2\bigr]"
        r" = (1 + 2\sum_i\mu_i,\ e^v)",
        gradient_unit, why="the gradient through the draw is unbiased, for every quadratic",
    ),
    Claim(name="mean", tex=r"\mathbb{E}z = \mu", why="the noise is centred", slack=mean, unit=unit),
    Claim(
        name="variance", tex=r"\operatorname{Var}z_i = e^{v_i}", why="the noise has variance one",
        slack=variance, unit=moments_unit,
    ),
    Claim(
        name="independence", tex=r"\operatorname{Cov}(z_i, z_j) = 0",
        why="each coordinate of each row has noise of its own", slack=independence,
        unit=moments_unit,
    ),
)  # fmt: skip


# -- problems -------------------------------------------------------------------------------------

SIZES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (1, 3), (3, 2), (2, 4))


def design() -> tuple[Codes, ...]:
    """24 probes: sizes; then the prior, narrow, wide, far off, and single coordinates."""
    plain = [Codes(lattice(n, k, 2 * i), lattice(n, k, 2 * i + 1)) for i, (n, k) in
             enumerate(SIZES * 2)]  # fmt: skip
    one, zero, two = ((1.0,),), ((0.0,),), lattice(2, 2, 70)
    flat = ((0.0, 0.0),) * 2
    single = [Codes(zero, zero), Codes(one, zero), Codes(zero, one), Codes(zero, ((-3.0,),))]
    far = tuple(tuple(16 * x for x in row) for row in two)
    return (*plain, *single, Codes(two, flat), Codes(flat, two), Codes(far, two), Codes(two, far))


def ranges() -> tuple[Codes, ...]:
    """Log-variances from -10 to 20, means far off."""
    spreads = [Codes(((0.5,),), ((v,),)) for v in (-10.0, -5.0, 5.0, 10.0, 20.0)]
    return (*spreads, Codes(((1024.0, -1024.0),), ((0.5, -0.5),)))


def problems() -> SearchStrategy[Codes]:
    """Values first and sizes last, so that shrinking reaches the smallest sizes."""
    from hypothesis import strategies as st

    pool = st.lists(quarters(12), min_size=4, max_size=4)
    return st.builds(_cut, pool, pool, st.integers(1, 2), st.integers(1, 2))


def _cut(mu: list[float], logvar: list[float], n: int, k: int) -> Codes:
    return Codes(*(tuple(tuple(t[2 * i : 2 * i + k]) for i in range(n)) for t in (mu, logvar)))


def simpler(problem: Codes) -> Iterator[Codes]:
    return simpler_tables(problem, {"mu": "nk", "logvar": "nk"})


REPARAMETERIZE = Family(
    name="reparameterize", problem=Codes, design=design, problems=problems, simpler=simpler,
    oracle=oracle, claims=CLAIMS, ranges=ranges,
)  # fmt: skip


# -- the two gradients ----------------------------------------------------------------------------


def variances(a: float, b: float, c: float, mu: float, sigma: float) -> dict[str, float]:
    """Of one draw's gradient of E f, f(z) = az^2 + bz + c, by estimator; the table above."""
    A, B, C = a * sigma**2, (2 * a * mu + b) * sigma, a * mu**2 + b * mu + c
    table = {
        "pathwise in mu": 4 * A**2,
        "pathwise in sigma": 8 * A**2 + B**2,
        "score in mu": 15 * A**2 + 2 * B**2 + C**2 + 6 * A * C,
        "score in sigma": 74 * A**2 + 10 * B**2 + 2 * C**2 + 20 * A * C,
        "score in mu, baseline": 10 * A**2 + 2 * B**2,
        "score in mu, best constant": 6 * A**2 + 2 * B**2,
    }
    return {name: value / sigma**2 for name, value in table.items()}


def proof() -> Iterator[Step]:
    e, a, b, c, mu = sp.symbols("e a b c mu", real=True)
    s = sp.Symbol("s", positive=True)
    z = mu + s * e
    f, slope = a * z**2 + b * z + c, 2 * a * z + b
    A, B, C = a * s**2, (2 * a * mu + b) * s, a * mu**2 + b * mu + c
    mean = expectation(f, e)
    yield identity(
        "the draw's second moment", expectation(z**2, e), mu**2 + s**2,
        slip=mu**2 + s**4, slip_words="the variance in place of the standard deviation",
        tex=r"\mathbb{E}z^2 = \mu^2 + \sigma^2", scope="every mean and deviation",
    )  # fmt: skip
    scores = {"mu": (mu, slope, f * e / s, s), "sigma": (s, slope * e, f * (e**2 - 1) / s, mu)}
    for name, (variable, pathwise, score, wrong) in scores.items():
        true = sp.expand(sp.diff(mean, variable))
        for words, estimate in (("pathwise", pathwise), ("score-function", score)):
            yield identity(
                f"the {words} gradient in {name} is unbiased", expectation(estimate, e), true,
                slip=sp.expand(sp.diff(mean, wrong)), slip_words="the other parameter's gradient",
                tex=rf"\mathbb{{E}}\,\hat g_{{\{name}}} = \partial_{{\{name}}}\mathbb{{E}}f",
                scope="every quadratic f",
            )  # fmt: skip
    table = (
        ("pathwise in mu", slope, 4 * A**2, 2 * A**2, "4A^2"),
        ("pathwise in sigma", slope * e, 8 * A**2 + B**2, 8 * A**2 + 2 * B**2, "8A^2 + B^2"),
        ("score function in mu", f * e / s, 15 * A**2 + 2 * B**2 + C**2 + 6 * A * C,
         15 * A**2 + 2 * B**2 + C**2, "15A^2 + 2B^2 + C^2 + 6AC"),
        ("score function in sigma", f * (e**2 - 1) / s,
         74 * A**2 + 10 * B**2 + 2 * C**2 + 20 * A * C, 74 * A**2 + 10 * B**2 + 2 * C**2,
         "74A^2 + 10B^2 + 2C^2 + 20AC"),
        ("score function in mu, mean baseline", (f - mean) * e / s, 10 * A**2 + 2 * B**2,
         15 * A**2 + 2 * B**2, "10A^2 + 2B^2"),
        ("score function in mu, best constant", (f - C - 3 * A) * e / s, 6 * A**2 + 2 * B**2,
         10 * A**2 + 2 * B**2, "6A^2 + 2B^2"),
    )  # fmt: skip
    for words, estimate, right, slip, tex in table:
        spread = expectation(estimate**2, e) - expectation(estimate, e) ** 2
        yield identity(
            f"the variance of one draw: {words}", sp.expand(spread * s**2), sp.expand(right),
            slip=sp.expand(slip), slip_words="a neighbouring formula",
            tex=rf"\sigma^2\operatorname{{Var}} = {tex}", scope="every quadratic f",
        )  # fmt: skip
    letter = sp.symbols("A B", real=True)
    yield inequality(
        "for quadratics the pathwise gradient in mu wins by a half or more, whatever the constant",
        6 * letter[0] ** 2, 6 * letter[0] ** 2 + 2 * letter[1] ** 2, because=[2 * letter[1] ** 2],
        slip=6 * letter[0] ** 2 + letter[1] ** 2, slip_words="half of the slope's share",
        tex=r"6A^2 + 2B^2 \ge \tfrac32\cdot 4A^2", scope="every quadratic f",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------


def with_a_step() -> float:
    """f = 1{z > 0} at mu = 0: the pathwise gradient is zero, the true one is the density there."""
    pathwise, density = 0.0, 1 / np.sqrt(2 * np.pi)
    return float(-abs(pathwise - density))


def with_a_fast_sine() -> float:
    """f = sin 10z at N(0, 1): the pathwise gradient has a hundred times the variance."""
    w = 10.0
    pathwise = w**2 * (0.5 * (1 + np.exp(-2 * w**2)) - np.exp(-(w**2)))
    score = 0.5 * (1 - np.exp(-2 * w**2) * (1 - 4 * w**2)) - w**2 * np.exp(-(w**2))
    return float(score - pathwise)


def with_shared_noise() -> float:
    """One noise for two coordinates: each has its moments, and their covariance is one."""
    problem = Codes(((0.0, 0.0),), ((0.0, 0.0),))
    shared = Evaluation(np.concatenate([np.zeros(2), np.ones(4)]))
    return independence(problem, oracle(problem), shared)


ASSUMPTIONS = (
    Assumption(
        words="f is absolutely continuous (for the pathwise gradient)",
        fails="gradient: a step has slope zero almost everywhere, and its mean has not",
        without=with_a_step,
    ),
    Assumption(
        words="f is a quadratic (for the comparison of the variances)",
        fails="the pathwise gradient's advantage: a fast sine turns it round",
        without=with_a_fast_sine,
    ),
    Assumption(
        words="each coordinate of each row has noise of its own",
        fails="independence: shared noise makes coordinates one",
        without=with_shared_noise,
    ),
    Assumption(
        words="the noise does not depend on the parameters",
        unknown="noise that depends on them is another draw, with other moments: the claims on "
        "moments and gradients catch it, and no single formula says by how much",
    ),
)

REPARAMETERIZATION = Theorem(
    id="gradient-estimators",
    title="Drawing so that gradients flow: exact moments and two unbiased gradients",
    intuition="A draw from a Gaussian is its mean plus its deviation times noise that knows "
    "nothing of either. Written so, the draw can be differentiated like any other computation, and "
    "the average of its derivatives is the derivative of the average. The older way, weighing "
    "values by the score, is right too, and costs more where the function is quadratic, less "
    "where it is wild.",
    statement=r"$z = \mu + e^{v/2}\epsilon$, $\epsilon \sim N(0, I)$, has mean $\mu$ and "
    r"covariance $\operatorname{diag}e^v$. For $f(z) = az^2 + bz + c$ the pathwise gradient "
    r"$f'(z)\,\partial z$ and the score-function gradient $f(z)\,\partial\log q(z)$ are unbiased, "
    r"and with $A = a\sigma^2$, $B = (2a\mu + b)\sigma$, $C = f(\mu)$ their variances in $\mu$ "
    r"are $4A^2/\sigma^2$ and $(15A^2 + 2B^2 + C^2 + 6AC)/\sigma^2$, in $\sigma$ "
    r"$(8A^2 + B^2)/\sigma^2$ and $(74A^2 + 10B^2 + 2C^2 + 20AC)/\sigma^2$.",
    proof_words="Everything is a polynomial in one standard normal number, so every mean and every "
    "variance is read off its moments.",
    assumptions=ASSUMPTIONS,
    references=(
        "D. P. Kingma and M. Welling, Auto-encoding variational Bayes, 2014",
        (
            "R. J. Williams, Simple statistical gradient-following algorithms for connectionist "
            "reinforcement learning, Machine Learning 8 (1992) (from memory)"
        ),
    ),
    proof=proof,
    families=(REPARAMETERIZE,),
    errata=(
        (
            "It is often said that pathwise gradients have far lower variance wherever f is "
            r"smooth. They have not: for $f = \sin\omega z$ at $N(0, 1)$ the score function's "
            r"variance is the smaller from $\omega = 2$ on, by a hundred at $\omega = 10$."
        ),
    ),
)
