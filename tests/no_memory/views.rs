//! Reading and writing what is lent.

use pybuf::error::Kind;
use pybuf::{Contiguity, CopyPlan, Error, Exporter, Order, Request, Slice, View, Want};

use crate::foreign;
use crate::owner::Owner;
use crate::scenario::{State, each_fails, needs_none, refused};

/// From the last item to the first.
const BACKWARDS: Slice = Slice {
    start: None,
    stop: None,
    step: -1,
};

/// Two by two numbers.
fn exporter() -> Exporter {
    Exporter::new(Owner::new())
        .shape([2, 2])
        .expect("an exporter")
}

fn view() -> View {
    exporter().view(Request::write()).expect("a view")
}

/// The same numbers in more dimensions than lie inside a layout, of a format that does not
/// lie inside a format.
fn long_view() -> View {
    let lent = Exporter::new(Owner::new()).format(c"T{<i:first:<i:second:}", Some(8));
    let lent = lent.shape([1, 2, 1, 1, 1, 1, 2]).expect("an exporter");
    lent.view(Request::write()).expect("a view")
}

/// A view of what the foreign functions lend.
fn foreign_view() -> View {
    foreign::view().expect("a view")
}

#[test]
fn taking_one() {
    each_fails("to read", exporter, |lent| lent.view(Request::read()));
    each_fails("as wanted", exporter, |lent| {
        lent.view_as(&wanted("uint64"))
    });
    each_fails("by functions", || (), |()| foreign::view());
    needs_none("another reference", view, |view| Ok(view.clone()));
}

#[test]
fn selecting() {
    each_fails("a slice", view, |view| view.slice(0, BACKWARDS));
    each_fails("a slice of many dimensions", long_view, |view| {
        view.slice(6, BACKWARDS)
    });
    each_fails("a transpose", view, |view| view.transpose([1, 0]));
    each_fails("a transpose of many dimensions", long_view, |view| {
        view.transpose([6, 5, 4, 3, 2, 1, 0])
    });
    each_fails("a transpose of a slice", foreign_view, |view| {
        view.slice(0, BACKWARDS)?
            .transpose([7, 6, 5, 4, 3, 2, 1, 0])
    });
}

/// A view, and the same memory in another order.
struct Overlapping(View, View);

impl State for Overlapping {
    fn seen(&self) -> String {
        self.0.seen() + &self.1.seen()
    }
}

fn overlapping(view: View, dim: usize) -> Overlapping {
    let backwards = view.slice(dim, BACKWARDS).expect("a slice");
    Overlapping(view, backwards)
}

#[test]
fn copying() {
    // SAFETY: the items are this test's alone.
    let overlap = |pair: &Overlapping| unsafe { pair.0.copy_from(&pair.1) };
    each_fails("overlapping", || overlapping(view(), 0), overlap);
    each_fails("many dimensions", || overlapping(long_view(), 6), overlap);
    each_fails("out of many dimensions", long_view, |view| {
        view.copy_bytes_to(&mut [0; 32], Order::F)
    });
    needs_none("out of a few dimensions", view, |view| {
        view.copy_bytes_to(&mut [0; 32], Order::F)
    });
    needs_none("apart", || Overlapping(view(), view()), overlap);
    needs_none("items", view, |view| view.copy_to(&mut [0u64; 4]));
    each_fails("contiguous", view, |view| view.to_contiguous(Order::F));
}

/// Two views, and the plan of a copy between them.
struct Planned(CopyPlan, Overlapping);

impl State for Planned {
    fn seen(&self) -> String {
        self.1.seen()
    }
}

#[test]
fn planning() {
    let plan = |pair: &Overlapping| CopyPlan::new(pair.0.layout(), pair.1.layout());
    needs_none("a few dimensions", || overlapping(view(), 0), plan);
    each_fails("many dimensions", || overlapping(long_view(), 6), plan);
    let planned = || {
        let pair = overlapping(view(), 0);
        Planned(plan(&pair).expect("a plan"), pair)
    };
    each_fails("explained", planned, |planned| planned.0.explain());
    // SAFETY: the items are this test's alone.
    let execute =
        |Planned(plan, pair): &Planned| unsafe { plan.execute(pair.0.data(), pair.1.data()) };
    each_fails("executed where they overlap", planned, execute);
}

