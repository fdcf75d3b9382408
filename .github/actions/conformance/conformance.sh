#!/usr/bin/env bash
# The steps of action.yml. Inputs come as environment variables, so that nothing in them is read as a command.
set -euo pipefail

home=$RUNNER_TEMP/gimg-conformance
program=$home/bin/gimg-conformance
previous=$home/previous
started=$home/started

say() { # LEVEL TITLE TEXT: an annotation
    printf '::%s title=%s::%s\n' "$1" "$2" "${3//$'\n'/ }"
}

put() { # NAME VALUE: an output of the step
    printf '%s=%s\n' "$1" "${2//$'\n'/}" >> "$GITHUB_OUTPUT"
}

refuse() { # TEXT: nothing was sent
    say error "gimg-conformance: nothing was tested" "$1"
    put verdict none
    put status 2
    exit 2
}

install() {
    local from=${INSTALL_FROM:-$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)}
    if [ "$(cat "$home/installed-from" 2> /dev/null)" = "$from" ]; then
        return # by an earlier step of this job
    fi
    if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        say error "gimg-conformance: Python 3.11 or newer is needed" \
            "$PYTHON is older, or is not there. Use actions/setup-python before this action, or name another in 'python'."
        exit 2
    fi
    "$PYTHON" -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check -- "$from"
    printf %s "$from" > "$home/installed-from"
}

keep_previous() { # The run may write to the same folder.
    rm -f "$previous"
    if [ -d "$PREVIOUS" ]; then
        PREVIOUS=$PREVIOUS/report.json
    fi
    if [ -f "$PREVIOUS" ]; then
        cp -- "$PREVIOUS" "$previous"
    fi
}

run() {
    case $REPORT_DIR in
        /*) put report-dir "$REPORT_DIR" ;;
        *) put report-dir "$PWD/$REPORT_DIR" ;;
    esac
    check
    if [ -n "$PREVIOUS" ]; then keep_previous; fi
    local key=env:GIMG_KEY # A command line can be read by others, the environment cannot.
    case $API_KEY in
        "" | env:*) key=$API_KEY ;;
        *) export GIMG_KEY=$API_KEY ;;
    esac
    unset API_KEY

    local -a options=(--report-dir "$REPORT_DIR")
    local line status=0
    if [ -n "$PROFILE" ]; then options+=(--profile "$PROFILE"); fi
    if [ -n "$KNOWN_FAILURES" ]; then options+=(--known-failures "$KNOWN_FAILURES"); fi
    if [ -n "$BASE_URL" ]; then options+=(--base-url "$BASE_URL"); fi
    if [ -n "$key" ]; then options+=(--api-key "$key"); fi
    if [ -n "$TARGET" ]; then options+=("$TARGET"); fi
    while IFS= read -r line; do
        if [ -n "$line" ]; then options+=("$line"); fi
    done <<< "$ARGUMENTS"
    touch "$started"
    "$program" run "${options[@]}" &
    attend $! || status=$?
    conclude "$status"
}

check() { # Without a target, the suite would test its own server, and find it conformant.
    if [ -z "$TARGET$BASE_URL" ]; then
        refuse "Neither 'target' nor 'base-url' is given. Give one, and look whether a variable or secret is set."
    fi
    if [ -n "$BASE_URL" ] && [ -z "$API_KEY" ]; then
        refuse "'base-url' needs 'api-key'. Look whether the secret is set: a pull request of a fork has none."
    fi
}

attend() { # PID: its exit status. Whoever cancels the job lets it remove its webhooks and write its report.
    local child=$1 status
    # shellcheck disable=SC2064 # the number is known now
    trap "kill -TERM $child 2> /dev/null || true" INT TERM
    while :; do
        status=0
        wait "$child" || status=$?
        kill -0 "$child" 2> /dev/null || break
    done
    status=0
    wait "$child" || status=$? # where a signal ended the wait, and not the run
    trap - INT TERM
    return "$status"
}

conclude() { # STATUS: the outputs, from a report that this run wrote
    local status=$1 verdict=none report=$REPORT_DIR/report.json
    if [ "$report" -nt "$started" ]; then
        verdict=$("$home/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1], "rb"))["verdict"])' "$report")
        # As the run prints it: what was chosen shows no deviation, and the target as a whole is undecided.
        if [ "$verdict $status" = "undecided 0" ]; then verdict=partial; fi
    else
        say error "gimg-conformance: there is no report" "The run ended with status $status. The log of this step says why."
    fi
    put verdict "$verdict"
    put status "$status"
    exit "$status"
}

compare() {
    if [ ! -f "$previous" ]; then
        say notice "gimg-conformance: nothing to compare with" "There is no previous report yet."
        return
    fi
    local status=0
    "$program" diff --to markdown -- "$previous" "$REPORT_DIR" > "$home/changes.md" || status=$?
    case $status in
        0) put regression false ;;
        1) put regression true ;;
        *)
            say warning "gimg-conformance: not compared" "The log of this step says why."
            return
            ;;
    esac
    cat "$home/changes.md" >> "$GITHUB_STEP_SUMMARY"
}

"$1"
