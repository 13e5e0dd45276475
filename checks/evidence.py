"""Making evidence of a measurement: numbers that people can read and machines can replay."""

from __future__ import annotations

import hashlib
from typing import Any

import mpmath
import numpy as np

from ..theorems.theorem import Claim, Problem
from .trial import Measured, Trial
from .verdict import Evidence

__all__ = ["evidence", "plain", "rebuilt", "shown", "violation_id"]


def evidence(trial: Trial, claim: Claim, problem: Problem, found: Measured) -> Evidence:
    """What was measured on `problem`, with the theorem's number (`ours`) and the code's."""
    truth, output = trial.truth(problem), trial.output(problem)
    others = claim.related(problem)
    if hasattr(output, "shown"):
        ours, theirs = output.shown(claim.name, truth)
    else:
        ours, theirs = _pair(claim, truth, output)
    if others:
        ours, theirs = _show(theirs), ", ".join(_show(_main(trial.value(o))) for o in others)
    return Evidence(
        problem=plain(problem), shown=_short(repr(problem)),
        ours=ours if isinstance(ours, str) else _show(ours),
        theirs=theirs if isinstance(theirs, str) else _show(theirs),
        slack=found.slack, noise=found.noise, strength=trial.strength,
        dtype=trial.precision(problem), related=tuple(_short(repr(o)) for o in others),
    )  # fmt: skip


def _pair(claim: Claim, truth: Any, output: Any) -> tuple[Any, Any]:
    if claim.of_gradient:
        return truth.gradient, output.gradient
    if claim.name in getattr(truth, "_fields", ()):
        return getattr(truth, claim.name), _main(output)
    return _main(truth), _main(output)


def _main(record: Any) -> Any:
    """The value of a formula; a model's whole output."""
    return getattr(record, "value", record)


def _show(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (float, int, np.number, np.ndarray)) and np.ndim(value) == 0:
        return repr(float(value))
    if hasattr(value, "_fields"):
        return _short(", ".join(f"{k}={_show(v)}" for k, v in value._asdict().items()))
    if isinstance(value, tuple):
        return _short(", ".join(map(_show, value)))
    return _short(np.array2string(np.asarray(value), precision=9, separator=", ").replace("\n", ""))


def _short(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else f"{text[: limit - 20]} ... ({len(text)} characters)"


def shown(numbers: Any, digits: int) -> str:
    """Exact numbers, or a tuple of arrays of them, to so many digits."""
    if isinstance(numbers, tuple):
        return _short(", ".join(shown(part, digits) for part in numbers), 2000)
    entries = np.ravel(np.asarray(numbers, dtype=object))
    return _short(", ".join(f"{mpmath.nstr(x, digits)}" for x in entries), 2000)


def plain(problem: Problem) -> dict[str, Any]:
    """A problem's fields as JSON has them; `rebuilt` reads them back."""
    return {name: _plain(value) for name, value in problem._asdict().items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return plain(value)
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def rebuilt(problem_type: Any, fields: dict[str, Any]) -> Problem:
    """The named tuple that `plain` took apart: lists become tuples, and nested named tuples are
    made by the types that the fields are annotated with."""
    import typing

    hints = typing.get_type_hints(problem_type)
    return problem_type(**{k: _rebuilt(hints.get(k), v) for k, v in fields.items()})


def _rebuilt(hint: Any, value: Any) -> Any:
    if isinstance(value, dict) and hasattr(hint, "_fields"):
        return rebuilt(hint, value)
    if isinstance(value, list):
        return tuple(_rebuilt(None, v) for v in value)
    return value


def violation_id(trial: Trial, claim: str, problem: Problem) -> str:
    """contract/claim/hash; the same code failing on the same problem keeps its id."""
    parts = (
        trial.implementation.name,
        claim,
        repr(problem),
        repr(sorted(trial.convention.items())),
    )
    digest = hashlib.blake2b("|".join(parts).encode(), digest_size=3).hexdigest()
    return f"{trial.pairing.contract.name}/{claim.replace(' ', '-')}/{digest}"
