"""The proof of how a linear siamese network moves, and of what keeps it from collapse."""

from __future__ import annotations

from collections.abc import Iterator

from .symbolic import sp
from .theorem import Step, identity, inequality
from .words import identity_on, letter, rule

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _one_direction()
    yield from _dynamics()
    yield from _fixed_points()
    yield from _without()


def _one_direction() -> Iterator[Step]:
    U, V, P, D = (letter(name, "n", "n") for name in ("U", "V", "P", "D"))
    one = identity_on("n")
    orthogonal = (rule(U.T @ U, one), rule(V.T @ V, one))
    network, predictor = U @ D @ V.T, U @ P @ U.T
    moved = predictor @ network @ network.T
    yield identity(
        "what moves the predictor keeps its directions: each is a problem of its own",
        moved.given(*orthogonal), U @ P @ D @ D.T @ U.T,
        slip=U @ D @ D.T @ P @ U.T,
        slip_words="the factors exchanged, as none but diagonal ones may be",
        tex=r"W_p = UPU^\top,\ W = UDV^\top \Rightarrow W_p W W^\top = U P D D^\top U^\top",
        scope="every size",
    )  # fmt: skip
    back = predictor.T @ predictor @ network
    yield identity(
        "and likewise what moves the encoder",
        back.given(*orthogonal), U @ P.T @ P @ D @ V.T,
        slip=U @ P @ D @ V.T, slip_words="the predictor taken once: its other factor carries back",
        tex=r"W_p^\top W_p W = U P^\top P D V^\top", scope="every size",
    )  # fmt: skip


def _dynamics() -> Iterator[Step]:
    p, w = sp.symbols("p w", real=True)
    spread = sp.Symbol("sigma2", nonnegative=True)
    tau = sp.Symbol("tau", positive=True)
    held = sp.Symbol("t", real=True)  # the target's weight
    # E(p w x - t x')^2 / 2 for views of variance 1 + sigma^2 and covariance 1
    loss = (p**2 * w**2 * (1 + spread) - 2 * p * w * held + held**2 * (1 + spread)) / 2
    pull = tau - (1 + spread) * p
    by_predictor = sp.expand(-sp.diff(loss, p).subs(held, tau * w))
    yield identity(
        "with the target held at t = tau w the predictor follows the slope of the squared error",
        by_predictor, sp.expand(w**2 * pull),
        slip=sp.expand(w**2 * (tau - p)), slip_words="the noise of the views forgotten",
        tex=r"\dot p = s\,\bigl(\tau - (1 + \sigma^2)p\bigr) - \eta p,\quad s = w^2",
        scope="one direction, all p, w",
    )  # fmt: skip
    by_encoder = sp.expand(2 * w * -sp.diff(loss, w).subs(held, tau * w))
    yield identity(
        "and the encoder's squared weight p times as fast, and twice",
        by_encoder, sp.expand(2 * p * w**2 * pull),
        slip=sp.expand(2 * w * -sp.diff(loss.subs(held, tau * w), w)),
        slip_words="the target's own slope counted as well",
        tex=r"\dot s = 2ps\,\bigl(\tau - (1 + \sigma^2)p\bigr) - 2\eta s",
        scope="one direction, all p, w",
    )  # fmt: skip
    s = sp.Symbol("s", nonnegative=True)
    decay = sp.Symbol("eta", nonnegative=True)
    p_moves, s_moves = s * pull - decay * p, 2 * p * s * pull - 2 * decay * s
    yield identity(
        "weight decay forgets where both began: s is drawn to the square of p",
        sp.expand(s_moves - 2 * p * p_moves), sp.expand(-2 * decay * (s - p**2)),
        slip=sp.expand(-decay * (s - p**2)), slip_words="the decay of one weight, of two",
        tex=r"\tfrac{d}{dt}(s - p^2) = -2\eta\,(s - p^2)", scope="all p, s",
    )  # fmt: skip


