//! How a scenario is run: with each of its allocations failing in turn.

use pybuf::error::Kind;
use pybuf::{Error, Exporter, Request, Result, View};

use crate::allocator::{arm, calm, disarm, live};
use crate::foreign;
use crate::owner::all_dropped_once;

/// No scenario needs more allocations.
const ENOUGH: usize = 100;

/// What an operation starts from, and must leave as it was where it fails.
pub trait State {
    /// All that can be seen of it.
    fn seen(&self) -> String;
}

impl State for () {
    fn seen(&self) -> String {
        String::new()
    }
}

impl State for View {
    fn seen(&self) -> String {
        let mut bytes = vec![0; self.layout().nbytes()];
        self.copy_bytes_to(&mut bytes, pybuf::Order::C)
            .expect("a copy");
        format!("{:?} {:?} {bytes:?}", self.layout(), self.format())
    }
}

impl State for Exporter {
    fn seen(&self) -> String {
        self.view(Request::read()).expect("a view").seen()
    }
}

impl<A: State, B: State> State for (A, B) {
    fn seen(&self) -> String {
        self.0.seen() + &self.1.seen()
    }
}

impl State for Error {
    fn seen(&self) -> String {
        format!("{self:?}")
    }
}

/// Makes a state, and runs an operation on it with its first allocation failing, then, all
/// anew, with its second, and so on until it needs no more. Each failure has to be the error
/// of memory, has to leave the state as it was, and so that the operation then succeeds;
/// and at the end of each run nothing is left.
pub fn each_fails<S: State, T>(
    name: &str,
    state: impl Fn() -> S,
    operation: impl Fn(&S) -> Result<T>,
) {
    in_turn(name, |nth| {
        let run = run(name, nth, Failing::Once, &state, &operation);
        let unnoticed = run.failed && !run.refused;
        assert!(
            !unnoticed,
            "{name}, {nth}: a failed allocation went unnoticed"
        );
        run
    });
}

/// As [`each_fails`], of an operation that can do with less than it asks for first: it may
/// succeed although an allocation has failed. So those that follow fail as well.
pub fn each_fails_for_good<S: State, T>(
    name: &str,
    state: impl Fn() -> S,
    operation: impl Fn(&S) -> Result<T>,
) {
    for failing in [Failing::Once, Failing::ForGood] {
        in_turn(name, |nth| run(name, nth, failing, &state, &operation));
    }
}

/// Runs with the first allocation failing, then with the second, until none fails.
fn in_turn(name: &str, one: impl Fn(usize) -> Run) {
    let failed = (1..ENOUGH).take_while(|&nth| one(nth).failed).count();
    assert!(failed > 0, "{name}: nothing was allocated at all");
    assert!(failed + 1 < ENOUGH, "{name}: it never has enough");
}

/// The operation allocates nothing, and succeeds.
pub fn needs_none<S: State, T>(
    name: &str,
    state: impl Fn() -> S,
    operation: impl Fn(&S) -> Result<T>,
) {
    let run = run(name, 1, Failing::Once, &state, &operation);
    assert!(!run.failed && !run.refused, "{name}: it allocates");
}

/// Which allocations fail.
#[derive(Clone, Copy)]
enum Failing {
    Once,
    ForGood,
}

/// What has happened.
struct Run {
    /// An allocation has failed.
    failed: bool,
    /// The operation has said so.
    refused: bool,
}

/// Runs an operation once, with its `nth` allocation failing.
fn run<S: State, T>(
    name: &str,
    nth: usize,
    failing: Failing,
    state: &impl Fn() -> S,
    operation: &impl Fn(&S) -> Result<T>,
) -> Run {
    let before = live();
    let state = state();
    let seen = state.seen();
    arm(nth, matches!(failing, Failing::ForGood));
    let outcome = operation(&state);
    let failed = disarm();
    if let Err(error) = &outcome {
        assert!(failed, "{name}, {nth}: no allocation failed, but: {error}");
        assert_eq!(error.kind(), Kind::Memory, "{name}, {nth}: {error}");
        assert!(error.message().contains("no memory"), "{name}: {error}");
        assert_eq!(state.seen(), seen, "{name}, {nth}: the state has changed");
        let again = operation(&state).map(drop);
        assert_eq!(again, Ok(()), "{name}, {nth}: with memory");
    }
    let refused = outcome.is_err();
    drop((outcome, state, seen));
    assert!(all_dropped_once(), "{name}, {nth}: owners");
    assert_eq!(foreign::exports(), 0, "{name}, {nth}: exports not released");
    assert_eq!(live(), before, "{name}, {nth}: a leak");
    Run { failed, refused }
}

/// The operation has to be refused, with this error; where there was no memory for its
/// text, that is the error.
pub fn refused<T>(outcome: Result<T>, kind: Kind, part: &str) -> Result<()> {
    match outcome {
        Err(error) if error.kind() == Kind::Memory => Err(error),
        Err(error) if error.kind() == kind && error.message().contains(part) => Ok(()),
        // A panic needs memory itself.
        outcome => calm(|| panic!("not refused so: {:?}", outcome.err())),
    }
}
