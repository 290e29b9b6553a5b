"""Region configuration of the DNAnexus platform: planned, judged and applied from TOML under review.

This package is the core and the command line. It imports no provider: providers are found
through the entry point group ``reconciler.providers`` (see ``reconciler.provider``).
"""
