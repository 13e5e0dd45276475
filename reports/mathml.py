"""TeX to MathML, and prose with TeX between dollar signs to HTML that is safe to embed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from markupsafe import Markup, escape
from math_core import LatexError, LatexToMathML

__all__ = ["formula", "inline", "phrase", "prose", "unparsable"]

CONVERTER = LatexToMathML(annotation=True, fancy_error=False)
# `$$display$$`, `$inline$` and `code` between backticks; a backslash keeps a dollar a dollar.
SPAN = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$(.+?)(?<!\\)\$|`([^`]+)`", re.DOTALL)
STYLE = re.compile(r' style="([^"]*)"')
# The pages forbid style attributes (Content-Security-Policy), so these become classes.
CLASSES = {"text-align: right": "r", "text-align: left": "l", "padding-left:1em": "g"}
DASH = re.compile(r"(?<=\w)--(?=\w)")
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
OPEN = {"{", "(", "[", r"\{", r"\left"}
CLOSE = {"}", ")", "]", r"\}", r"\right"}
RELATIONS = {"=", "<", ">"} | {
    "\\" + name
    for name in "le leq ge geq iff implies Rightarrow to equiv approx coloneqq quad qquad propto "
    "subseteq succeq preceq in sim".split()
}
SHORT = 8  # characters of TeX that are not left alone before a break
LONG = 40  # characters of TeX: a longer inline formula may break at its relations, or scroll


@lru_cache(maxsize=4096)
def _mathml(tex: str, display: bool) -> Markup | None:
    try:
        found = CONVERTER.convert_with_local_state(tex, displaystyle=display)
    except LatexError:
        return None
    return Markup(STYLE.sub(_classes, found))


def _classes(style: re.Match[str]) -> str:
    names = [name for words, name in CLASSES.items() if words in style[1]]
    return f' class="{" ".join(names)}"' if names else ""


def formula(tex: str, *, display: bool = False) -> Markup:
    """MathML of one formula, its TeX kept as an annotation.

    A formula that math-core cannot parse is shown as its TeX.  A display formula that is wider than
    the page scrolls in a box of its own.
    """
    tex = tex.strip()
    if alone := re.fullmatch(r"\\text\{([^{}\\]*)\}", tex):
        return _words(alone[1])  # words alone are set as words, which wrap
    if "$" in tex:  # prose with formulas, where a formula was expected
        return prose(tex) if display else inline(tex)
    if display:
        return _block(tex)
    pieces = list(_breakable(tex)) if len(tex) > LONG else [tex]
    found = [_mathml(piece, False) for piece in pieces]
    if len(pieces) == 1 or None in found:
        return _scrollable(tex) if len(tex) > LONG else _or_tex(tex)
    shown = [_scrollable(piece) if len(piece) > LONG else _or_tex(piece) for piece in pieces]
    return Markup("<wbr>").join(shown)


def _or_tex(tex: str, display: bool = False) -> Markup:
    found = _mathml(tex, display)
    return found if found is not None else Markup('<code class="tex">{}</code>').format(tex)


def _block(tex: str) -> Markup:
    box = '<div class="eq" tabindex="0" role="group" aria-label="Formula, scrollable">{}</div>'
    return Markup(box).format(_or_tex(tex, display=True))


def _scrollable(tex: str) -> Markup:
    box = '<span class="long" tabindex="0" role="group" aria-label="Formula, scrollable">{}</span>'
    return Markup(box).format(_or_tex(tex))


def _breakable(tex: str) -> Iterator[str]:
    """The formula cut before its relations, where a line may break: browsers do not do this."""
    depth, cuts, position = 0, [0], 0
    for token in TOKEN.findall(tex):
        if depth == 0 and token in RELATIONS and len(tex[cuts[-1] : position]) > SHORT:
            cuts.append(position)
        depth += (token in OPEN) - (token in CLOSE)
        position += len(token)
    if depth != 0 or r"\begin" in tex or r"\not" in tex:
        cuts = [0]
    for start, end in zip(cuts, [*cuts[1:], len(tex)], strict=True):
        yield ("{}" if start else "") + tex[start:end]


def inline(text: str) -> Markup:
    """Prose with `$TeX$` and `code`, in one line: for table cells, headings and list items."""
    return Markup("").join(_spans(text, display=False))


def phrase(text: str) -> Markup:
    """A line that may be a formula: TeX without dollar signs where it has a backslash, or prose."""
    return formula(text) if "\\" in text and "$" not in text else inline(text)


def prose(text: str) -> Markup:
    """Prose with `$TeX$`, `$$display$$` and `code`; an empty line begins a new paragraph."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text)]
    return Markup("\n").join(_paragraph(part) for part in paragraphs if part)


def _paragraph(text: str) -> Markup:
    """Display formulas stand between paragraphs, since HTML allows no box inside one."""
    parts, start = [], 0
    for found in re.finditer(r"\$\$(.+?)\$\$", text, re.DOTALL):
        parts += [_plain(text[start : found.start()]), _block(found[1].strip())]
        start = found.end()
    return Markup("\n").join(part for part in [*parts, _plain(text[start:])] if part)


def _plain(text: str) -> Markup:
    return Markup("<p>{}</p>").format(inline(text.strip())) if text.strip() else Markup("")


def _spans(text: str, *, display: bool) -> Iterator[Markup]:
    start = 0
    for found in SPAN.finditer(text):
        yield _words(text[start : found.start()])
        shown, tex, code = found.groups()
        yield Markup("<code>{}</code>").format(code) if code else formula(shown or tex)
        start = found.end()
    yield _words(text[start:])


def _words(text: str) -> Markup:
    """Words between formulas; two hyphens between letters are the dash that TeX makes of them."""
    return escape(DASH.sub("–", text.replace(r"\$", "$")))


def unparsable(text: str) -> list[str]:
    """The formulas of a text that math-core cannot parse, which its page would show as TeX."""
    formulas = [shown or tex for shown, tex, code in SPAN.findall(text) if not code]
    return [tex for tex in formulas if _mathml(tex.strip(), False) is None]
