#!/bin/sh
# Programs that must not compile, and what the compiler must say of them: the first line of each file
# has it as an extended regular expression.
#
#     refused.sh CC BUILD-FOLDER
set -u
cc=$1 build=$2
passed=0 failed=0 skipped=0
mkdir -p "$build"

has() { command -v "$1" > /dev/null 2>&1; }

fail()
{
    echo "FAIL refused/$1"
    sed 's/^/    /; 8q' "$build/log"
    failed=$((failed + 1))
}

# try COMPILER FLAGS...: every file in the compiler's language.
try()
{
    compiler=$1
    shift
    case $compiler in *++) files="refused/*.c refused/*.cpp" language="-x c++" ;; *) files="refused/*.c" language= ;; esac
    for file in $files; do
        expected=$(sed -n '1s|^/\* expect: \(.*\) \*/$|\1|p' "$file")
        # shellcheck disable=SC2086
        if $compiler $language "$@" -c "$file" -o "$build/object.o" > "$build/log" 2>&1; then
            if [ -z "$expected" ]; then passed=$((passed + 1)); else fail "$file with $compiler $*: compiles"; fi
        elif [ -n "$expected" ] && grep -E 'error' "$build/log" | grep -Eq "$expected"; then
            passed=$((passed + 1))
        else
            fail "$file with $compiler $*: another error"
        fi
    done
}

if $cc --version 2> /dev/null | grep -Eiq 'gcc|clang|free software foundation'; then
    try "$cc" -std=c99
else
    echo "SKIP refused: $cc is neither gcc nor clang"
    skipped=1
fi
if has clang; then try clang -std=c11; fi
if has g++; then try g++ -std=c++11; fi
if has clang++; then try clang++ -std=c++11; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
