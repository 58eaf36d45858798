//! What a function leaves as it has found it on Windows: ten registers, in which a caller may keep
//! numbers.

use std::arch::asm;

use crate::copy::kernel::Level;
use crate::copy::kernel::transpose::job::Job;
use crate::copy::kernel::transpose::{Choice, transpose_all};
use crate::copy::loops::Loop;

const NUMBERS: [u128; 10] = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A job, at a level, and which way it goes.
struct Call<'a>(Level, &'a Job<'a>, Choice);

unsafe extern "C" fn call(what: &Call<'_>) {
    // SAFETY: as the caller promises.
    unsafe { transpose_all(what.0, what.1, Some(what.2)) };
}

/// What the registers have after a call that were given [`NUMBERS`] before.
///
/// # Safety
/// As for the job.
unsafe fn numbers_after(what: &Call<'_>) -> [u128; 10] {
    let mut numbers = NUMBERS;
    // SAFETY: as the caller promises; the stack has the room that a call wants, and is aligned.
    unsafe {
        asm!(
            "movups xmm6, [r12]",
            "movups xmm7, [r12 + 16]",
            "movups xmm8, [r12 + 32]",
            "movups xmm9, [r12 + 48]",
            "movups xmm10, [r12 + 64]",
            "movups xmm11, [r12 + 80]",
            "movups xmm12, [r12 + 96]",
            "movups xmm13, [r12 + 112]",
            "movups xmm14, [r12 + 128]",
            "movups xmm15, [r12 + 144]",
            "sub rsp, 32",
            "call r13",
            "add rsp, 32",
            "movups [r12], xmm6",
            "movups [r12 + 16], xmm7",
            "movups [r12 + 32], xmm8",
            "movups [r12 + 48], xmm9",
            "movups [r12 + 64], xmm10",
            "movups [r12 + 80], xmm11",
            "movups [r12 + 96], xmm12",
            "movups [r12 + 112], xmm13",
            "movups [r12 + 128], xmm14",
            "movups [r12 + 144], xmm15",
            inout("rcx") what => _,
            in("r12") &raw mut numbers,
            in("r13") call as unsafe extern "C" fn(&Call<'_>),
            clobber_abi("sysv64"),
        );
    }
    numbers
}

#[test]
fn registers_of_the_caller_are_left_alone() {
    // Rows that are whole lines, and others.
    let sides = [128, 130];
    for (side, size) in sides
        .into_iter()
        .flat_map(|side| [1, 2, 4, 8, 16].map(|size| (side, size)))
    {
        let from = vec![1u8; side * side * size];
        let mut to = from.clone();
        let across = (side * size) as isize;
        let one = |to, from| Loop {
            length: side,
            to,
            from,
        };
        let job = Job {
            to: to.as_mut_ptr(),
            from: from.as_ptr(),
            outer: &[],
            rows: &[one(across, size as isize)],
            columns: &[one(size as isize, across)],
            size,
        };
        for level in Level::all() {
            for choice in [Choice::Direct, Choice::Lines, Choice::Stage] {
                // SAFETY: so many items are in both.
                let numbers = unsafe { numbers_after(&Call(level, &job, choice)) };
                assert_eq!(numbers, NUMBERS, "{level:?}, {side}, {size}, {choice:?}");
            }
        }
    }
}
