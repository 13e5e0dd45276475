"""Every example in a docstring is executed.  By module: doctests by path fail in this layout."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("theorems", "implementations", "checks", "reports")


def module_names() -> list[str]:
    front = [f"tightframe.{path.stem}" for path in (ROOT / "tightframe").glob("*.py")]
    rooms = [f"tightframe.{r}.{path.stem}" for r in ROOMS for path in (ROOT / r).glob("*.py")]
    return sorted(name.removesuffix(".__init__") for name in front + rooms)


@pytest.mark.parametrize("name", module_names())
def test_the_examples_of_a_module_are_true(name: str) -> None:
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=options).failed == 0


def test_an_example_that_is_false_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    module = ModuleType("wrong", ">>> 1 + 1\n3\n")
    assert doctest.testmod(module).failed == 1
    assert "Expected:\n    3" in capsys.readouterr().out
