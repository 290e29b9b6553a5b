"""How things are shown: one file per format and per thing shown, all fed from the same values.

A *page* (``pages.py``) is everything that a reader is shown of one thing; a *renderer* turns a
page into lines of one format; ``registry.py`` finds it. Must not know where a page comes from nor
where the lines go, and decides nothing: no exit code, no verdict.
"""
