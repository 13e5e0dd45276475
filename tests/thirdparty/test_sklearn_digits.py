"""scikit-learn's handwritten digits through two numbers: a tanh network beside the best plane, each
held to what always holds of it."""

from functools import cache

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPRegressor
from thirdparty.subjects import judged

from tightframe.checks import handwriting
from tightframe.checks.reconstructions import largest, look
from tightframe.implementations.autoencoder_networks import trained

pytestmark = pytest.mark.thirdparty

ROWS, WIDE, CODE = 400, 32, 2


@cache
def digits():
    return torch.from_numpy(load_digits().data[:ROWS])


def network(d, k):
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(d, WIDE), nn.Tanh(), nn.Linear(WIDE, k),
        nn.Linear(k, WIDE), nn.Tanh(), nn.Linear(WIDE, d),
    )  # fmt: skip


@cache
def reconstructed():
    """The network and its loss after training; the spectrum of the digits."""
    x = digits()
    net = trained(network, x, CODE, steps=600, rate=0.01, double=True)
    loss = float(((net(x) - x) ** 2).sum(dim=1).mean().detach())
    centred = (x - x.mean(dim=0)).numpy()
    return net, loss, np.linalg.svd(centred, compute_uv=False) ** 2 / ROWS


def test_the_digits_of_the_book_are_the_first_that_scikit_learn_returns():
    x, names = handwriting.digits()
    assert np.array_equal(x, load_digits().data[: len(x)])
    assert np.array_equal(names, load_digits().target[: len(x)])


def test_a_curved_decoder_gets_below_the_floor_of_all_planes_on_real_digits():
    _, loss, variances = reconstructed()
    assert 0 < loss < variances[CODE:].sum() < variances.sum()


def test_two_numbers_pass_and_each_digit_is_reconstructed_by_itself():
    net, _, _ = reconstructed()
    some = digits()[:20]
    seen = look(net, some, net(some).detach().numpy())
    singular = np.linalg.svd(seen.jacobians, compute_uv=False)
    assert singular[:, CODE:].max() < 1e-12 * largest(seen.jacobians)
    assert max(seen.company, seen.again) < 1e-12 * largest(seen.cloud)


def test_two_numbers_tell_digits_apart_better_along_curves_than_on_the_plane():
    """By the share of digits whose nearest neighbour among the codes is the same digit."""
    net, _, _ = reconstructed()
    x = digits()
    centred = x - x.mean(dim=0)
    plane = centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:CODE].T
    size = float((centred**2).mean().sqrt())
    curved = net.net[:3]((x - net.mean) / size).detach()
    names = load_digits().target[:ROWS]

    def told_apart(codes):
        distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
        return float(np.mean(names[distances.argmin(dim=1).numpy()] == names))

    assert told_apart(curved) > told_apart(plane) + 0.05 > 0.4


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_regressor_onto_its_own_input_is_upheld_as_far_as_numbers_without_a_gradient_tell():
    def train(x, k):
        rows = x.numpy()
        widths = {"hidden_layer_sizes": (4, k, 4), "activation": "tanh"}
        return MLPRegressor(**widths, max_iter=30, random_state=0).fit(rows, rows).predict

    result = judged(train, "autoencoder")
    assert str(result.ruling.value) == "upheld"
    assert [v.claim for v in result.verdicts if v.ruling.value == "inconclusive"] == ["rank"]
