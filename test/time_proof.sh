#!/bin/sh
# Frama-C's proof of the time room: see time_proof.c, whose functions with a contract are all tried,
# and its lemmas.
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
proved=0 goals=0

# prove NAME MACRO OPTIONS...: something with the axioms of MACRO. What ends a proof that is not
# found is a number of steps, which is the same on a busy machine.
prove()
{
    log=$build/$1.log flags="-U__SIZEOF_INT128__ -U__GNUC__ -DPYFEAT_NO_ATOMICS -D$2"
    shift 2
    frama-c -wp -wp-rte -wp-prover z3 -wp-steps 300000000 -wp-timeout 900 -wp-par 1 \
        -machdep x86_64 -cpp-extra-args="$flags" "$@" time_proof.c > "$log" 2>&1
    line=$(sed -n 's|.*Proved goals: *||p' "$log")
    # shellcheck disable=SC2086
    set -- ${line:-0 / 1}
    proved=$((proved + $1)) goals=$((goals + $3))
    [ "$1" = "$3" ] || grep ' : Failed\| : Timeout\| : Unknown\|rror:\|aborted' "$log" | sed 40q
}

# Those that a macro is needed for; and all.
of() { sed -n "s|^ \* $1 ||p" time_proof.c | tr '\n' ' '; }
all=$(tr '\n' ' ' < time_proof.c | sed 's|\*/|\n|g' |
    sed -n 's|^ *[a-z][a-z0-9_ ]* \**\(pyfi*_[a-z0-9_]*\)(.*|\1|p')
shifts=$(of PROOF_OF_SHIFTS) bits=$(of PROOF_OF_64_BITS) rest=
for function in $all; do
    case " $shifts $bits " in
    *" $function "*) ;;
    *) rest=$rest$function, ;;
    esac
done
list() { echo "-wp-fct=$(echo "$*" | tr ' ' ',')"; }
prove rest PROOF "-wp-fct=${rest%,}"
# shellcheck disable=SC2086
{
    prove shifts PROOF_OF_SHIFTS "$(list $shifts)"
    prove bits PROOF_OF_64_BITS -wp-split "$(list $bits)"
}
prove lemmas PROOF_OF_SHIFTS -wp-prop=@lemma
count=$(echo "$all" | grep -c .)
echo "proof: $proved / $goals goals of $count functions"
if [ "$proved" = "$goals" ] && [ "$goals" -gt 600 ]; then
    echo "1 passed, 0 failed, 0 skipped"
else
    echo "0 passed, 1 failed, 0 skipped"
fi
