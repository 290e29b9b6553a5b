"""Faults on demand: what goes wrong, at which call, and what it looks like to the caller.

  record     a fault as it is written in a world file
  budget     which fault strikes a call, and how often it has
  stage      what a fault does to the platform and to the answer
  past       reads that lag behind
  denial     rights that are taken away
  sockets    what only a connection can show: closed, silent, cut, of a wrong length

Only ``sockets`` knows of the web server; nothing here knows a law.
"""
