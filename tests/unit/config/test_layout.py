"""The canonical layout, example by example."""

from __future__ import annotations

import pytest

from reconciler.config.layout import canonical
from reconciler.config.statements import Unfit

UNTIDY = """\


# The file.
workspace='lab'


   [ provider ]   # which

type = 'sandbox'# embedded
"world"= "world/world.toml"    # what it holds
# Above a table.
[projects . "rna-seq"]
name = "RNA-seq"
  # id = "project-…"
bill_to="org-lab"
[orgs.org-lab]
permitted_regions = [ "aws:us-east-1",
   "aws:eu-central-1", ]
[[policies]]
match={bill_to="org-lab",name = 'EU "*"' }
"""

TIDY = """\
# The file.
workspace = "lab"

[provider]  # which
type  = "sandbox"           # embedded
world = "world/world.toml"  # what it holds

# Above a table.
[projects.rna-seq]
name    = "RNA-seq"
# id = "project-…"
bill_to = "org-lab"

[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]

[[policies]]
match = { bill_to = "org-lab", name = 'EU "*"' }
"""


def test_an_untidy_file_is_laid_out() -> None:
    assert canonical(UNTIDY) == TIDY
    assert canonical(TIDY) == TIDY


def test_line_ends_become_line_feeds_but_in_a_string() -> None:
    assert canonical('a = 1\r\n\r\n\r\nb = """x\r\ny"""\r\n') == 'a = 1\n\nb = """x\r\ny"""\n'


def test_an_array_of_more_than_a_hundred_columns_has_an_item_a_line() -> None:
    just = f"a = [{', '.join(['111'] * 19)}]"
    assert canonical(just + "\n") == just + "\n"
    fits = 'regions = ["' + "x" * 86 + '"]\n'
    assert len(fits) == 100 + 1
    assert canonical(fits) == fits
    longer = fits.replace("x", "xx", 1)
    assert canonical(longer) == 'regions = [\n  "' + "x" * 87 + '",\n]\n'


def test_comments_in_an_array_stay_with_their_items() -> None:
    untidy = 'a = [ # all\n"x",# one\n  # two and three\n"y" , "z" # last\n]\n'
    assert (
        canonical(untidy) == 'a = [\n  # all\n  "x",  # one\n  # two and three\n  "y",\n  "z",  # last\n]\n'
    )


def test_a_comment_right_above_a_table_moves_with_it_and_one_apart_stays() -> None:
    assert canonical("[a]\nx = 1\n# of b\n[b]\n") == "[a]\nx = 1\n\n# of b\n[b]\n"
    assert canonical("[a]\nx = 1\n# of a\n\n[b]\n") == "[a]\nx = 1\n# of a\n\n[b]\n"


def test_quotes_that_nothing_needs_become_the_usual_ones() -> None:
    assert canonical("'a' = 'b'\n\"c d\" = 'e'\n'f g' = 1\n") == 'a     = "b"\n"c d" = "e"\n"f g" = 1\n'
    assert canonical("a = 'x\\y'\nb = ''\n") == "a = 'x\\y'\nb = \"\"\n"


def test_the_order_of_keys_and_regions_stays() -> None:
    text = '[b]\nz = ["@uk", "@eu"]\na = 1\n\n[a]\n'
    assert canonical(text) == text


def test_an_empty_file_stays_empty() -> None:
    assert canonical("") == canonical("\n \n") == ""


@pytest.mark.parametrize("text", ["a = {\n b = 1 }\n", "a = { b = 1 # why\n}\n"])
def test_an_inline_table_of_several_lines_is_not_touched(text: str) -> None:
    with pytest.raises(Unfit, match="on one line"):
        canonical(text)
