#!/bin/sh
# A changelog as Debian's tools want it; what changed stands in CHANGELOG.md.
set -eu
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' daemon/scrobblerd/__init__.py)
maintainer=$(sed -n 's/^Maintainer: //p' debian/control)
cat <<END
scrobblerd ($version) unstable; urgency=medium

  * See CHANGELOG.md.

 -- $maintainer  $(date -R)
END
