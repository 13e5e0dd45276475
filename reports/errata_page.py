"""The page on errata: what is kept of a counterexample that was run, and what is shown of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from time import perf_counter
from types import CodeType
from typing import Any

from markupsafe import Markup

from ..theorems import binned_entropy, finite_experiments, finite_models, saunshi
from ..theorems.errata import CHAPTERS, ERRATA, NOTES
from ..theorems.erratum import Erratum, Measured, Refutation, is_exact
from . import plot
from .result import ErratumRow, Number, Piece
from .words import number

__all__ = ["erratum_row", "shown"]

CHAPTER_OF: Mapping[str, str] = {e.id: name for name, part in CHAPTERS.items() for e in part}
FILES = {erratum.counterexample.__module__ for erratum in ERRATA.values()}
FILES |= {m.__name__ for m in (binned_entropy, finite_experiments, finite_models, saunshi)}


def erratum_row(id: str) -> ErratumRow:
    """Run the counterexample of one erratum of the table, and write down what came of it."""
    start = perf_counter()
    found = ERRATA[id].counterexample()
    return _row(ERRATA[id], CHAPTER_OF[id], found, perf_counter() - start)


def _row(erratum: Erratum, chapter: str, found: Refutation, seconds: float) -> ErratumRow:
    picture = found.picture
    return ErratumRow(
        id=erratum.id, chapter=chapter, said=erratum.said, claim=erratum.claim,
        believed=erratum.believed, corrected_to=erratum.corrected, instance=erratum.instance,
        theorems=erratum.theorems, references=erratum.references, cited=erratum.cited,
        code=tuple(map(_piece, _with_what_it_calls(erratum.counterexample))),
        claimed=found.claimed and _number(found.claimed),
        corrected=_number(found.corrected), numbers=tuple(map(_number, found.numbers)),
        title=picture.title if picture else "", series=dict(picture.series) if picture else {},
        axes=picture.axes if picture else ("", ""), seconds=seconds,
    )  # fmt: skip


def _with_what_it_calls(
    function: Callable[..., Any], seen: tuple[Any, ...] = ()
) -> tuple[Callable[..., Any], ...]:
    """The functions of the errata's files that a function names, before it, and itself last."""
    for name in _names(function.__code__):
        called = function.__globals__.get(name)
        if inspect.isfunction(called) and called.__module__ in FILES and called not in seen:
            seen = _with_what_it_calls(called, (*seen, function))
    return (*(f for f in seen if f is not function), function)


def _names(code: CodeType) -> Iterator[str]:
    """The global names in a function and in the functions inside it, as they come."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _piece(function: Callable[..., Any]) -> Piece:
    lines, first = inspect.getsourcelines(function)
    file = Path(inspect.getsourcefile(function) or "").name
    return Piece(file=file, first_line=first, source="".join(lines).rstrip())


def _number(measured: Measured) -> Number:
    exact = str(measured.value) if is_exact(measured.value) else ""
    return Number(of=measured.of, value=float(measured.value), exact=exact)


# -- what the template needs ----------------------------------------------------------------------


def shown(rows: Iterable[ErratumRow]) -> dict[str, Any]:
    """The rows by chapter, and how to write their numbers."""
    rows = list(rows)
    return {
        "rows": rows,
        "chapters": [(name, list(part)) for name, part in groupby(rows, lambda r: r.chapter)],
        "notes": NOTES,
        "refuted": sum(row.claimed is not None and row.refuted for row in rows),
        "told": told, "picture_of": picture_of,
    }  # fmt: skip


def told(found: Number) -> str:
    """The number in full where it is exact, else three digits of it."""
    return found.exact.replace("-", "−") if found.exact else number(found.value)


def picture_of(row: ErratumRow) -> Markup:
    """Its chart, or nothing."""
    name = f"picture-{row.id}"
    return plot.chart(row.series, row.axes, title=row.title, name=name) if row.series else Markup()
