"""An encoder that InfoNCE trains goes from collapse to a covered circle, between the two bounds."""

from __future__ import annotations

import numpy as np
import pytest

from tightframe.checks.alignment import WAYS, picture
from tightframe.implementations.circle_encoder import POINTS, lowered, train
from tightframe.theorems.info_nce import oracle as info_nce
from tightframe.theorems.nt_xent_problems import Batch
from tightframe.theorems.sphere_energy import floor


def test_no_step_of_the_way_passes_the_floors_and_warm_steps_lead_from_collapse_to_them() -> None:
    line, *ways = picture().series.values()
    least = line[0][0]
    assert least == floor(POINTS, 2)
    assert len(ways) == len(WAYS) == 3
    for way in ways:
        assert way[0][0] > -0.1  # collapsed: nearly all pairs are at the same place
        assert all(least - 1e-12 <= x <= 0 <= y <= 4 for x, y in way)
    for covered in (ways[0], ways[2]):
        assert covered[-1][0] < least + 0.1


def test_on_the_way_the_loss_is_alignment_and_a_uniformity() -> None:
    """log n less a batch's loss, taken apart by the theorem, at every step that is kept."""
    for moment in train(lowered(1.0, 0.2, 20)):
        u, v, tau = moment.first, moment.second, moment.temperature
        whole = float(info_nce(Batch(u, v, tau)).value)  # type: ignore[arg-type]
        alignment = float(np.square(u - v).sum(axis=1).mean())
        spread = float(np.log(np.exp(u @ v.T / tau).mean(axis=1)).mean())
        assert whole - np.log(len(u)) == pytest.approx(
            spread + (alignment / 2 - 1) / tau, abs=1e-12
        )


def test_a_schedule_starts_and_ends_where_it_says_and_the_same_seed_goes_the_same_way() -> None:
    schedule = lowered(0.5, 0.1, 11)
    assert (schedule[0], schedule[-1]) == (0.5, pytest.approx(0.1))
    assert schedule == sorted(schedule, reverse=True)
    first, second = (train(schedule)[-1] for _ in range(2))
    assert first.step == 10
    np.testing.assert_array_equal(first.second, second.second)
