//! A lock between test programs: what several of them use is made by one.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

/// Held from its making to its drop. The kernel drops it with the process, so
/// that one which was killed blocks nobody.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else, in this process or another, holds the lock on
    /// this file.
    pub fn on(file: &Path) -> Lock {
        let open = File::options().create(true).append(true).open(file);
        let open = open.unwrap_or_else(|e| panic!("cannot open {}: {e}", file.display()));
        // `File::lock` needs a newer Rust than this library.
        loop {
            // SAFETY: the descriptor is that of an open file.
            if unsafe { libc::flock(open.as_raw_fd(), libc::LOCK_EX) } == 0 {
                return Lock { _file: open };
            }
            let error = io::Error::last_os_error();
            let interrupted = error.kind() == io::ErrorKind::Interrupted;
            assert!(interrupted, "cannot lock {}: {error}", file.display());
        }
    }
}
