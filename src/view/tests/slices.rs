//! Slices of lent memory, and every reason why there is none.

use super::*;

fn says(error: Error) -> String {
    assert_eq!(error.kind(), Kind::Buffer);
    error.message().to_owned()
}

fn exclusive(memory: &Exporter) -> View {
    memory.view(Request::write().exclusive()).unwrap()
}

fn stable(memory: &Exporter) -> View {
    memory.view(Request::read().stable()).unwrap()
}

#[test]
fn stable_and_exclusive_memory_is_a_slice() {
    let memory = Exporter::new((0..6).collect::<Vec<i32>>());
    let memory = memory.shape([2, 3]).unwrap();
    let mut alone = exclusive(&memory);
    alone.as_mut_slice::<i32>().unwrap().reverse();
    assert_eq!(alone.as_slice::<i32>().unwrap(), [5, 4, 3, 2, 1, 0]);
    drop(alone);
    let (one, two) = (stable(&memory), stable(&memory));
    assert_eq!(
        one.as_slice::<i32>().unwrap(),
        two.as_slice::<i32>().unwrap()
    );
    let row = one
        .slice(
            0,
            Slice {
                start: Some(1),
                ..ALL
            },
        )
        .unwrap();
    assert_eq!(row.as_slice::<i32>().unwrap(), [2, 1, 0]);

    let reading = memory.view(Request::read().exclusive());
    assert!(reading.is_err(), "others have it");
    drop((one, two, row));
    let reading = memory.view(Request::read().exclusive()).unwrap();
    assert_eq!(reading.as_slice::<i32>().unwrap()[0], 5);
    drop(reading);

    let scalar = Exporter::zeroed(c"d", None, &[]).unwrap();
    exclusive(&scalar).as_mut_slice::<f64>().unwrap()[0] = 2.5;
    assert_eq!(stable(&scalar).as_slice::<f64>().unwrap(), [2.5]);
    let text: &[u8] = b"constant";
    let constant = Exporter::new(text).flat().unwrap();
    assert_eq!(stable(&constant).as_slice::<u8>().unwrap(), text);
    let none = Exporter::growing(c"d", 0).unwrap();
    assert_eq!(stable(&none).as_slice::<f64>().unwrap(), [0.0; 0]);
    assert_eq!(exclusive(&none).as_mut_slice::<f64>().unwrap(), [0.0; 0]);
}

/// Any spelling of the format that means the type will do.
#[test]
fn slices_have_the_type_of_the_items() {
    let memory = Exporter::zeroed(c"=q", None, &[3]).unwrap();
    let view = stable(&memory);
    assert_eq!(view.as_slice::<i64>().unwrap(), [0; 3]);
    assert!(says(view.as_slice::<u64>().unwrap_err()).contains("uint64 was asked for"));
    assert!(says(view.as_slice::<u8>().unwrap_err()).contains("uint8 was asked for"));
    let swapped = if cfg!(target_endian = "little") {
        c">i"
    } else {
        c"<i"
    };
    let foreign = Exporter::zeroed(swapped, None, &[3]).unwrap();
    assert!(says(stable(&foreign).as_slice::<i32>().unwrap_err()).contains("-endian int32"));
}

#[test]
fn nobody_else_gets_one() {
    let memory = Exporter::new(vec![0u8; 4]).flat().unwrap();
    let others = "others may write this memory meanwhile";
    for request in [
        Request::read(),
        Request::write(),
        Request::from_flags(PyBUF_FULL_RO),
        Request::from_flags(PyBUF_FULL),
    ] {
        let mut view = memory.view(request).unwrap();
        assert!(says(view.as_slice::<u8>().unwrap_err()).contains(others));
        let error = says(view.as_mut_slice::<u8>().unwrap_err());
        assert!(error.contains("others may use this memory"), "{error}");
    }
    // Stable memory is to be read.
    let error = says(stable(&memory).as_mut_slice::<u8>().unwrap_err());
    assert!(error.contains("an exclusive request to write"), "{error}");
    let mut reading = memory.view(Request::read().exclusive()).unwrap();
    let error = says(reading.as_mut_slice::<u8>().unwrap_err());
    assert!(error.contains("read-only"), "{error}");
    drop(reading);

    // Adopted, and lent by somebody else.
    let mut filled = Py_buffer::empty();
    memory
        .fill_native(&mut filled, Request::read().stable())
        .unwrap();
    // SAFETY: filled above.
    let adopted = unsafe { adopt(&mut filled, || Ok(Giver::NATIVE)) }.unwrap();
    assert!(says(adopted.as_slice::<u8>().unwrap_err()).contains(others));
    let foreign = acquire(|_| {}, PyBUF_FULL_RO).0.unwrap();
    assert!(says(foreign.as_slice::<u8>().unwrap_err()).contains(others));
}

