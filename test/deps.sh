#!/bin/sh
# Installs what the tests can make use of, where that is possible: Debian's or Ubuntu's packages,
# as root, only what is missing. Nothing here is an error: what cannot be installed leads to skipped
# tests.
set -u
packages="gcc make python3 clang g++ valgrind libclang-rt-dev musl-tools tcc gcc-arm-none-eabi
    picolibc-arm-none-eabi qemu-system-arm qemu-user libmpfr-dev python3-mpmath
    libc6-dev-arm64-cross gcc-arm-linux-gnueabi gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu
    gcc-s390x-linux-gnu gcc-powerpc-linux-gnu libmbedtls-dev openssl gcc-arm-linux-gnueabihf
    libc6-dev-armhf-cross libc6-dev-s390x-cross zsh fish mandoc frama-c-base why3 z3"

if ! command -v apt-get > /dev/null 2>&1 || ! command -v dpkg-query > /dev/null 2>&1; then
    echo "deps: no apt-get here; the tests use what there is"
    exit 0
fi
missing=
for package in $packages; do
    case $(dpkg-query -W -f '${Status}' "$package" 2> /dev/null) in
    *" installed") ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -z "$missing" ]; then
    echo "deps: nothing is missing"
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "deps: not root, so these are not installed:$missing"
    exit 0
fi
echo "deps: installing$missing"
export DEBIAN_FRONTEND=noninteractive
install="apt-get install -y -q --no-install-recommends"
apt-get update -q > /dev/null 2>&1 || echo "deps: warning: the package lists are not up to date"
# shellcheck disable=SC2086
if $install $missing > /dev/null 2>&1; then
    echo "deps: done"
    exit 0
fi
for package in $missing; do
    $install "$package" > /dev/null 2>&1 || echo "deps: warning: $package was not installed"
done
exit 0