#[test]
fn reasons() {
    let in_order = |order| Want {
        order: Some(Contiguity::In(order)),
        ..Want::default()
    };
    let (c, fortran) = (in_order(Order::C), in_order(Order::F));
    needs_none("not to copy", view, |view| view.why_copy(&c));
    each_fails("to copy", view, |view| view.why_copy(&fortran));
}

#[test]
fn items() {
    needs_none("typed", view, |view| {
        let items = view.items::<u64, 2>()?;
        Ok(items.get([1, 0]).zip(items.get([2, 0])))
    });
    needs_none("read", view, |view| view.read_item(&[0, -1], &mut [0; 8]));
    // SAFETY: the items are this test's alone, and it writes what is there.
    needs_none("written", view, |view| unsafe {
        view.write_item(&[0, 0], &1u64.to_ne_bytes())
    });
    each_fails("of another type", view, |view| {
        refused(
            view.items::<f32, 2>(),
            Kind::Buffer,
            "float32 was asked for",
        )
    });
    each_fails("outside", view, |view| {
        refused(view.item(&[2, 0]), Kind::Index, "2")
    });
    each_fails("one index too few", view, |view| {
        refused(view.item(&[0]), Kind::Type, "1 indices")
    });
}

#[test]
fn contents() {
    let same = |pair: &Overlapping| pair.0.equals(&pair.1);
    needs_none("backwards", || overlapping(view(), 0), same);
    let read = |view: &View| assert!(view.format().root().is_some());
    let structs = || {
        let pair = overlapping(long_view(), 6);
        // Which needs memory, at the first time.
        read(&pair.0);
        read(&pair.1);
        pair
    };
    needs_none("structs", structs, same);
    needs_none("found", view, |view| view.find(0u64, 0, 4));
    needs_none("never found", view, |view| view.find(0.5, 0, 4));
    needs_none("too large", view, |view| view.find(1e300, 0, 4));
    needs_none("counted", view, |view| view.count(0u64));
    each_fails("as text", view, |view| view.to_hex(Some(b':'), 4));
}

#[test]
fn lending_on() {
    each_fails("the view of an exporter", view, View::lend);
    each_fails("a view of many dimensions", long_view, View::lend);
    each_fails("the view of a foreign exporter", foreign_view, View::lend);
    each_fails("a copy of the items", long_view, View::to_bytes);
    each_fails("an explanation", view, View::explain);
    each_fails("a view of a view", foreign_view, |view| {
        view.lend()?.view(Request::read())?.slice(2, BACKWARDS)
    });
}

fn wanted(kind: &str) -> Want<'_> {
    Want {
        kind: Some(Want::kind_named(kind.as_bytes()).expect("a kind")),
        ..Want::default()
    }
}

#[test]
fn refusals() {
    each_fails("another kind", exporter, |lent| {
        let refusal = "float64 was asked for";
        refused(lent.view_as(&wanted("float64")), Kind::Buffer, refusal)
    });
    each_fails("another order", exporter, |lent| {
        let want = Want {
            order: Some(Contiguity::In(Order::F)),
            ndim: Some(3),
            ..wanted("uint64")
        };
        refused(lent.view_as(&want), Kind::Buffer, "in 3 dimensions")
    });
    each_fails(
        "an unknown kind",
        || (),
        |()| refused(Want::kind_named(b"float65"), Kind::Value, "float65"),
    );
    each_fails(
        "other shapes",
        || Overlapping(view(), long_view()),
        |pair| {
            // SAFETY: nothing is copied.
            refused(unsafe { pair.0.copy_from(&pair.1) }, Kind::Value, "shape")
        },
    );
    each_fails(
        "by functions",
        || (),
        |()| refused(foreign::refused_view(), Kind::Buffer, "refused the request"),
    );
}

/// Where there is no memory for its text, the copy of an error is the error of memory.
#[test]
fn errors() {
    let refusal = || view().item(&[2, 0]).expect_err("an index outside");
    each_fails("a copy", refusal, |refusal: &Error| {
        refused(Err::<(), _>(refusal.clone()), Kind::Index, "2")
    });
}
