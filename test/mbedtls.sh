#!/bin/sh
# Fetches the TLS library of another Debian release, to test against, and unpacks it into FOLDER;
# nothing is installed, and apt's own state is not touched. Prints a line that says what stands there.
#
#     mbedtls.sh FOLDER [RELEASE]
#
# The mirror and the architecture are those that apt uses on this machine. The archive is signed by
# the keys of Debian's keyring. Exit status 1 where it cannot be had.
set -u
folder=$1 release=${2:-trixie}
package=libmbedtls-dev

give_up()
{
    echo "mbedtls: $1"
    exit 1
}

if [ -e "$folder/done" ]; then
    cat "$folder/done"
    exit 0
fi
command -v apt-get > /dev/null 2>&1 || give_up "no apt-get here"
command -v dpkg-deb > /dev/null 2>&1 || give_up "no dpkg-deb here"
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' \
    'Created-By: Packages' 2> /dev/null | sed -n 's/^Debian|Debian|main|//p' | sed 1q)
[ -n "$mirror" ] || give_up "apt knows no mirror of Debian here"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || give_up "$keyring is missing"

rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/empty" \
    "$folder/root" || give_up "cannot write to $folder"
folder=$(cd "$folder" && pwd)
state=$folder/apt
: > "$state/status"
echo "deb [signed-by=$keyring] $mirror $release main" > "$state/sources.list"
# The machine's own configuration (a proxy, say) stays in force, its sources do not.
apt_get()
{
    apt-get -q -o Dir::State="$state" -o Dir::State::Lists="$state/lists" \
        -o Dir::State::Status="$state/status" -o Dir::Cache="$state/cache" \
        -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts="$state/empty" \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts="$state/empty" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::http::Timeout=20 -o Acquire::Retries=1 "$@"
}

apt_get update > "$state/log" 2>&1 || give_up "cannot read the package lists of $release"
(cd "$state" && apt_get download "$package" >> log 2>&1) ||
    give_up "cannot download $package of $release"
dpkg-deb -x "$state/$package"_*.deb "$folder/root" || give_up "cannot unpack $package"
version=$(dpkg-deb -f "$state/$package"_*.deb Version)
# What the test programs are compiled and linked with: headers, and the libraries in whole.
include=$folder/root/usr/include
lib=$(find "$folder/root/usr/lib" -name libmbedtls.a -exec dirname {} \;)
[ -f "$include/mbedtls/ssl.h" ] && [ -n "$lib" ] || give_up "$package is not as expected"
echo "-isystem $include" > "$folder/cflags"
echo "$lib/libmbedtls.a $lib/libmbedx509.a $lib/libmbedcrypto.a" > "$folder/libs"
rm -rf "$state"
echo "mbedtls: $version of $release" > "$folder/done"
cat "$folder/done"
