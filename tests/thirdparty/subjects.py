"""Holding a library's code to a contract, once per seed; and code that is imported by itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import tightframe as tf

__all__ = ["SEEDS", "in_every_dtype", "judged", "open_clip"]

SEEDS = range(5)

in_every_dtype = pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "float64"])


def judged(target: Any, contract: str, **how: Any) -> Any:
    """The result for seed 0, once every other seed has led to the same ruling and diagnosis."""
    results = [tf.check(target, contract, seed=seed, **how) for seed in SEEDS]
    assert all(_told(r) == _told(results[0]) for r in results), [_told(r) for r in results]
    return results[0]


def _told(result: Any) -> tuple[Any, ...]:
    """What must not depend on chance; which bounds are broken beside the value may."""
    violated = {v.claim for v in result.violations} & {"value", "gradient", "range"}
    sentence = result.identification and result.identification.sentence
    return result.ruling, violated, sentence, result.diagnosis and result.diagnosis.name


def open_clip() -> Any:
    """Its losses, in their own file: the package around it imports models, and their libraries."""
    package = importlib.util.find_spec("open_clip")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).with_name("loss.py")
    spec = importlib.util.spec_from_file_location("open_clip_loss", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
