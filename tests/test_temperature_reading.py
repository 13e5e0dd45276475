"""A temperature is too small or too large for a batch by the batch's own entropy, by no band."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

import tightframe
from tightframe.implementations.catalogue import CONTRACTS
from tightframe.theorems.catalogue import FLOORS
from tightframe.theorems.temperature import picture
from tightframe.theorems.temperature_reading import LARGE, Confidence

Tensor = torch.Tensor


def views(n: int = 24, d: int = 4, noise: float = 0.7, seed: int = 0) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(n, d, generator=draw, dtype=torch.float64)
    return z, z + noise * torch.randn(n, d, generator=draw, dtype=torch.float64)


LABELS = torch.arange(8).repeat(6)
X, Y = views()
BATCHES: dict[str, tuple[Any, ...]] = {
    "nt-xent": (X, Y),
    "info-nce": (X, Y),
    "info-nce-explicit": (X, Y, views(40, seed=1)[0]),
    "moco": (X, Y, views(40, seed=1)[0]),
    "clip": (0.4 * X, 0.4 * Y),
    "supcon": (torch.cat([views(8, seed=2)[0]] * 6) + 0.9 * views(48, seed=3)[0], LABELS),
}


def loss_of(contract: str, temperature: float) -> float:
    """By our coding of the loss in torch, which knows of no entropy."""
    found, *_ = CONTRACTS[contract].references.values()
    return float(found(*BATCHES[contract], 1 / temperature if contract == "clip" else temperature))


@pytest.mark.parametrize("contract", BATCHES)
@pytest.mark.parametrize("temperature", [0.01, 0.1, 3.0])
def test_the_loss_is_the_contract_s_and_its_slope_is_the_entropy_less_the_loss(
    contract: str, temperature: float
) -> None:
    found = tightframe.temperature(contract, *BATCHES[contract], temperature=temperature)
    assert abs(found.loss - loss_of(contract, temperature)) <= 1e-13 * (1 / temperature + 1)
    step = 1e-4
    ends = [loss_of(contract, temperature * math.exp(sign * step)) for sign in (1, -1)]
    assert abs(found.slope - (ends[0] - ends[1]) / (2 * step)) <= 1e-5 * (1 / temperature + 1)


@pytest.mark.parametrize("contract", BATCHES)
def test_it_rests_where_a_search_finds_the_least_loss(contract: str) -> None:
    least = minimize_scalar(
        lambda t: loss_of(contract, math.exp(t)), bounds=(-6, 4), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    small, large = (
        tightframe.temperature(contract, *BATCHES[contract], temperature=math.exp(least.x) * f)
        for f in (0.5, 2.0)
    )
    assert (small.confidence, large.confidence) == (Confidence.OVER, Confidence.UNDER)
    for found in (small, large):
        assert found.rest == pytest.approx(math.exp(least.x), rel=1e-5)
        assert found.loss >= least.fun
    at_rest = tightframe.temperature(contract, *BATCHES[contract], temperature=small.rest)
    assert abs(at_rest.slope) < 1e-10


def test_two_keys_that_are_mistaken_once_in_four_rest_at_the_log_of_three() -> None:
    """Three queries in four are like their positive, one is like the other key: the posterior's
    odds are three to one, and the gap of the cosines is two."""
    a, b = [1.0, 0.0], [-1.0, 0.0]
    query, positive = np.array([a, a, a, b]), np.array([a, a, a, a])
    found = tightframe.temperature("info-nce-explicit", query, positive, [b], temperature=1.0)
    assert found.rest == pytest.approx(2 / math.log(3), rel=1e-10)
    assert found.confidence is Confidence.OVER
    at_rest = tightframe.temperature(
        "info-nce-explicit", query, positive, [b], temperature=2 / math.log(3)
    )
    assert at_rest.confidence is Confidence.RIGHT
    assert at_rest.loss == pytest.approx(math.log(4) - 0.75 * math.log(3), rel=1e-14)


@pytest.mark.parametrize("temperature", [1e-3, 0.02, 0.5, 10.0])
def test_separated_views_blame_no_temperature(temperature: float) -> None:
    x, y = views(24, 16, noise=0.1)
    found = tightframe.temperature("nt-xent", x, y, temperature=temperature)
    assert (found.confidence, found.rest) == (Confidence.SEPARATED, 0.0)
    assert "neither too small nor too large" in str(found)


@pytest.mark.parametrize("temperature", [1e-3, 0.1, 10.0])
def test_without_the_positive_in_the_denominator_the_loss_has_no_least(temperature: float) -> None:
    """Also where a row's nearest key is not its positive: only the mean counts."""
    x, y = views(24, 16, noise=0.3)
    y[0] = x[1]
    how = {"temperature": temperature, "positive_in_denominator": "no"}
    found = tightframe.temperature("nt-xent", x, y, **how)  # type: ignore[arg-type]
    assert (found.confidence, found.rest) == (Confidence.AHEAD, 0.0)
    assert "falls without end" in str(found)
    coupled = tightframe.temperature("nt-xent", x, y, temperature=temperature)
    assert coupled.confidence in (Confidence.OVER, Confidence.UNDER)


