//! Link arguments of the shared library; nothing is compiled or generated here.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let major = env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    match os.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly" => {
            link_arg(&format!("-Wl,-soname,libpybuf.so.{major}"));
            // Python types, release callbacks and thread-locals point into the
            // library: once loaded it stays.
            link_arg("-Wl,-z,nodelete");
            // The library means its own functions, whatever else in the process has their
            // names: several copies of it are normal.
            link_arg("-Wl,-Bsymbolic-functions");
        }
        "macos" => link_arg(&format!("-Wl,-install_name,@rpath/libpybuf.{major}.dylib")),
        _ => {}
    }
}

fn link_arg(arg: &str) {
    println!("cargo:rustc-cdylib-link-arg={arg}");
}
