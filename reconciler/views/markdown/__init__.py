"""Markdown for the comment on a pull request: counts first, then what is wrong, then the rest, folded.

The first line is a hidden mark with the workspace, by which a later run finds its own comment again.
"""
