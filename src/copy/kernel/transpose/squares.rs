//! Squares of a cache line by a cache line, by vectors of AVX-512: so many rows as one line of the
//! source has items, of one line of the destination each.
//!
//! They are [tiles](super::tile) of four lanes. What is gained over two lanes is that whole lines
//! are stored, where the stores of half a line take as long; and that sixteen vectors of single
//! bytes, and those that they become, fit into the registers: of AVX2's sixteen some go to the
//! stack and back. Interleaving itself is no faster, and is what limits them in the first cache:
//! 64 bytes in as many cycles as there are rounds.
//!
//! The instructions are written out, and with them which registers hold what: all that there are
//! are used, and a compiler that has one too few puts vectors on the stack.

use std::arch::asm;

use super::plane::{Ahead, LINE, Plane};
use super::tile::Pitch;

/// Bytes of a lane.
pub(super) const LANE: usize = 16;

/// What transposes tiles that follow one another along a line of the source.
pub(super) trait Tiles {
    /// Bytes of an item.
    const SIZE: usize;

    /// So many tiles, one at least. What streams begins lines.
    ///
    /// # Safety
    /// All items lie in live memory, those of `to` writable; the two do not overlap. The
    /// processor has AVX-512 with single bytes.
    unsafe fn move_all(to: ToRows, from: FromColumns, count: usize, stores: Stores);
}

/// Where the first row lies, and how far apart they are.
pub(super) type ToRows = (*mut u8, isize);

/// The same for columns.
pub(super) type FromColumns = (*const u8, isize);

#[derive(Clone, Copy)]
pub(super) enum Stores {
    ToCache,
    /// The same, and the lines are asked for before.
    Ahead,
    PastCache,
}

/// Whether a plane holds a tile.
pub(super) fn fit<T: Tiles>(plane: &Plane<Pitch, Pitch>) -> bool {
    plane.rows >= LANE / T::SIZE && plane.columns >= LINE / T::SIZE
}

/// Transposes a plane that they [fit] into.
///
/// # Safety
/// As for [`Tiles::move_all`].
pub(super) unsafe fn squares<T: Tiles>(plane: Plane<Pitch, Pitch>, ahead: Ahead) {
    let (side, tile_rows) = (LINE / T::SIZE, LANE / T::SIZE);
    let last_column = plane.columns - side;
    // SAFETY: there is a row.
    let first_step = unsafe { plane.first_step(side, T::SIZE) };
    let stores = match ahead {
        Ahead::Nothing => Stores::ToCache,
        Ahead::Stores | Ahead::Both => Stores::Ahead,
    };
    let (Pitch(to_pitch), Pitch(from_pitch)) = (plane.to_rows, plane.from_columns);
    let mut strip = 0;
    while strip < plane.rows {
        let end = plane.rows.min(strip + side);
        let mut column = 0;
        loop {
            let to = plane.to.wrapping_add(column * T::SIZE);
            let from = plane.from.wrapping_offset(column as isize * from_pitch);
            let mut row = strip;
            while row < end {
                // The last tile overlaps the one before.
                let (first, count) = match (end - row) / tile_rows {
                    0 => (end - tile_rows, 1),
                    count => (row, count),
                };
                let to = to.wrapping_offset(first as isize * to_pitch);
                let from = from.wrapping_add(first * T::SIZE);
                // SAFETY: the tiles lie in the plane.
                unsafe { T::move_all((to, to_pitch), (from, from_pitch), count, stores) };
                row = first + count * tile_rows;
            }
            if column == last_column {
                break;
            }
            let step = if column == 0 { first_step } else { side };
            column = last_column.min(column + step);
        }
        strip = end;
    }
}

/// Fills the four lanes of vectors from four places each: up to four vectors, whose places follow
/// one another.
macro_rules! load {
    ($($vector:literal at $place:literal),*) => {
        concat!($(
            "vmovdqu32 xmm", $vector, ", xmmword ptr [r8", $place, "]\n",
            "vinserti32x4 ymm", $vector, ", ymm", $vector, ", xmmword ptr [r9", $place, "], 1\n",
            "vinserti32x4 zmm", $vector, ", zmm", $vector, ", xmmword ptr [r10", $place, "], 2\n",
            "vinserti32x4 zmm", $vector, ", zmm", $vector, ", xmmword ptr [r11", $place, "], 3\n",
        )*)
    };
}

/// All vectors of a tile.
macro_rules! load_all {
    ($($a:literal $($b:literal $($c:literal $d:literal)?)?),*) => {
        concat!(
            "lea r9, [rsi + r13]\nlea r10, [rsi + 2*r13]\nlea r11, [r9 + 2*r13]\nmov r8, rsi\n",
            $(
                load!($a at "" $(, $b at " + rdx" $(, $c at " + 2*rdx", $d at " + r12")?)?),
                "lea r8, [r8 + 4*rdx]\nlea r9, [r9 + 4*rdx]\n",
                "lea r10, [r10 + 4*rdx]\nlea r11, [r11 + 4*rdx]\n",
            )*
        )
    };
}

/// Interleaves what two vectors have, for some of them.
macro_rules! round {
    ($items:literal: $($a:literal)*, $($b:literal)* => $($low:literal $high:literal)*) => {
        concat!($(
            "vpunpckl", $items, " zmm", $low, ", zmm", $a, ", zmm", $b, "\n",
            "vpunpckh", $items, " zmm", $high, ", zmm", $a, ", zmm", $b, "\n",
        )*)
    };
}

