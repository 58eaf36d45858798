//! Who may have memory that counts its exports, while others have it.

use super::*;

use crate::layout::Slice;
use crate::request::Hold;
use crate::view::{View, Want};

/// The ways to ask for it, and what each is while nobody is stable.
fn ways() -> Vec<(Request, Access)> {
    let protocol = Request::from_flags;
    vec![
        (Request::read(), Access::Read),
        (Request::write(), Access::Write),
        (Request::read().stable(), Access::Stable),
        (Request::read().exclusive(), Access::Exclusive),
        (Request::write().exclusive(), Access::Exclusive),
        // It is answered that it may write.
        (protocol(PyBUF_FULL_RO), Access::Write),
        (protocol(PyBUF_SIMPLE), Access::Write),
        (protocol(PyBUF_FULL), Access::Write),
        (protocol(PyBUF_WRITABLE), Access::Write),
    ]
}

fn may_begin(access: Access, beside: Access) -> bool {
    use Access::*;
    match (access, beside) {
        (_, Exclusive) | (Exclusive, _) => false,
        (Read, _) | (_, Read) => true,
        (one, other) => one == other,
    }
}

/// What a request counts as beside an export, if it is granted.
fn granted(request: Request, access: Access, beside: Access) -> Option<Access> {
    let may_read = request.hold() == Hold::Protocol && !request.asks(PyBUF_WRITABLE);
    match may_begin(access, beside) {
        true => Some(access),
        false => (may_read && beside == Access::Stable).then_some(Access::Read),
    }
}

/// A native export, and one for Python; each says how it is ended.
enum Held {
    Native(Py_buffer),
    ForPython(Py_buffer, Exporter),
}

impl Held {
    fn take(exporter: &Exporter, request: Request, native: bool) -> Result<Self> {
        let mut view = Py_buffer::empty();
        if native {
            exporter.fill_native(&mut view, request)?;
            return Ok(Self::Native(view));
        }
        exporter.fill_for(&mut view, request, ptr::null_mut)?;
        Ok(Self::ForPython(view, exporter.clone()))
    }

    fn is_readonly(&self) -> bool {
        let (Self::Native(view) | Self::ForPython(view, _)) = self;
        view.readonly != 0
    }

    fn end(self) {
        match self {
            // SAFETY: filled natively.
            Self::Native(mut view) => assert!(unsafe { handle::release_export(&mut view) }),
            Self::ForPython(view, exporter) => exporter.release_for(&view),
        }
    }
}

fn check_pairs(theirs: &Exporter, ours: &Exporter) {
    for (first, beside) in ways() {
        for (second, access) in ways() {
            for native in [true, false] {
                let case = format!("{second:?} beside {first:?}");
                let outstanding = Held::take(theirs, first, native).unwrap();
                match (
                    Held::take(ours, second, !native),
                    granted(second, access, beside),
                ) {
                    (Ok(held), Some(granted)) => {
                        let writes = granted == Access::Write || second.asks(PyBUF_WRITABLE);
                        assert_eq!(held.is_readonly(), !writes, "{case}");
                        held.end();
                    }
                    (Err(error), None) => {
                        assert_eq!(error.kind(), Kind::Buffer);
                        assert!(
                            error.message().contains("is outstanding"),
                            "{case}: {error}"
                        );
                    }
                    (answer, _) => panic!("{case}: {:?}", answer.err()),
                }
                outstanding.end();
                // All is given back.
                let alone = Request::write().exclusive();
                Held::take(ours, alone, true).unwrap().end();
            }
        }
    }
}

#[test]
fn every_way_beside_every_other() {
    let guarded = Exporter::new(vec![0i32; 6]).shape([2, 3]).unwrap();
    check_pairs(&guarded, &guarded);
    let growing = Exporter::growing_of(&[1u8, 2]).unwrap();
    check_pairs(&growing, &growing);
    let zeroed = Exporter::zeroed(c"d", None, &[]);
    let zeroed = zeroed.unwrap();
    let requests_a_scalar_refuses = Request::from_flags(PyBUF_FORMAT);
    assert!(zeroed.view(requests_a_scalar_refuses).is_err());
    check_pairs(&zeroed, &zeroed);
}

