"""A reader reports what it read and what it leaves out."""

from rag.documents.formats.shared.building import TextBuilder
from rag.documents.formats.shared.limits import Limits
from rag.documents.formats.tabular.grid import Cell, make_grid
from rag.types import LeftOut


def test_parts_of_one_kind_and_name_are_one_entry_with_its_pages_in_order() -> None:
    builder = TextBuilder(Limits())

    builder.leave_out("picture-page", page=7)
    builder.leave_out("picture-page", page=2)
    builder.leave_out("hidden-rows", 3, name="Costs")
    builder.leave_out("hidden-rows", 2, name="Costs")
    builder.leave_out("hidden-rows", 1, name="Staff\u200b\n2025")

    assert builder.build().left_out == (
        LeftOut("picture-page", 2, (2, 7)),
        LeftOut("hidden-rows", 5, (), "Costs"),
        LeftOut("hidden-rows", 1, (), "Staff 2025"),
    )


def test_a_file_with_very_many_names_keeps_the_first_hundred() -> None:
    builder = TextBuilder(Limits())

    for number in range(250):
        builder.leave_out("attachment", name=f"{number} " + "x" * 1000)

    left_out = builder.build().left_out
    assert len(left_out) == 101
    assert (left_out[-1], sum(one.n for one in left_out)) == (LeftOut("attachment", 150), 250)
    assert max(len(one.name) for one in left_out) == 200


def test_tables_are_counted_as_they_are_added() -> None:
    builder = TextBuilder(Limits())
    rows = [
        [Cell("Dish", is_head=True), Cell("Price", is_head=True)],
        [Cell("Soup"), Cell("£4")],
        [Cell("Pie"), Cell("£6")],
    ]

    builder.add_grid(make_grid(rows))
    builder.add_grid(make_grid(rows))
    builder.count("comment", 3)

    assert builder.build().counts == {"comment": 3, "table": 2}


def test_a_plain_text_leaves_nothing_out() -> None:
    builder = TextBuilder(Limits())

    builder.add("paragraph", "The ferry sails at nine.")

    assert (builder.build().left_out, builder.build().counts) == ((), {})
