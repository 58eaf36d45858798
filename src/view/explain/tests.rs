//! What is said of memory of every sort, word for word.

mod read_back;

use std::ffi::CString;
use std::fmt::Write as _;

use super::*;
use crate::format::{ByteOrder, Format};
use crate::layout::Layout;

/// An explanation of memory that is not looked at, at an address which all items like.
fn explained(text: &str, layout: Layout) -> String {
    let text = CString::new(text).unwrap();
    let format = Format::stated(Some(&text), layout.itemsize()).unwrap();
    let lent = Lent::new(64 as *mut u8, layout, format, true);
    // SAFETY: there is no pointer in it.
    unsafe { explain(&lent) }.unwrap()
}

fn strided(size: usize, shape: &[isize], strides: &[isize], offset: isize) -> Layout {
    Layout::strided(size, shape, strides, offset).unwrap()
}

/// The line about this machine's byte order.
fn native() -> &'static str {
    match ByteOrder::NATIVE {
        ByteOrder::Little => "Byte order: little-endian, as this machine's.",
        ByteOrder::Big => "Byte order: big-endian, as this machine's.",
    }
}

/// The text is these lines.
#[track_caller]
fn check(text: &str, lines: &[&str]) {
    let mut wanted = String::new();
    lines
        .iter()
        .for_each(|line| writeln!(wanted, "{line}").unwrap());
    assert_eq!(text, wanted, "\n{text}");
}

const DRAWN_AS_BYTES: &str =
    "Drawn, 1 character for each byte; the numbers are those of the items as they are read:";
const DRAWN_BY_THREE: &str =
    "Drawn, 3 characters for each byte; the numbers are those of the items as they are read:";
const STRIDED: &str =
    "Strided: items do not lie one after another; in reading the last index varies fastest.";
const DOT: &str = "A dot is what is skipped.";
const STAR: &str = "A star is where items with higher numbers lie too.";

#[test]
fn c_order() {
    check(
        &explained("i", strided(4, &[2, 3], &[12, 4], 0)),
        &[
            "(2, 3) items 'i' (int32, 4 bytes), read-only; 24 bytes of items in 24 bytes of memory",
            "C-contiguous: items lie one after another as they are read, the last index varying fastest.",
            "  dimension 0: 2 items, 12 bytes apart",
            "  dimension 1: 3 items, 4 bytes apart",
            "Aligned: all items are at multiples of 4, as this machine wants them.",
            native(),
            DRAWN_AS_BYTES,
            "  offset  0: [0 ][1 ][2 ]",
            "  offset 12: [3 ][4 ][5 ]",
        ],
    );
}

#[test]
fn transposed() {
    check(
        &explained("i", strided(4, &[3, 2], &[4, 12], 0)),
        &[
            "(3, 2) items 'i' (int32, 4 bytes), read-only; 24 bytes of items in 24 bytes of memory",
            "Fortran-contiguous: no gaps; in memory the first index varies fastest, in reading the last one.",
            "  dimension 0: 3 items, 4 bytes apart",
            "  dimension 1: 2 items, 12 bytes apart",
            "Aligned: all items are at multiples of 4, as this machine wants them.",
            native(),
            DRAWN_AS_BYTES,
            "  offset  0: [0 ][2 ][4 ]",
            "  offset 12: [1 ][3 ][5 ]",
        ],
    );
}

#[test]
fn sliced_and_reversed() {
    check(
        &explained("B", strided(1, &[2, 2], &[-6, 2], 6)),
        &[
            "(2, 2) items 'B' (uint8, 1 byte), read-only; 4 bytes of items in 9 bytes of memory",
            STRIDED,
            "  dimension 0: 2 items, 6 bytes apart, read backwards",
            "  dimension 1: 2 items, 2 bytes apart",
            "Reading begins 6 bytes above the lowest item.",
            "Skipped: 5 bytes between items belong to none.",
            DRAWN_BY_THREE,
            "  offset 0: [2] . [3] .  .  .",
            "  offset 6: [0] . [1]",
            DOT,
        ],
    );
}

