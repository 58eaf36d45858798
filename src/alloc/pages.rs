//! Pages of the system, for memory that is large.

/// From so many bytes on it pays to ask for huge pages. NumPy asks from there on, too.
#[cfg(target_os = "linux")]
const MANY: usize = 4 << 20;

/// Bytes of such a page, on most systems.
#[cfg(target_os = "linux")]
const HUGE: usize = 2 << 20;

/// Asks for huge pages for memory that is about to be written for the first time: the system is
/// entered for each page then, which takes five times as long as to write it.
///
/// Only such pages as lie in it as a whole are asked for. What has been asked for stays so when it is
/// freed and given away again, as with NumPy's arrays. Not for memory that is to grow: the system
/// moves none that is asked for in part, so that all of it would be copied. Where there are no huge
/// pages, or the system is set up not to give them, nothing changes.
pub(crate) fn prefer_huge_pages(start: *mut u8, size: usize) {
    #[cfg(target_os = "linux")]
    if size >= MANY {
        let skipped = start.addr().wrapping_neg() % HUGE;
        let whole = (size - skipped) / HUGE * HUGE;
        // SAFETY: the pages are the caller's, and stay as they are.
        let _ = unsafe {
            libc::madvise(
                start.wrapping_add(skipped).cast(),
                whole,
                libc::MADV_HUGEPAGE,
            )
        };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, size);
}

#[cfg(all(test, not(any(loom, pybuf_units)), target_os = "linux"))]
mod tests {
    use super::super::Block;
    use super::*;

    /// What the system knows of the memory at an address; `None` where it does not tell.
    fn flags(address: *mut u8) -> Option<String> {
        let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
        let mut is_there = false;
        for line in maps.lines() {
            if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| is_there) {
                return Some(flags.to_owned());
            }
            let range = line
                .split(' ')
                .next()
                .and_then(|range| range.split_once('-'));
            let ends =
                range.map(|(first, end)| [first, end].map(|at| usize::from_str_radix(at, 16)));
            if let Some([Ok(first), Ok(end)]) = ends {
                is_there = (first..end).contains(&address.addr());
            }
        }
        None
    }

    fn huge_pages_are_known() -> bool {
        std::fs::exists("/sys/kernel/mm/transparent_hugepage").unwrap_or(false)
    }

    #[test]
    fn huge_pages_are_asked_for_where_memory_is_large() {
        let block = Block::zeroed(9 << 20).unwrap();
        let middle = block.as_ptr().wrapping_add(4 << 20);
        if let Some(flags) = flags(middle).filter(|_| huge_pages_are_known()) {
            assert!(flags.split(' ').any(|flag| flag == "hg"), "{flags}");
        }
    }

    #[test]
    fn only_whole_huge_pages_are_asked_for() {
        const SIZE: usize = 16 << 20;
        let (fresh, private) = (
            std::ptr::null_mut(),
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: memory of its own.
        let mapped = unsafe { libc::mmap(fresh, SIZE, access, private, -1, 0) };
        assert_ne!(mapped, libc::MAP_FAILED);
        let start: *mut u8 = mapped.cast();
        // The memory begins and ends within huge pages, of which the parts stay as they are.
        let first = start.wrapping_add(start.align_offset(HUGE));
        prefer_huge_pages(first.wrapping_add(4096), 5 * HUGE);
        let is_asked = |page: usize| {
            let flags = flags(first.wrapping_add(page * HUGE + 8192))?;
            Some(flags.split(' ').any(|flag| flag == "hg"))
        };
        let asked: Vec<_> = (0..6).filter_map(is_asked).collect();
        // SAFETY: mapped above, and nobody has it.
        unsafe { libc::munmap(mapped, SIZE) };
        if huge_pages_are_known() {
            assert_eq!(asked, [false, true, true, true, true, false]);
        }
    }
}
