//! The word as a state machine: every sequence of steps, beside a naive model of it.

use std::cell::Cell;

use super::*;

/// What a view is, in plain fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Model {
    released: bool,
    lent: usize,
    pins: usize,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Lend,
    TakeBack,
    Pin,
    Unpin,
    Release,
}

const STEPS: [Step; 5] = [
    Step::Lend,
    Step::TakeBack,
    Step::Pin,
    Step::Unpin,
    Step::Release,
];

/// Does a step with both, if it is one that a caller may take, and holds the answers to one
/// another.
fn step(word: &Word, model: &mut Model, step: Step, has_lock: bool) {
    let refused = model.released.then_some(No::Released);
    match step {
        Step::Lend => {
            assert_eq!(word.lend(has_lock).err(), refused);
            model.lent += usize::from(!model.released);
        }
        Step::Pin => {
            assert_eq!(word.pin(has_lock).err(), refused);
            model.pins += usize::from(!model.released);
        }
        Step::TakeBack if model.lent > 0 => {
            word.take_back(has_lock);
            model.lent -= 1;
        }
        Step::Unpin if model.pins > 0 => {
            word.unpin(has_lock);
            model.pins -= 1;
        }
        // While somebody reads it waits, and nobody here would go on. With a lock nobody reads
        // when another thread is at it.
        Step::Release if model.pins == 0 => {
            let expected = match (model.released, model.lent) {
                (true, _) => Ok(false),
                (false, 0) => Ok(true),
                (false, lent) => Err(No::Lent(lent)),
            };
            assert_eq!(word.release(|| unreachable!("nobody reads")), expected);
            model.released |= expected == Ok(true);
        }
        _ => {}
    }
    assert_eq!(word.is_released(), model.released);
}

#[test]
fn every_sequence_of_steps_is_the_models() {
    const LENGTH: u32 = 7;
    for has_lock in [true, false] {
        for sequence in 0..STEPS.len().pow(LENGTH) {
            let (word, mut model) = (Word::new(), Model::default());
            for k in 0..LENGTH {
                let next = STEPS[sequence / STEPS.len().pow(k) % STEPS.len()];
                step(&word, &mut model, next, has_lock);
            }
        }
    }
}

#[test]
fn a_release_waits_as_long_as_somebody_reads_and_looks_again() {
    let word = Word::new();
    word.pin(false).unwrap();
    word.pin(false).unwrap();
    let waited = Cell::new(0);
    let released = word.release(|| {
        waited.set(waited.get() + 1);
        if waited.get() > 3 && word.now() & PINS != 0 {
            word.unpin(false);
        }
    });
    assert_eq!((released, waited.get()), (Ok(true), 5));
}

#[test]
fn a_buffer_that_is_lent_while_a_release_waits_refuses_it() {
    let word = Word::new();
    word.pin(false).unwrap();
    let released = word.release(|| {
        word.lend(false).unwrap();
        word.unpin(false);
    });
    assert_eq!(released, Err(No::Lent(1)));
    assert!(!word.is_released());
    word.take_back(false);
    assert_eq!(word.release(|| ()), Ok(true));
}

#[test]
fn no_more_buffers_are_lent_than_can_be_counted() {
    for has_lock in [true, false] {
        let word = Word(AtomicUsize::new(EXPORT * (MOST_EXPORTS - 1)));
        word.lend(has_lock).unwrap();
        assert_eq!(word.lend(has_lock), Err(No::Full));
        assert_eq!(word.release(|| ()), Err(No::Lent(MOST_EXPORTS)));
        word.take_back(has_lock);
        word.lend(has_lock).unwrap();
        // Whatever is counted, pins are not touched by it, nor the flags.
        assert_eq!(word.now(), EXPORT * MOST_EXPORTS);
    }
}

#[test]
fn the_last_user_is_told_so_and_nobody_else() {
    for has_lock in [true, false] {
        for count in 1..20 {
            let users = Users::one();
            (1..count).for_each(|_| users.another(has_lock));
            let said: Vec<bool> = (0..count).map(|_| users.one_less(has_lock)).collect();
            let expected: Vec<bool> = (1..=count).map(|k| k == count).collect();
            assert_eq!(said, expected);
        }
    }
}
