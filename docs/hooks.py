"""What the site has beyond the pages of this folder, for mkdocs: the pages that lie at the root of the
repository, and links that work on a git host and on the site alike.

In a page, a link is written as a git host wants it: relative to the page's file. Here it becomes one between
pages of the site. A file that is no page is a link only if ``extra.source`` says where the repository can be
read. What a page would load from another server is a warning.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path

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


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001 (mkdocs' signature)
    for tag in _LOADED.findall(output):
        logging.getLogger("mkdocs").warning("%s loads from elsewhere: %s", page.file.src_uri, tag)
    return output


def _in_repository(page: str) -> str:
    by_page = {page: file for file, page in FROM_THE_ROOT.items()}
    return by_page.get(page, f"docs/{page}")


def _on_site(file: str) -> str:
    return FROM_THE_ROOT.get(file, file.removeprefix("docs/"))
