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

/// Single rows go on at any distance, but what lies between two exports is no memory of theirs.
#[test]
fn views_of_several_exports_adjoin() {
    let memory = table(5);
    let [one, two] = [0, 1].map(|_| memory.view(Request::read()).unwrap());
    let row = |view: &View, k| {
        let only = Slice {
            start: Some(k),
            stop: Some(k + 1),
            step: 1,
        };
        view.slice(0, only).unwrap()
    };
    let spread = View::merge(&[row(&one, 0), row(&one, 2), row(&one, 4)], 0).unwrap();
    assert_eq!(spread.layout().strides(), [12, 1]);
    let error = View::merge(&[row(&one, 0), row(&two, 2)], 0).unwrap_err();
    assert_eq!(error.kind(), Kind::Buffer);
    assert!(error.message().contains("6 bytes between"), "{error}");
    // Rows behind pointers have one export, and are several blocks.
    let stack = View::stack(&[one.clone(), table(5).view(Request::read()).unwrap()]).unwrap();
    let stack = stack.view(Request::read()).unwrap();
    let items = [0, 1].map(|k| {
        let item = stack.select(&[Select::Index(k), Select::Index(0)]).unwrap();
        item.slice(
            0,
            Slice {
                stop: Some(1),
                ..ALL
            },
        )
        .unwrap()
    });
    assert_eq!(View::merge(&items, 0).unwrap_err().kind(), Kind::Buffer);
    let others = [table(1), table(1)].map(|memory| memory.view(Request::read()).unwrap());
    assert!(View::merge(&others, 0).is_err());
    let upwards = View::merge(&[row(&one, 1), row(&two, 0)], 0).unwrap();
    assert_eq!(bytes_of(&upwards), [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5]);
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
