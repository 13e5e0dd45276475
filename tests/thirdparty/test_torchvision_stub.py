"""The stub lets lightly's losses be imported, and nothing of torchvision be used by accident."""

from __future__ import annotations

import importlib.util

import pytest
from thirdparty import torchvision_stub

pytestmark = pytest.mark.thirdparty


def test_losses_of_lightly_can_be_imported_and_called() -> None:
    import torch
    from lightly.loss import NTXentLoss

    draws = torch.Generator().manual_seed(0)
    views = [torch.randn(4, 3, generator=draws) for _ in range(2)]
    assert NTXentLoss()(*views).isfinite()


def test_a_call_into_the_stub_says_what_is_wrong() -> None:
    from torchvision.ops import StochasticDepth

    with pytest.raises(NotImplementedError, match=r"received: a call of torchvision\.ops\.Stoch"):
        StochasticDepth(0.5, "row")


def test_while_it_is_absent_nothing_of_it_is_found_and_afterwards_it_is_as_it_was() -> None:
    import torchvision.ops

    with torchvision_stub.absent():
        assert importlib.util.find_spec("torchvision") is None
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("torchvision.ops")
    assert importlib.import_module("torchvision.ops") is torchvision.ops
