"""The pages, without a browser: formulas are set, hostile text is escaped, nothing is too large."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import fixture_run
import jinja2
import pytest
from fixture_run import CONTRACT, HOSTILE, PAIRING, RESULTS, RUN, THEOREM, VIOLATED

from tightframe.checks.verdict import Ruling
from tightframe.implementations.catalogue import CONTRACTS
from tightframe.implementations.contract import Contract
from tightframe.reports import assets, mathml, plot, words
from tightframe.reports.html import (
    render_contract,
    render_result,
    render_theorem,
    subject_key,
    write_book,
)
from tightframe.reports.result import Result, Run
from tightframe.theorems.catalogue import THEOREMS
from tightframe.theorems.theorem import Theorem

LARGEST = 500_000  # bytes


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    found = {r.ruling.value: render_result(r, THEOREM, CONTRACT) for r in RESULTS}
    found["theorem"] = render_theorem(THEOREM, RUN.proofs[0], RUN)
    found["contract"] = render_contract(CONTRACT, [PAIRING], RUN)
    return found


class Tags(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


# -- formulas -------------------------------------------------------------------------------------


def texts(thing: Any) -> Iterator[str]:
    """All the prose of a theorem: whatever its page sets, claims as formulas."""
    yield from (thing.title, thing.intuition, thing.statement, thing.proof_words)
    yield from (*thing.references, *thing.errata)
    for assumption in thing.assumptions:
        yield from (assumption.words, assumption.fails, assumption.unknown)
    for family in thing.families:
        for claim in family.claims:
            yield from (f"${claim.tex}$", claim.why)


def test_every_formula_of_the_miniature_is_set() -> None:
    assert [bad for text in texts(THEOREM) for bad in mathml.unparsable(text)] == []


@pytest.mark.parametrize("theorem", THEOREMS.values(), ids=THEOREMS.keys())
def test_every_formula_of_a_theorem_is_set(theorem: Theorem) -> None:
    said = [*texts(theorem)]
    for step in theorem.proof():
        said += [f"${step.tex}$", step.why, step.scope, step.slip]
    assert [bad for text in said for bad in mathml.unparsable(text)] == []
    assert 'class="tex"' not in render_theorem(theorem)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_every_formula_of_a_contract_is_set(contract: Contract) -> None:
    assert 'class="tex"' not in render_contract(contract)


def test_a_formula_that_cannot_be_set_is_shown_as_its_tex() -> None:
    assert mathml.unparsable(r"$x$ and $\nonsense{x}$") == [r"\nonsense{x}"]
    assert mathml.formula(r"\nonsense{<b>}") == '<code class="tex">\\nonsense{&lt;b&gt;}</code>'
    assert '<code class="tex">' in mathml.formula(r"\frac{1", display=True)


def test_a_formula_keeps_its_tex() -> None:
    assert '<annotation encoding="application/x-tex">x^2</annotation>' in mathml.formula("x^2")


def test_prose_has_paragraphs_formulas_code_and_dollars() -> None:
    shown = mathml.prose("Let $x$ be\n\n`f(x)` for \\$5: $$y = 1$$ so.")
    assert re.sub(r"<math.*?</math>", "M", shown) == (
        "<p>Let M be</p>\n<p><code>f(x)</code> for $5:</p>\n"
        '<div class="eq" tabindex="0" role="group" aria-label="Formula, scrollable">M</div>\n'
        "<p>so.</p>"
    )


def test_a_dash_is_what_tex_makes_of_two_hyphens() -> None:
    assert mathml.inline("Baldi--Hornik, `--as`, --as") == "Baldi–Hornik, <code>--as</code>, --as"


def test_a_long_inline_formula_may_break_before_its_relations() -> None:
    tex = r"L \ge \log(1 + 2(N-1)e^{-N/((N-1)\tau)}) \ge 0"
    assert mathml.formula(tex).count("<wbr>") == 1
    assert "<wbr>" not in mathml.formula("a = b")
    within = r"\left\{ x = y : x \ge 0 \right\} \cup \{ a_{i=1} = b \} \cup C"
    assert "<wbr>" not in mathml.formula(within)  # no relation stands outside the braces


def test_aligned_columns_become_classes() -> None:
    shown = mathml.formula(r"\begin{aligned} a &= b \end{aligned}", display=True)
    assert " style=" not in shown
    assert '<mtd class="r">' in shown


def test_a_formula_of_words_alone_is_set_as_words() -> None:
    assert mathml.formula(r"\text{finite, for x < 1}") == "finite, for x &lt; 1"
    assert "<math" in mathml.formula(r"\text{if } x")


def test_a_phrase_with_a_backslash_is_a_formula() -> None:
    assert mathml.phrase(r"z = \mu").startswith("<math>")
    assert mathml.phrase("mse_loss is smaller") == "mse_loss is smaller"
    assert "<math>" in mathml.phrase(r"half of $\mu$")


# -- hostile text ---------------------------------------------------------------------------------


def test_hostile_text_is_escaped_wherever_it_stands() -> None:
    verdict = fixture_run.BROKEN[0]
    evidence = fixture_run.EVIDENCE.model_copy(
        update={"shown": HOSTILE, "ours": HOSTILE, "theirs": HOSTILE, "related": (HOSTILE,)}
    )
    hostile = VIOLATED.model_copy(
        update={
            "subject": HOSTILE, "target": HOSTILE, "reason": HOSTILE, "how": {HOSTILE: HOSTILE},
            "verdicts": (verdict.model_copy(update={"reason": HOSTILE, "evidence": evidence}),),
        }
    )  # fmt: skip
    page = render_result(hostile, THEOREM, CONTRACT)
    tags = Tags(page).found
    assert [tag for tag, _ in tags if tag == "img"] == []
    assert [attributes.get("id") for tag, attributes in tags if tag == "script"] == [None, "result"]
    assert "\x1b" not in page
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]


def test_no_page_has_an_event_handler_or_a_style_attribute(alone: dict[str, str]) -> None:
    for name, page in alone.items():
        for tag, attributes in Tags(page).found:
            assert not any(key == "style" or key.startswith("on") for key in attributes), (
                name,
                tag,
            )


def test_tex_cannot_carry_markup() -> None:
    for tex in (r"\text{<img src=x>}", r"\href{javascript:x}{y}", "x<script>", "</math><script>"):
        assert {tag for tag, _ in Tags(mathml.formula(tex)).found} & {"script", "img", "a"} == set()


def test_a_name_that_a_template_lacks_is_an_error() -> None:
    from tightframe.reports.html import _environment

    with pytest.raises(jinja2.UndefinedError, match="absent"):
        _environment().from_string("{{ absent }}").render()


# -- pages ----------------------------------------------------------------------------------------


def test_the_verdict_is_the_first_thing_said(alone: dict[str, str]) -> None:
    for ruling in ("violated", "identified", "crashed", "refused"):
        main = alone[ruling].partition("</h1>")[2]
        said = Tags(re.findall(r'<p class="sentence">(.*?)</p>', main, re.DOTALL)[0]).text
        assert said.lstrip("!✗≈⊘").startswith(f"{ruling}: ")
    assert "behaves as NT-Xent with temperature 0.25" in alone["identified"]


def test_the_counterexample_has_both_numbers_and_a_command(alone: dict[str, str]) -> None:
    said = Tags(alone["violated"]).text
    for words_ in (
        fixture_run.SHOWN, "1.5514447139320511", "1.9047832494", "off by 0.353",
        "tightframe reproduce nt-xent/value/3f2a", "self-similarity kept", "somebody/simclr#12",
    ):  # fmt: skip
        assert words_ in said


def test_only_checked_steps_have_a_good_badge(alone: dict[str, str]) -> None:
    badges = re.findall(r'<span class="pill (good|bad)">.*?</span> (.*?)</span>', alone["theorem"])
    assert badges[:4] == [
        ("good", "checked by sympy"), ("good", "checked by sympy"),
        ("good", "every case checked"), ("bad", "refuted"),
    ]  # fmt: skip
    assert "3 of 4 steps checked, 1 cited" in alone["theorem"]


def test_a_defect_that_was_not_named_is_not_hidden(alone: dict[str, str]) -> None:
    said = Tags(alone["contract"]).text
    assert "4 condemned and 3 named" in said
    assert said.count("not named") == 1


def test_no_page_is_large(alone: dict[str, str], tmp_path: Path) -> None:
    write_book(RUN, tmp_path, [PAIRING], [])
    sizes = {str(path): path.stat().st_size for path in tmp_path.rglob("*.html")}
    sizes |= {name: len(page.encode()) for name, page in alone.items()}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_a_page_by_itself_refers_to_no_other_file(alone: dict[str, str]) -> None:
    for page in alone.values():
        for _, attributes in Tags(page).found:
            for key in ("href", "src"):
                assert (attributes.get(key) or "#").startswith(("#", "data:"))


def test_what_is_embedded_does_not_end_its_element() -> None:
    head = assets.embedded()
    assert head.count("</style>") == head.count("</script>") == 1
    assert "url(data:font/woff2;base64," in head


def test_a_book_has_a_page_for_everything(tmp_path: Path) -> None:
    index = write_book(RUN, tmp_path / "new" / "folder", [PAIRING], [])
    assert index.name == "index.html"
    folder = index.parent
    assert (folder / "theorems" / "nt-xent.html").is_file()
    assert (folder / "contracts" / "nt-xent.html").is_file()
    assert len(list((folder / "subjects").iterdir())) == len(RUN.results)
    assert Run.model_validate_json((folder / "run.json").read_text("utf-8")).seconds == RUN.seconds


def test_subjects_of_one_name_have_pages_of_their_own(tmp_path: Path) -> None:
    one = VIOLATED.model_copy(update={"subject": "A/b"})
    other = VIOLATED.model_copy(update={"subject": "a-B"})
    built = other.model_copy(update={"how": {"fixed": {"temperature": 0.5}}})
    assert len({subject_key(result) for result in (one, other, built)}) == 3
    run = RUN.model_copy(update={"references": (), "audits": (one, other, built)})
    write_book(run, tmp_path, [PAIRING], [])
    assert len(list((tmp_path / "subjects").iterdir())) == 3


def test_pages_need_neither_theorem_nor_contract_nor_run() -> None:
    for result in RESULTS:
        assert "<h1>" in render_result(result)
    assert "not tried in this run" in render_contract(CONTRACT)
    assert "steps checked" not in render_theorem(THEOREM)


# -- pictures and numbers -------------------------------------------------------------------------


def test_a_theorem_that_no_code_is_held_to_has_its_picture(alone: dict[str, str]) -> None:
    page = alone["theorem"]
    assert "The least loss of three pairs.</figcaption>" in page
    assert 'aria-label="Data of The least loss of three pairs, scrollable"' in page


def test_a_chart_leaves_out_what_is_not_finite() -> None:
    points = ((0, 1), (1, math.nan), (2, 3))
    svg = plot.chart({"a": points, "b": points}, ("x", "y"), title="t", name="n")
    assert svg.count('class="point hue-1"') == 3  # two marks, and one in the legend
    assert "nan" not in svg
    assert 'role="img"' in svg
    assert plot.chart({"a": ((0, math.inf),)}, ("x", "y"), title="t", name="n") == ""


def test_a_chart_draws_no_line_between_far_points() -> None:
    curve = tuple((x, x * x) for x in range(9))
    svg = plot.chart({"a": curve, "b": curve, "c": curve[::4]}, ("x", "y"), title="t", name="n")
    assert [svg.count(f'class="series hue-{i}"') for i in range(3)] == [2, 2, 0]
    assert [svg.count(f'class="point hue-{i}"') for i in range(3)] == [0, 10, 4]


def test_a_chart_shows_every_point_that_no_line_joins() -> None:
    line = tuple((x, 1) for x in range(60))
    svg = plot.chart({"a": line, "b": line[::2], "c": line}, ("x", "y"), title="t", name="n")
    assert [svg.count(f'class="point hue-{i}"') for i in (1, 2)] == [31, 13]  # one in the legend


def test_a_chart_of_one_point_or_many_decades_is_drawn() -> None:
    assert "nan" not in plot.chart({"a": ((1, 1),)}, ("x", "y"), title="t", name="n")
    wide = plot.chart({"a": ((1, 1e-9), (2, 1.0))}, ("x", "y"), title="t", name="n")
    assert "10⁻⁷" in wide


def test_a_chart_escapes_its_labels() -> None:
    svg = plot.chart({HOSTILE: ((0, 1), (1, 2))}, (HOSTILE, HOSTILE), title=HOSTILE, name="n")
    assert {tag for tag, _ in Tags(svg).found} & {"script", "img"} == set()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"), (0.0, "0"), (0.25, "0.25"), (-3.5, "−3.5"), (1.5e-16, "1.5 × 10⁻¹⁶"),
        (1e12, "10¹²"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "not a number"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value: float | None, said: str) -> None:
    assert words.number(value) == said


def test_a_share_beyond_the_budget_is_a_factor() -> None:
    assert [words.share(x) for x in (None, 0.031, 1.0, 1234.0, math.nan)] == [
        "–", "3.1 %", "100 %", "1.23 × 10³ ×", "not a number",
    ]  # fmt: skip


def test_every_ruling_has_a_sign_a_tone_and_a_sentence() -> None:
    for ruling in Ruling:
        result = VIOLATED.model_copy(update={"ruling": ruling, "identification": None})
        assert words.headline(result).startswith(f"{ruling.value}: ")
        assert words.sign(ruling)
        assert words.tone(ruling) in {"good", "wary", "bad", "mute"}


# -- records --------------------------------------------------------------------------------------


def test_a_result_survives_json_with_nan_and_infinity(tmp_path: Path) -> None:
    VIOLATED.to_json(tmp_path / "result.json")
    again = Result.from_json(tmp_path / "result.json")
    assert again.verdicts[1].used == math.inf
    evidence = again.verdicts[1].evidence
    assert evidence is not None
    assert math.isnan(evidence.slack)
    assert again.model_dump_json() == VIOLATED.model_dump_json()
