"""The pages of docs/reference, made from the code; ``python -m docs.reference`` writes them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from docs.tables import markdown
from docs.variables import VARIABLES
from support.marks import ROOT

from reconciler import planfile, rules
from reconciler.cli import exitcodes
from reconciler.cli.root import root
from reconciler.config.schema import config_schema
from reconciler.views.ndjson.events import schema as events_schema
from reconciler.views.registry import FORMATS

FOLDER = ROOT / "docs" / "reference"
Schema = Mapping[str, Any]


def commands() -> Iterator[str]:
    yield "# Commands"
    yield "What `reconciler COMMAND --help` says. The exit codes are [the same for all](exit-codes.md)."
    yield from _of_group(root(), "reconciler", level=2)


def _of_group(group: Any, name: str, level: int) -> Iterator[str]:
    context = group.context_class(group, info_name=name)
    for each in group.list_commands(context):
        command, full = group.get_command(context, each), f"{name} {each}"
        yield f"{'#' * level} {full.removeprefix('reconciler ')}"
        yield from _about(command.help or command.short_help or "")
        if hasattr(command, "list_commands"):
            yield from _of_group(command, full, level + 1)
        else:
            yield from _of_command(command, full)


def _about(help_: str) -> Iterator[str]:
    """Paragraphs; what is not to be filled anew is a block."""
    for paragraph in inspect.cleandoc(help_).split("\n\n"):
        text = _plain(paragraph)
        yield f"```usage\n{text.removeprefix(chr(8)).strip()}\n```" if text.startswith("\b") else text


def _of_command(command: Any, name: str) -> Iterator[str]:
    context = command.context_class(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield f"```usage\n{usage}\n```"
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [[_code(how), _cell(says)] for how, says in filter(None, records) if "--help" not in how]
    if rows:
        yield markdown([["option", "says"], *rows])


def rule_pages() -> Iterator[str]:
    yield "# Rules"
    yield (
        "What `reconciler explain RULE` says of each. An id never changes its meaning. "
        "[Refusals, worked through](../refusals.md) shows what is said and done about most of them."
    )
    for rule in rules.catalogue():
        yield f"## {rule.id}: {rule.title}"
        yield _plain(rule.text)
        for says, example in (("Breaks it", rule.breaks), ("Keeps it", rule.keeps)):
            yield f"{says} (`reconciler {example.command}`):"
            if example.toml.strip():
                yield f"```toml\n{example.toml.strip()}\n```"
        yield f"Source: <{rule.source}>" if "://" in rule.source else f"Source: {rule.source}"


def exit_codes() -> Iterator[str]:
    yield "# Exit codes"
    yield "The same for every command."
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Exit codes")[2]
    told = dict(re.findall(r"(?m)^\| (\d+) \| (.+) \|$", readme))
    yield markdown(
        [["code", "means"], *([str(code), told[str(code)]] for code in exitcodes.MEANINGS)],
    )
    yield "An error that ends a command is 1. Else, where several apply, the first of these is given:"
    decisions = {
        "plan": exitcodes.of_plan,
        "drift": exitcodes.of_drift,
        "explain ADDRESS": exitcodes.of_explanation,
        "can-i": exitcodes.of_answer,
        "apply, after its first write": exitcodes.of_apply,
    }
    rows = [[name, _cell(inspect.getdoc(function) or "")] for name, function in decisions.items()]
    yield markdown([["command", "codes"], *rows])


def formats() -> Iterator[str]:
    yield "# Output formats"
    yield (
        "What can be shown in which format, on stdout with `--format` or in a file with "
        "`--write FORMAT=FILE`, which may be repeated. An error that ends a command is written to the files "
        "too, in the formats that have errors. [Drift](../drift.md) and [the report](../report.md) tell more "
        "of theirs."
    )
    shown = dict.fromkeys(page for modules in FORMATS.values() for page in modules)
    rows = [
        [_shown(page), *("yes" if page in modules else "" for modules in FORMATS.values())] for page in shown
    ]
    yield markdown([["what", *(f"`{name}`" for name in FORMATS)], *rows])


def configuration() -> Iterator[str]:
    yield "# Configuration"
    yield (
        "Every table and key of a workspace's `*.toml` files, from the schema that "
        "`reconciler schema config` prints. A key with `*` has to be there."
    )
    schema = config_schema()
    yield from _records(schema, _TITLES)


def documents() -> Iterator[str]:
    yield "# Documents"
    yield (
        "The JSON that the tool writes: `plan`, `drift`, the lines of `--format ndjson` (events), and what "
        "`drift --notify` posts (notification), from the schemas that `reconciler schema NAME` prints. Keys "
        "keep this order within a `format_version`. A key with `*` is always there."
    )
    made = (planfile.plan_schema, planfile.drift_schema, events_schema, planfile.notification_schema)
    for schema in (make() for make in made):
        yield f"## {schema['title']}"
        yield from _records(schema, {}, level=3)


_TITLES = {
    "Document": "At the top",
    "Region": "`[regions.CODE]`",
    "Defaults": "`[defaults]`",
    "Policy": "`[[policies]]`",
    "Match": "`match`",
    "Waiver": "`[[waivers]]`",
    "Guards": "`[guards]`",
}
"""Of records whose docstring does not begin with their table."""

_TABLE = re.compile(r"(`\[.+?\]`)(?: and (`\[.+?\]`))?")
"""How the docstring of a record begins that stands for a table."""


def _records(schema: Schema, titles: Mapping[str, str], level: int = 2) -> Iterator[str]:
    about = {
        name: _plain(" ".join(record.get("description", "").split()))
        for name, record in schema["$defs"].items()
    }
    known = {name: titles.get(name) or _title(name, text) for name, text in about.items()}
    for name, record in schema["$defs"].items():
        yield f"{'#' * level} {known[name]}"
        if about[name]:
            text = re.sub(rf"^{_TABLE.pattern}[.:] ", "", about[name])
            yield text[0].upper() + text[1:]
        if record.get("properties"):
            yield markdown([["key", "is", "says"], *_keys(record, known)])


def _title(name: str, about: str) -> str:
    table = _TABLE.match(about)
    return name if table is None else ", ".join(filter(None, table.groups()))


def _keys(record: Schema, titles: Mapping[str, str]) -> Iterator[list[str]]:
    for key, value in record["properties"].items():
        star = "*" if key in record.get("required", ()) else ""
        default = value.get("default")
        says = _plain(" ".join(value.get("description", "").split()))
        if default:
            says = f"{says} Default: `{default}`".strip()
        yield [f"`{key}`{star}", _type(value, titles), _cell(says)]


def _type(value: Schema, titles: Mapping[str, str]) -> str:
    match value:
        case {"$ref": ref}:
            return titles[str(ref).rpartition("/")[2]]
        case {"enum": values}:
            return " or ".join(f"`{one}`" for one in values)
        case {"anyOf": kinds}:
            return " or ".join(_type(kind, titles) for kind in kinds)
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items, titles)}"
        case {"type": "object", "additionalProperties": dict(items)}:
            return f"by key: {_type(items, titles)}"
        case _:
            return str(value.get("format") or value.get("type", "anything"))


def environment() -> Iterator[str]:
    yield "# Environment variables"
    yield "A token comes from the environment or from dx's own login, never from a flag or from the TOML."
    yield markdown([["variable", "is"], *([f"`{name}`", _cell(says)] for name, says in VARIABLES.items())])


_SHOWN = {
    "Plan": "a plan: `plan`, `show`",
    "Explanation": "why an address gets its verdict: `explain ADDRESS`",
    "Step": "each step of `apply`, as it starts and as it ends",
    "Apply": "what was done: `apply`",
    "Question": "the question of `apply`",
    "Stale": "a saved plan that no longer holds: `apply FILE`",
    "Check": "may a saved plan be applied: `check`",
    "Against": "how two plans differ: `show --against`",
    "Drift": "`drift`",
    "Report": "`report`",
    "Answer": "`can-i`",
    "Diagnostics": "errors, of every command",
    "Valid": "`validate`, without errors",
    "Regions": "`regions`",
    "Rule": "`explain RULE`",
    "Rules": "`rules`",
    "Version": "`version`",
    "History": "`history`",
    "Run": "`history --run`",
    "Format": "`fmt`",
    "Note": "what was written: `init`, `import`, `move`, `snapshot`",
}
"""What a page of the views is to a user."""

PAGES: Mapping[str, Callable[[], Iterable[str]]] = {
    "commands.md": commands,
    "configuration.md": configuration,
    "documents.md": documents,
    "environment.md": environment,
    "exit-codes.md": exit_codes,
    "formats.md": formats,
    "rules.md": rule_pages,
}
NOTE = "<!-- Made from the code by `make reference`. -->"


def page(name: str) -> str:
    title, *rest = PAGES[name]()
    return "\n\n".join([title, NOTE, *rest]) + "\n"


def _shown(page: type) -> str:
    name = page.__name__.removesuffix("Page")
    return _SHOWN.get(name) or re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _plain(text: str) -> str:
    """Docstrings mark what is code with two backticks."""
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return " ".join(_plain(text).split()).replace("<", "&lt;")


def _code(text: str) -> str:
    """In a cell, where a bar would end it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
    return f"<code>{escaped}</code>" if escaped != text else f"`{text}`"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in PAGES:
        (FOLDER / name).write_text(page(name), encoding="utf-8")


if __name__ == "__main__":
    main()
