"""The workspace that ``init`` writes: small, commented, on the embedded platform, ready to plan and apply.

Must not know providers: the world file is text to this module.
"""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.config.editor import LINE, SCHEMA, schema_text
from reconciler.config.files import shown
from reconciler.model.diagnostics import DiagnosticsError, error

_CONFIG = f"""\
{LINE}

# The desired state: what should be true of your projects and of those who pay for them.
# To see what would be done: reconciler plan      To do it: reconciler apply

workspace = "starter"  # written as a mark on every project that is created

[provider]
type  = "sandbox"           # an embedded platform on this machine; "dnanexus" is the real one
world = "world/world.toml"  # what the sandbox holds at first; its state is kept in .reconciler/

# What is known of a payer. permitted_regions are granted by the platform's sales alone.
[orgs.org-example]
default_region    = "aws:eu-central-1"
permitted_regions = ["aws:eu-central-1", "aws:us-east-1"]

# Filled into each project that lacks the key.
[defaults.projects]
bill_to = "org-example"

# A region can never be changed once the project is there.
[projects.rnaseq]
name   = "RNA-seq"
region = "aws:eu-central-1"

# Without a region: the default region of the payer.
[projects.variants]
name = "Variant calls"

# A project that is there already. adopt = true writes our mark on it; without a mark it is left alone.
[projects.pilot]
name   = "Pilot study"
region = "aws:us-east-1"
adopt  = true
"""

_WORLD = """\
# What the sandbox holds at first. Change it, then start over with: reconciler sandbox reset

format = 1
seed   = 1
now    = "real"

[users.user-alice]
first             = "Alice"
last              = "Ames"
email             = "alice@example.org"
permitted_regions = ["aws:us-east-1"]
default_region    = "aws:us-east-1"

[[tokens]]
token = "alice-token"  # a value for the sandbox only; real tokens come from the environment
user  = "user-alice"

[orgs.org-example]
name              = "Example"
permitted_regions = ["aws:eu-central-1", "aws:us-east-1"]
default_region    = "aws:us-east-1"

[orgs.org-example.members.user-alice]
level = "ADMIN"

[[projects]]
name       = "Pilot study"
region     = "aws:us-east-1"
bill_to    = "org-example"
created_by = "user-alice"

[projects.members]
user-alice = "ADMINISTER"
"""

_FILES = {"reconciler.toml": _CONFIG, "world/world.toml": _WORLD}


def write(directory: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Writes the starter workspace into ``directory`` (made if it is not there); returns the files' paths.

    Raises DiagnosticsError, with nothing written, where a file of it exists already or other ``*.toml``
    would become part of the workspace; and where the files cannot be written.
    """
    folder = Path(directory)
    wanted = {folder / name: text for name, text in {**_FILES, SCHEMA: schema_text()}.items()}
    try:
        _refuse_to_overwrite(folder, tuple(wanted))
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
    except (OSError, ValueError) as problem:
        raise _not_written(folder, problem) from None
    return tuple(wanted)


def _refuse_to_overwrite(folder: Path, wanted: tuple[Path, ...]) -> None:
    there = [path for path in wanted if os.path.lexists(path)]
    others = sorted(path for path in folder.glob("*.toml") if path not in wanted and path.name[0] != ".")
    if there:
        raise error(
            "exists",
            f"would overwrite {', '.join(shown(str(path)) for path in there)}",
            "Nothing was written. Choose another folder: reconciler init NEW-FOLDER",
        )
    if others:
        raise error(
            "exists",
            f"{', '.join(shown(str(path)) for path in others)} would become part of the workspace",
            "Nothing was written. Choose another folder: reconciler init NEW-FOLDER",
        )


def _not_written(folder: Path, problem: OSError | ValueError) -> DiagnosticsError:
    why = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return error("not-written", f'the starter cannot be written to "{shown(str(folder))}": {why}')
