# shellcheck shell=bash
# What the scripts of this directory share: where things are kept, how work is shown,
# and one rule for what the mirror lacks. Sourced, never run.

# What fails within $(...) fails there, and is not taken for an empty answer.
shopt -s inherit_errexit

# Compilers, Pythons and whatever else takes long to make. It may be deleted at any time.
cache=${PYBUF_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/libpybuf-ci}
program=${0##*/}

say() { echo "$program: $*" >&2; }

die() {
    say "$*"
    exit 1
}

# step WHAT COMMAND...: says what begins; the command's output is for failures only.
step() {
    local what=$1 log status
    shift
    say "$what"
    log=$(mktemp)
    # Not within a condition: there bash would go on after a failure inside the command.
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1
    status=$?
    set -e
    [ $status = 0 ] || {
        tail -n 60 "$log" >&2
        die "failed: $what (all that it printed: $log)"
    }
    rm "$log"
}

# skip WHAT LACKING: today's mirror lacks something. That is no fault of this project,
# so it fails nothing; .ci/run repeats at its end what was written to PYBUF_CI_SKIPS.
skip() {
    echo "SKIPPED: $1: $2" >&2
    [ -z "${PYBUF_CI_SKIPS:-}" ] || echo "$1: $2" >>"$PYBUF_CI_SKIPS"
}

# The same where nothing is left to do.
skip_all() {
    skip "$@"
    exit 0
}

# One script at a time makes what all of them use.
lock_cache() {
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
}

unlock_cache() {
    # The descriptor lives on in what was started meanwhile; the lock must not.
    flock -u 9
    exec 9>&-
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

host_apt() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# Reads the machine's package lists, once a script and only where they are asked for.
host_lists_are_read=
read_host_lists() {
    [ -z "$host_lists_are_read" ] || return 0
    step "reading the package lists" host_apt update
    host_lists_are_read=yes
}

installed() { dpkg -s "$@" >/dev/null 2>&1; }

# The first of these packages that the lists do not have.
absent_package() {
    local package found
    for package in "$@"; do
        found=$(apt-cache madison "$package")
        if [ -z "$found" ]; then
            echo "$package"
            return
        fi
    done
}

# install_packages NAME...: those that are not here yet.
install_packages() {
    installed "$@" && return
    read_host_lists
    step "installing $*" host_apt install --no-install-recommends "$@"
}

# install_or_skip WHAT NAME...: the same for what may not be there today.
install_or_skip() {
    local what=$1 absent
    shift
    installed "$@" && return
    read_host_lists
    absent=$(absent_package "$@")
    [ -z "$absent" ] || skip_all "$what" "the mirror has no package $absent"
    step "installing $*" host_apt install --no-install-recommends "$@"
}

# unpack_packages DIR NAME[=VERSION]...: what they contain, below DIR and not on the machine.
unpack_packages() {
    local into=$1 downloads package
    shift
    downloads=$(mktemp -d)
    (cd "$downloads" && apt-get -qq -o APT::Sandbox::User=root download "$@")
    for package in "$downloads"/*.deb; do
        dpkg-deb -x "$package" "$into"
    done
    rm -r "$downloads"
}
