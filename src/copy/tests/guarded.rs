//! Memory beside pages that nobody may touch: who reads or writes a byte outside ends the test.

/// So many bytes at one end of the pages.
pub(super) struct Guarded {
    first: *mut u8,
    _pages: Pages,
}

impl Guarded {
    /// Bytes that end where the guard behind begins, or begin where the guard before ends.
    pub(super) fn new(size: usize, at_end: bool) -> Self {
        let pages = Pages::new(size);
        let before = if at_end { pages.size - size } else { 0 };
        let first = pages.first.wrapping_add(before);
        Self {
            first,
            _pages: pages,
        }
    }

    pub(super) fn as_ptr(&self) -> *mut u8 {
        self.first
    }
}

struct Pages {
    first: *mut u8,
    /// Without the guards.
    size: usize,
    #[cfg(not(unix))]
    _memory: Vec<u8>,
}

#[cfg(not(unix))]
impl Pages {
    fn new(size: usize) -> Self {
        let mut memory = vec![0; size];
        let first = memory.as_mut_ptr();
        Self {
            first,
            size,
            _memory: memory,
        }
    }
}

#[cfg(unix)]
impl Pages {
    fn new(size: usize) -> Self {
        let size = size.next_multiple_of(Self::page()).max(Self::page());
        let all = size + 2 * Self::page();
        let (none, both) = (libc::PROT_NONE, libc::PROT_READ | libc::PROT_WRITE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: fresh pages, at no address in particular.
        let guard = unsafe { libc::mmap(std::ptr::null_mut(), all, none, flags, -1, 0) };
        assert_ne!(guard, libc::MAP_FAILED);
        let first = guard.cast::<u8>().wrapping_add(Self::page());
        // SAFETY: inside of the pages that have just been mapped.
        assert_eq!(unsafe { libc::mprotect(first.cast(), size, both) }, 0);
        Self { first, size }
    }

    fn page() -> usize {
        // SAFETY: it only asks.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
    }
}

#[cfg(unix)]
impl Drop for Pages {
    fn drop(&mut self) {
        let guard = self.first.wrapping_sub(Self::page());
        // SAFETY: mapped by `new`, with both guards.
        let unmapped = unsafe { libc::munmap(guard.cast(), self.size + 2 * Self::page()) };
        assert_eq!(unmapped, 0);
    }
}

/// Pages of which every second one, from the first on, may be touched.
#[cfg(unix)]
pub(super) struct Islands(Pages);

#[cfg(unix)]
impl Islands {
    pub(super) fn new(count: usize) -> Self {
        let page = Self::page();
        let pages = Pages::new(2 * count * page);
        for k in 0..count {
            let sea = pages.first.wrapping_add((2 * k + 1) * page);
            // SAFETY: one of the pages, and nothing is in it.
            let closed = unsafe { libc::mprotect(sea.cast(), page, libc::PROT_NONE) };
            assert_eq!(closed, 0);
        }
        Self(pages)
    }

    pub(super) fn as_ptr(&self) -> *mut u8 {
        self.0.first
    }

    /// Bytes of an island, and to the next one.
    pub(super) fn page() -> usize {
        Pages::page()
    }
}
