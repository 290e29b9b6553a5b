"""The platform's laws: pure functions from a read-only view of the world, a caller, a route, an input,
a clock and a source of ids to an answer or a refusal, and the effects.

Must not know where the world is kept, how calls travel, or anything of the tool that is tested
against it: no input or output, no clock, no randomness but what is handed in.
"""
