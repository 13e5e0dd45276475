r"""NT-Xent: the normalised, temperature-scaled cross-entropy over two views of a batch.

## Definition

Let $u_1, \dots, u_{2N}$ be the $2N$ embeddings of $N$ pairs, divided by their norms, let $p(i)$ be
the partner of $i$, and $s_{ij} = u_i \cdot u_j / \tau$.  Then

$L = \frac{1}{2N} \sum_i \Bigl(\log \sum_{j \in D_i} e^{s_{ij}} - s_{i p(i)}\Bigr)$

with $D_i = \{j \ne i\}$, or $D_i = \{j \ne i, p(i)\}$ in the decoupled variant.

## References

* T. Chen, S. Kornblith, M. Norouzi, G. Hinton, *A simple framework for contrastive learning of
  visual representations*, 2020 (the definition).
* C.-H. Yeh et al., *Decoupled contrastive learning*, 2022 (the variant).
* F. Graf et al., *Dissecting supervised contrastive learning*, 2021 (the floor's relative).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arithmetic import FLOAT64, Arithmetic
from .batch_claims import (
    PAIR_ORDER,
    ROTATION,
    ROW_SCALE,
    TANGENCY,
    VIEW_SWAP,
    band_claim,
    floor_claim,
    temperature_claims,
    unit,
    units,
    within_the_band,
)
from .nt_xent_problems import TRIANGLE, Batch, design, problems, ranges, simpler
from .nt_xent_proof import proof
from .softmax_rows import Limits, cross_entropies, directions, limits, through_the_norms
from .theorem import Assumption, Evaluation, Family, Theorem, gradient_claim, value_claim

__all__ = ["NT_XENT", "NT_XENT_LOSS", "Batch", "Truth", "floor", "oracle"]


# -- definition and oracle ------------------------------------------------------------------------


class Truth(NamedTuple):
    value: np.ndarray
    gradient: tuple[np.ndarray, np.ndarray]
    floor: float
    constant: float  # the loss of a constant critic: the log of the number of terms
    band: float
    limits: Limits
    unit: float  # of the loss: S = 1/tau + ln 2N + 1, the size of its largest terms
    units: tuple[np.ndarray, np.ndarray]


def oracle(
    problem: Batch, positive_in_denominator: str = "yes", *, arithmetic: Arithmetic = FLOAT64
) -> Truth:
    """Value and gradient by hand: the soft-max minus the partner, through the norms."""
    z = np.concatenate([arithmetic.array(problem.z1), arithmetic.array(problem.z2)])
    u, norms = directions(z, arithmetic)
    tau, rows = arithmetic.number(problem.temperature), len(z)
    partner = np.roll(np.arange(rows), rows // 2)
    left_out = np.eye(rows, dtype=bool)
    if positive_in_denominator == "no":
        left_out[np.arange(rows), partner] = True
    scores = arithmetic.gram(u) / tau
    losses, pull = cross_entropies(scores, partner, arithmetic, left_out)
    through_u = arithmetic.dot(pull + pull.T, u) / (rows * tau)
    through_z = through_the_norms(through_u, u, norms)
    n, unit = rows // 2, float(1 / problem.temperature + np.log(rows) + 1)
    return Truth(
        value=np.asarray(losses.mean()),
        gradient=(through_z[:n], through_z[n:]),
        floor=floor(n, float(tau), positive_in_denominator),
        constant=float(np.log(rows - 1 if positive_in_denominator == "yes" else rows - 2)),
        band=2 / problem.temperature,
        limits=limits(scores, scores[np.arange(rows), partner], 1 / problem.temperature, left_out),
        unit=unit,
        units=gradient_units(problem, unit),
    )


def floor(n: int, temperature: float, positive_in_denominator: str = "yes") -> float:
    """No batch of n >= 2 pairs has a smaller loss; reached by a simplex of n <= d+1 vertices."""
    best = -n / ((n - 1) * temperature)
    if positive_in_denominator == "no":
        return float(np.log(2 * (n - 1)) + best)
    return float(np.logaddexp(0.0, np.log(2 * (n - 1)) + best))


def gradient_units(problem: Batch, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """One rounding error of a row's gradient: S / (N tau |z|), known before the gradient is."""
    scale = unit / (len(problem.z1) * problem.temperature)
    norms = [np.linalg.norm(z, axis=1, keepdims=True) for z in (problem.z1, problem.z2)]
    return scale / norms[0], scale / norms[1]


# -- claims ---------------------------------------------------------------------------------------

CLAIMS = (
    value_claim(
        r"L = \frac{1}{2N}\sum_i\Bigl(\log\sum_{j \in D_i} e^{s_{ij}} - s_{ip(i)}\Bigr)", unit
    ),
    gradient_claim(
        r"\nabla_{z_i} L = \frac{I - u_iu_i^\top}{2N\tau\lVert z_i\rVert}"
        r"\sum_j (G_{ij} + G_{ji})\,u_j,\quad G = \operatorname{softmax}(s) - P",
        units,
    ),
    floor_claim(r"L \ge \log\bigl(1 + 2(N-1)\,e^{-N/((N-1)\tau)}\bigr)"),
    band_claim(r"\lvert L - \log\lvert D_i\rvert\,\rvert \le 2/\tau"),
    *temperature_claims(r"\lvert D_i\rvert"),
    TANGENCY,
    PAIR_ORDER,
    VIEW_SWAP,
    ROTATION,
    ROW_SCALE,
)


