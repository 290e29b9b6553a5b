#!/bin/sh
# What action.yml runs: hands its inputs, which come in the environment, to a script of this folder.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${RUN:?plan, apply or drift}" "${WORKSPACE:?a folder of TOML}" "${OUT:?a folder for what is written}"

if [ "$RUN" = plan ] && [ "${FORK-}" = true ]; then
  exec "$here/fork.sh" "$WORKSPACE" "$OUT" "${SNAPSHOT-}"
fi
set -f
# shellcheck disable=SC2086 # words, as the workflow's author wrote them; no file names are made of them
set -- ${OPTIONS-}
case $RUN in
  plan)
    [ -z "${APPLY_AS-}" ] || set -- --apply-as "$APPLY_AS" "$@"
    exec "$here/plan.sh" "$WORKSPACE" "$OUT" "$@"
    ;;
  apply) exec "$here/apply.sh" "$WORKSPACE" "$OUT" "$@" ;;
  drift)
    [ -z "${NOTIFY-}" ] || set -- --notify "$NOTIFY" "$@"
    exec "$here/drift.sh" "$WORKSPACE" "$OUT" "$@"
    ;;
  *)
    echo "error: the input run is \"$RUN\": write plan, apply or drift" >&2
    exit 64
    ;;
esac
