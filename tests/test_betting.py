"""Bets on bounded terms: false alarms as rare as promised, intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from tightframe.checks.betting import at_least, capital, ratio, shown


def rare(count: int, chance: float, seed: int) -> np.ndarray:
    """Of mean 0 and skew: the worst case for a normal approximation."""
    hit = np.random.default_rng(seed).random(count) < chance
    return np.where(hit, 1 - chance, -chance)


@pytest.mark.parametrize("chance", [0.5, 0.05, 0.002])
def test_a_fair_game_is_rarely_won_whenever_one_stops(chance: float) -> None:
    """At level 1/25, 400 games: 16 expected at the most, 34 with probability below 1e-4."""
    won = sum(shown(rare(500, chance, seed), 1 / 25).rows is not None for seed in range(400))
    assert won <= 34


def test_the_capital_of_a_fair_coin_is_one_on_average() -> None:
    """Over all 2**10 games, exactly: the martingale."""
    games = (np.arange(1024)[:, None] >> np.arange(10)) & 1
    mean = np.mean([np.exp(capital(2.0 * game - 1)) for game in games])
    assert mean == pytest.approx(1, rel=1e-12)


def test_a_positive_mean_is_shown_and_the_rows_after_that_do_not_matter() -> None:
    terms = np.random.default_rng(0).uniform(-0.8, 1, 5000)
    found = shown(terms, 1e-10)
    assert found.rows is not None
    assert found.rows < 2500
    assert found.progress == 1
    terms[found.rows :] = -1
    assert shown(terms, 1e-10) == found


def test_what_is_found_is_confirmed_on_rows_that_come_later() -> None:
    """However much there was in the first rows, nothing is shown before others say so too."""
    terms = np.concatenate([np.ones(60), np.full(400, -0.001)])
    found = shown(terms, 1e-10)
    assert found.rows is not None
    assert shown(terms[:30], 1e-10).rows is None
    assert shown(np.concatenate([np.ones(30), np.full(400, -0.5)]), 1e-10).rows is None


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = np.random.default_rng(1).uniform(-0.95, 1, 9000)
    whole = shown(terms, 1e-10)
    monkeypatch.setattr("tightframe.checks.betting.CHUNK", 100)
    assert shown(terms, 1e-10).rows == whole.rows


def test_an_interval_holds_the_ratio_and_narrows_with_rows() -> None:
    draw = np.random.default_rng(2)
    left, right = draw.uniform(-0.5, 1, 20000), draw.uniform(0, 1, 20000)  # the ratio is 1/2
    widths = []
    for n in (500, 5000, 20000):
        low, high = ratio(left[:n], right[:n], (1.0, 1.0), 1e-6, 2.0)
        assert low <= 0.5 <= high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.1


def test_intervals_miss_no_more_often_than_promised() -> None:
    """At level 1/10, 200 games: 20 expected at the most, 42 with probability below 1e-5."""
    missed = 0
    for seed in range(200):
        low, high = ratio(rare(300, 0.05, seed), np.ones(300), (1.0, 1.0), 0.1, 1.0)
        missed += not low <= 0 <= high
    assert missed <= 42


def test_no_interval_is_claimed_from_nothing() -> None:
    assert ratio(np.zeros(3), np.ones(3), (1.0, 1.0), 1e-6, 1.0) == (-np.inf, np.inf)


def test_a_share_is_bounded_from_below() -> None:
    draw = np.random.default_rng(3)
    cost = draw.uniform(0, 1, 20000)
    gain = 0.3 * cost + draw.uniform(-0.5, 0.5, 20000)
    found = at_least(gain, cost, (0.5, 1.0), 1e-9, 0.6)
    assert found is not None
    assert 0.15 < found < 0.3
    assert at_least(gain - 0.3 * cost, cost, (0.8, 1.0), 1e-9, 0.6) is None
