r"""Why BYOL and SimSiam need a held target and a predictor: the exact motion of a linear network.

## Notation

Data are white and views are x plus noise of variance $\sigma^2$; the online network predicts
$W_p W x$, the target is $\tau W x'$ ($\tau$ = 1 in SimSiam, below it where a moving average lags
behind growing weights), and both weights decay with $\eta$.  Along one direction p is the
predictor's eigenvalue, w the encoder's and $s = w^2$.

## References

* Y. Tian, X. Chen, S. Ganguli, *Understanding self-supervised learning dynamics without contrastive
  pairs*, 2021.
* J.-B. Grill et al., *Bootstrap your own latent*, 2020; X. Chen, K. He, *Exploring simple Siamese
  representation learning*, 2021 (the losses).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .picture import Picture
from .siamese import BYOL, SIMSIAM, STOP_GRADIENT, simsiam_oracle
from .siamese_dynamics_proof import proof
from .siamese_problems import Predicted
from .theorem import Assumption, Evaluation, Theorem

__all__ = ["SIAMESE_DYNAMICS", "Siamese", "fixed_points", "picture", "trajectory"]


# -- the motion -----------------------------------------------------------------------------------


class Siamese(NamedTuple):
    """The variance of the views' noise, the weight decay, and the target's share of the encoder."""

    noise: float
    decay: float
    target: float = 1.0


def fixed_points(network: Siamese) -> tuple[float, ...]:
    """Where p may stand still: nothing, and p- and p+ unless the decay is too strong for them."""
    noisy = 1 + network.noise
    root = network.target**2 - 4 * network.decay * noisy
    if root < 0:
        return (0.0,)
    high = (network.target + root**0.5) / (2 * noisy)
    return (0.0, network.decay / (noisy * high), high)


def trajectory(
    network: Siamese, p: float, w: float, *, seconds: float, steps: int = 4096,
    holds: bool = True, learns: bool = True,
) -> np.ndarray:  # fmt: skip
    """Of predictor and encoder, [steps + 1, 2], by the classical Runge-Kutta method.

    Without `holds` the target's own gradient is followed too, and unless it `learns` the predictor
    stays as it is.
    """
    noisy, tau = 1 + network.noise, network.target

    def moves(at: np.ndarray) -> np.ndarray:
        p, w = at
        pull = w * (tau - noisy * p)
        back = tau * (p - noisy * tau) * w  # the target's part
        return np.array([
            (w * pull - network.decay * p) * learns,
            p * pull + (0.0 if holds else back) - network.decay * w,
        ])  # fmt: skip

    found, step = [np.array([p, w])], seconds / steps
    for _ in range(steps):
        at = found[-1]
        a = moves(at)
        b = moves(at + step / 2 * a)
        c = moves(at + step / 2 * b)
        d = moves(at + step * c)
        found.append(at + step / 6 * (a + 2 * b + 2 * c + d))
    return np.array(found)


# -- assumptions ----------------------------------------------------------------------------------

QUIET = Siamese(noise=0.125, decay=0.05)


def _misses_the_upper_root(end: np.ndarray) -> float:
    """How far the predictor has stayed below the upper root of the quiet network."""
    return float(end[0] - fixed_points(QUIET)[-1])


def with_the_target_s_gradient() -> float:
    """One sample, one wrong prediction, and the gradient that reaches the target unless held."""
    problem = Predicted(((1.0, 0.0),), ((0.0, 1.0),), ((1.0, 1.0),), ((1.0, -1.0),))
    truth = simsiam_oracle(problem)
    turned = simsiam_oracle(Predicted(problem.z2, problem.z1, problem.p2, problem.p1))
    leaks = (*truth.gradient[:2], turned.gradient[1], turned.gradient[0])
    return STOP_GRADIENT.slack(problem, truth, Evaluation(truth.value, leaks))


def without_a_held_target() -> float:
    """The same start, from which it learns with a held target."""
    return _misses_the_upper_root(
        trajectory(QUIET, 0.5, 0.5, seconds=60.0, steps=512, holds=False)[-1]
    )


def without_a_predictor() -> float:
    """A predictor that is one and stays so: the encoder was to reach the root of p+."""
    end = trajectory(QUIET, 1.0, 1.0, seconds=60.0, steps=512, learns=False)[-1]
    return float(end[1] - fixed_points(QUIET)[-1])


def with_a_strong_decay() -> float:
    """Half again beyond what the predictor can bear."""
    strong = QUIET._replace(decay=1.5 / (4 * (1 + QUIET.noise)))
    return _misses_the_upper_root(trajectory(strong, 1.0, 1.0, seconds=60.0, steps=512)[-1])


def from_below() -> float:
    """A start at nine tenths of the lower root."""
    start = 0.9 * fixed_points(QUIET)[1]
    return _misses_the_upper_root(trajectory(QUIET, start, start, seconds=400.0, steps=512)[-1])


# -- picture --------------------------------------------------------------------------------------


def picture() -> Picture:
    """The predictor from above and from below p-, sixty times."""
    _, low, high = fixed_points(QUIET)
    seconds, steps = 240.0, 960
    times = np.linspace(0.0, seconds, steps + 1)[::16]
    series = {
        f"from {share:g} p-": tuple(
            zip(
                times.tolist(),
                trajectory(QUIET, share * low, share * low, seconds=seconds, steps=steps)[::16, 0]
                .tolist(), strict=True,
            )
        )
        for share in (8.0, 1.1, 0.9)
    }  # fmt: skip
    level = {f"p- = {low:.3f}": low, f"p+ = {high:.3f}": high}
    flat = {name: ((0.0, value), (seconds, value)) for name, value in level.items()}
    return Picture(
        "The predictor, from above and below p-", ("time", "the predictor's eigenvalue p"),
        {**flat, **series},
    )  # fmt: skip


SIAMESE_DYNAMICS = Theorem(
    id="siamese-dynamics",
    title="A predictor and a held target: why BYOL and SimSiam do not collapse",
    intuition="To predict one view from another, the easiest features are none at all. Two things "
    "stand in the way: the target is held while the prediction moves, so it cannot come to meet "
    "it; and a predictor learns to shrink in place of the encoder, for noise has to be shrunk "
    "away by somebody. That is enough if it starts large and weights decay slowly; else all "
    "shrinks to nothing, which is stable.",
    statement=r"For white data, views with noise of variance $\sigma^2$, a linear encoder and "
    r"predictor with common directions and the squared error against a held target $\tau Wx'$, "
    r"gradient flow with weight decay $\eta$ is, along each direction, $\dot p = s(\tau - (1 + "
    r"\sigma^2)p) - \eta p$ and $\dot s = 2ps(\tau - (1 + \sigma^2)p) - 2\eta s$. So $s - p^2 = "
    r"(s_0 - p_0^2)e^{-2\eta t}$, and on $s = p^2$ it stands still at $0$ and, for $\eta \le "
    r"\tau^2/(4(1 + \sigma^2))$, at $p_\pm = \frac{\tau \pm \sqrt{\tau^2 - 4\eta(1 + \sigma^2)}}"
    r"{2(1 + \sigma^2)}$; for $\eta > 0$ it there collapses from every $p < p_-$ and reaches $p_+$ "
    r"from every $p > p_-$, and for larger $\eta$ it always collapses. Without a predictor the "
    r"encoder shrinks as $e^{-(\sigma^2 + \eta)t}$; without the stop-gradient, and with "
    r"$\tau = 1$, at least as fast, whatever the predictor. BYOL's loss is $(2 - 2c_{12}) + "
    r"(2 - 2c_{21})$ and SimSiam's $-\tfrac12(c_{12} + c_{21})$, of mean cosines of predictions "
    r"and held targets.",
    proof_words="Matrices with common directions keep them, so one direction is enough. "
    "Differentiate the squared error in predictor and encoder with the target fixed, and put it "
    "in its place afterwards. The difference of s and the square of p decays by itself. What is "
    "left is a cubic in p, whose sign between its roots says where everything goes.",
    assumptions=(
        Assumption(
            words="the loss has no gradient in its targets",
            fails="stop-gradient: undetached, half of what moves is the target",
            without=with_the_target_s_gradient,
        ),
        Assumption(
            words="the target is held in training",
            fails="p+ is reached: with the target's own gradient the encoder shrinks to nothing",
            without=without_a_held_target,
        ),
        Assumption(
            words="there is a predictor, and it learns",
            fails="p+ is reached: without one the encoder shrinks to nothing",
            without=without_a_predictor,
        ),
        Assumption(
            words=r"$\eta \le \tau^2/(4(1 + \sigma^2))$",
            fails="p+ is reached: under stronger decay there is none",
            without=with_a_strong_decay,
        ),
        Assumption(
            words=r"it starts above $p_-$",
            fails="p+ is reached: from below it collapses, stop-gradient and predictor or not",
            without=from_below,
        ),
        Assumption(
            words="encoder and predictor start with common directions",
            unknown="Tian et al. show that they align under conditions of their own; the motion "
            "before that is not in closed form",
        ),
    ),
    references=(
        (
            "Y. Tian, X. Chen and S. Ganguli, Understanding self-supervised learning dynamics "
            "without contrastive pairs, ICML 2021"
        ),
        "J.-B. Grill et al., Bootstrap your own latent, 2020",
        "X. Chen and K. He, Exploring simple Siamese representation learning, CVPR 2021",
    ),
    proof=proof,
    families=(BYOL, SIMSIAM),
    picture=picture,
    errata=(
        (
            "Collapse is not an unstable fixed point that training moves away from: with any "
            "weight decay it is stable, and its basin reaches up to p-."
        ),
        (
            "The motion is that of the squared error of linear outputs. The contracts' losses are "
            "of cosines, whose gradient never points along a row: of them the theorem says what "
            "they are and what carries no gradient, not how fast they train."
        ),
    ),
)  # fmt: skip
