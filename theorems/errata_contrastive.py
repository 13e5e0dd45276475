"""Errata on the information that contrastive losses certify: keys, batches, ceilings, ratios."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

from .erratum import Erratum, Measured, Refutation, many_digits
from .picture import Picture

__all__ = ["CONTRASTIVE"]

POOLE = (
    "B. Poole, S. Ozair, A. van den Oord, A. A. Alemi and G. Tucker, On variational bounds of "
    "mutual information, ICML 2019"
)
MCALLESTER_STRATOS = (
    "D. McAllester and K. Stratos, Formal limitations on the measurement of mutual information, "
    "AISTATS 2020"
)


# -- which keys count -----------------------------------------------------------------------------


def one_bit_twice(pairs: int) -> Any:
    """NT-Xent's mean loss if both views are one fair bit, and only equal views score: the log of
    the other views in the batch that are equal to the anchor, of which one is its partner."""
    mp, others = many_digits(), pairs - 1
    logs = (comb(others, equal) * mp.log(1 + 2 * equal) for equal in range(pairs))
    return mp.fsum(logs) / 2**others


def nt_xent_keys() -> Refutation:
    mp, pairs = many_digits(), range(2, 41)
    told = mp.log(2)
    over = {n: mp.log(2 * n - 1) - one_bit_twice(n) - told for n in pairs}
    under = min(told - (mp.log(n) - one_bit_twice(n)) for n in pairs)
    whole = 2**16
    for equal in range(5):
        whole *= (1 + 2 * equal) ** comb(4, equal)
    return Refutation(
        claimed=Measured(r"$I - (\log(2N - 1) - L)$ with $N = 5$ pairs", -over[5]),
        corrected=Measured(r"least of $I - (\log N - L)$, up to forty pairs", under),
        numbers=(
            Measured("$I$, in nats", told),
            Measured(r"$\log 9 - L$", told + over[5]),
            Measured(r"$9^{16}$", 9**16),
            Measured(r"$2^{16}\,e^{16L}$, which the claim says is no less", whole),
        ),
        picture=Picture(
            "What NT-Xent would certify with K = 2N − 1 keys, above the one bit that there is",
            ("pairs in the batch, N", "nats above the information"),
            {
                "log(2N − 1) less loss and information": tuple(
                    (float(n), float(x)) for n, x in over.items() if n > 3
                ),
                "what a bound may reach": tuple((float(n), 0.0) for n in over if n > 3),
            },
        ),
    )


NT_XENT_KEYS = Erratum(
    id="nt-xent-keys",
    said="The bound of InfoNCE holds for NT-Xent, with $K = 2N - 1$ keys",
    claim=r"Each of the $2N$ views in a batch of $N$ pairs is compared with $2N - 1$ others. So "
    r"$I(x; y) \ge \log(2N - 1) - L$ with the loss $L$ of NT-Xent.",
    believed="There are that many terms under the logarithm. But the bound asks for independent "
    "negatives, and those of NT-Xent come in pairs that are as alike as positives are.",
    corrected=r"$I(x; y) \ge \log N - L$: leave out one view of each other pair, which only lowers "
    r"the loss, and the bound of InfoNCE applies. With $2N - 1$ the difference is small, but it is "
    "no bound: what is certified so can exceed the information.",
    instance="Both views are the same fair bit. The critic is zero where they are equal and tends "
    "to minus infinity where they are not. For five pairs the claim is a comparison of two "
    "integers.",
    counterexample=nt_xent_keys,
    theorems=("infonce-bound",),
    references=(POOLE, "(the counterexample is our own; no literature was searched for it)"),
)


def two_keys(negatives: tuple[Any, Any], sharpness: int = 1) -> Any:
    """InfoNCE's loss with one negative, of the law `negatives`; the positive is the bit 0 nine
    times in ten, and the critic is so many times the log-ratio."""
    mp = many_digits()
    positives, ratios = (mp.mpf(9) / 10, mp.mpf(1) / 10), (mp.mpf(9) / 5, mp.mpf(1) / 5)
    return mp.fsum(
        positives[own] * negatives[other]
        * mp.log1p((ratios[other] / ratios[own]) ** sharpness)
        for own, other in product((0, 1), repeat=2)
    )  # fmt: skip


def without_replacement() -> Refutation:
    mp = many_digits()
    information = mp.log(2) + (9 * mp.log(9) - 10 * mp.log(10)) / 10
    fair, other = (mp.mpf(1) / 2, mp.mpf(1) / 2), (mp.mpf(1) / 10, mp.mpf(9) / 10)
    certified = {s: mp.log(2) - two_keys(other, s) for s in (1, 2)}
    drawn = max(mp.log(2) - two_keys(fair, s) for s in (1, 2))
    return Refutation(
        claimed=Measured("information minus what the log-ratio certifies",
                         information - certified[1]),
        corrected=Measured("information minus what is certified by independent draws",
                           information - drawn),
        numbers=(
            Measured("$I(x; y)$, in nats", information),
            Measured("certified, the negative always of the other instance", certified[1]),
            Measured("the same, by twice the log-ratio", certified[2]),
            Measured("certified, instances drawn with replacement", drawn),
        ),
    )  # fmt: skip


WITHOUT_REPLACEMENT = Erratum(
    id="negatives-of-a-finite-set",
    said="The other samples of a batch are valid negatives, for free",
    claim="Positives of other samples in the batch are draws from the marginal, independent of "
    "the anchor: the bound on the mutual information holds for the loss over a batch.",
    believed="For a stream of independent pairs it is so. Data sets are finite, and loaders go "
    "through them in epochs, so that no sample meets itself in a batch.",
    corrected="It needs independent pairs. Where a batch is drawn without replacement the "
    "negatives are of other instances only, which the marginal is not; the loss can fall below "
    "the bound. For data sets that are large beside the batch the difference is small.",
    instance="Two instances, $x$ names one, and $y$ names it rightly nine times in ten. Two keys: "
    "the negative is always of the other instance.",
    counterexample=without_replacement,
    theorems=("infonce-bound",),
    references=(POOLE,),
)


def candidates(pairs: int, own_kind: int) -> int:
    """The sum under NT-Xent's logarithm, over the positive: all captions score as the image's own,
    and images score `own_kind` times as much with images."""
    return 1 + (pairs - 1) + own_kind * (pairs - 1)


def two_kinds() -> Refutation:
    sizes = range(2, 65)
    claimed = max(Fraction(2 * n - 1, candidates(n, 0)) for n in sizes)
    corrected = max(Fraction(n, candidates(n, kind)) for n in sizes for kind in (0, 1, 2))
    return Refutation(
        claimed=Measured(r"$e^I$ minus the greatest $(2N - 1)e^{-L}$", 1 - claimed),
        corrected=Measured("$e^I$ minus the greatest $Ne^{-L}$", 1 - corrected),
        numbers=(
            Measured("$e^I$: images and captions are independent", 1),
            Measured("$e^L$ with 64 pairs", candidates(64, 0)),
            Measured("$(2N - 1)e^{-L}$ with 64 pairs", Fraction(127, candidates(64, 0))),
        ),
    )


TWO_KINDS = Erratum(
    id="nt-xent-of-two-kinds",
    said="NT-Xent certifies information between images and captions as between two crops",
    claim="Whatever the two views are, NT-Xent compares each with all others in the batch, and "
    r"bounds their mutual information by $\log(2N - 1) - L$, if not exactly then nearly.",
    believed="The views of a pair have one marginal wherever both are crops of one picture, and "
    "then the excess of $2N - 1$ vanishes as batches grow.",
    corrected="It needs equal marginals, which images and captions have not: a critic that only "
    "tells the kinds apart throws out half of the keys, and seems to certify up to "
    r"$\log 2$ nats of nothing. $\log N - L$ is a bound for any two kinds, and so is CLIP's loss, "
    "which compares across kinds only.",
    instance="Images and captions that are independent. The critic gives all pairs of an image "
    "and a caption one score, and minus infinity to two of a kind. Batches of 2 to 64 pairs.",
    counterexample=two_kinds,
    theorems=("infonce-bound",),
)


# -- ceilings -------------------------------------------------------------------------------------


def loss_of_signs(u: tuple[int, ...], v: tuple[int, ...], base: int) -> Fraction:
    """e^(KL) of K pairs of directions on a line, where e^(1/temperature) is the base."""
    found = Fraction(1)
    for own, partner in zip(u, v, strict=True):
        found *= sum(Fraction(base) ** (own * key - own * partner) for key in v)
    return found


def above_log_k() -> Refutation:
    base, signs = 4, list(product((1, -1), repeat=2))
    found = {(u, v): loss_of_signs(u, v, base) for u, v in product(signs, repeat=2)}
    worst = max(found.values())
    return Refutation(
        claimed=Measured("$e^{2\\log 2}$ minus the greatest $e^{2L}$", 4 - worst),
        corrected=Measured(r"$(1 + (K - 1)e^{2/\tau})^2$ minus the greatest $e^{2L}$",
                           (1 + base**2) ** 2 - worst),
        numbers=(
            Measured("batches tried", len(found)),
            Measured("$e^{2L}$ where all directions are one", found[(1, 1), (1, 1)]),
            Measured("the greatest $e^{2L}$", worst),
            Measured("that loss, in nats", many_digits().log(int(worst)) / 2),
        ),
    )  # fmt: skip


ABOVE_LOG_K = Erratum(
    id="log-k-as-ceiling-of-the-loss",
    said=r"The InfoNCE loss is at most $\log K$",
    claim=r"The loss lies between zero and its ceiling $\log K$, which it approaches as the "
    "temperature grows.",
    believed=r"A critic that says nothing has the loss $\log K$, and an untrained network is near "
    r"it. And what the loss certifies has the ceiling $\log K$.",
    corrected=r"$\log K$ is the loss of a critic that is constant. A critic that is wrong has a "
    r"larger one: with cosines over $\tau$ up to $\log(1 + (K - 1)e^{2/\tau})$. A loss above "
    r"$\log K$ is no error in the code; it says that a positive scores less, on average, than the "
    "logarithm of the mean exponential of its keys.",
    instance=r"Two pairs of directions on a line, all sixteen choices of signs, $e^{1/\tau} = 4$.",
    counterexample=above_log_k,
    theorems=("infonce-bound",),
)


def certified_by_cosines(keys: int, temperature: Fraction) -> Any:
    """log K minus the least loss of a batch of K: partners agree, and their directions are the
    corners of a simplex."""
    mp = many_digits()
    gap = mp.mpf(keys) / (keys - 1) / mp.convert(temperature)
    return mp.log(keys) - mp.log1p((keys - 1) * mp.exp(-gap))


def certificate() -> Refutation:
    mp, temperatures = many_digits(), [Fraction(1, 2), Fraction(1, 5), Fraction(1, 10)]
    sizes = [2**k for k in range(1, 17)]
    found = {t: [certified_by_cosines(k, t) for k in sizes] for t in temperatures}
    warm = found[temperatures[0]]
    gained = warm[11] - warm[3]
    return Refutation(
        claimed=Measured(r"what 4096 keys certify more than 16, minus $\log 256$, at $\tau = "
                         r"\frac12$", gained - mp.log(256)),
        corrected=Measured(r"least of $1/\tau$ minus what is certified",
                           min(1 / mp.convert(t) - max(found[t]) for t in temperatures)),
        numbers=(
            Measured("certified by 16 keys, in nats", warm[3]),
            Measured("certified by 4096 keys", warm[11]),
            Measured(r"$\log 4096$", mp.log(4096)),
        ),
        picture=Picture(
            "The most that cosines over τ can certify in a batch",
            ("keys, K", "nats certified"),
            {
                "log K": tuple((float(k), float(mp.log(k))) for k in sizes),
                **{f"τ = {float(t):.1f}": tuple((float(k), float(x))
                   for k, x in zip(sizes, found[t], strict=True)) for t in temperatures},
            },
        ),
    )  # fmt: skip


CERTIFICATE = Erratum(
    id="larger-batches-raise-the-ceiling",
    said="Larger batches raise the information that a contrastive loss can certify",
    claim=r"The certificate $\log K - L$ is capped by $\log K$: who wants to certify more takes "
    "more keys.",
    believed="For an unbounded critic it is so.",
    corrected=r"Cosines over $\tau$ are bounded: no batch certifies more than $1/\tau$ nats, "
    "whatever $K$, and no batch of $K$ more than $\\log K - \\log(1 + (K - 1)e^{-K/((K - 1)\\tau)})"
    "$. Where the temperature binds, more keys add next to nothing.",
    instance=r"The best batch that there is: partners agree and directions are the corners of a "
    r"simplex, at $\tau = \frac12$, the temperature in many an example, where 2 nats are the most.",
    counterexample=certificate,
    theorems=("infonce-bound", "wang-isola"),
)


# -- what is estimated ----------------------------------------------------------------------------


def missed(values: int, keys: int) -> Any:
    """I - I_K where y is x, and x is one of so many values with even chances: the mean log of the
    keys that are equal to x, over K, and of the values."""
    mp, p, others = many_digits(), many_digits().mpf(1) / values, keys - 1
    weight, found = (1 - p) ** others, mp.mpf(0)
    for equal in range(1, others + 1):
        weight *= (others - equal + 1) * p / (equal * (1 - p))
        found += weight * mp.log1p(equal)
        if equal > 2 * others * p and weight < mp.eps:
            break
    return mp.log(values) - mp.log(keys) + found


def exponential_keys() -> Refutation:
    mp, bits = many_digits(), (4, 8, 12, 16, 20)
    told = 20 * mp.log(2)
    keys = int(1000 * told)
    gap = missed(2**20, keys)
    needed = [2 ** (b + 2) for b in bits]
    return Refutation(
        claimed=Measured("a tenth of a nat, minus what is missed", mp.mpf(1) / 10 - gap),
        corrected=Measured(r"$\log(1 + \chi^2/K)$ minus what is missed",
                           mp.log1p(mp.mpf(2**20 - 1) / keys) - gap),
        numbers=(
            Measured("information of 20 bits, in nats", told),
            Measured("keys, a thousand for each nat", keys),
            Measured("nats that the best critic misses", gap),
            Measured(r"$\log K$, above which nothing is certified", mp.log(keys)),
            *(Measured(f"missed of {b} bits with ${k}$ keys, four for each value", missed(2**b, k))
              for b, k in zip(bits[::2], needed[::2], strict=True)),
        ),
        picture=Picture(
            "What InfoNCE misses of the information at its best critic",
            ("keys, K", "nats missed"),
            {f"{b} bits": tuple((float(k), float(missed(2**b, k)))
                                for k in (2 ** (j * (b + 2) // 6) for j in range(7)))
             for b in bits[:4]},
        ),
    )  # fmt: skip


EXPONENTIAL_KEYS = Erratum(
    id="infonce-without-the-exponent",
    said="InfoNCE avoids the exponential difficulty of estimating information",
    claim="Densities are hard to estimate in many dimensions; the loss needs their ratio only, "
    "which is simpler. So the keys, and samples, that it needs grow moderately with the "
    "information.",
    believed="The ratio may be simple indeed. But what is averaged is its logarithm, and the loss "
    "meets large ratios only where a batch is large.",
    corrected=r"$I - I_K \le \log(1 + \chi^2/K)$, and about $\chi^2/2K$ for many keys; and "
    r"$I_K \le \log K$: at least $e^I$ keys are needed to certify $I$. For Gaussian vectors "
    r"$\chi^2 = e^{2I} - 1$. No bound that holds with confidence for every law "
    "does better from $N$ samples than the order of $\\log N$.",
    instance="$y = x$, one of $2^{20}$ values with even chances, and the best critic there is. The "
    "constant tried is a thousand keys for each nat; more bits defeat a greater one.",
    counterexample=exponential_keys,
    theorems=("infonce-bound", "mutual-information"),
    references=(MCALLESTER_STRATOS, POOLE),
)


def calibrated_logit() -> Refutation:
    joint = {(x, y): Fraction(2 if x == y else 1, 6) for x, y in product((0, 1), repeat=2)}
    ratio = {pair: p / Fraction(1, 4) for pair, p in joint.items()}
    share = Fraction(1, 5)  # of positives in the pool: four negatives for each
    odds = {pair: share * p / ((1 - share) * Fraction(1, 4)) for pair, p in joint.items()}
    return Refutation(
        claimed=Measured("minus the largest difference of odds and ratio",
                         -max(abs(odds[c] - ratio[c]) for c in joint)),
        corrected=Measured("minus the same, of odds times $(1 - \\pi)/\\pi$",
                           -max(abs(odds[c] * (1 - share) / share - ratio[c]) for c in joint)),
        numbers=(
            Measured("ratio $p(x, y)/p(x)p(y)$ of an equal pair", ratio[0, 0]),
            Measured("odds that such a pair is positive", odds[0, 0]),
            Measured("share of positives, $\\pi$", share),
        ),
    )  # fmt: skip


CALIBRATED_LOGIT = Erratum(
    id="logit-of-a-calibrated-classifier",
    said="The logit of a calibrated classifier of pairs is the log-ratio",
    claim="Pool positives with negatives, train a classifier that is calibrated, and its logit is "
    r"$\log\frac{p(x, y)}{p(x)\,p(y)}$.",
    believed="With as many negatives as positives it is.",
    corrected=r"It is the log-ratio plus $\log\frac{\pi}{1 - \pi}$, with the share $\pi$ of "
    "positives. With $M$ negatives for each positive, $\\log M$ has to be added to get the ratio. "
    "The softmax of InfoNCE has no such term, and an unknown one of its own: any function of the "
    "anchor.",
    instance="Two bits that agree twice in three times, and four negatives for each positive.",
    counterexample=calibrated_logit,
    theorems=("density-ratio", "infonce-bound"),
)

CONTRASTIVE = (
    NT_XENT_KEYS,
    WITHOUT_REPLACEMENT,
    TWO_KINDS,
    ABOVE_LOG_K,
    CERTIFICATE,
    EXPONENTIAL_KEYS,
    CALIBRATED_LOGIT,
)
