#!/bin/sh
# What a pipeline runs: hands its settings, which come in the environment, to a script of this folder.
#
#   RUN        plan, apply or drift
#   WORKSPACE  the folder of TOML
#   OUT        a folder for what is written
#   APPLY_AS   plan: the user who is going to apply, where this login only reads
#   FORK       plan: true for a pull request from a fork, which has no login
#   SNAPSHOT   plan, of a fork: a file of `reconciler snapshot`
#   NOTIFY     drift: where a change of the verdict is posted
#   OPTIONS    further options of the command, as words
set -eu
here=$(dirname -- "$0")
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
    echo "error: RUN is \"$RUN\": write plan, apply or drift" >&2
    exit 64
    ;;
esac
