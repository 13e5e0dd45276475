"""What every page must keep, as functions that return its offences: an empty list is a pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

__all__ = ["Open", "Visit", "axe", "cut_on_paper", "open_all", "outside", "overflow"]

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# On paper nothing scrolls: whatever is wider than its box is lost.
CUT = """() => [...document.querySelectorAll("main *, footer *")].filter((e) => {
  const clips = getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1;
  return clips || e.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((e) => `${e.tagName}: ${e.textContent.trim().slice(0, 60)}`)"""
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (e) => e.closest(".scroll, .eq, .long, pre");
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((e) => !scrolls(e) && e.getBoundingClientRect().right > width + 1)
    .map((e) => `${e.tagName}: ${e.textContent.trim().slice(0, 60)}`);
}"""


@dataclass
class Visit:
    """An open page, and what it did while it opened."""

    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


Open = Callable[..., Visit]


def axe(page: Page) -> list[str]:
    """The violations that axe-core finds, with the elements that make them."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run({preload: false})")
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """What sticks out of the window sideways."""
    found: list[str] = page.evaluate(OVERFLOW)
    return found


def cut_on_paper(page: Page) -> list[str]:
    """What is lost at the right edge of a printed page; the page must be in print media."""
    found: list[str] = page.evaluate(CUT)
    return found


def outside(requests: list[str]) -> list[str]:
    """The requests that leave the disk."""
    return [url for url in requests if not url.startswith(("file:", "data:"))]


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