/// Another view of the same export could be read while the slice is written.
#[test]
fn a_slice_to_write_needs_the_only_view() {
    let memory = Exporter::new(vec![1u8, 2, 3, 4]).flat().unwrap();
    let mut view = exclusive(&memory);
    let others: [fn(&View) -> View; 3] = [
        View::clone,
        |view| view.slice(0, ALL).unwrap(),
        |view| view.transpose([0]).unwrap(),
    ];
    for other in others {
        let other = other(&view);
        let error = says(view.as_mut_slice::<u8>().unwrap_err());
        assert!(error.contains("other views of the same export"), "{error}");
        drop(other);
        view.as_mut_slice::<u8>().unwrap()[0] += 1;
    }
    let lent = view.lend().unwrap();
    assert!(view.as_mut_slice::<u8>().is_err());
    drop(lent);
    let mut part = view
        .slice(
            0,
            Slice {
                start: Some(2),
                ..ALL
            },
        )
        .unwrap();
    drop(view);
    part.as_mut_slice::<u8>().unwrap()[1] = 9;
    assert_eq!(part.as_slice::<u8>().unwrap(), [3, 9]);
}

#[test]
fn only_what_lies_in_c_order_and_aligned_is_one() {
    let memory = Exporter::new(vec![0i16; 12]).shape([3, 4]).unwrap();
    let view = stable(&memory);
    let c_order = "not in C order";
    for other in [
        view.transpose([1, 0]).unwrap(),
        view.slice(1, Slice { step: 2, ..ALL }).unwrap(),
        view.slice(0, Slice { step: -1, ..ALL }).unwrap(),
    ] {
        assert!(says(other.as_slice::<i16>().unwrap_err()).contains(c_order));
    }
    let none = view
        .slice(
            1,
            Slice {
                stop: Some(0),
                ..ALL
            },
        )
        .unwrap();
    assert_eq!(none.as_slice::<i16>().unwrap(), [0; 0]);

    let odd = Exporter::new(vec![0u64; 4])
        .format(c"H", None)
        .offset(1)
        .shape([3])
        .unwrap();
    let error = says(stable(&odd).as_slice::<u16>().unwrap_err());
    assert!(error.contains("not aligned"), "{error}");
    let error = says(exclusive(&odd).as_mut_slice::<u16>().unwrap_err());
    assert!(error.contains("not aligned"), "{error}");

    let rows = [stable(&memory)];
    let stack = View::stack(&rows).unwrap();
    assert!(says(stable(&stack).as_slice::<i16>().unwrap_err()).contains(c_order));
}

/// The want of a consumer, met by a view that was taken so and by no other.
#[test]
fn a_want_may_be_stable_or_exclusive() {
    let memory = Exporter::new(vec![0u8; 4]).flat().unwrap();
    let wanted = |stable, exclusive, writable| Want {
        stable,
        exclusive,
        writable,
        ..Want::default()
    };
    let reading = memory.view_as(&wanted(false, false, false)).unwrap();
    let beside = memory.view_as(&wanted(true, false, false)).unwrap();
    for (view, want, met) in [
        (&reading, wanted(true, false, false), false),
        (&reading, wanted(false, true, false), false),
        (&beside, wanted(true, false, false), true),
        (&beside, wanted(false, true, false), false),
    ] {
        assert_eq!(want.check(view).is_ok(), met, "{want:?}");
    }
    let error = memory.view_as(&wanted(false, true, false)).unwrap_err();
    assert!(
        error.message().contains("2 exports are outstanding"),
        "{error}"
    );
    drop((reading, beside));
    let error = memory.view_as(&wanted(true, false, true)).unwrap_err();
    assert!(error.message().contains("ask for it exclusive"), "{error}");
    let alone = memory.view_as(&wanted(true, true, true)).unwrap();
    wanted(true, false, true).check(&alone).unwrap();
}