#[test]
fn broadcast() {
    check(
        &explained("2s", strided(2, &[5, 3], &[0, 2], 0)),
        &[
            "(5, 3) items '2s' (bytes, 2 bytes), read-only; 30 bytes of items in 6 bytes of memory",
            STRIDED,
            "  dimension 0: the same item again 5 times (a stride of 0)",
            "  dimension 1: 3 items, 2 bytes apart",
            "Shared: some bytes belong to several items, so that 30 bytes of items need only 6.",
            "Drawn, 5 characters for every 2 bytes; the numbers are those of the items as they are read:",
            "  offset 0: [0* ][1* ][2* ]",
            STAR,
        ],
    );
}

#[test]
fn windows_that_overlap() {
    check(
        &explained("B", strided(1, &[3, 2], &[1, 1], 0)),
        &[
            "(3, 2) items 'B' (uint8, 1 byte), read-only; 6 bytes of items in 4 bytes of memory",
            STRIDED,
            "  dimension 0: 3 items, 1 byte apart",
            "  dimension 1: 2 items, 1 byte apart",
            "Shared: some bytes belong to several items, so that 6 bytes of items need only 4.",
            "Drawn, 4 characters for each byte; the numbers are those of the items as they are read:",
            "  offset 0: [0 ][1*][3*][5 ]",
            STAR,
        ],
    );
}

#[test]
fn items_that_overlap_in_part() {
    check(
        &explained("4s", strided(4, &[5], &[2], 0)),
        &[
            "5 items '4s' (bytes, 4 bytes), read-only; 20 bytes of items in 12 bytes of memory",
            STRIDED,
            "  dimension 0: 5 items, 2 bytes apart",
            "Shared: some bytes belong to several items, so that 20 bytes of items need only 12.",
            "Drawn, 1 character for each byte; the numbers are those of the items as they are read:",
            "  offset 0: [0 ][2 ][4 ]",
            "              [1 ][3 ]",
        ],
    );
}

#[test]
fn a_column_of_structs_of_the_other_byte_order() {
    let (mark, words) = match ByteOrder::NATIVE {
        ByteOrder::Little => ('>', ["big", "little"]),
        ByteOrder::Big => ('<', ["little", "big"]),
    };
    let [other, native] = words;
    check(
        &explained(&format!("{mark}h"), strided(2, &[3], &[6], 1)),
        &[
            &format!(
                "3 items '{mark}h' ({other}-endian int16, 2 bytes), read-only; \
                 6 bytes of items in 14 bytes of memory"
            ),
            STRIDED,
            "  dimension 0: 3 items, 6 bytes apart",
            "Skipped: 8 bytes between items belong to none.",
            "Not aligned: this machine wants items at multiples of 2.",
            &format!(
                "Byte order: {other}-endian; this machine is {native}-endian, \
                 so bytes are swapped when values are read."
            ),
            "Drawn, 3 characters for every 2 bytes; the numbers are those of the items as they are read:",
            "  offset 0: [0] .  . [1] .  . [2]",
            DOT,
        ],
    );
}

#[test]
fn structs() {
    let order = match ByteOrder::NATIVE {
        ByteOrder::Little => '<',
        ByteOrder::Big => '>',
    };
    let text = format!("T{{{order}i:id:xx(2,3)H:at:2x}}");
    check(
        &explained(&text, strided(20, &[3], &[20], 0)),
        &[
            &format!(
                "3 items '{text}' (struct of 2 fields, 20 bytes), read-only; \
                 60 bytes of items in 60 bytes of memory"
            ),
            "Contiguous: items lie one after another, as they are read.",
            "  dimension 0: 3 items, 20 bytes apart",
            "Inside an item:",
            "  +0: 'id', int32 (4 bytes)",
            "  +4: 2 bytes of padding",
            "  +6: 'at', array of 2 x 3 uint16 (12 bytes)",
            "  +18: 2 bytes of padding",
            "Drawn, 3 characters for every 20 bytes; the numbers are those of the items as they are read:",
            "  offset 0: [0][1][2]",
        ],
    );
}

