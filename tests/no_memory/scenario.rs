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
    let failed = (1..ENOUGH).take_while(|&nth| !is_enough(name, nth, &state, &operation));
    let failed = failed.count();
    assert!(failed > 0, "{name}: nothing was allocated at all");
    assert!(failed + 1 < ENOUGH, "{name}: it never has enough");
}

/// The operation allocates nothing, and succeeds.
pub fn needs_none<S: State, T>(
    name: &str,
    state: impl Fn() -> S,
    operation: impl Fn(&S) -> Result<T>,
) {
    let enough = is_enough(name, 1, &state, &operation);
    assert!(enough, "{name}: it allocates");
}

/// One run: whether the operation has not needed `nth` allocations.
fn is_enough<S: State, T>(
    name: &str,
    nth: usize,
    state: &impl Fn() -> S,
    operation: &impl Fn(&S) -> Result<T>,
) -> bool {
    let before = live();
    let state = state();
    let seen = state.seen();
    arm(nth);
    let outcome = operation(&state);
    let failed = disarm();
    match &outcome {
        Ok(_) => assert!(!failed, "{name}, {nth}: a failed allocation went unnoticed"),
        Err(error) => {
            assert!(failed, "{name}, {nth}: no allocation failed, but: {error}");
            assert_eq!(error.kind(), Kind::Memory, "{name}, {nth}: {error}");
            assert!(error.message().contains("no memory"), "{name}: {error}");
            assert_eq!(state.seen(), seen, "{name}, {nth}: the state has changed");
            let again = operation(&state).map(drop);
            assert_eq!(again, Ok(()), "{name}, {nth}: with memory");
        }
    }
    let is_enough = outcome.is_ok();
    drop((outcome, state, seen));
    assert!(all_dropped_once(), "{name}, {nth}: owners");
    assert_eq!(foreign::exports(), 0, "{name}, {nth}: exports not released");
    assert_eq!(live(), before, "{name}, {nth}: a leak");
    is_enough
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
