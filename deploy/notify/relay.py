#!/usr/bin/env python3
"""Passes notifications of `reconciler drift --notify` on to Slack and to mail. Needs nothing but Python 3.11.

    python3 relay.py PORT                   listens on this machine alone

RECONCILER_NOTIFY_KEY   the key with which they are signed
SLACK_WEBHOOK_URL       an incoming webhook of Slack (or of Mattermost); and, or
MAIL_TO, MAIL_FROM      addresses for a mail by way of SMTP_HOST (127.0.0.1) at SMTP_PORT (25)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import smtplib
import sys
import time
import urllib.request
from collections import OrderedDict
from collections.abc import Mapping
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

MOST_BYTES = 256_000
TOLERANCE = 300
"""Seconds by which the two clocks may differ: nobody can send an old notification again later."""
REMEMBERED = 1_000
"""Ids of what was passed on, with the way that it went."""


def verified(body: bytes, headers: Mapping[str, str], key: str, now: float) -> bool:
    """Was this body signed with the key, and a moment ago?"""
    delivery, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE:
        return False
    secret = base64.b64decode(key.removeprefix("whsec_"))
    mac = hmac.new(secret, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(mac)
    signatures = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(wanted, one) for one in signatures)


def to_slack(document: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Raises OSError."""
    if url := environ.get("SLACK_WEBHOOK_URL"):
        # Nothing in it may become a link or a mention of everybody.
        plain = document["text"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        body = json.dumps({"text": f"```{plain}```"}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5):
            pass


def to_mail(document: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Raises OSError, of which smtplib's errors are kinds."""
    if not environ.get("MAIL_TO"):
        return
    mail = EmailMessage()
    mail["From"], mail["To"] = environ["MAIL_FROM"], environ["MAIL_TO"]
    mail["Subject"] = document["title"]
    mail["Message-ID"] = f"<{document['delivery']}@reconciler>"
    mail.set_content(document["text"] + "\n")
    host, port = environ.get("SMTP_HOST", "127.0.0.1"), int(environ.get("SMTP_PORT", "25"))
    with smtplib.SMTP(host, port, timeout=5) as server:
        server.send_message(mail)


WAYS = (to_slack, to_mail)


class Relay(BaseHTTPRequestHandler):
    timeout = 10
    passed: ClassVar[OrderedDict[tuple[str, str], None]] = OrderedDict()

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= MOST_BYTES):
            return self._answer(413)
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not verified(body, headers, os.environ["RECONCILER_NOTIFY_KEY"], time.time()):
            return self._answer(401)
        return self._answer(204 if self._pass_on(headers["webhook-id"], json.loads(body)) else 502)

    def _pass_on(self, delivery: str, document: dict[str, Any]) -> bool:
        """By each way that it has not gone yet. Has it gone by all?"""
        missed = False
        for way in WAYS:
            if (delivery, way.__name__) in self.passed:
                continue
            try:
                way(document, os.environ)
            except OSError as failure:
                # Its text may hold the URL, which may be a secret.
                print(f"not passed on, {way.__name__}: {type(failure).__name__}", file=sys.stderr, flush=True)
                missed = True
            else:
                self.passed[delivery, way.__name__] = None
        while len(self.passed) > REMEMBERED:
            self.passed.popitem(last=False)
        return not missed

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


def main() -> None:
    if not os.environ.get("RECONCILER_NOTIFY_KEY"):
        sys.exit("RECONCILER_NOTIFY_KEY is not set: nothing could be verified")
    server = HTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 8787), Relay)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
