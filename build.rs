//! Link arguments of the shared library, and what its vectors are; nothing is compiled or generated
//! here.

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
    name_vectors();
}

/// `pybuf_neon` where NEON is what every processor of the target has; `pybuf_vectors` where there
/// are vectors that the copy engine knows, found out at run time or not.
fn name_vectors() {
    let target = |name| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let has_neon = target("ARCH") == "aarch64"
        && target("ENDIAN") == "little"
        && target("FEATURE")
            .split(',')
            .any(|feature| feature == "neon");
    if has_neon {
        println!("cargo:rustc-cfg=pybuf_neon");
    }
    if has_neon || target("ARCH") == "x86_64" {
        println!("cargo:rustc-cfg=pybuf_vectors");
    }
}

fn link_arg(arg: &str) {
    println!("cargo:rustc-cdylib-link-arg={arg}");
}
