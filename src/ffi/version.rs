//! Which library this is, and whether it fits the header.

use std::ffi::{c_char, c_int};

use super::run;
use crate::error::fail;
use crate::exporter::handle::ABI;

/// Version of this header, first number.
pub const PYBUF_VERSION_MAJOR: i32 = 0;
/// Version of this header, second number.
pub const PYBUF_VERSION_MINOR: i32 = 1;
/// Version of this header, third number.
pub const PYBUF_VERSION_PATCH: i32 = 0;

/// Changes when structs or handles change so that programs must be compiled anew.
pub const PYBUF_ABI: i32 = 1;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

const _: () = {
    assert!(PYBUF_ABI == ABI as i32);
    let digits = VERSION.as_bytes();
    assert!(digits.len() == 6, "the assertions below read x.y.z");
    assert!(digits[0] as i32 - '0' as i32 == PYBUF_VERSION_MAJOR);
    assert!(digits[2] as i32 - '0' as i32 == PYBUF_VERSION_MINOR);
    assert!(digits[4] as i32 - '0' as i32 == PYBUF_VERSION_PATCH);
};

/// The version of the library: "0.1.0". The string is static.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_version() -> *const c_char {
    VERSION.as_ptr().cast()
}

/// Checks that header and library fit: call pybuf_abi_check(PYBUF_ABI) once, where a
/// program that was compiled long ago may meet another library. Returns 0, or -1 with
/// PYBUF_ERR_RUNTIME.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_abi_check(abi: i32) -> c_int {
    run(-1, || {
        if abi == PYBUF_ABI {
            return Ok(0);
        }
        fail!(
            Runtime,
            "this program was compiled with a pybuf.h of ABI {abi}, the libpybuf {} in this process has \
             ABI {PYBUF_ABI}: compile with the header of the library that is installed",
            env!("CARGO_PKG_VERSION")
        )
    })
}
