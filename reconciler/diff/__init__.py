"""Desired × actual × baseline → changes.

``ownership`` says which project an address is, ``compare`` what differs, ``changes`` holds the
words for both. Judges nothing: whether a change is legal is for the rules.
"""
