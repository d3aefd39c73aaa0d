#!/bin/sh
# Starts what turns Codex into platform events: an adapter that uses Codex's own event mode where the installed
# release has one that is usable, the bridge where it has none.
#
#   run.sh [OPTION...]       choose and run; options go to `codexbridge serve`
#   run.sh --healthcheck     exit 0 if the bridge could run
#
# CODEX_PATH              the Codex program (default: codex)
# CODEX_HEADLESS_ADAPTER  command to run when there is a usable event mode
# CODEX_MODE              tui: always the bridge; headless: always the adapter; auto (default): choose
# CODEXBRIDGE             the codexbridge program (default: the one on the PATH, else of python3)
# CODEXBRIDGE_REPAIR      what the release never draws is sent from its rollout file; empty turns that off
set -eu

: "${CODEXBRIDGE_REPAIR=rollout}"
export CODEXBRIDGE_REPAIR

fail() {
    echo "error: $1" >&2
    exit "${2:-1}"
}

bridge() {
    if [ -n "${CODEXBRIDGE:-}" ]; then
        "$CODEXBRIDGE" "$@"
    elif command -v codexbridge >/dev/null 2>&1; then
        codexbridge "$@"
    else
        python3 -m codexbridge "$@"
    fi
}

run_bridge() {
    if [ -n "${CODEXBRIDGE:-}" ]; then
        exec "$CODEXBRIDGE" serve --platform "$@"
    elif command -v codexbridge >/dev/null 2>&1; then
        exec codexbridge serve --platform "$@"
    else
        exec python3 -m codexbridge serve --platform "$@"
    fi
}

run_adapter() {
    # The variable holds a command with its arguments; the shell takes it apart.
    exec /bin/sh -c "exec $CODEX_HEADLESS_ADAPTER"
}

if [ "${1:-}" = --healthcheck ]; then
    bridge probe >/dev/null
    exit 0
fi

mode=${CODEX_MODE:-auto}
case $mode in
    auto | tui | headless) ;;
    *) fail "CODEX_MODE is '$mode': set it to auto, tui or headless" 2 ;;
esac
if [ "$mode" = headless ] && [ -z "${CODEX_HEADLESS_ADAPTER:-}" ]; then
    fail "CODEX_MODE is headless but CODEX_HEADLESS_ADAPTER is empty: name the adapter's command in it" 2
fi

# A Codex that cannot be asked is the bridge's to complain about: it tells the platform too.
facts=$(bridge probe 2>/dev/null) || facts=
[ -z "$facts" ] || printf '%s\n' "$facts"

if [ "$mode" = auto ]; then
    mode=tui
    case $facts in
        *'"usable":true'*) [ -z "${CODEX_HEADLESS_ADAPTER:-}" ] || mode=headless ;;
    esac
fi

case $mode in
    headless) run_adapter ;;
    *) run_bridge "$@" ;;
esac
