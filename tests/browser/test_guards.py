"""Each guard of the pages catches the offence that it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.guards import Open, axe, cut_on_paper, outside, overflow

pytestmark = pytest.mark.browser


def planted(pages: dict[str, Path], folder: Path, offence: str, *, policy: bool = False) -> Path:
    """The violated subject's page with an offence at the end of its content.

    Without its Content-Security-Policy, unless `policy` is set: that one guards by itself.
    """
    text = pages["violated"].read_text(encoding="utf-8").replace("</main>", f"{offence}</main>")
    if not policy:
        text = text.replace('http-equiv="Content-Security-Policy"', 'name="no-policy"')
    path = folder / "planted.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_external_image_is_noticed(pages: dict[str, Path], tmp_path: Path, visit: Open) -> None:
    image = '<img alt="x" src="http://localhost:9/x.png">'
    found = visit(planted(pages, tmp_path, image))
    assert outside(found.requests) == ["http://localhost:9/x.png"]
    assert found.messages  # and it is a console error


def test_the_policy_stops_an_external_image(
    pages: dict[str, Path], tmp_path: Path, visit: Open
) -> None:
    image = '<img alt="x" src="http://localhost:9/x.png">'
    found = visit(planted(pages, tmp_path, image, policy=True))
    assert "Content Security Policy" in found.messages[0]


@pytest.mark.parametrize(
    "script",
    [
        "<script>document.title = 'pwned'</script>",
        "<svg><script>document.title = 'pwned'</script></svg>",
        "<img alt='x' src='data:,' onerror=\"document.title = 'pwned'\">",
    ],
)
def test_the_policy_stops_a_script_that_is_not_ours(
    pages: dict[str, Path], tmp_path: Path, visit: Open, script: str
) -> None:
    assert visit(planted(pages, tmp_path, script)).page.title() == "pwned"
    found = visit(planted(pages, tmp_path, script, policy=True))
    assert found.page.title() != "pwned"
    assert "Content Security Policy" in found.messages[0]


def test_a_console_error_is_noticed(pages: dict[str, Path], tmp_path: Path, visit: Open) -> None:
    found = visit(planted(pages, tmp_path, "<script>throw new Error('planted')</script>"))
    assert found.messages == ["planted"]


@pytest.mark.parametrize(
    ("offence", "rule"),
    [
        ('<p style="color: #aaa; background: #fff">too pale</p>', "color-contrast"),
        ("<button></button>", "button-name"),
        ("<h6>skips levels</h6>", "heading-order"),
        ('<p id="main">twice</p><div role="img"></div>', "role-img-alt"),
    ],
)
def test_axe_notices_what_some_cannot_read(
    pages: dict[str, Path], tmp_path: Path, visit: Open, offence: str, rule: str
) -> None:
    found = axe(visit(planted(pages, tmp_path, offence)).page)
    assert any(line.startswith(rule) for line in found), found


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_wider_than_the_window_is_noticed(
    pages: dict[str, Path], tmp_path: Path, visit: Open, width: int
) -> None:
    wide = '<div style="width: 1400px">too wide</div>'
    assert overflow(visit(planted(pages, tmp_path, wide), width=width).page) == ["DIV: too wide"]


def test_what_paper_would_cut_is_noticed(
    pages: dict[str, Path], tmp_path: Path, visit: Open
) -> None:
    wide = '<div style="overflow: auto"><div style="width: 900px">lost on paper</div></div>'
    page = visit(planted(pages, tmp_path, wide), width=680).page
    page.emulate_media(media="print")
    assert "DIV: lost on paper" in cut_on_paper(page)
