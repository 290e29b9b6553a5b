"""Telling somebody that drift's verdict has changed: a signed document, posted to a URL.

  target.py     a URL → where it may go
  addresses.py  which addresses may be connected to
  news.py       what was told last × what is so now → the document, or nothing to tell
  remembered.py what was told to whom, as one text
  signing.py    a document → its headers, in the manner of Standard Webhooks
  delivery.py   again and again until it is taken or the time is over
  exchange.py   one try: connect to an address that was looked at, post, and be cut off when the time is up

Must not know how drift finds, where what was told is remembered, or how anything is shown.
"""