#[test]
fn parts_and_what_views_lend_on_count_with_their_base() {
    let base = Exporter::new(vec![0u8; 8]).flat().unwrap();
    let part = base.part(&Description {
        offset: 2,
        size: 6,
        ..Description::default()
    });
    let part = part.unwrap();
    check_pairs(&base, &part);
    let view = base.view(Request::write()).unwrap();
    let lent = view.lend().unwrap();
    drop(view);
    check_pairs(&lent, &part);
    let again = part.part(&Description::default()).unwrap();
    check_pairs(&again, &base);
}

#[test]
fn the_message_says_what_is_in_the_way_and_how_much_of_it() {
    let memory = Exporter::new(vec![0u8; 8]).flat().unwrap();
    let says = |request: Request, held: &[View]| {
        let error = memory.view(request).unwrap_err();
        assert_eq!(error.kind(), Kind::Buffer);
        assert!(!held.is_empty());
        error.message().to_owned()
    };
    let take = |request| memory.view(request).unwrap();
    let held = [take(Request::write()), take(Request::write())];
    assert_eq!(
        says(Request::read().stable(), &held),
        "stable memory was asked for; 2 writable exports are outstanding: it can be had when they are released"
    );
    assert!(says(Request::read().exclusive(), &held).contains("2 exports are outstanding"));
    drop(held);
    let held = [take(Request::read().stable()), take(Request::read())];
    assert_eq!(
        says(Request::write(), &held),
        "a writable buffer was asked for; 1 stable export is outstanding: it can be had when that is released"
    );
    drop(held);
    let held = [take(Request::read().exclusive())];
    let message = says(Request::read(), &held);
    assert!(
        message.starts_with("a buffer was asked for; 1 exclusive"),
        "{message}"
    );
    // By flags it would have been told that it may write, which it did not ask for.
    let plain = Request::from_flags(PyBUF_FULL_RO);
    let error = memory
        .fill_native(&mut Py_buffer::empty(), plain)
        .unwrap_err();
    assert!(
        error
            .message()
            .starts_with("a buffer was asked for; 1 exclusive"),
        "{error}"
    );
}

#[test]
fn a_refused_geometry_counts_nothing() {
    let memory = Exporter::new(vec![0u8; 8]).shape([2, 4]).unwrap();
    let fortran = PyBUF_F_CONTIGUOUS | PyBUF_WRITABLE;
    for request in [
        Request::from_flags(fortran),
        Request::from_flags(fortran).stable(),
        Request::from_flags(fortran).exclusive(),
        Request::from_flags(PyBUF_READ),
        Request::write().stable(),
    ] {
        assert!(memory.view(request).is_err(), "{request:?}");
        memory.view(Request::write().exclusive()).unwrap();
    }
}

#[test]
fn read_only_exports_of_guarded_memory_never_count_as_writing() {
    let memory = Exporter::new(vec![0u8; 8]).flat().unwrap();
    let part = memory.part(&Description {
        readonly: true,
        ..Description::default()
    });
    let part = part.unwrap();
    let mut view = Py_buffer::empty();
    let plain = Request::from_flags(PyBUF_FULL_RO);
    part.fill_native(&mut view, plain).unwrap();
    assert_eq!(view.readonly, 1);
    memory.view(Request::read().stable()).unwrap();
    assert!(
        part.view(Request::write())
            .unwrap_err()
            .message()
            .contains("read-only")
    );
    // SAFETY: filled above.
    assert!(unsafe { handle::release_export(&mut view) });
}

