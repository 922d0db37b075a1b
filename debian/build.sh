#!/bin/sh
# build.sh SDIST FOLDER: a Debian package from an sdist, put into FOLDER. `make deb` runs it.
#
# The version stands in the Python package alone, so debian/changelog is made here; what changed
# stands in CHANGELOG.md. Debian's own Python builds it, whichever others come first in PATH.
set -eu
sdist=$(realpath "$1") folder=$(realpath "$2")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
tar -xzf "$sdist" -C "$tree"
cd "$tree"/scrobblerd-*
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' daemon/scrobblerd/__init__.py)
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
cat >debian/changelog <<END
scrobblerd ($version) unstable; urgency=medium

  * See CHANGELOG.md.

 -- $maintainer  $(date -R)
END
PATH=/usr/sbin:/usr/bin:/sbin:/bin dpkg-buildpackage --build=binary --no-sign
cp ../*.deb "$folder"
