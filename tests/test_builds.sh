#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Same scenario, same seed: the same results from the other compiler and without OpenMP. WAYFARE and WAYFARE_TWINS come from make test.
set -u
wayfare=${WAYFARE:-./wayfare}
passed=0 failed=0 skipped=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

inputs() { # the arguments that begin a run, one a line
    local scenario
    for scenario in scenarios/*/scenario.cfg; do echo "run $scenario"; done
    if [ -d ../shared/flee/conflicts/mali2012 ]; then
        echo "flee ../shared/flee/conflicts/mali2012 --rules compat --days 150"
        echo "flee ../shared/flee/conflicts/mali2012 --rules fixed --days 150"
    fi
}

simulate() { # PROGRAM FILE ARGUMENT...
    local program=$1 file=$2
    shift 2
    "$program" "$@" --out "$file" --force >"$folder/said" 2>&1 || { tail -n 3 "$folder/said"; return 1; }
}

compare() { # TWIN ARGUMENT...: against the results at hand
    local twin=$1
    shift
    if simulate "$twin" "$folder/twin.h5" "$@" && "$wayfare" diff "$folder/ours.h5" "$folder/twin.h5" >"$folder/said" 2>&1; then
        passed=$((passed + 1))
    else
        echo "FAILED wayfare $*: $twin gives other results than $wayfare"
        head -n 5 "$folder/said"
        failed=$((failed + 1))
    fi
}

if [ -z "${WAYFARE_TWINS:-}" ]; then
    echo "skipped: no other builds to compare with"
    skipped=1
fi
while [ -n "${WAYFARE_TWINS:-}" ] && read -r -a arguments; do
    simulate "$wayfare" "$folder/ours.h5" "${arguments[@]}" || failed=$((failed + 1))
    for twin in $WAYFARE_TWINS; do compare "$twin" "${arguments[@]}"; done
done < <(inputs)
case ${WAYFARE_TWINS:-} in *twin/clang* | *twin/gcc* | "") ;; *) echo "skipped: no second compiler"; skipped=1 ;; esac
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