#[test]
fn a_struct_of_many_fields() {
    let text: String = (0..20).map(|k| format!("b:f{k}:")).collect();
    let text = explained(&format!("T{{{text}}}"), strided(20, &[], &[], 0));
    let fields: Vec<_> = text.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(fields[0], "  +0: 'f0', int8 (1 byte)");
    assert_eq!(fields[6], "  ... 13 more fields ...");
    assert_eq!(fields[7], "  +19: 'f19', int8 (1 byte)");
    assert!(!text.contains("padding"));
}

#[test]
fn one_item_and_none() {
    check(
        &explained("B", strided(1, &[], &[], 7)),
        &[
            "1 item 'B' (uint8, 1 byte), read-only; 1 byte of items in 1 byte of memory",
            "A single item, without dimensions.",
            DRAWN_BY_THREE,
            "  offset 0: [0]",
        ],
    );
    check(
        &explained("d", strided(8, &[3, 0], &[0, 8], 0)),
        &[
            "(3, 0) items 'd' (float64, 8 bytes), read-only; no bytes of items",
            "There are no items, because dimension 1 has length 0.",
        ],
    );
    check(
        &explained("0s", strided(0, &[3], &[1], 0)),
        &[
            "3 items '0s' (bytes, 0 bytes), read-only; no bytes of items",
            "Nothing lies in memory, because items have no bytes.",
        ],
    );
}

#[test]
fn a_text_that_nobody_knows() {
    let text = explained("T{<y}", strided(3, &[1], &[3], 0));
    assert!(
        text.starts_with("1 item 'T{<y}' (of an unknown meaning, 3 bytes)"),
        "{text}"
    );
    assert!(text.contains("  dimension 0: 1 item\n"), "{text}");
}

/// A picture whose lines are padded: the lines are the rows.
#[test]
fn a_picture() {
    let text = explained("B", strided(1, &[480, 640, 3], &[1960, 3, 1], 0));
    let (_, drawing) = text
        .split_once("Drawn, 8 characters for each byte")
        .unwrap();
    check(
        drawing,
        &[
            "; the numbers are those of the items as they are read:",
            "  offset      0: [0     ][1     ][2     ][3     ][4     ][5     ] ... \
             [1917  ][1918  ][1919  ] (40 bytes skipped)",
            "  offset   1960: [1920  ][1921  ][1922  ][1923  ][1924  ][1925  ] ... \
             [3837  ][3838  ][3839  ] (40 bytes skipped)",
            "  offset   3920: [3840  ][3841  ][3842  ][3843  ][3844  ][3845  ] ... \
             [5757  ][5758  ][5759  ] (40 bytes skipped)",
            "  offset   5880: [5760  ][5761  ][5762  ][5763  ][5764  ][5765  ] ... \
             [7677  ][7678  ][7679  ] (40 bytes skipped)",
            "  ... 475 more rows of 1960 bytes ...",
            "  offset 938840: [919680][919681][919682][919683][919684][919685] ... \
             [921597][921598][921599]",
        ],
    );
}

/// A line that is a little too long for a row, but is cut nowhere.
#[test]
fn a_gap_where_a_row_could_be_cut() {
    let text = explained("B", strided(1, &[2, 3, 3], &[20, 1, 8], 0));
    let rows: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("  offset"))
        .collect();
    assert_eq!(
        rows,
        [
            "  offset  0: [0 ][3 ][6 ] .   .   .   .   .  \
             [1 ][4 ][7 ] .   .   .   .   .  [2 ][5 ][8 ] (1 byte skipped)",
            "  offset 20: [9 ][12][15] .   .   .   .   .  \
             [10][13][16] .   .   .   .   .  [11][14][17]",
        ]
    );
}