@pytest.mark.parametrize("temperature", [1e-12, 1e12, 1e300])
def test_a_temperature_beyond_all_use_has_the_same_rest(temperature: float) -> None:
    least = tightframe.temperature("nt-xent", X, Y, temperature=1.0).rest
    found = tightframe.temperature("nt-xent", X, Y, temperature=temperature)
    assert found.confidence is (Confidence.OVER if temperature < 1 else Confidence.UNDER)
    assert found.rest == pytest.approx(least, rel=1e-10)


def test_long_embeddings_rest_as_much_warmer() -> None:
    """CLIP's products are not divided by norms: scores of millions have their temperature too."""
    rests = [
        tightframe.temperature("clip", s * X, s * Y, temperature=0.07 * s).rest
        for s in (1, 1e3, 1e-3)
    ]
    assert rests[0] is not None
    assert rests[1:] == pytest.approx([rests[0] * 1e6, rests[0] / 1e6], rel=1e-9)


def test_a_learned_temperature_and_a_single_query_are_read() -> None:
    learned = torch.nn.Parameter(torch.tensor(0.25, dtype=torch.float64))
    one = tightframe.temperature("moco", X[:1], Y[:1], Y[1:], temperature=learned)  # type: ignore[arg-type]
    assert one.temperature == 0.25
    assert one.keys == len(X)
    assert tightframe.floor("nt-xent", n=4, temperature=learned) == tightframe.floor(
        "nt-xent", n=4, temperature=0.25
    )


@pytest.mark.parametrize("temperature", [1e-3, 0.1, 10.0])
def test_pairs_that_are_shifted_by_one_are_blamed_and_not_the_temperature(
    temperature: float,
) -> None:
    x, y = views(24, 16, noise=0.1)
    y = y - 0.2 * x.roll(-1, 0)
    found = tightframe.temperature("info-nce", x, y.roll(1, 0), temperature=temperature)
    assert (found.confidence, found.rest) == (Confidence.LOST, math.inf)
    assert "what is paired with what" in str(found)


def test_a_collapsed_batch_is_lost_at_every_temperature() -> None:
    for temperature in (1e-3, 0.1, 10.0):
        found = tightframe.temperature("nt-xent", *[np.ones((6, 3))] * 2, temperature=temperature)
        assert found.confidence is Confidence.LOST
        assert found.loss == pytest.approx(math.log(11), rel=1e-14)
        assert found.choices == pytest.approx(11)


def test_a_large_batch_is_read_by_tiles_and_says_the_same() -> None:
    x, y = views(LARGE + 1, 6, seed=4)
    tiles = tightframe.temperature("nt-xent", x, y, temperature=0.1, rest=False)
    u = torch.nn.functional.normalize(torch.cat([x, y]), dim=1)
    scores = (u @ u.T / 0.1).fill_diagonal_(-torch.inf)
    logs = scores.log_softmax(1)
    entropy = -(logs.exp() * logs.nan_to_num(neginf=0.0)).sum(1).mean()
    assert abs(tiles.entropy - float(entropy)) < 1e-12
    positives = torch.cat([logs.diagonal(len(x)), logs.diagonal(-len(x))])
    assert abs(tiles.loss + float(positives.mean())) < 1e-12
    assert tiles.keys == 2 * LARGE + 1
    assert tiles.rest is None


def test_conventions_are_taken_and_read_in_words() -> None:
    x, y = (z.float().requires_grad_() for z in views())
    one, both = (
        tightframe.temperature("info-nce", x, y, temperature=0.1, direction=d)
        for d in ("one", "both")
    )
    assert one.loss != both.loss
    decoupled = tightframe.temperature(
        "nt-xent", x, y, temperature=0.1, positive_in_denominator="no"
    )
    assert decoupled.keys == 2 * len(x) - 2
    words = str(tightframe.temperature("nt-xent", x, y, temperature=0.05))
    assert "temperature 0.05: too small for this batch" in words
    assert "of 47 keys" in words
    assert "the loss of this batch is least at" in words


