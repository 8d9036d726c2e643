from __future__ import annotations

from marketplaces.catalogue_import.records import Layout, Record, physical_lines, read_records

LAYOUT = Layout(",", 3)


def records(text: str, layout: Layout = LAYOUT) -> list[Record]:
    return list(read_records(physical_lines(text), 0, layout))


def good(text: str) -> list[tuple[int, str]]:
    return [(record.line, record.cells[0]) for record in records(text) if not record.problem]


def problems(text: str) -> list[int]:
    return [record.line for record in records(text) if record.problem]


def test_a_row_starts_on_its_physical_line_also_after_quoted_line_breaks() -> None:
    assert good('a,"1\n2\n3",x\nb,2,x\n\nc,3,x\n') == [(1, "a"), (4, "b"), (6, "c")]


def test_all_three_line_endings_count_as_one_line() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert good(f"a,1,x{end}b,2,x{end}c,3,x{end}") == [(1, "a"), (2, "b"), (3, "c")]


def test_the_last_row_needs_no_line_ending() -> None:
    assert good("a,1,x\nb,2,x") == [(1, "a"), (2, "b")]


def test_separators_of_unicode_do_not_break_lines() -> None:
    assert good("a,1\u2028\x0b\x85,x\nb,2,x") == [(1, "a"), (2, "b")]


def test_rows_of_nothing_are_left_out() -> None:
    assert good("a,1,x\n,,\n\n , ,\nb,2,x\n") == [(1, "a"), (5, "b")]


def test_too_few_and_too_many_cells_say_how_many() -> None:
    few, many = records("a,1\nb,2,x,y\n")
    assert "too few cells: 2 instead of the header's 3" in few.problem
    assert "too many cells: 4" in many.problem


def test_empty_cells_beyond_the_header_do_no_harm() -> None:
    assert good("a,1,x,,\n") == [(1, "a")]


def test_a_quote_that_is_never_closed_loses_its_own_row_only() -> None:
    text = 'a,1,x\nb,"2,x\nc,3,x\nd,4,x\n'
    assert good(text) == [(1, "a"), (3, "c"), (4, "d")]
    assert "never closed" in records(text)[1].problem


def test_a_stray_quote_that_pairs_with_a_later_one_loses_its_own_row_only() -> None:
    text = 'a,"1,x\nb,2,x\nc,"3,3",x\nd,4,x\n'
    assert good(text) == [(2, "b"), (3, "c"), (4, "d")]
    assert problems(text) == [1]


def test_a_long_text_with_one_cell_too_many_is_one_rejection() -> None:
    text = 'a,"<ul>\n<li>1</li>\n<li>2</li>\n</ul>.",x,extra\nb,2,x\n'
    assert problems(text) == [1]
    assert good(text) == [(5, "b")]
    assert "Lines 1 to 4 were left out" in records(text)[0].problem


def test_text_after_a_closing_quote_says_how_to_write_it() -> None:
    assert '12""' in records('a,"12" wide",x\n')[0].problem


def test_a_quote_inside_a_plain_text_is_just_a_sign() -> None:
    assert records('a,12" wide,x\n')[0].cells == ["a", '12" wide', "x"]


def test_a_nul_byte_costs_its_row() -> None:
    assert good("a,1,x\nb,\0,x\nc,3,x\n") == [(1, "a"), (3, "c")]


def test_a_giant_cell_costs_its_row() -> None:
    text = f"a,1,x\nb,{'y' * 200_000},x\nc,3,x\n"
    assert good(text) == [(1, "a"), (3, "c")]
    assert "longer than" in records(text)[1].problem


def test_a_faulty_row_still_tells_which_product_it_may_belong_to() -> None:
    assert records('shirt,"open,x\n')[0].cells[0] == "shirt"
