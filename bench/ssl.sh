#!/bin/sh
# The cost of pyfeat_ssl.h over Mbed TLS: instructions of a handshake (valgrind), times, memory.
#
#     ssl.sh BUILD-FOLDER CC
set -eu
build=$1 cc=$2
libs="-l:libmbedtls.a -l:libmbedx509.a -l:libmbedcrypto.a"
wrap="-Wl,--wrap=mbedtls_entropy_func,--wrap=time,--wrap=calloc,--wrap=malloc,--wrap=free"
mkdir -p "$build"
# MBEDTLS_CFLAGS and MBEDTLS_LIBS in the environment: another Mbed TLS than the system's
# shellcheck disable=SC2086
if ! $cc -std=gnu99 -O2 -Wall -Wextra ${MBEDTLS_CFLAGS:-} ssl.c -o "$build/ssl" $wrap \
    ${MBEDTLS_LIBS:-$libs} -lpthread 2> "$build/ssl.log"; then
    sed 3q "$build/ssl.log"
    echo "ssl: passed over, Mbed TLS (libmbedtls-dev) not found"
    exit 0
fi
python3 -B ../test/ssl_certs.py "$build/certs"
"$build/ssl" "$build/certs" times "${ROUNDS:-15}"
"$build/ssl" "$build/certs" memory
command -v valgrind > /dev/null || exit 0
count()
{
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build/ssl" "$build/certs" handshakes \
        "$1" "$2" "$3" 2>&1 | sed -n 's/.*Collected : //p'
}
each() { echo $((($(count "$1" "$2" 12) - $(count "$1" "$2" 2)) / 10)); }
ours=$(each ours chain) raw=$(each raw chain)
echo "instructions of a handshake, both sides: $ours, Mbed TLS alone $raw, difference" \
    "$((ours - raw))"
for shown in chain anchor; do
    echo "with its defaults ($shown): $(each defaults $shown), ours $(each ours $shown)"
done
