"""The client of the DNAnexus platform: login, calls, reading in bulk, single steps.

Knows no TOML, no rules and no plans beyond the one step that it is handed. The embedded platform
is driven by the very same code. Imports nothing by itself: commands that need no platform stay fast.
"""