macro_rules! store {
    ($how:tt: $($vector:literal at $place:literal),*) => {
        concat!($(
            ask!($how, $place),
            store!($how), " zmmword ptr [r8", $place, "], zmm", $vector, "\n",
        )*)
    };
    (past_cache) => {
        "vmovntdq"
    };
    ($how:tt) => {
        "vmovdqu64"
    };
}

/// Asks for the line two further on, to be written. All these processors have that.
macro_rules! ask {
    (ahead, $place:literal) => {
        concat!("prefetchw byte ptr [r8", $place, " + 128]\n")
    };
    ($how:tt, $place:literal) => {
        ""
    };
}

macro_rules! store_all {
    ($how:tt: $($a:literal $($b:literal $($c:literal $d:literal)?)?),*) => {
        concat!("mov r8, rdi\n", $(
            store!(
                $how: $a at "" $(, $b at " + rax" $(, $c at " + 2*rax", $d at " + r14")?)?
            ),
            "lea r8, [r8 + 4*rax]\n",
        )*)
    };
}

/// What does with tiles of so many rows what is to be done with one, and something at the end.
macro_rules! tiles {
    ($name:ident, $size:literal, $tile:ident, $end:literal, $inline:meta) => {
        pub(super) struct $name;

        impl Tiles for $name {
            const SIZE: usize = $size;

            #[$inline]
            unsafe fn move_all(to: ToRows, from: FromColumns, count: usize, stores: Stores) {
                let tiles = (to, from, count);
                // SAFETY: nothing is read or written but items of the tiles; what is asked for
                // need not exist.
                unsafe {
                    match stores {
                        Stores::ToCache => all!(tiles, $size, $tile!(to_cache), $end),
                        Stores::Ahead => all!(tiles, $size, $tile!(ahead), $end),
                        Stores::PastCache => all!(tiles, $size, $tile!(past_cache), $end),
                    }
                }
            }
        }
    };
}

macro_rules! all {
    ($tiles:ident, $size:literal, $tile:expr, $end:literal) => {{
        let ((to, to_pitch), (from, from_pitch), count) = $tiles;
        asm!(
            "2:",
            $tile,
            "add rsi, 16",
            "add rdi, r15",
            "sub rcx, 1",
            "jnz 2b",
            $end,
            inout("rcx") count => _,
            inout("rsi") from => _,
            in("rdx") from_pitch,
            in("r12") from_pitch.wrapping_mul(3),
            in("r13") from_pitch.wrapping_mul((LANE / $size) as isize),
            inout("rdi") to => _,
            in("rax") to_pitch,
            in("r14") to_pitch.wrapping_mul(3),
            in("r15") to_pitch.wrapping_mul((LANE / $size) as isize),
            out("r8") _,
            out("r9") _,
            out("r10") _,
            out("r11") _,
            clobber_abi("C"),
            options(nostack),
        )
    }};
}

macro_rules! bytes {
    ($how:tt) => {
        concat!(
            load_all!(16 17 18 19, 20 21 22 23, 24 25 26 27, 28 29 30 31),
            round!("bw": 16 17 18 19 20 21 22 23, 24 25 26 27 28 29 30 31
                => 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15),
            round!("bw": 0 1 2 3 4 5 6 7, 8 9 10 11 12 13 14 15
                => 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31),
            round!("bw": 16 17 18 19 20 21 22 23, 24 25 26 27 28 29 30 31
                => 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15),
            round!("bw": 0 1 2 3 4 5 6 7, 8 9 10 11 12 13 14 15
                => 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31),
            store_all!($how: 16 17 18 19, 20 21 22 23, 24 25 26 27, 28 29 30 31),
        )
    };
}
// The first sixteen registers are those of older instructions too. A call takes little beside so
// large a tile, and much room would be taken if there were none.
tiles!(Bytes, 1, bytes, "vzeroupper", inline(never));

macro_rules! pairs {
    ($how:tt) => {
        concat!(
            load_all!(16 17 18 19, 20 21 22 23),
            round!("wd": 16 17 18 19, 20 21 22 23 => 24 25 26 27 28 29 30 31),
            round!("wd": 24 25 26 27, 28 29 30 31 => 16 17 18 19 20 21 22 23),
            round!("wd": 16 17 18 19, 20 21 22 23 => 24 25 26 27 28 29 30 31),
            store_all!($how: 24 25 26 27, 28 29 30 31),
        )
    };
}
tiles!(Pairs, 2, pairs, "", inline(never));

macro_rules! fours {
    ($how:tt) => {
        concat!(
            load_all!(16 17 18 19),
            round!("dq": 16 17, 18 19 => 20 21 22 23),
            round!("dq": 20 21, 22 23 => 16 17 18 19),
            store_all!($how: 16 17 18 19),
        )
    };
}
tiles!(Fours, 4, fours, "", inline(always));

macro_rules! eights {
    ($how:tt) => {
        concat!(
            load_all!(16 17),
            round!("qdq": 16, 17 => 18 19),
            store_all!($how: 18 19),
        )
    };
}
tiles!(Eights, 8, eights, "", inline(always));

macro_rules! sixteens {
    ($how:tt) => {
        concat!(load_all!(16), store_all!($how: 16))
    };
}
tiles!(Sixteens, 16, sixteens, "", inline(always));

/// Calls a function for tiles of the job's size.
macro_rules! by_tiles {
    ($job:ident, $function:ident, $other:expr) => {
        match $job.size {
            1 => $function::<Bytes>($job),
            2 => $function::<Pairs>($job),
            4 => $function::<Fours>($job),
            8 => $function::<Eights>($job),
            16 => $function::<Sixteens>($job),
            _ => $other,
        }
    };
}

pub(super) use by_tiles;
