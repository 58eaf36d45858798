//! Finding a Python that is already in the process.
//!
//! Nothing links libpython, so its functions are asked for by name at run time. The
//! interpreter may be the program itself, a shared library that everybody sees, or one that
//! a host has opened for itself alone: all loaded objects are looked through.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
#[cfg(not(any(unix, windows)))]
#[path = "elsewhere.rs"]
mod system;

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use crate::alloc::NoMemory;

/// Every CPython exports it, and no library that only forwards to one does.
const MARKER: &CStr = c"PyRun_SimpleStringFlags";

/// Where the names of the Python of this process are found.
pub(super) struct Symbols(system::Library);

impl Symbols {
    /// `None` where there is no Python in this process (yet).
    pub(super) fn of_python() -> Result<Option<Self>, NoMemory> {
        Ok(system::Library::with(MARKER)?.map(Self))
    }

    /// The address of a function or a variable, whose name ends in NUL.
    pub(super) fn get(&self, name: &str) -> Option<NonNull<c_void>> {
        let name = CStr::from_bytes_with_nul(name.as_bytes()).ok()?;
        NonNull::new(self.0.get(name))
    }
}
