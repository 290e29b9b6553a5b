"""What the site has beyond the pages of this folder, for mkdocs: the pages that lie at the root of the
repository, and links that work on a git host and on the site alike.

In a page, a link is written as a git host wants it: relative to the page's file. Here it becomes one between
pages of the site. A file that is no page is a link only if ``extra.source`` says where the repository can be
read. What a page would load from another server is a warning, and so is what the site reads as something else
than a git host does, such as a list without an empty line before it.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections import Counter
from pathlib import Path

from markdown_it import MarkdownIt
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
FROM_THE_ROOT = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""File at the root → page of the site."""

_STRUCTURE = re.compile(r"<(h[1-6]|ul|ol|li|table|tr|pre|blockquote|em|strong)[ >]")
_LOADED = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^>]*>""")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^]\n]+)\]\((?P<path>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for file, page in FROM_THE_ROOT.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / file)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    here = page.file.src_uri
    folder = posixpath.dirname(_in_repository(here))

    def renewed(link: re.Match[str]) -> str:
        text, anchor = link["text"], link["anchor"] or ""
        file = posixpath.normpath(posixpath.join(folder, link["path"]))
        target = _on_site(file)
        if files.get_file_from_path(target) is not None:
            return f"[{text}]({posixpath.relpath(target, posixpath.dirname(here) or '.')}{anchor})"
        if not (ROOT / file).exists():
            return link[0]  # mkdocs says that it is broken
        source = config.extra["source"]
        return f"[{text}]({source}{file}{anchor})" if source else text

    return _LINK.sub(renewed, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 (mkdocs' signature)
    here = Counter(_STRUCTURE.findall(html))
    there = Counter(
        _STRUCTURE.findall(MarkdownIt("gfm-like", {"linkify": False}).render(page.markdown or ""))
    )
    if here != there:
        _warn("%s: the site has %s, a git host %s", page.file.src_uri, dict(here - there), dict(there - here))
    return html


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 (mkdocs' signature)
    for tag in _LOADED.findall(output):
        _warn("%s loads from elsewhere: %s", page.file.src_uri, tag)
    return output


def _warn(message: str, *values: object) -> None:
    """In a strict build, this fails it."""
    logging.getLogger("mkdocs").warning(message, *values)


def _in_repository(page: str) -> str:
    by_page = {page: file for file, page in FROM_THE_ROOT.items()}
    return by_page.get(page, f"docs/{page}")


def _on_site(file: str) -> str:
    return FROM_THE_ROOT.get(file, file.removeprefix("docs/"))
