#!/bin/sh
# Was a notification of `reconciler drift --notify` signed with our key? Exit code 0 if it was.
#
#   RECONCILER_NOTIFY_KEY=whsec_… verify.sh ID TIMESTAMP SIGNATURE < BODY
#
# The first three are the headers webhook-id, webhook-timestamp and webhook-signature; the body is as it came, byte for byte.
set -eu

age=$(($(date +%s) - $2))
if [ "$age" -gt 300 ] || [ "$age" -lt -300 ]; then
  echo "it was signed $age seconds ago" >&2
  exit 1
fi
key=$(printf %s "${RECONCILER_NOTIFY_KEY#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
wanted=$({ printf '%s.%s.' "$1" "$2"; cat; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
for one in $3; do
  if [ "$one" = "v1,$wanted" ]; then exit 0; fi
done
echo "none of its signatures is by our key" >&2
exit 1