# -- assumptions ----------------------------------------------------------------------------------


def without_normalising() -> float:
    """Inner products in place of cosines: three long aligned pairs on a triangle pass the floor."""
    z = 2 * np.array(TRIANGLE + TRIANGLE)
    scores = z @ z.T
    np.fill_diagonal(scores, -np.inf)
    loss = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(6), np.roll(np.arange(6), 3)]
    return float(loss.mean()) - floor(3, 1.0)


def without_positive_temperature() -> float:
    """At tau = -1 the band would have a negative width."""
    problem = Batch(((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0)), -1.0)
    truth = oracle(problem)
    return within_the_band(problem, truth, Evaluation(truth.value))


def with_the_positive_left_out() -> float:
    """The floor of the coupled loss is false for the decoupled one, which can be negative."""
    problem = Batch(((1.0,), (-1.0,)), ((1.0,), (-1.0,)), 0.5)
    decoupled = oracle(problem, "no")
    return float(decoupled.value) - floor(2, 0.5)


def with_a_repeated_pair() -> float:
    """Duplicating the batch is not an invariance: each row gains a false negative."""
    problem = Batch(((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0)), 1.0)
    twice = Batch(problem.z1 * 2, problem.z2 * 2, 1.0)
    return -abs(float(oracle(problem).value) - float(oracle(twice).value))


ASSUMPTIONS = (
    Assumption(
        words="embeddings are divided by their norms",
        fails="floor: inner products of long vectors pass it",
        without=without_normalising,
    ),
    Assumption(
        words=r"$\tau > 0$",
        fails="temperature band: its width would be negative",
        without=without_positive_temperature,
    ),
    Assumption(
        words="the positive is in the denominator (each variant has a floor of its own)",
        fails="floor: the decoupled loss lies below the coupled floor",
        without=with_the_positive_left_out,
    ),
    Assumption(
        words="the pairs are distinct draws (the definition is of a batch, not of a set)",
        fails="pair order, read as a statement about sets: a repeated batch has another loss",
        without=with_a_repeated_pair,
    ),
    Assumption(
        words="no embedding is zero",
        unknown="the loss is not defined at a zero row: there is no slack to compute; what code "
        "does there is set by its stabiliser",
    ),
    Assumption(
        words=r"$N \ge 2$",
        unknown="for one pair the coupled loss is 0 and its floor too; the decoupled loss is the "
        "logarithm of an empty sum",
    ),
)

NT_XENT_LOSS = Family(
    name="nt-xent",
    problem=Batch,
    design=design,
    problems=problems,
    simpler=simpler,
    oracle=oracle,
    claims=CLAIMS,
    ranges=ranges,
)

NT_XENT = Theorem(
    id="nt-xent",
    title="NT-Xent: its definition, its gradient, and the floor that no batch can pass",
    intuition="Each embedding must pick its partner out of the batch. The loss sees angles only: "
    "it cannot tell long vectors from short ones, cannot be driven below a floor that depends on "
    "the batch size and the temperature alone, and cannot leave a band around the loss of a guess.",
    statement=r"For $N \ge 2$ pairs of nonzero vectors and $\tau > 0$, with $u_i = z_i / "
    r"\lVert z_i \rVert$ and $s_{ij} = u_i \cdot u_j/\tau$, the loss $L = \frac{1}{2N}\sum_i "
    r"(\log\sum_{j \in D_i} e^{s_{ij}} - s_{ip(i)})$ satisfies "
    r"$L \ge \log(1 + 2(N-1)e^{-N/((N-1)\tau)})$ if $D_i = \{j \ne i\}$ and "
    r"$L \ge \log(2(N-1)) - N/((N-1)\tau)$ if $D_i = \{j \ne i, p(i)\}$, with equality exactly "
    r"at perfectly aligned pairs on a regular simplex; and "
    r"$\lvert L - \log\lvert D_i\rvert\,\rvert \le 2/\tau$.",
    proof_words="Write each term as the logarithm of one plus the negatives relative to the "
    "positive; it is convex in the score gaps, so Jensen's inequality replaces each gap by their "
    r"mean. That mean is at least $-N/((N-1)\tau)$, because the sum of all the unit vectors has a "
    "nonnegative squared length and no cosine exceeds one.",
    assumptions=ASSUMPTIONS,
    references=(
        (
            "T. Chen, S. Kornblith, M. Norouzi and G. Hinton, A simple framework for contrastive "
            "learning of visual representations, ICML 2020"
        ),
        "C.-H. Yeh et al., Decoupled contrastive learning, ECCV 2022",
        (
            "F. Graf, C. Hofer, M. Niethammer and R. Kwitt, Dissecting supervised contrastive "
            "learning, ICML 2021 (the floor of its supervised relative)"
        ),
    ),
    proof=proof,
    families=(NT_XENT_LOSS,),
    uses=("temperature",),
)
