//! `GetProcAddress`, module by module.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use crate::alloc::NoMemory;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> *mut c_void;
    fn GetProcAddress(module: *mut c_void, name: *const c_char) -> *mut c_void;
    fn K32EnumProcessModules(
        process: *mut c_void,
        modules: *mut *mut c_void,
        size: u32,
        needed: *mut u32,
    ) -> c_int;
}

/// More modules than a process has, nearly always.
const MODULES: usize = 1024;

/// A loaded module.
pub(super) struct Library(*mut c_void);

impl Library {
    pub(super) fn with(marker: &CStr) -> Result<Option<Self>, NoMemory> {
        let mut modules = [ptr::null_mut(); MODULES];
        let size = size_of_val(&modules) as u32;
        let mut needed = 0;
        // SAFETY: room for `size` bytes of handles, and for the number.
        let listed = unsafe {
            K32EnumProcessModules(
                GetCurrentProcess(),
                modules.as_mut_ptr(),
                size,
                &raw mut needed,
            )
        };
        if listed == 0 {
            return Ok(None);
        }
        let count = needed.min(size) as usize / size_of::<*mut c_void>();
        let mut libraries = modules[..count].iter().map(|&module| Self(module));
        Ok(libraries.find(|library| !library.get(marker).is_null()))
    }

    pub(super) fn get(&self, name: &CStr) -> *mut c_void {
        // SAFETY: the handle of a module of this process; a Python is not unloaded.
        unsafe { GetProcAddress(self.0, name.as_ptr()) }
    }
}
