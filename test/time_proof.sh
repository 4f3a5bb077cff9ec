#!/bin/sh
# Frama-C's proof of the time room: see time_proof.c, whose functions with a contract are all tried.
#
#     time_proof.sh BUILD-FOLDER
set -u
build=$1
mkdir -p "$build"
for tool in frama-c why3 z3; do
    command -v $tool > /dev/null 2>&1 && continue
    echo "SKIP proof: $tool not found (Debian: frama-c-base, why3 and z3)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
done
HOME=$(cd "$build" && pwd)
export HOME
why3 config detect > "$build/why3.log" 2>&1
functions=$(tr '\n' ' ' < time_proof.c | sed 's|\*/|\n|g' |
    sed -n 's|^ *[a-z][a-z0-9_ ]* \**\(pyfi*_[a-z0-9_]*\)(.*|\1|p' | tr '\n' ',')
frama-c -wp -wp-rte -wp-prover z3 -wp-timeout 60 -wp-par 1 -machdep x86_64 -wp-split \
    -cpp-extra-args="-U__SIZEOF_INT128__ -U__GNUC__ -DPYFEAT_NO_ATOMICS" \
    -wp-fct "${functions%,}" time_proof.c > "$build/proof.log" 2>&1
line=$(sed -n 's|.*Proved goals: *||p' "$build/proof.log")
echo "proof: $line goals of $(echo "$functions" | tr ',' '\n' | grep -c .) functions"
# shellcheck disable=SC2086
set -- $line
if [ $# = 3 ] && [ "$1" = "$3" ] && [ "$1" -gt 200 ]; then
    echo "1 passed, 0 failed, 0 skipped"
else
    grep ' : Failed\| : Timeout\| : Unknown\|rror:\|aborted' "$build/proof.log" | sed 40q
    echo "0 passed, 1 failed, 0 skipped"
fi