def _fixed_points() -> Iterator[Step]:
    p = sp.Symbol("p", real=True)
    low, gap, noisy = sp.symbols("l g a", positive=True)  # p_-, p_+ - p_-, 1 + sigma^2
    high = low + gap
    tau, decay = noisy * (low + high), noisy * low * high
    moves = p**2 * (tau - noisy * p) - decay * p
    yield identity(
        "there it stands still at nothing and at the two roots of a quadratic",
        sp.expand(moves), sp.expand(-noisy * p * (p - low) * (p - high)),
        slip=sp.expand(-noisy * (p - low) * (p - high)),
        slip_words="the fixed point at nothing forgotten",
        tex=r"\dot p = -(1 + \sigma^2)\,p\,(p - p_-)(p - p_+),\quad p_\pm = \frac{\tau \pm "
        r"\sqrt{\tau^2 - 4\eta(1 + \sigma^2)}}{2(1 + \sigma^2)}",
        scope="s = p^2, all weaker decays",
    )  # fmt: skip
    slope = sp.diff(moves, p)
    yield identity(
        "nothing is stable as soon as there is weight decay",
        sp.expand(slope.subs(p, 0)), sp.expand(-decay),
        slip=sp.expand(tau - decay), slip_words="the pull counted where s has vanished",
        tex=r"\partial_p\dot p\,\bigr|_0 = -\eta", scope="s = p^2",
    )  # fmt: skip
    yield identity(
        "the lower root is not, so that it parts the basins",
        sp.expand(slope.subs(p, low)), sp.expand(noisy * low * gap),
        slip=sp.expand(-noisy * low * gap), slip_words="the signs of the two roots exchanged",
        tex=r"\partial_p\dot p\,\bigr|_{p_-} = (1 + \sigma^2)\,p_-(p_+ - p_-) > 0",
        scope="s = p^2",
    )  # fmt: skip
    yield identity(
        "and the upper one is stable",
        sp.expand(slope.subs(p, high)), sp.expand(-noisy * high * gap),
        slip=sp.expand(noisy * high * gap), slip_words="the signs of the two roots exchanged",
        tex=r"\partial_p\dot p\,\bigr|_{p_+} = -(1 + \sigma^2)\,p_+(p_+ - p_-) < 0",
        scope="s = p^2",
    )  # fmt: skip
    above, tau, rest = sp.symbols("p tau r", positive=True)
    decay = tau**2 / (4 * noisy) + rest  # stronger by r than what the predictor can bear
    falls = noisy * above**3 - tau * above**2 + decay * above
    yield inequality(
        "under a stronger decay nothing is left but collapse",
        sp.Integer(0), falls,
        because=[noisy * above * (above - tau / (2 * noisy)) ** 2, rest * above],
        slip=falls - 2 * rest * above, slip_words="a decay that is weaker by as much",
        tex=r"\eta > \frac{\tau^2}{4(1 + \sigma^2)} \Rightarrow \dot p < 0\text{ for all } p > 0",
        scope="s = p^2",
    )  # fmt: skip


def _without() -> Iterator[Step]:
    p, w, held = sp.symbols("p w t", real=True)
    spread = sp.Symbol("sigma2", nonnegative=True)
    loss = (p**2 * w**2 * (1 + spread) - 2 * p * w * held + held**2 * (1 + spread)) / 2
    yield identity(
        "without a predictor only the noise is left to pull: the encoder shrinks",
        sp.expand(-sp.diff(loss, w).subs({p: 1, held: w})), sp.expand(-spread * w),
        slip=sp.expand(-(1 + spread) * w), slip_words="the target's pull forgotten",
        tex=r"p \equiv \tau = 1 \Rightarrow \dot w = -(\sigma^2 + \eta)\,w,\quad "
        r"w_k = (1 - h(\sigma^2 + \eta))^k\,w_0", scope="all w",
    )  # fmt: skip
    whole = sp.diff(loss.subs(held, w), w)
    yield inequality(
        "without the stop-gradient the encoder shrinks whatever the predictor does",
        sp.expand(spread * w**2), sp.expand(w * whole),
        because=[w**2 * (1 - p) ** 2, spread * w**2 * p**2],
        slip=sp.expand(w * sp.diff(loss, w).subs(held, w)),
        slip_words="with the target held, where it need not",
        tex=r"w\,\partial_w\tfrac12\mathbb{E}(pwx - wx')^2 = w^2\bigl((1-p)^2 + \sigma^2(1 + p^2)"
        r"\bigr) \ge \sigma^2 w^2", scope="all p, w",
    )  # fmt: skip
