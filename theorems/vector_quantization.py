r"""Vector quantization: two distances with one value, each of which moves one side.

The definition, oracle and claims are in `quantized_codes`.

## Reference

* A. van den Oord, O. Vinyals, K. Kavukcuoglu, *Neural discrete representation learning*, 2017.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .picture import Picture
from .quantized_codes import VQ, Codes, nearest, oracle
from .symbolic import sp
from .theorem import Assumption, Step, Theorem, identity

__all__ = ["VECTOR_QUANTIZATION"]


# -- proof ----------------------------------------------------------------------------------------


def proof() -> Iterator[Step]:
    z, e, held_z, held_e = sp.symbols("z e u v", real=True)
    beta = sp.Symbol("beta", positive=True)
    loss = (held_z - e) ** 2 + beta * (z - held_e) ** 2
    there = {held_z: z, held_e: e}
    yield identity(
        "the row is moved by the commitment term alone",
        sp.diff(loss, z).subs(there), 2 * beta * (z - e),
        slip=2 * (1 + beta) * (z - e), slip_words="nothing held",
        tex=r"\nabla_z L = 2\beta(z - e)", scope="per entry",
    )  # fmt: skip
    yield identity(
        "the code by the other alone",
        sp.diff(loss, e).subs(there), 2 * (e - z),
        slip=2 * beta * (e - z), slip_words="beta on the codebook's term",
        tex=r"\nabla_e L = 2(e - z)", scope="per entry",
    )  # fmt: skip
    yield identity(
        "the value tells nothing of which is which",
        sp.expand(loss.subs(there)), sp.expand((1 + beta) * (z - e) ** 2),
        slip=sp.expand((z - e) ** 2), slip_words="one term for two",
        tex=r"L = (1 + \beta)(z - e)^2", scope="per entry",
    )  # fmt: skip
    through = z + (held_e - held_z)
    yield identity(
        "straight through: the value of the code",
        through.subs(there), e, slip=z, slip_words="the row itself, the wrong way round",
        tex=r"q = z + \overline{(e - z)} = e", scope="per entry",
    )  # fmt: skip
    yield identity(
        "and the gradient of the row",
        sp.diff(through, z), sp.Integer(1), slip=sp.Integer(0), slip_words="the code's own",
        tex=r"\partial q/\partial z = 1,\quad \partial q/\partial e = 0", scope="per entry",
    )  # fmt: skip
    a, b, n, m = sp.symbols("a b n m", positive=True)  # sums of n and m rows of one code
    where = sp.Symbol("x", real=True)
    pulled = 2 * (n * where - a) + 2 * (m * where - b)
    yield identity(
        "a code comes to rest at the mean of its rows, as in k-means",
        sp.expand(pulled.subs(where, (a + b) / (n + m))), sp.Integer(0),
        slip=sp.expand(pulled.subs(where, (a / n + b / m) / 2)),
        slip_words="the mean of means",
        tex=r"\nabla_{e_k} L = 0 \iff e_k = \tfrac1{n_k}\textstyle\sum_{k(i) = k}z_i",
        scope="two groups of rows",
    )  # fmt: skip


# -- assumptions ----------------------------------------------------------------------------------

APART = Codes(((1.0,), (-0.5,)), ((2.0,), (-1.0,)), 0.25)


def with_beta_on_the_other_term() -> float:
    """The same value, and another gradient of the rows."""
    right, wrong = oracle(APART), oracle(APART, "codebook")
    return -float(np.abs(right.gradient[0] - wrong.gradient[0]).max())


def with_a_tie() -> float:
    """A row halfway between two codes: either is nearest, and they are not the same."""
    one, other = (
        nearest(((0.0,),), codebook)[0] for codebook in (((1.0,), (-1.0,)), ((-1.0,), (1.0,)))
    )
    codes = ((1.0,), (-1.0,))[one], ((-1.0,), (1.0,))[other]
    return -abs(codes[0][0] - codes[1][0])


# -- picture --------------------------------------------------------------------------------------


def picture() -> Picture:
    """One row on its way past two codes: the loss, and what pulls at it."""
    places = [k / 16 for k in range(-31, 32)]  # never halfway, where either code is nearest
    found = [(x, oracle(Codes(((x + 1 / 64,),), ((1.0,), (-1.0,)), 0.5))) for x in places]
    return Picture(
        "One row between two codes, at -1 and 1, beta a half", ("the row", "loss, and its slopes"),
        {
            "loss": tuple((x, float(truth.value[0])) for x, truth in found),
            "slope in the row": tuple((x, float(t.gradient[0][0, 0]) - 1) for x, t in found),
            "slopes in the codes": tuple((x, float(t.gradient[1].sum())) for x, t in found),
        },
    )  # fmt: skip


VECTOR_QUANTIZATION = Theorem(
    id="vector-quantization",
    title="Vector quantization: one distance, two gradients",
    intuition="Each row is replaced by the nearest code. Codes should come to their rows, and rows "
    "should stay with their codes; but not at the same rate, so the distance is written twice, and "
    "each copy moves one side. To pick a code has no slope, so the decoder's gradient is handed to "
    "the row as if nothing had happened in between.",
    statement=r"With $k(i) = \arg\min_k\lvert z_i - e_k\rvert$, $q_i = e_{k(i)}$ and a bar for "
    r"what has no gradient, $L = \frac1{nd}\sum_i(\lvert\bar z_i - q_i\rvert^2 + \beta\lvert z_i - "
    r"\bar q_i\rvert^2)$ has the value $\frac{1+\beta}{nd}\sum_i\lvert z_i - q_i\rvert^2$ and the "
    r"gradients $\nabla_{z_i}L = \frac{2\beta}{nd}(z_i - q_i)$ and $\nabla_{e_k}L = \frac2{nd}"
    r"\sum_{k(i)=k}(e_k - z_i)$, so that $\sum_i\nabla_{z_i}L = -\beta\sum_k\nabla_{e_k}L$. A code "
    r"rests at the mean of its rows. The quantized row $z_i + \overline{(q_i - z_i)}$ has the "
    r"value $q_i$ and the gradient of $z_i$.",
    proof_words="Differentiate with the held parts fixed, and put them in their places afterwards.",
    assumptions=(
        Assumption(
            words="beta is on the commitment term",
            fails="gradient: on the other term the value is the same, and rows move by 1/beta",
            without=with_beta_on_the_other_term,
        ),
        Assumption(
            words="no row has two nearest codes",
            fails="of the codebook: the order of the codes decides",
            without=with_a_tie,
        ),
        Assumption(
            words="codes are learnt by gradient",
            unknown="codes that follow by moving averages have no term in the loss; they are "
            "another contract's",
        ),
    ),
    references=(
        (
            "A. van den Oord, O. Vinyals and K. Kavukcuoglu, Neural discrete representation "
            "learning, NeurIPS 2017"
        ),
    ),
    proof=proof,
    families=(VQ,),
    picture=picture,
)  # fmt: skip
