//! `dlsym`: first what the whole process sees, then object by object, which finds a
//! libpython that was opened `RTLD_LOCAL`.

use std::ffi::{CStr, c_void};

use crate::alloc::{NoMemory, try_extend};

/// What `dlsym` takes. It is never closed: addresses found in it stay valid.
pub(super) struct Library(*mut c_void);

impl Library {
    pub(super) fn with(marker: &CStr) -> Result<Option<Self>, NoMemory> {
        let everybody = Self(libc::RTLD_DEFAULT);
        if !everybody.get(marker).is_null() {
            return Ok(Some(everybody));
        }
        let names = loaded_objects()?;
        let names = names.split_inclusive(|&byte| byte == 0);
        Ok(names
            .filter_map(|name| CStr::from_bytes_with_nul(name).ok())
            .find_map(|name| Self::open_with(name, marker)))
    }

    /// A loaded object, if it has the marker.
    fn open_with(name: &CStr, marker: &CStr) -> Option<Self> {
        // SAFETY: opening what is loaded already runs no code of it.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY) };
        if handle.is_null() {
            return None;
        }
        let library = Self(handle);
        if library.get(marker).is_null() {
            // SAFETY: opened above; this takes back that one reference.
            unsafe { libc::dlclose(handle) };
            return None;
        }
        Some(library)
    }

    pub(super) fn get(&self, name: &CStr) -> *mut c_void {
        // SAFETY: a handle that was opened and not closed, or the default one.
        unsafe { libc::dlsym(self.0, name.as_ptr()) }
    }
}

/// The names of all loaded objects, each with its NUL. They are collected first and opened
/// later: the loader holds a lock while it lists them.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn loaded_objects() -> Result<Vec<u8>, NoMemory> {
    unsafe extern "C" fn note(
        info: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        names: *mut c_void,
    ) -> libc::c_int {
        // SAFETY: the loader gives a valid struct with a C string, and our own argument back.
        let noted = unsafe { note_name(&mut *names.cast(), (*info).dlpi_name) };
        // Anything but 0 ends the list.
        noted.is_err().into()
    }
    let mut names = Vec::new();
    // SAFETY: the callback fits, and its argument outlives the call.
    match unsafe { libc::dl_iterate_phdr(Some(note), (&raw mut names).cast()) } {
        0 => Ok(names),
        _ => Err(NoMemory),
    }
}

#[cfg(target_vendor = "apple")]
fn loaded_objects() -> Result<Vec<u8>, NoMemory> {
    let mut names = Vec::new();
    // SAFETY: no arguments; an index out of date gives NULL.
    unsafe {
        for image in 0..libc::_dyld_image_count() {
            note_name(&mut names, libc::_dyld_get_image_name(image))?;
        }
    }
    Ok(names)
}

/// Elsewhere what the whole process sees has to do.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
)))]
fn loaded_objects() -> Result<Vec<u8>, NoMemory> {
    Ok(Vec::new())
}

/// Adds a name, if there is one.
///
/// # Safety
/// `name` is NULL or a C string.
#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
))]
unsafe fn note_name(names: &mut Vec<u8>, name: *const libc::c_char) -> Result<(), NoMemory> {
    if name.is_null() {
        return Ok(());
    }
    // SAFETY: as the caller promises.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    match name {
        [0] => Ok(()),
        name => try_extend(names, name),
    }
}
