"""The page at ``/``, for people: the estate, the last calls, and why each refused one was refused.

It only looks. Must not change the world, ask the laws for a judgement of a call, or show a token.
"""
