"""The plan document: sealed, written, read back and checked, compared with what is true now.

Must not know how a plan is made, shown or carried out, nor anything of TOML or providers.
"""

from __future__ import annotations

from reconciler.model.entries import entry_of, key_of, value_of
from reconciler.planfile.against import PlanDifference, against
from reconciler.planfile.differences import Difference, differences
from reconciler.planfile.document import digest_of, dumps, seal
from reconciler.planfile.files import is_plan_file, parse, read, read_bytes, write
from reconciler.planfile.schemas import drift_schema, notification_schema, plan_schema, schema_of
from reconciler.planfile.stale import StaleFact, at_target, scope_of, stale

__all__ = [
    "Difference",
    "PlanDifference",
    "StaleFact",
    "against",
    "at_target",
    "differences",
    "digest_of",
    "drift_schema",
    "dumps",
    "entry_of",
    "is_plan_file",
    "key_of",
    "notification_schema",
    "parse",
    "plan_schema",
    "read",
    "read_bytes",
    "schema_of",
    "scope_of",
    "seal",
    "stale",
    "value_of",
    "write",
]
