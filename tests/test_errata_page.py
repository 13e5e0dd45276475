"""The book's page on errata says what its run computed, and a run in which one does not hold is
broken."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fixture_run import ERRATA as MINIATURES
from fixture_run import PAIRING, RUN

from tightframe.reports import book, errata_page, mathml
from tightframe.reports.errata_page import erratum_row
from tightframe.reports.html import write_book
from tightframe.reports.result import ErratumRow, Number, Run
from tightframe.theorems import erratum as erratum_module
from tightframe.theorems.errata import ERRATA, NOTES
from tightframe.theorems.erratum import Measured, Refutation

TEMPLATE = Path(book.__file__).parent / "errata.jinja"


@pytest.fixture(scope="module")
def rows() -> tuple[ErratumRow, ...]:
    return tuple(map(erratum_row, ERRATA))


@pytest.fixture(scope="module")
def whole(rows: tuple[ErratumRow, ...], tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(rows, tmp_path_factory.mktemp("errata"))


def page_of(rows: tuple[ErratumRow, ...], folder: Path) -> str:
    write_book(RUN.model_copy(update={"errata": rows}), folder, [PAIRING], [])
    return (folder / "errata.html").read_text("utf-8")


def said(page: str) -> str:
    class Text(HTMLParser):
        text = ""

        def handle_data(self, data: str) -> None:
            self.text += data

    parser = Text()
    parser.feed(page)
    return re.sub(r"\s+", " ", parser.text)


# -- the run --------------------------------------------------------------------------------------


def test_no_erratum_comes_out_otherwise_than_its_page_says(rows: tuple[ErratumRow, ...]) -> None:
    assert [line for row in rows for line in row.unexpected] == []
    assert book.broken(RUN.model_copy(update={"errata": rows})) == book.broken(
        RUN.model_copy(update={"errata": ()})
    )


@pytest.mark.parametrize("slack", [0.0, 1e-9, math.nan])
def test_a_common_claim_that_does_not_fail_is_a_fault_of_the_run(slack: float) -> None:
    row = MINIATURES[0].model_copy(update={"claimed": Number(of="x", value=slack)})
    assert row.unexpected == [
        f"erratum loss-above-one: the common claim is not violated (slack {slack})"
    ]
    assert row.unexpected[0] in book.broken(RUN.model_copy(update={"errata": (row,)}))


@pytest.mark.parametrize("slack", [-1e-9, math.nan])
def test_a_corrected_statement_that_fails_is_a_fault_of_the_run(slack: float) -> None:
    row = MINIATURES[0].model_copy(update={"corrected": Number(of="x", value=slack)})
    assert row.unexpected == [
        f"erratum loss-above-one: the corrected statement fails (slack {slack})"
    ]


def test_a_claim_that_nothing_refutes_must_be_cited() -> None:
    assert MINIATURES[1].unexpected == []
    assert MINIATURES[1].model_copy(update={"cited": ""}).unexpected != []


def a_true_claim() -> Refutation:
    third = Measured("a third", Fraction(1, 3))
    return Refutation(claimed=third, corrected=third, numbers=(third,))


def test_a_true_claim_that_is_called_an_erratum_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = next(iter(ERRATA))
    true = replace(ERRATA[name], counterexample=a_true_claim)
    monkeypatch.setattr(errata_page, "ERRATA", {name: true})
    row = erratum_row(name)
    assert "the common claim is not violated" in row.unexpected[0]
    assert row.code[-1].source.startswith("def a_true_claim()")
    assert row.numbers[0] == Number(of="a third", value=1 / 3, exact="1/3")


def test_the_code_that_is_shown_is_the_code_that_ran(rows: tuple[ErratumRow, ...]) -> None:
    folder = Path(erratum_module.__file__).parent
    for row in rows:
        for piece in row.code:
            text = (folder / piece.file).read_text("utf-8").splitlines()
            assert "\n".join(text[piece.first_line - 1 :]).startswith(piece.source)
        name = ERRATA[row.id].counterexample.__name__
        assert row.code[-1].source.startswith(f"def {name}() -> Refutation:")


def test_what_a_counterexample_calls_is_shown_before_it(rows: tuple[ErratumRow, ...]) -> None:
    (row,) = [row for row in rows if row.id == "circle-through-one-number"]
    names = [re.findall(r"def (\w+)", piece.source)[0] for piece in row.code]
    assert len(names) == len(set(names))
    assert {"network", "meeting", "seam", "squared_error", "mean_square"} < set(names)
    assert names.index("seam") < names.index("squared_error") < names.index("mean_square")
    assert names[-1] == "circle"


def test_the_summary_counts_what_was_recomputed(rows: tuple[ErratumRow, ...]) -> None:
    run = RUN.model_copy(update={"errata": rows})
    computed = sum(row.claimed is not None for row in rows)
    cited = len(rows) - computed
    assert f"; {computed} of {computed} errata recomputed, {cited} cited; " in book.summary(run)
    wrong = rows[0].model_copy(update={"corrected": Number(of="x", value=-1.0)})
    fewer = book.summary(run.model_copy(update={"errata": (wrong, *rows[1:])}))
    assert f"; {computed - 1} of {computed} errata recomputed, {cited} cited; " in fewer


def test_a_run_with_errata_round_trips_json(rows: tuple[ErratumRow, ...]) -> None:
    run = RUN.model_copy(update={"errata": rows, "audits": (), "references": ()})
    assert Run.model_validate_json(run.model_dump_json()) == run


# -- the page -------------------------------------------------------------------------------------


def texts(row: ErratumRow) -> Iterator[str]:
    yield from (row.said, row.claim, row.believed, row.corrected_to, row.instance, row.cited)
    yield from (*row.references, row.corrected.of, *(n.of for n in row.numbers))
    yield row.claimed.of if row.claimed else ""


def test_every_formula_is_set(rows: tuple[ErratumRow, ...], whole: str) -> None:
    words = [text for row in rows for text in texts(row)] + [note.words for note in NOTES]
    assert [bad for text in words for bad in mathml.unparsable(text)] == []
    assert 'class="tex"' not in whole
    assert not [text for text in words if re.search(r"(?<!\w)\*\w", text)]  # no such markup


def test_the_book_has_the_page_and_leads_to_it(tmp_path: Path) -> None:
    page_of(MINIATURES, tmp_path)
    index = (tmp_path / "index.html").read_text("utf-8")
    assert 'href="errata.html"' in index
    assert "2 claims of textbooks and papers" in said(index).replace("\xa0", " ")


def test_a_run_without_errata_has_no_page_and_no_link_to_one(tmp_path: Path) -> None:
    write_book(RUN.model_copy(update={"errata": ()}), tmp_path, [PAIRING], [])
    assert not (tmp_path / "errata.html").exists()
    assert not [p for p in tmp_path.rglob("*.html") if "errata.html" in p.read_text("utf-8")]


def test_every_erratum_has_its_claim_its_truth_its_numbers_and_its_code(
    rows: tuple[ErratumRow, ...], whole: str
) -> None:
    for row in rows:
        assert f'<h3 id="{row.id}">' in whole
        assert f'href="#{row.id}"' in whole
        for text in (row.claim, row.corrected_to, row.believed, row.instance):
            assert str(mathml.inline(text)) in whole
        for found in (*row.numbers, row.corrected):
            assert f'<td class="num">{errata_page.told(found)}</td>' in whole
        assert f"def {ERRATA[row.id].counterexample.__name__}()" in whole


def test_an_erratum_leads_to_the_theorems_that_the_book_has(tmp_path: Path) -> None:
    page = page_of(MINIATURES, tmp_path)
    assert '<a href="theorems/nt-xent.html">nt-xent</a>, softmax.' in page
    theorem = (tmp_path / "theorems" / "nt-xent.html").read_text("utf-8")
    assert '<a href="../errata.html#loss-above-one">' in theorem


def test_what_did_not_hold_is_not_called_refuted(tmp_path: Path) -> None:
    good = said(page_of(MINIATURES, tmp_path / "good"))
    assert "✓ the common claim fails" in good
    assert "✓ what is true holds" in good
    assert "not as said" not in good
    wrong = MINIATURES[0].model_copy(update={
        "claimed": Number(of="x", value=0.5), "corrected": Number(of="y", value=-0.5),
    })  # fmt: skip
    bad = said(page_of((wrong,), tmp_path / "bad"))
    assert "the common claim fails" not in bad
    assert "what is true holds" not in bad
    assert bad.count("not as said") == 3
    theorem = (tmp_path / "bad" / "theorems" / "nt-xent.html").read_text("utf-8")
    assert "errata.html#" not in theorem
    assert "0 of 1" in bad


def test_a_cited_failure_is_not_called_computed(tmp_path: Path) -> None:
    page = said(page_of(MINIATURES[1:], tmp_path))
    assert "That the common claim fails was not computed here: A. Nobody, 1901." in page
    assert "✓ the common claim fails" not in page
    assert "0 of 0" in page


def test_an_exact_number_is_told_in_full_and_another_in_three_digits() -> None:
    assert errata_page.told(Number(of="", value=-0.437, exact="-437/1000")) == "−437/1000"
    assert errata_page.told(Number(of="", value=2.00000001e-8)) == "2 × 10⁻⁸"


def test_the_template_has_no_figure_of_its_own() -> None:
    text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", TEMPLATE.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r".*\d.*", text) == []


def test_hostile_words_are_escaped(tmp_path: Path) -> None:
    page = page_of(MINIATURES, tmp_path)
    assert "<img" not in page
    assert "\x1b" not in page
