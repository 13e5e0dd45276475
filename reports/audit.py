"""One page about several audited subjects, and a page for each beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from . import html
from .result import Result

__all__ = ["write_audit"]


def write_audit(results: Iterable[Result], path: str | Path) -> None:
    """Write `path`, a table of the subjects, and into `<stem>_subjects` a page about each.

    Every page is self-contained; only the links from the table to the pages are relative.
    """
    path, results = Path(path), list(results)
    folder = path.with_name(f"{path.stem}_subjects")
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[str, str] = {}
    for number, result in enumerate(results, 1):
        page = folder / f"{number}.html"
        result.to_html(page)
        pages.setdefault(html.subject_key(result), f"{folder.name}/{page.name}")
    path.write_text(html.render_audit(results, pages), encoding="utf-8")
