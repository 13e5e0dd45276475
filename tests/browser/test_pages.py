"""Every page, in a real browser: quiet, reachable, within its window, whole on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.guards import Open, axe, cut_on_paper, open_all, outside, overflow

pytestmark = pytest.mark.browser

PAPER = 680  # the width of A4 between margins of 15 mm, in CSS pixels


def test_no_page_asks_the_network_for_anything_or_complains(
    pages: dict[str, Path], visit: Open
) -> None:
    for name, path in pages.items():
        found = visit(path)
        open_all(found.page)
        assert outside(found.requests) == [], name
        assert found.messages == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_every_step_open(
    pages: dict[str, Path], visit: Open, scheme: str
) -> None:
    for name, path in pages.items():
        page = visit(path, color_scheme=scheme).page
        assert axe(page) == [], name
        open_all(page)
        assert axe(page) == [], name


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_of_the_window(pages: dict[str, Path], visit: Open, width: int) -> None:
    for name, path in pages.items():
        page = visit(path, width=width).page
        open_all(page)
        assert overflow(page) == [], name
        if width == 390:
            assert axe(page) == [], name


def test_nothing_is_cut_on_paper(pages: dict[str, Path], visit: Open) -> None:
    for name, path in pages.items():
        page = visit(path, width=PAPER, color_scheme="dark").page
        page.emulate_media(media="print")
        open_all(page)
        assert cut_on_paper(page) == [], name
        assert page.evaluate("getComputedStyle(document.body).colorScheme") == "light", name


def test_the_pages_of_every_theorem_and_contract_keep_all_this(
    catalogue: list[Path], visit: Open
) -> None:
    for path in catalogue:
        found = visit(path, width=390, color_scheme="dark")
        open_all(found.page)
        assert (overflow(found.page), axe(found.page)) == ([], []), path.name
        found.page.set_viewport_size({"width": 1280, "height": 900})
        assert overflow(found.page) == [], path.name
        found.page.set_viewport_size({"width": PAPER, "height": 900})
        found.page.emulate_media(media="print")
        assert cut_on_paper(found.page) == [], path.name
        assert (outside(found.requests), found.messages) == ([], []), path.name


def test_a_closed_step_is_printed_without_javascript(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["theorem"], java_script_enabled=False).page
    scope = page.get_by_text("every size")
    assert not scope.is_visible()
    page.emulate_media(media="print")
    assert scope.is_visible()


def test_the_pages_say_the_same_without_javascript(pages: dict[str, Path], visit: Open) -> None:
    for name, path in pages.items():
        page = visit(path, java_script_enabled=False).page
        assert page.locator("h1").is_visible(), name
        assert page.locator("button:visible").count() == 0, name
    page = visit(pages["theorem"], java_script_enabled=False).page
    page.locator("#steps summary").first.click()
    assert page.get_by_text("every size").is_visible()


def test_the_keyboard_reaches_the_content_and_the_theme(
    pages: dict[str, Path], visit: Open
) -> None:
    page = visit(pages["violated"]).page
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#theme").focus()
    seen = []
    for _ in range(3):
        page.keyboard.press("Enter")
        seen.append((
            page.evaluate("document.documentElement.dataset.theme"),
            page.evaluate("getComputedStyle(document.documentElement).colorScheme"),
        ))  # fmt: skip
    assert seen == [("light", "light"), ("dark", "dark"), ("auto", "light dark")]


def test_a_book_remembers_its_theme(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["book index.html"]).page
    page.locator("#theme").click()
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    assert page.locator("#theme").inner_text() == "Theme: light"


def test_every_link_of_a_book_leads_somewhere(pages: dict[str, Path], visit: Open) -> None:
    for name, path in pages.items():
        if name.startswith("book "):
            page = visit(path).page
            for address in page.evaluate("[...document.links].map((a) => a.href)"):
                file = Path(address.removeprefix("file://").partition("#")[0])
                assert file.is_file(), (name, address)


def test_the_font_of_formulas_is_loaded(pages: dict[str, Path], visit: Open) -> None:
    for name in ("theorem", "book theorems/nt-xent.html"):
        page = visit(pages[name]).page
        page.evaluate("document.fonts.ready.then(() => true)")
        assert page.evaluate("[...document.fonts].map((f) => f.status)") == ["loaded"], name


def test_claims_are_sorted_and_hidden_on_request(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["violated"]).page
    page.get_by_role("button", name="Noise budget used").click()
    assert page.locator("th[aria-sort=ascending]").count() == 1
    first = page.locator("tbody tr th").all_inner_texts()
    page.get_by_role("button", name="Noise budget used").click()
    assert first[-1] == "gradient"  # infinity comes last
    assert page.locator("tbody tr th").all_inner_texts()[0] == "gradient"
    page.get_by_role("button", name="violated (2)").click()
    assert page.locator("tbody tr:visible").count() == 3


def test_open_all_opens_every_step(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["theorem"]).page
    page.get_by_role("button", name="Open all").click()
    assert page.locator("#steps details:not([open])").count() == 0
    page.get_by_role("button", name="Close all").click()
    assert page.locator("#steps details[open]").count() == 0


def test_copy_hands_over_the_command_that_reproduces(pages: dict[str, Path], visit: Open) -> None:
    page = visit(pages["violated"], permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "tightframe reproduce nt-xent/value/3f2a"


def test_what_hostile_code_calls_itself_is_never_run(pages: dict[str, Path], visit: Open) -> None:
    for name, path in pages.items():
        page = visit(path).page
        assert "pwned" not in page.title() or "<script>" in page.title(), name
        assert page.locator("img").count() == 0, name
    assert "{{ 7*7 }}" in visit(pages["refused"]).page.locator("h1").inner_text()
