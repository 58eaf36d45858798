//! Memory that counts its exports: guarded, growing, and rows of others' memory.

use pybuf::error::Kind;
use pybuf::{Exporter, Request, Result, Slice, View};

use crate::owner::Owner;
use crate::scenario::{each_fails, each_fails_for_good, needs_none, refused};

/// Two hundred numbers, without room for more: enough that what is given back is worth it.
fn numbers() -> Exporter {
    Exporter::growing(c"I", 200).expect("memory that grows")
}

fn guarded() -> Exporter {
    Exporter::new(Owner::new()).flat().expect("an exporter")
}

const EVERY_THIRD: Slice = Slice {
    start: Some(1),
    stop: None,
    step: 3,
};

#[test]
fn growing_memory_is_made() {
    each_fails("zeros", || (), |()| Exporter::growing(c"d", 9));
    each_fails("nothing", || (), |()| Exporter::growing(c"w", 0));
    each_fails_for_good("copies", || (), |()| Exporter::growing_of(&[1.5, 2.5]));
    each_fails_for_good("bytes", || (), |()| Exporter::growing_from(c"h", b"abcd"));
    each_fails("a slice", numbers, |array| array.copy_slice(EVERY_THIRD));
}

#[test]
fn growing_memory_changes() {
    each_fails_for_good("one more", numbers, |array| array.push(7u32));
    each_fails_for_good("many more", numbers, |array| {
        array.extend_from_slice(&[1u32; 300])
    });
    each_fails_for_good("in the middle", numbers, |array| {
        array.insert_from_slice(100, &[1u32; 3])
    });
    each_fails_for_good("longer", numbers, |array| array.resize(1000));
    each_fails_for_good("shorter", numbers, |array| array.resize(3));
    each_fails_for_good("most of it deleted", numbers, |array| {
        array.delete(Slice {
            start: Some(5),
            ..Slice::ALL
        })
    });
    needs_none("every third deleted", numbers, |array| {
        array.delete(EVERY_THIRD)
    });
    needs_none("the last taken", numbers, |array| array.pop_item::<u32>(-1));
    needs_none("one written", numbers, |array| array.set_item(3, 9u32));
    needs_none("as many in their place", numbers, |array| {
        array.splice(Slice::ALL, &[5u32; 200])
    });
}

#[test]
fn growing_memory_refuses() {
    let with_a_view = || {
        let array = numbers();
        let view = array.view(Request::read()).expect("a view");
        (array, view)
    };
    each_fails("under an export", with_a_view, |(array, _)| {
        refused(array.push(1u32), Kind::Buffer, "1 export is outstanding")
    });
    each_fails("an index", numbers, |array| {
        refused(array.item::<u32>(200), Kind::Index, "out of range")
    });
    each_fails("another type", numbers, |array| {
        refused(array.push(1.5f64), Kind::Type, "float64")
    });
}

#[test]
fn stable_and_exclusive() {
    each_fails("stable", guarded, |lent| {
        lent.view(Request::read().stable())
    });
    each_fails("exclusive", guarded, |lent| {
        lent.view(Request::write().exclusive())
    });
    let written = || {
        let lent = guarded();
        let view = lent.view(Request::write()).expect("a view");
        (lent, view)
    };
    each_fails("what somebody may write", written, |(lent, _)| {
        let view = lent.view(Request::read().stable());
        refused(view, Kind::Buffer, "1 writable export is outstanding")
    });
}

#[test]
fn rows() {
    let views = || -> (View, View) {
        let view = || guarded().view(Request::read().stable());
        (view().expect("a view"), view().expect("a view"))
    };
    let stack = |(first, second): &(View, View)| -> Result<Exporter> {
        View::stack(&[first.clone(), second.clone()])
    };
    each_fails("two", views, stack);
}
