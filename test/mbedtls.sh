#!/bin/sh
# Gets another Mbed TLS than the system's, to test against, and says in FOLDER what to compile and
# link with; nothing is installed, and apt's own state is not touched. Prints a line that says what
# stands there.
#
#     mbedtls.sh FOLDER [RELEASE]      fetches that of a Debian release and unpacks it into FOLDER
#     mbedtls.sh FOLDER from TREE      takes the one in the folder TREE: where one is installed, or
#                                      its source with all its parts, which is built in FOLDER
#
# The mirror and the architecture are those that apt uses on this machine. The archive is signed by
# the keys of Debian's keyring. Exit status 1 where it cannot be had.
set -u
folder=$1 release=${2:-trixie} tree=
package=libmbedtls-dev
if [ "$release" = from ]; then tree=$(cd "$3" 2> /dev/null && pwd || echo "$3"); fi

give_up()
{
    echo "mbedtls: $1"
    exit 1
}

if [ -e "$folder/done" ] && { [ -z "$tree" ] || [ "$tree" = "$(cat "$folder/tree")" ]; }; then
    cat "$folder/done"
    exit 0
fi

# Build the source in $tree; $installed is where the library lies then.
build()
{
    [ -f "$tree/include/mbedtls/ssl.h" ] || give_up "$tree is no Mbed TLS"
    command -v cmake > /dev/null 2>&1 || give_up "no cmake here to build $tree with"
    if ! cmake -S "$tree" -B "$folder/build" -DENABLE_TESTING=Off -DENABLE_PROGRAMS=Off \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$folder/root" > "$folder/log" 2>&1 ||
        ! cmake --build "$folder/build" -j 2 --target install >> "$folder/log" 2>&1; then
        give_up "$tree cannot be built, see $folder/log"
    fi
    installed=$folder/root
}

if [ -n "$tree" ]; then
    rm -rf "$folder"
    mkdir -p "$folder" || give_up "cannot write to $folder"
    folder=$(cd "$folder" && pwd) installed=$tree
    [ ! -f "$tree/CMakeLists.txt" ] || build
    lib=$(find "$installed" -name libmbedtls.a -exec dirname {} \; 2> /dev/null | sed 1q)
    [ -f "$installed/include/mbedtls/ssl.h" ] && [ -n "$lib" ] || give_up "$tree has no Mbed TLS"
    crypto=$lib/libmbedcrypto.a
    [ ! -f "$lib/libtfpsacrypto.a" ] || crypto=$lib/libtfpsacrypto.a
    version=$(sed -n 's/^#define MBEDTLS_VERSION_STRING  *"\(.*\)"/\1/p' \
        "$installed/include/mbedtls/build_info.h" "$installed/include/mbedtls/version.h" \
        2> /dev/null | sed 1q)
    echo "-isystem $installed/include" > "$folder/cflags"
    echo "$lib/libmbedtls.a $lib/libmbedx509.a $crypto" > "$folder/libs"
    echo "$tree" > "$folder/tree"
    echo "mbedtls: $version of $tree" > "$folder/done"
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
