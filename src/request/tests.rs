//! Every request against every sort of memory, beside the table of the protocol
//! written out once more, bit by bit. (`python_tests` ask CPython's own reference
//! exporter the same.)

use super::*;

/// The table, read row by row; `None` is a refusal with its name.
fn by_the_table(layout: &Layout, readonly: bool, f: c_int) -> Result<Answer, &'static str> {
    let all = |bits: c_int| f & bits == bits;
    let (nd, strides, indirect) = (all(0x8), all(0x18), all(0x118));
    let no_items_or = |holds: bool| match layout.shape() {
        [length] => *length == 1 || layout.strides()[0] == layout.itemsize() as isize,
        _ => layout.is_empty() || holds,
    };
    let plain = layout.suboffsets().is_none();
    let c = plain && no_items_or(walks_up(layout, (0..layout.ndim()).rev()));
    let fortran = plain && no_items_or(walks_up(layout, 0..layout.ndim()));
    if f == 0x100 || f == 0x200 {
        return Err("not a request");
    }
    if all(0x1) && readonly {
        return Err("read-only");
    }
    if all(0x38) && !c {
        return Err("C");
    }
    if all(0x58) && !fortran {
        return Err("F");
    }
    if all(0x98) && !c && !fortran {
        return Err("A");
    }
    if !indirect && !plain {
        return Err("suboffsets");
    }
    if !strides && !c {
        return Err("strides");
    }
    if nd && layout.ndim() > 64 {
        return Err("dimensions");
    }
    if !nd && all(0x4) && layout.ndim() != 1 {
        return Err("format");
    }
    Ok(Answer {
        one_dimension: !nd,
        shape: nd && layout.ndim() > 0,
        strides: strides && layout.ndim() > 0,
        suboffsets: !plain && layout.ndim() > 0,
        format: all(0x4),
    })
}

/// Whether items follow one another when the dimensions are visited in this order,
/// the fastest first.
fn walks_up(layout: &Layout, dims: impl Iterator<Item = usize>) -> bool {
    let mut step = layout.itemsize() as isize;
    for k in dims.filter(|&k| layout.shape()[k] > 1) {
        if layout.strides()[k] != step {
            return false;
        }
        step *= layout.shape()[k];
    }
    true
}

fn name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotARequest => "not a request",
        Refusal::ReadOnly => "read-only",
        Refusal::NotContiguous(Contiguity::In(Order::C)) => "C",
        Refusal::NotContiguous(Contiguity::In(Order::F)) => "F",
        Refusal::NotContiguous(Contiguity::Any) => "A",
        Refusal::Suboffsets => "suboffsets",
        Refusal::Strides => "strides",
        Refusal::Dimensions => "dimensions",
        Refusal::FormatWithoutShape => "format",
    }
}

/// Shape, strides, suboffsets: each sort of memory that the protocol tells apart.
type Sample = (&'static [isize], &'static [isize], Option<&'static [isize]>);

const SAMPLES: &[Sample] = &[
    (&[], &[], None),
    (&[5], &[4], None),
    (&[5], &[8], None),
    (&[5], &[-4], None),
    (&[5], &[0], None),
    (&[1], &[99], None),
    (&[0], &[4], None),
    (&[0], &[8], None),
    (&[2, 3], &[12, 4], None),
    (&[2, 3], &[4, 8], None),
    (&[2, 3], &[24, 8], None),
    (&[2, 3], &[-12, 4], None),
    (&[2, 3], &[0, 4], None),
    (&[2, 0], &[77, 5], None),
    (&[0, 0], &[0, 0], None),
    (&[1, 3], &[99, 4], None),
    (&[3, 1], &[4, 99], None),
    (&[2, 3, 4], &[48, 16, 4], None),
    (&[2, 3, 4], &[4, 8, 24], None),
    (&[2, 1, 4], &[16, 7, 4], None),
    (&[5], &[4], Some(&[-1])),
    (&[2, 3], &[8, 4], Some(&[0, -1])),
    (&[2, 3], &[12, 4], Some(&[-1, -1])),
    (&[0, 3], &[8, 4], Some(&[0, -1])),
    (&[1; 64], &[4; 64], None),
    (&[1; 65], &[4; 65], None),
];

#[test]
fn every_request_is_answered_by_the_table() {
    let (mut answered, mut in_full, mut as_bytes) = (0, 0, 0);
    for &(shape, strides, suboffsets) in SAMPLES {
        let layout = Layout::indirect(4, shape, strides, suboffsets, 100).unwrap();
        for readonly in [false, true] {
            let offer = Offer::new(&layout, readonly);
            for flags in (0..0x400).chain([-1, c_int::MIN, c_int::MAX]) {
                let ours = offer.answer(Request::from_flags(flags)).map_err(name);
                let expected = by_the_table(&layout, readonly, flags);
                assert_eq!(ours, expected, "{layout:?} {readonly} {flags:#x}");
                answered += usize::from(ours.is_ok());
                if offer.answers_as_bytes(Request::from_flags(flags)) {
                    let bytes = Answer {
                        one_dimension: true,
                        shape: false,
                        strides: false,
                        suboffsets: false,
                        format: false,
                    };
                    assert_eq!(ours, Ok(bytes), "{layout:?} {readonly} {flags:#x}");
                    as_bytes += 1;
                }
                if offer.answers_in_full(Request::from_flags(flags)) {
                    let full = Answer {
                        one_dimension: false,
                        shape: !shape.is_empty(),
                        strides: !shape.is_empty(),
                        suboffsets: suboffsets.is_some(),
                        format: flags & PyBUF_FORMAT != 0,
                    };
                    assert_eq!(ours, Ok(full), "{layout:?} {readonly} {flags:#x}");
                    in_full += 1;
                }
            }
        }
    }
    // Neither all nor nothing: the table has been exercised on both sides.
    assert!(answered > 5_000 && answered < SAMPLES.len() * 2 * 0x400 / 2);
    assert!(in_full > 2_000 && in_full < answered);
    assert!(as_bytes > 20 && as_bytes < SAMPLES.len() * 4);
}

#[test]
fn a_refusal_says_what_was_asked_and_what_is_there() {
    let layout = Layout::strided(4, &[2, 3], &[4, 8], 0).unwrap();
    let refusal = Offer::new(&layout, false).answer(Request::from_flags(PyBUF_C_CONTIGUOUS));
    let error = refusal.unwrap_err().of(&layout);
    assert_eq!(error.kind(), Kind::Buffer);
    assert_eq!(
        error.message(),
        "a C-contiguous buffer was asked for; this memory has shape (2, 3), strides (4, 8): \
         PyBUF_STRIDES without contiguity, or a contiguous copy would do"
    );
}
