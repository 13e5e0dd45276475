"""The bound of a contrastive loss on class means: floats, the logistic loss, and samples."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from tightframe.theorems.saunshi import Classes, collision, promised, supervised, unsupervised


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_holds_for_both_losses_written_with_arrays(seed: int) -> None:
    draw = np.random.default_rng(seed)
    classes, points, d = draw.integers(2, 5), draw.integers(1, 4), draw.integers(1, 4)
    rho = draw.dirichlet(np.ones(classes))
    f = draw.normal(size=(classes, points, d)) * draw.choice([0.3, 1, 3])
    own = np.einsum("cid,cjd->cij", f, f)
    cross = np.einsum("cid,ekd->ceik", f, f)
    margins = own[:, None, :, :, None] - cross[:, :, :, None, :]
    against = np.einsum("cid,ced->cei", f, f.mean(1)[:, None] - f.mean(1)[None])
    tau = float(np.sum(rho**2))
    weights = np.outer(rho, rho)
    for loss in (lambda v: np.maximum(0, 1 - v), lambda v: np.logaddexp(0, -v) / np.log(2)):
        left = float(np.sum(weights * loss(margins).mean((2, 3, 4))))
        tasks = float(np.sum((weights * loss(against).mean(2))[~np.eye(classes, dtype=bool)]))
        assert tasks / (1 - tau) <= (left - tau) / (1 - tau) + 1e-12
        if points == 1:
            assert tasks == pytest.approx(left - tau)


def test_drawn_triples_have_the_loss_that_all_triples_have() -> None:
    chances = (Fraction(1, 4), Fraction(3, 4))
    f = [[(1, 0), (1, 2)], [(-1, 1), (0, -2)]]
    model = Classes(chances, tuple(tuple(tuple(map(Fraction, r)) for r in c) for c in f))
    draw = np.random.default_rng(0)
    rows = np.array(f, float)
    c, other = (draw.choice(2, size=400_000, p=[0.25, 0.75]) for _ in "ab")
    x, y, z = (rows[k, draw.integers(0, 2, size=len(k))] for k in (c, c, other))
    hinges = np.maximum(0, 1 - np.sum(x * (y - z), axis=1))
    assert float(unsupervised(model)) == pytest.approx(hinges.mean(), abs=0.02)
    assert supervised(model) <= promised(model)


def test_ten_classes_collide_nearly_always_with_64_negatives() -> None:
    ten = (Fraction(1, 10),) * 10
    assert collision(ten) == Fraction(1, 10)
    assert float(collision(ten, 64)) == pytest.approx(1 - 0.9**64)


@pytest.mark.parametrize(("classes", "negatives"), [(2, 1), (3, 3), (4, 4)])
def test_the_chance_of_a_collision_is_that_of_all_draws(classes: int, negatives: int) -> None:
    draws = list(product(range(classes), repeat=negatives))
    hit = sum(0 in draw for draw in draws)
    assert collision((Fraction(1, classes),) * classes, negatives) == Fraction(hit, len(draws))


def test_of_its_own_views_a_loss_is_that_of_pairs() -> None:
    rows = np.array([[2, 0], [-2, 1], [0, 2], [1, -2]])
    exact = [tuple(map(Fraction, row)) for row in rows.tolist()]
    model = Classes((Fraction(1, 2),) * 2, (tuple(exact[:2]), tuple(exact[2:])))
    gram = rows @ rows.T
    pairs = np.maximum(0, 1 - np.diag(gram)[:, None] + gram)
    assert float(unsupervised(model, own=True)) == pairs.mean()
