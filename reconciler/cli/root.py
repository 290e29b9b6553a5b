"""The table of commands, and the group that imports one only when it is named.

Commands of providers (entry point group ``reconciler.commands``) are looked for only where a name
is not in the table, and for ``--help``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from reconciler.cli import exitcodes

ENTRY_POINT_GROUP = "reconciler.commands"

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("reconciler.cli.commands.init", "write a commented starter workspace"),
    "import": ("reconciler.cli.commands.import_", "write TOML from what is at the platform"),
    "validate": ("reconciler.cli.commands.validate", "check a workspace, offline"),
    "fmt": ("reconciler.cli.commands.fmt", "lay the TOML out; comments and meaning stay"),
    "move": ("reconciler.cli.commands.move", "give a project another address; it stays the same project"),
    "release": ("reconciler.cli.commands.release", "take the mark off a project that has left the TOML"),
    "plan": ("reconciler.cli.commands.plan", "show what apply would do, and why not everything"),
    "show": ("reconciler.cli.commands.show", "show a saved plan again, offline"),
    "graph": ("reconciler.cli.commands.graph", "draw a plan: what waits for what"),
    "check": ("reconciler.cli.commands.check", "may a saved plan be applied now? Sends nothing"),
    "apply": ("reconciler.cli.commands.apply", "carry out a plan, after an exact yes"),
    "drift": ("reconciler.cli.commands.drift", "find what was changed at the platform"),
    "snapshot": ("reconciler.cli.commands.snapshot", "record what is at the platform, to plan on it offline"),
    "report": ("reconciler.cli.commands.report", "where the data is, as one HTML file to read and print"),
    "explain": (
        "reconciler.cli.commands.explain",
        "a rule and how to mend it; or why an address gets its verdict",
    ),
    "can-i": ("reconciler.cli.commands.can_i", "one question, one answer: may I create, bill, clone, run"),
    "regions": ("reconciler.cli.commands.regions", "the regions; with a payer: what it may use"),
    "history": ("reconciler.cli.commands.history", "past applies; one of them step by step"),
    "unlock": ("reconciler.cli.commands.unlock", "break a lock, by its exact id"),
    "rules": ("reconciler.cli.commands.rules", "every rule by its id"),
    "schema": ("reconciler.cli.commands.schema", "JSON Schemas of configuration and documents"),
    "version": ("reconciler.cli.commands.version", "the version"),
}
"""Command → (its module, one line of help)."""

_ABOUT = """Plans, judges and applies the region configuration of the DNAnexus platform.

Desired regions are TOML under review; what can never be legal is refused with the
reason and a legal way out."""

_EPILOG = (
    "Exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in exitcodes.MEANINGS.items()) + "."
)


class LazyGroup(TyperGroup):
    """Knows its commands by name; makes one when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (typer's signature)
        return [*COMMANDS, *self._extensions]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 (typer's signature)
        if cmd_name in COMMANDS:
            module, help_line = COMMANDS[cmd_name]
            found = import_module(module)
            if hasattr(found, "app"):
                return _group(cmd_name, found.app, help_line)
            return _built(cmd_name, found.command, help_line)
        extension = self._extensions.get(cmd_name)
        if extension is not None:
            command = get_command(extension.load())
            command.name = cmd_name
            return command
        return None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 (typer's signature)
        with formatter.section("Commands"):
            formatter.write_dl(list(self._help_lines()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # "did you mean" looks at this mapping: names are enough, nothing is imported for them.
        if args and args[0] not in COMMANDS:
            self.commands.update(dict.fromkeys(self.list_commands(ctx)))  # type: ignore[arg-type] # names only
        return super().resolve_command(ctx, args)

    @cached_property
    def _extensions(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in sorted(entry_points(group=ENTRY_POINT_GROUP))}

    def _help_lines(self) -> Iterator[tuple[str, str]]:
        for name, (_, help_line) in COMMANDS.items():
            yield name, help_line
        for name, point in self._extensions.items():
            try:
                yield name, get_command(point.load()).get_short_help_str(60)
            except Exception as failure:  # a broken extension must not take the help with it
                yield name, f"cannot be loaded: {failure}"


def _built(name: str, function: Any, help_line: str) -> Any:
    app = plain_app()
    app.command(name, short_help=help_line)(function)
    command = get_command(app)
    command.name = name
    return command


def _group(name: str, app: typer.Typer, help_line: str) -> Any:
    """A command that has commands of its own."""
    command = get_command(app)
    command.name, command.short_help = name, help_line
    return command


def plain_app(**more: Any) -> typer.Typer:
    """A program, or a part of one, with the manners of this one."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        **more,
    )


def root() -> Any:
    """The command that stands for the program."""
    app = plain_app(cls=LazyGroup, no_args_is_help=True, help=_ABOUT, epilog=_EPILOG)

    @app.callback()
    def program() -> None:
        """Takes no option of its own."""

    return get_command(app)
