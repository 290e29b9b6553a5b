"""The options that several commands share, worded once."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Path: TypeAlias = Annotated[
    str, typer.Argument(metavar="PATH", help="The workspace: a folder of *.toml files, or one file.")
]
Format: TypeAlias = Annotated[str, typer.Option("--format", metavar="text|json|…", help="What stdout gets.")]
Write: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--write", metavar="FORMAT=FILE", help="Write it to a file too; may be repeated."),
]
Target: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="ADDR", help="Only this address and what it depends on; repeatable."),
]
Identity: TypeAlias = Annotated[
    str | None, typer.Option("--identity", metavar="NAME", help="Act as this one of [identities].")
]
NoColor: TypeAlias = Annotated[bool, typer.Option("--no-color", help="No colour, as with NO_COLOR.")]
Quiet: TypeAlias = Annotated[bool, typer.Option("-q", "--quiet", help="Only the last line.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("-v", "--verbose", help="Everything there is to say.")]
Directory: TypeAlias = Annotated[
    str | None, typer.Option("--workspace", metavar="DIR", help="The workspace of a saved plan.")
]
SkipRefused: TypeAlias = Annotated[
    bool, typer.Option("--skip-refused", help="Apply the rest of what is refused.")
]
Signers: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--require-signature",
        metavar="ALLOWED_SIGNERS",
        help="The saved plan must be signed by one of this file (see ssh-keygen(1)).",
    ),
]
Signature: TypeAlias = Annotated[
    str | None,
    typer.Option("--signature", metavar="FILE", help="Where that is. Default: FILE.sig"),
]
