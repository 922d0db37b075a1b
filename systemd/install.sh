#!/bin/sh
# install.sh install | uninstall: scrobblerd for the calling user; `make install` and
# `make uninstall` run it. PYTHON names the Python to install with.
#
# Once installed it does not need this checkout any more. What is uninstalled is what was
# installed, even where half of it is missing. The configuration and the state are the user's:
# nothing here touches them.
#
# With DESTDIR or PREFIX it puts the files of a package for all users in place, and starts nothing.
set -eu

checkout=$(cd "$(dirname "$0")/.." && pwd)
unit=scrobblerd.service
activation=org.scrobblerd.Scrobbler1.service

say() { printf '%s\n' "$*"; }
die() { say "scrobblerd: $*" >&2; exit 1; }
absolute_or() { case $1 in /*) say "$1" ;; *) say "$2" ;; esac; } # XDG ignores relative paths

home=${HOME:?is not set}
data=$(absolute_or "${XDG_DATA_HOME:-}" "$home/.local/share")
ours=$data/scrobblerd
venv=$ours/venv
made=$ours/made # the folders that were not there before
bin=$home/.local/bin
units=$(absolute_or "${XDG_CONFIG_HOME:-}" "$home/.config")/systemd/user
services=$data/dbus-1/services
until_logout=${XDG_RUNTIME_DIR:-/nonexistent}/dbus-1/services
# The same below the environment's share and the user's.
shared="
    man/man1/scrobblerctl.1
    man/man5/scrobblerd.toml.5
    man/man8/scrobblerd.8
    bash-completion/completions/scrobblerctl
    fish/vendor_completions.d/scrobblerctl.fish
    zsh/site-functions/_scrobblerctl
"

on_bus() {
    busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus "$@"
}

# Whether there are a user manager and a session bus: not so under su, in cron, in a build.
in_session() {
    systemctl --user show-environment >/dev/null 2>&1 && on_bus GetId >/dev/null 2>&1
}

# -- install --------------------------------------------------------------------------------------

install_all() {
    if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ]; then
        die "this installs for one user, and with sudo that would be root: run it without sudo"
    fi
    for command in scrobblerd scrobblerctl; do
        if is_foreign "$bin/$command"; then
            die "$bin/$command is of another installation: remove that, then install again"
        fi
    done
    # Before there was a list of its files, the unit was ours without a mark of that.
    ours_anyway=
    if [ -e "$made" ] && [ ! -e "$ours/service.json" ]; then ours_anyway=--force; fi
    make_folders "$ours" "$bin" || die "the folders for it can't be made"
    install_package
    for command in "$venv"/bin/scrobbler*; do
        ln -sfn "$command" "$bin/" || die "$bin can't be written to"
    done
    install_pages
    "$venv/bin/scrobblerctl" service install $ours_anyway || exit 1
    case ":$PATH:" in
        *":$bin:"*) ;;
        *) say "Note: $bin is not in your PATH; log in anew, or add it." ;;
    esac
}

# Whether something is there that is no link of ours.
is_foreign() {
    [ -e "$1" ] || [ -L "$1" ] || return 1
    case $(readlink "$1") in "$venv"/*) return 1 ;; esac
}

make_folders() {
    new=$(for folder in "$@"; do missing "$folder"; done)
    mkdir -p "$@" || return 1
    old=$(cat "$made" 2>/dev/null) || old=
    printf '%s\n%s\n' "$old" "$new" | sed '/^$/d' | sort -ru >"$made" # the innermost first
}

missing() {
    folder=$1
    while [ ! -d "$folder" ]; do
        say "$folder"
        folder=$(dirname "$folder")
    done
}

# An environment whose Python has gone, or is another one now, is made anew.
install_package() {
    python=${PYTHON:-python3}
    tell='import sys; print(sys.base_prefix, sys.version)'
    wanted=$("$python" -c "$tell") || die "$python does not run: name another one in PYTHON"
    if [ "$("$venv/bin/python" -c "$tell" 2>/dev/null)" != "$wanted" ]; then
        "$python" -m venv --clear "$venv" || die "$venv can't be made (its Python: $python)"
    fi
    say "Installing scrobblerd into $venv"
    # No cache: it would be left behind.
    "$venv/bin/python" -m pip --disable-pip-version-check --no-cache-dir install --quiet \
        --use-pep517 --upgrade "$checkout[library]" || die "pip could not install it; what it said is above"
}

# Manual pages and completions: where there is no room for them, it works without.
install_pages() {
    for page in $shared; do
        if is_foreign "$data/$page"; then
            say "Note: $data/$page is of another installation, and stays."
        elif [ ! -e "$venv/share/$page" ]; then
            rm -f "$data/$page" # an older version had it
        elif ! make_folders "$(dirname "$data/$page")" || ! ln -sfn "$venv/share/$page" "$data/$page"; then
            say "Note: $data/$page can't be made, and is left out."
        fi
    done
}

# -- for all users --------------------------------------------------------------------------------

install_for_all() {
    python=${PYTHON:-python3}
    prefix=${PREFIX:-/usr/local}
    root=${DESTDIR:-}
    tools=$(mktemp -d)
    trap 'rm -rf "$tools"' EXIT
    "$python" -m venv --system-site-packages "$tools" || die "$python can't make environments"
    "$tools/bin/python" -c 'import hatchling' 2>/dev/null ||
        "$tools/bin/python" -m pip --disable-pip-version-check install --quiet hatchling ||
        die "hatchling is needed to build it"
    (cd "$checkout" && "$tools/bin/python" -m hatchling build -t wheel -d "$tools" >/dev/null 2>&1) ||
        die "hatchling could not build it"
    # Debian's Python adds /local to a prefix by itself, unless it is told that this is a package.
    layout=deb base=$prefix
    if [ "${prefix##*/}" = local ] && is_debians "$python"; then layout='' base=${prefix%/local}; fi
    DEB_PYTHON_INSTALL_LAYOUT=$layout "$tools/bin/python" -m pip --python "$(command -v "$python")" \
        --disable-pip-version-check install --quiet --root-user-action=ignore --no-deps --no-index --no-compile \
        --ignore-installed --no-warn-script-location --root "${root:-/}" --prefix "$base" \
        "$tools"/scrobblerd-*.whl || die "pip could not install it; what it said is above"
    # They would say that pip looks after it.
    for mark in INSTALLER RECORD REQUESTED direct_url.json; do
        find "$root$prefix/lib" -path "*/scrobblerd-*.dist-info/$mark" -delete
    done
    put_for_all "$unit" "$root$prefix/lib/systemd/user"
    put_for_all "$activation" "$root$prefix/share/dbus-1/services"
    say "scrobblerd is in $root$prefix. For each user: systemctl --user enable --now $unit"
}

