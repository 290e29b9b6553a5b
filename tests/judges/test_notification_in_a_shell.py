"""deploy/notify/verify.sh: a notification verified by openssl alone."""

from __future__ import annotations

import base64
import os
import subprocess
import time

from support.marks import ROOT

from reconciler.notify.signing import headers, keys

KEY = "whsec_" + base64.b64encode(bytes(range(40))).decode()
BODY = '{"title": "ünew", "text": "a\\nb"}'.encode()


def code(sent: dict[str, str], body: bytes = BODY) -> int:
    words = [sent["webhook-id"], sent["webhook-timestamp"], sent["webhook-signature"]]
    script = str(ROOT / "deploy" / "notify" / "verify.sh")
    environ = {**os.environ, "RECONCILER_NOTIFY_KEY": KEY}
    return subprocess.run([script, *words], input=body, env=environ, check=False).returncode


def test_openssl_verifies_what_we_sign_and_nothing_else() -> None:
    now = int(time.time())
    ours = headers("drift-1", now, BODY, keys(KEY))
    assert code(ours) == 0
    assert code(headers("drift-1", now, BODY, (b"an old key, not theirs", *keys(KEY)))) == 0
    assert code(ours, BODY + b"\n") == 1
    assert code({**ours, "webhook-id": "drift-2"}) == 1
    assert code(headers("drift-1", now - 600, BODY, keys(KEY))) == 1
    assert code(headers("drift-1", now, BODY, (b"another key of enough bytes",))) == 1
