# shellcheck shell=bash
# Debian's Rust compiler, with the source of its standard library: std can be built for
# targets and with sanitizers of which rustup has none, from Debian's mirror alone.
# Sourced after common.sh.

# The series, 1.96 say; the newest where nothing is said.
rust_series=${PYBUF_CI_RUST:-}

newest_rust() {
    local versions
    versions=$(apt-cache madison rustc-web | awk '{ print $3 }')
    awk -v series="$rust_series" 'index($0, series) == 1 && !newest { newest = $0 } END { print newest }' \
        <<<"$versions"
}

# The host's std too: build scripts and procedural macros are made by the same compiler.
unpack_rust() { # unpack_rust ROOT VERSION
    local series
    series=$(cut -d. -f1,2 <<<"$2")
    rm -rf "$1"
    unpack_packages "$1" {rustc-web,rust-web-src,libstd-rust-web-dev,"libstd-rust-web-$series"}"=$2"
    cat >"$1/rustc" <<END
#!/bin/sh
LD_LIBRARY_PATH=$1/usr/lib/$(gcc -print-multiarch) exec $1/usr/bin/rustc "\$@"
END
    chmod +x "$1/rustc"
}

# use_debian_rust WHAT: makes cargo use that compiler, which builds std where cargo is given
# "${build_std[@]}"; or skips WHAT and ends the script.
#
# It is unpacked and not installed: on PATH it would stand before or behind rustup's.
use_debian_rust() {
    local what=$1 version root llvm
    install_packages gcc libc6-dev
    version=$(newest_rust)
    if [ ! -e "$cache/rust-$version.done" ]; then
        # The lists may be empty, or name a version that is gone.
        read_host_lists
        version=$(newest_rust)
    fi
    [ -n "$version" ] || skip_all "$what" "the mirror has no package rustc-web${rust_series:+ $rust_series}"
    root=$cache/rust-$version
    if [ ! -e "$root.done" ]; then
        step "unpacking rustc-web $version" unpack_rust "$root" "$version"
        touch "$root.done"
    fi
    llvm=$(apt-cache show "libstd-rust-web-$(cut -d. -f1,2 <<<"$version")=$version")
    install_packages "$(grep -o 'libllvm[0-9]*' <<<"$llvm" | sort -u)"
    rust_root=$root/usr
    export RUSTC=$root/rustc RUSTC_BOOTSTRAP=1
    build_std=(-Zbuild-std=std,panic_abort,panic_unwind,test)
}

# static_library TRIPLE [cargo flags]: builds it with that compiler; then $archive is its
# file, and $libraries are the flags for what it needs of the system.
static_library() {
    local triple=$1 messages
    shift
    messages=$(cargo rustc --quiet --locked --lib --crate-type staticlib --target "$triple" "${build_std[@]}" "$@" \
        --message-format=json -- --print native-static-libs)
    archive=$(grep -o '"[^"]*libpybuf[^"]*\.a"' <<<"$messages" | tail -n 1 | tr -d '"')
    libraries=$(grep -o 'native-static-libs: [^"\]*' <<<"$messages" | tail -n 1 | cut -d' ' -f2-)
}
