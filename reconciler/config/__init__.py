"""The desired state: TOML files in, a checked ``Workspace`` or every error at once out.

Knows TOML, files and positions, so that nothing else has to. Must not know providers, rules or plans.
"""

from reconciler.config.catalogue import catalogue
from reconciler.config.load import load
from reconciler.config.logins import whose

__all__ = ["catalogue", "load", "whose"]
