//! Parts of views: together they are the whole again, by one export or by several.

use super::*;
use crate::layout::Overlap;

fn table(rows: usize) -> Exporter {
    let bytes: Vec<u8> = (0..rows as u8 * 6).collect();
    Exporter::new(bytes).shape([rows, 6]).unwrap()
}

fn bytes_of(view: &View) -> Vec<u8> {
    let mut bytes = vec![0; view.layout().nbytes()];
    view.copy_bytes_to(&mut bytes, Order::C).unwrap();
    bytes
}

#[test]
fn parts_of_a_view_share_its_export() {
    let mut whole = table(7).view(Request::write().exclusive()).unwrap();
    for (dim, parts) in [(0, 1), (0, 3), (0, 7), (0, 9), (1, 4)] {
        let split = whole.split(dim, parts).unwrap();
        assert_eq!(split.len(), parts);
        let merged = View::merge(&split, dim).unwrap();
        assert!(!merged.is_readonly());
        assert_eq!(bytes_of(&merged), bytes_of(&whole));
        assert!(
            whole.as_mut_slice::<u8>().is_err(),
            "the parts have the export too"
        );
    }
    assert!(whole.as_mut_slice::<u8>().is_ok());
}

#[test]
fn views_of_several_exports_are_kept() {
    let memory = table(4);
    let [one, two] = [0, 1].map(|_| memory.view(Request::read()).unwrap());
    let top = one
        .slice(
            0,
            Slice {
                stop: Some(2),
                ..ALL
            },
        )
        .unwrap();
    let end = two
        .slice(
            0,
            Slice {
                start: Some(2),
                ..ALL
            },
        )
        .unwrap();
    drop((one, two, memory));
    let merged = View::merge(&[top, end], 0).unwrap();
    assert_eq!(bytes_of(&merged), (0..24).collect::<Vec<_>>());
    assert!(merged.is_readonly());

    let memory = table(2);
    let [one, two] = [0, 1].map(|_| memory.view(Request::read().stable()).unwrap());
    let halves = [one.split(1, 2).unwrap(), two.split(1, 2).unwrap()];
    let merged = View::merge(&[halves[0][0].clone(), halves[1][1].clone()], 1).unwrap();
    assert_eq!(
        merged.as_slice::<u8>().unwrap(),
        (0..12).collect::<Vec<_>>()
    );
}

#[test]
fn what_does_not_belong_together_is_not_merged() {
    let (memory, other) = (table(4), table(4));
    let rows = memory.view(Request::read()).unwrap().split(0, 2).unwrap();
    let error = View::merge(&[rows[1].clone(), rows[0].clone()], 0).unwrap_err();
    assert_eq!(error.kind(), Kind::Buffer);
    let elsewhere = other.view(Request::read()).unwrap();
    assert!(View::merge(&[rows[0].clone(), elsewhere], 0).is_err());
    let signed = rows[1]
        .cast(Format::new(c"b", None).unwrap(), None, Order::C)
        .unwrap();
    let error = View::merge(&[rows[0].clone(), signed], 0).unwrap_err();
    assert!(error.message().contains("formats"), "{error}");
    assert!(View::merge(&[], 0).is_err());
    let error = View::merge(&rows[..1], 2).unwrap_err();
    assert_eq!(error.kind(), Kind::Index);
}

#[test]
fn overlaps_are_found_by_address() {
    let memory = table(4);
    let [one, two] = [0, 1].map(|_| memory.view(Request::read()).unwrap());
    let columns = two.split(1, 2).unwrap();
    assert_eq!(columns[0].overlap(&columns[1]), Overlap::No);
    assert_eq!(one.overlap(&columns[1]), Overlap::Yes);
    let other = table(4).view(Request::read()).unwrap();
    assert_eq!(one.overlap(&other), Overlap::No);
    let stack = View::stack(&[one]).unwrap().view(Request::read()).unwrap();
    assert_eq!(stack.overlap(&two), Overlap::Yes);
    assert_eq!(stack.overlap(&other), Overlap::No);
}
