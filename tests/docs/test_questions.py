"""docs/questions.md is what the tool answers today."""

from __future__ import annotations

from docs.questions import PAGE, page


def test_the_page_of_questions_is_what_the_tool_answers() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make questions`, and review what has changed"