@pytest.mark.parametrize(
    ("error", "words", "call"),
    [
        (LookupError, "'clip'", lambda: tightframe.temperature("siglip", X, Y, temperature=1.0)),
        (ValueError, "two tables of one shape",
         lambda: tightframe.temperature("nt-xent", X, Y[1:], temperature=1.0)),
        (ValueError, "no direction",
         lambda: tightframe.temperature("nt-xent", X, 0 * Y, temperature=1.0)),
        (ValueError, "no inverse or logarithm",
         lambda: tightframe.temperature("nt-xent", X, Y, temperature=-2.3)),
        (ValueError, "direction",
         lambda: tightframe.temperature("info-nce", X, Y, temperature=1.0, direction="bth")),
        (ValueError, "a positive number, at most",
         lambda: tightframe.temperature("nt-xent", X, Y, temperature="0.5")),  # type: ignore[arg-type]
        (ValueError, "scores that are finite at temperature",
         lambda: tightframe.temperature("nt-xent", X, Y, temperature=1e-320)),
        (ValueError, "a norm of 0 in row 3",
         lambda: tightframe.temperature("info-nce", X * (torch.arange(24) != 3)[:, None], Y,
                                        temperature=1.0)),
        (ValueError, "could not convert string",
         lambda: tightframe.temperature("clip", [["a"]], Y, temperature=1.0)),
        (ValueError, "2 rows or more",
         lambda: tightframe.temperature("nt-xent", X[:1], Y[:1], temperature=1.0)),
        (ValueError, "keys beside their positive",
         lambda: tightframe.temperature("moco", X, Y, X[:0], temperature=1.0)),
        (TypeError, "expected: nt-xent with z1, z2",
         lambda: tightframe.temperature("nt-xent", X, temperature=1.0)),
        (TypeError, "too many positional",
         lambda: tightframe.temperature("nt-xent", X, Y, Y, temperature=1.0)),
        (TypeError, "temprature",
         lambda: tightframe.temperature("nt-xent", X, Y, temperature=1.0, temprature="x")),
        (ValueError, "transpose a queue",
         lambda: tightframe.temperature("moco", X, Y, X.T, temperature=1.0)),
        (ValueError, "one label for each row",
         lambda: tightframe.temperature("supcon", X, [1, 1], temperature=1.0)),
        (ValueError, "a loss of nan",
         lambda: tightframe.temperature("clip", X * math.nan, Y, temperature=1.0)),
        (ValueError, "a label that two rows share",
         lambda: tightframe.temperature("supcon", X, torch.arange(24), temperature=1.0)),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_remedy(error: Any, words: str, call: Any) -> None:
    with pytest.raises(error, match=words):
        call()


FLOORED: dict[str, dict[str, Any]] = {
    "nt-xent": {"n": 4, "temperature": 0.5},
    "info-nce": {"n": 4, "temperature": 0.5},
    "info-nce-explicit": {"negatives": 4, "temperature": 0.5},
    "moco": {"negatives": 4, "temperature": 0.5},
    "supcon": {"classes": 3, "rows": 2, "temperature": 0.5},
    "clip": {"n": 4, "logit_scale": 2.0, "reach": 1.0},
    "siglip": {"n": 4, "logit_scale": 2.0, "logit_bias": -1.0, "reach": 1.0},
    "uniformity": {"n": 4, "d": 3, "t": 2.0},
}


@pytest.mark.parametrize("contract", FLOORS)
def test_a_floor_of_sizes_that_are_none_is_refused_by_the_name_of_the_size(contract: str) -> None:
    """Never a number that is none, nor one below which correct losses are."""
    sizes = FLOORED[contract]
    assert math.isfinite(tightframe.floor(contract, **sizes))
    for name in sizes:
        for bad in (math.nan, math.inf, "2", None, 0 if name in ZERO_IS_NONE else -math.inf):
            with pytest.raises(
                ValueError, match=f"expected: {name}, a (.|\\n)*received(.|\\n)*remedy"
            ):
                tightframe.floor(contract, **(sizes | {name: bad}))
    with pytest.raises(TypeError, match=f"expected: {contract} with (.|\\n)*'batch'"):
        tightframe.floor(contract, **sizes, batch=3)


ZERO_IS_NONE = {"n", "d", "negatives", "classes", "rows", "temperature", "t", "reach"}


@pytest.mark.parametrize(
    ("contract", "sizes", "words"),
    [
        ("nt-xent", {"n": 1, "temperature": 0.1}, "of one alone nothing is compared"),
        ("nt-xent", {"n": 2.5, "temperature": 0.1}, "a whole number"),
        ("nt-xent", {"n": 4, "temperature": -1}, "no inverse or logarithm"),
        ("supcon", {"classes": 3, "rows": 1, "temperature": 0.5}, "one alone has no positive"),
        ("nt-xent", {"n": 4, "temperature": 0.1, "positive_in_denominator": "nope"}, "yes, no"),
        ("uniformity", {"n": 4, "d": 3, "pairs": "al"}, "i<j, all"),
        ("clip", {"n": 4, "logit_scale": -1.0}, "no logarithm"),
    ],
)
def test_a_floor_says_what_is_wrong_with_its_sizes(
    contract: str, sizes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        tightframe.floor(contract, **sizes)


def test_the_picture_s_curves_cross_where_the_loss_is_least() -> None:
    series = picture().series
    (loss, entropy) = (np.array(series[name]) for name in ("loss", "entropy of its soft-max"))
    least = loss[:, 1].argmin()
    crossed = np.flatnonzero(np.diff(np.sign(loss[:, 1] - entropy[:, 1])))
    assert len(crossed) == 1
    assert abs(least - crossed[0]) <= 1
    for bound in ("gap to the hardest key", "log K less the lead over the mean"):
        assert all(y <= dict(loss)[x] + 1e-12 for x, y in series[bound])