#[test]
fn constant_memory_is_always_stable() {
    for memory in [
        Exporter::copy_of(b"constant").unwrap(),
        Exporter::new(&b"static"[..]).flat().unwrap(),
        Exporter::new(vec![1u8; 3]).readonly().flat().unwrap(),
    ] {
        assert!(memory.is_readonly() && memory.is_constant());
        let stable = memory.view(Request::read().stable()).unwrap();
        let plain = memory.view(Request::from_flags(PyBUF_FULL_RO)).unwrap();
        assert!(plain.is_readonly());
        assert_eq!(stable.hold(), Hold::Stable);
        let error = memory.view(Request::read().exclusive()).unwrap_err();
        assert!(error.message().contains("not guarded"), "{error}");
        memory
            .part(&Description::default())
            .unwrap()
            .view(Request::read().stable())
            .unwrap();
    }
}

#[test]
fn unguarded_memory_promises_nothing() {
    let memory = Exporter::new(vec![0u8; 8]).unguarded().flat().unwrap();
    let readonly = Exporter::new(vec![0u8; 8])
        .unguarded()
        .readonly()
        .flat()
        .unwrap();
    for memory in [memory, readonly] {
        for request in [Request::read().stable(), Request::read().exclusive()] {
            let error = memory.view(request).unwrap_err();
            assert!(error.message().contains("not guarded"), "{error}");
        }
    }
}

/// Nobody writes constant memory, so each view of it is stable, and what is made of them.
#[test]
fn constant_memory_is_stable_unasked() {
    let row = || Exporter::new(&[7u8; 4][..]).flat().unwrap();
    let views = [0, 1].map(|_| row().view(Request::read()).unwrap());
    assert_eq!(views[0].as_slice::<u8>().unwrap(), [7; 4]);
    let stable = Want {
        stable: true,
        indirect: true,
        ..Want::default()
    };
    stable.check(&views[0]).unwrap();
    stable
        .check(&views[0].slice(0, Slice::ALL).unwrap())
        .unwrap();
    assert!(views[0].lend().unwrap().is_constant());
    View::stack(&views).unwrap().view_as(&stable).unwrap();

    // The same of memory that somebody may write.
    let guarded = Exporter::new(vec![7u8; 4]).flat().unwrap();
    let shared = guarded.view(Request::read()).unwrap();
    assert!(stable.check(&shared).is_err());
    assert!(!View::stack(&[shared]).unwrap().is_constant());
}

/// What is lent on from a stable view is constant, and a chain of it is none.
#[test]
fn stable_views_lend_on() {
    let memory = Exporter::new(vec![7u8; 8]).flat().unwrap();
    let mut lent = memory
        .view(Request::read().stable())
        .unwrap()
        .lend()
        .unwrap();
    for _ in 0..200_000 {
        lent = lent.view(Request::read().stable()).unwrap().lend().unwrap();
    }
    assert!(lent.is_constant());
    assert!(memory.view(Request::write()).is_err());
    drop(lent);
    memory.view(Request::write()).unwrap();
}

/// An exclusive view that is lent on keeps others out, and nobody gets a slice of it.
#[test]
fn exclusive_views_lend_on() {
    let memory = Exporter::new(vec![7u8; 8]).flat().unwrap();
    let mut view = memory.view(Request::write().exclusive()).unwrap();
    let lent = view.lend().unwrap();
    assert!(view.as_mut_slice::<u8>().is_err());
    assert!(lent.view(Request::read().stable()).is_err());
    drop(view);
    assert!(memory.view(Request::read()).is_err());
    drop(lent);
    memory.view(Request::read()).unwrap();
}

/// What is formatted may be written to code of anybody's, which may use the memory.
#[test]
fn nothing_is_held_while_an_exporter_is_formatted() {
    struct Meddler<'a>(&'a Exporter);
    impl std::fmt::Write for Meddler<'_> {
        fn write_str(&mut self, _: &str) -> std::fmt::Result {
            self.0.push(1u8).unwrap();
            Ok(())
        }
    }
    let memory = Exporter::growing_of(&[0u8]).unwrap();
    std::fmt::write(&mut Meddler(&memory), format_args!("{memory:?}")).unwrap();
    assert!(memory.count() > 5);
}