#[test]
fn dimensions_without_end() {
    let mut shape = [2; 62];
    // No more items than every machine can count.
    shape[20..54].fill(1);
    let text = explained("B", strided(1, &shape, &[1; 62], 0));
    assert!(
        text.starts_with("(2, 2, 2, ... 58 more ..., 2) items"),
        "{text}"
    );
    assert!(
        text.contains("\n  ... 55 more dimensions ...\n  dimension 60: 2 items"),
        "{text}"
    );
    assert!(text.contains("too many items overlap here"), "{text}");
}

/// An explanation of rows of 3 items of 2 bytes behind pointers.
fn behind_pointers(table: &[*const u8], suboffset: isize) -> String {
    let shape = [table.len() as isize, 3];
    let strides = [size_of::<*const u8>() as isize, 2];
    let layout = Layout::indirect(2, &shape, &strides, Some(&[suboffset, -1]), 0).unwrap();
    let format = Format::stated(Some(c"2s"), 2).unwrap();
    let base = table.as_ptr().cast_mut().cast();
    let lent = Lent::new(base, layout, format, false);
    // SAFETY: there is such a table.
    unsafe { explain(&lent) }.unwrap()
}

#[test]
fn pointers() {
    let rows = [[0u8; 8]; 7];
    let mut table = rows.each_ref().map(|row| row.as_ptr());
    (table[1], table[2]) = (std::ptr::null(), table[0]);
    let size = size_of::<*const u8>();
    let text = behind_pointers(&table, 2);
    let (words, drawing) = text.split_once("Drawn; ").unwrap();
    check(
        words,
        &[
            "(7, 3) items '2s' (bytes, 2 bytes), writable; 42 bytes of items behind 7 pointers",
            "Indirect: pointers are followed on the way to an item.",
            &format!(
                "  dimension 0: 7 pointers, {size} bytes apart; followed, and then 2 bytes further on"
            ),
            "  dimension 1: 3 items, 2 bytes apart",
        ],
    );
    let pointers: String = (0..7)
        .map(|k| format!("[p{k}{}]", " ".repeat(size - 4)))
        .collect();
    check(
        drawing,
        &[
            "the numbers are those of the items as they are read:",
            "  pointers, 1 character for each byte:",
            &format!("  offset 0: {pointers}"),
            "  items, 2 characters for each byte:",
            "  p0 +2: [0 ][1 ][2 ]",
            "  p1 is NULL: its items cannot be reached",
            "  p2 leads where p0 does",
            "  ... 3 more pointers ...",
            "  p6 +2: [18][19][20]",
        ],
    );
}

/// Pointers to pointers: the last ones are numbered as they are read, and so are the items.
#[test]
fn pointers_to_pointers() {
    let rows = [[0u8; 2]; 4];
    let inner = rows.each_ref().map(|row| row.as_ptr());
    let outer = [&raw const inner[0], &raw const inner[2]];
    let size = size_of::<*const u8>() as isize;
    let shape = [2, 2, 2];
    let layout = Layout::indirect(1, &shape, &[size, size, -1], Some(&[0, 1, -1]), 0).unwrap();
    let base = outer.as_ptr().cast_mut().cast();
    let lent = Lent::new(base, layout, Format::BYTES, true);
    // SAFETY: there are such tables, and behind the last of them an item before that one.
    let text = unsafe { explain(&lent) }.unwrap();
    assert!(text.contains("behind 4 pointers\n"), "{text}");
    let drawn: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("  q"))
        .collect();
    assert_eq!(
        drawn,
        [
            "  q0 +0: [1][0]",
            "  q1 +0: [3][2]",
            "  q2 +0: [5][4]",
            "  q3 +0: [7][6]",
        ]
    );
    for row in ["  p0 +0: [q0", "  p1 +0: [q2"] {
        assert!(text.contains(row), "{text}");
    }
}