is_debians() {
    "$1" -c 'import sys, sysconfig; sys.exit("posix_local" not in sysconfig.get_scheme_names())'
}

put_for_all() {
    mkdir -p "$2" && sed "s|/usr/bin/scrobblerd|$prefix/bin/scrobblerd|" "$checkout/systemd/$1" \
        >"$2/$1" || die "$2 can't be written to"
    chmod 644 "$2/$1"
}

# -- uninstall ------------------------------------------------------------------------------------

uninstall_all() {
    # The rest is for a half installation, and for one of an older version.
    "$venv/bin/scrobblerctl" service remove --force >/dev/null 2>&1 || :
    rm -f "$services/$activation" "$until_logout/$activation" || die "$services/$activation can't be removed"
    if in_session; then
        on_bus ReloadConfig >/dev/null || : # first, so that no call starts it again
        systemctl --user --quiet disable --now "$unit" 2>/dev/null || :
    fi
    rm -f "$units/$unit" "$units/default.target.wants/$unit" || die "$units/$unit can't be removed"
    rmdir "$units/default.target.wants" 2>/dev/null || :
    for command in "$bin"/scrobbler*; do
        is_foreign "$command" || rm -f "$command"
    done
    for page in $shared; do
        is_foreign "$data/$page" || rm -f "$data/$page"
    done
    folders=$(cat "$made" 2>/dev/null) || folders=
    rm -rf "$venv" "$made" || die "$venv can't be removed"
    printf '%s\n' "$folders" "$ours" | while read -r folder; do
        rmdir "$folder" 2>/dev/null || : # what others have put something into, stays
    done
    if in_session; then
        systemctl --user daemon-reload || :
        systemctl --user reset-failed "$unit" 2>/dev/null || :
    else
        say "There is no session here to stop it in; if it runs: systemctl --user stop $unit"
    fi
    say "scrobblerd is uninstalled. Your configuration and its state (queue, history) are kept."
}

case ${1:-} in
    install) if [ -n "${DESTDIR:-}${PREFIX:-}" ]; then install_for_all; else install_all; fi ;;
    uninstall) uninstall_all ;;
    *) die "usage: install.sh install | uninstall" ;;
esac
