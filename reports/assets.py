"""Stylesheet, script and font: embedded in a single page, or shared by the pages of a book.

The pages make no external request, and their Content-Security-Policy forbids it.  A page by itself
allows its own style and script by their hashes; the pages of a book allow files beside them
(`'self'`, which browsers also honour for files on a disk).
"""

from __future__ import annotations

import base64
import hashlib
import shutil
from functools import cache
from pathlib import Path

from markupsafe import Markup

__all__ = ["copy_shared", "embedded", "shared"]

HERE = Path(__file__).parent
FONT, STYLE, SCRIPT, LICENCE = "stix_two_math.woff2", "style.css", "script.js", "stix_two_math.txt"
POLICY = (
    "default-src 'none'; style-src {style}; script-src {script}; font-src {font}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
HEAD = Markup(
    '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    '<link rel="icon" href="data:,">\n'
)


@cache
def embedded() -> Markup:
    """The part of a page's head that embeds everything."""
    font = base64.b64encode((HERE / FONT).read_bytes()).decode()
    style = (HERE / STYLE).read_text(encoding="utf-8")
    style = style.replace(FONT, f"data:font/woff2;base64,{font}")
    script = (HERE / SCRIPT).read_text(encoding="utf-8")
    policy = POLICY.format(style=_hash(style), script=_hash(script), font="data:")
    # Ours, and fixed: neither contains the end tag of its element (tests/test_reports.py).
    inside = f"<style>{style}</style>\n<script>{script}</script>"
    return HEAD.format(policy=policy) + Markup(inside)


def shared(root: str) -> Markup:
    """The part of a page's head that refers to the book's files; `root` leads to its top folder."""
    policy = POLICY.format(style="'self'", script="'self'", font="'self'")
    links = Markup('<link rel="stylesheet" href="{}{}">\n<script src="{}{}"></script>')
    return HEAD.format(policy=policy) + links.format(root, STYLE, root, SCRIPT)


def copy_shared(folder: Path) -> None:
    """Put the files that the pages of a book share into its top folder."""
    for name in (FONT, LICENCE, STYLE, SCRIPT):
        shutil.copyfile(HERE / name, folder / name)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
