r"""Masked reconstruction: what is removed is predicted from what is left.

The definition, oracle and claims are in `masked_loss`.

## Reference

* K. He et al., *Masked autoencoders are scalable vision learners*, 2022.
"""

from __future__ import annotations

from collections.abc import Iterator

from .masked_loss import MASKED_LOSS, Masked, oracle
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, identity

__all__ = ["MASKED_RECONSTRUCTION"]


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    a, b, g = sp.symbols("a b g", real=True)  # two values of a removed patch, and a guess
    w = sp.Symbol("w", positive=True)
    mean = w * a + (1 - w) * b
    spread = w * a**2 + (1 - w) * b**2 - mean**2
    yield identity(
        "of a removed patch the best guess is its mean, given the patches that are left",
        sp.expand(w * (a - g) ** 2 + (1 - w) * (b - g) ** 2), sp.expand(spread + (mean - g) ** 2),
        slip=sp.expand(spread + (a - g) ** 2), slip_words="the patch itself in place of its mean",
        tex=r"\mathbb{E}\bigl[(x - \hat x)^2 \mid \text{left}\bigr] = \operatorname{Var}(x \mid "
        r"\text{left}) + \bigl(\mathbb{E}[x \mid \text{left}] - \hat x\bigr)^2",
        scope="two values, every guess",
    )  # fmt: skip
    x, made, share = sp.symbols("x y m", real=True)
    yield identity(
        "a patch that is left pulls at nothing",
        sp.diff(share * (x - made) ** 2, made), 2 * share * (made - x),
        slip=2 * (made - x), slip_words="the mask forgotten",
        tex=r"\nabla_{\hat x_{ij}} L = \frac{2m_{ij}}{d\sum m}(\hat x_{ij} - x_{ij})",
        scope="per entry",
    )  # fmt: skip
    k, first, second = sp.symbols("k R S", positive=True)  # removed and other losses, summed
    n = sp.Symbol("N", positive=True)
    removed, seen = first / k, second / (n - k)
    yield identity(
        "counted over all patches, the removed ones get the share that was removed",
        (first + second) / n, sp.expand(k / n * removed) + (1 - k / n) * seen,
        slip=(removed + seen) / 2, slip_words="the two kinds counted alike",
        tex=r"L_{\text{all}} = \rho\,L_{\text{removed}} + (1 - \rho)\,L_{\text{left}}",
        scope="every number of patches",
    )  # fmt: skip
    one, other = sp.symbols("k_1 k_2", positive=True)
    loss, more = sp.symbols("l_1 l_2", real=True)
    pooled, by_sample = (one * loss + other * more) / (one + other), (loss + more) / 2
    yield identity(
        "sample by sample it is another mean, unless each has as many removed",
        pooled - by_sample, (one - other) * (loss - more) / (2 * (one + other)),
        slip=sp.Integer(0), slip_words="the two means taken for one",
        tex=r"\frac{k_1 l_1 + k_2 l_2}{k_1 + k_2} - \frac{l_1 + l_2}2 = "
        r"\frac{(k_1 - k_2)(l_1 - l_2)}{2(k_1 + k_2)}", scope="two samples",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------

COPIED = Masked((((1.0,), (2.0,)),), (((1.0,), (0.0,)),), ((0.0, 1.0),))  # what is left, and zero


def with_the_mask_inverted() -> float:
    """Code that copies what it is shown, and guesses nothing else, has no loss at all."""
    inverted = COPIED._replace(mask=((1.0, 0.0),))
    return float(oracle(inverted).value) - float(oracle(COPIED).value)


def with_all_patches_counted() -> float:
    """It has half the loss where all patches count."""
    return float(oracle(COPIED, "all").value) - float(oracle(COPIED).value)


def with_absolute_errors() -> float:
    """A patch that is 0, 0 or 3: its mean loses more than its median, which is zero."""
    return (0 + 0 + 3) / 3 - (1 + 1 + 2) / 3


MASKED_RECONSTRUCTION = Theorem(
    id="masked-reconstruction",
    title="Masked reconstruction: the best guess of what was removed",
    intuition="Cover most of a picture and ask for what is covered. To copy what is not covered is "
    "no feat, so it does not count; and the best one can do about the rest is to guess its mean, "
    "which is why such reconstructions are blurred where the picture could go on in many ways.",
    statement=r"With $m_{ij} = 1$ where patch j of sample i was removed, $L = \frac1{\sum m}"
    r"\sum_{ij}m_{ij}\frac1d\lvert x_{ij} - \hat x_{ij}\rvert^2$ has no gradient at the patches "
    r"that are left. Its mean over the data is least at $\hat x_{ij} = \mathbb{E}[x_{ij} \mid "
    r"\text{the patches that are left}]$, where it is the mean conditional variance. Over all "
    r"patches the loss is $\rho L + (1 - \rho)L_{\text{left}}$, $\rho$ being the share removed; "
    r"sample by sample it is the same mean only if each sample has as many patches removed.",
    proof_words="Write the guess as the conditional mean and what is off; the cross term averages "
    "out. The rest is counting.",
    assumptions=(
        Assumption(
            words="a one in the mask is a patch that was removed",
            fails="best guess: with the mask inverted a copy of what is seen is perfect",
            without=with_the_mask_inverted,
        ),
        Assumption(
            words="patches that are left do not count",
            fails="value: over all patches a copy of what is seen halves the loss",
            without=with_all_patches_counted,
        ),
        Assumption(
            words="errors are squared",
            fails="best guess: of absolute errors the median is better than the mean",
            without=with_absolute_errors,
        ),
        Assumption(
            words="some patch is removed",
            unknown="otherwise the mean is over nothing, 0/0",
        ),
    ),
    references=(
        (
            "K. He, X. Chen, S. Xie, Y. Li, P. Dollar and R. Girshick, Masked autoencoders are "
            "scalable vision learners, CVPR 2022"
        ),
    ),
    proof=proof,
    families=(MASKED_LOSS,),
)  # fmt: skip
