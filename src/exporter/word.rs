//! One word that says who has what: the whole protocol of counted memory, as a function
//! from a word to the next one.
//!
//! | bits | what |
//! |---|---|
//! | 0 to 23 | exports that are outstanding, of all sorts |
//! | 24 to 47 | of these: the writable ones; where the mode is [`Mode::Stable`], the stable ones |
//! | 48 to 60 | pins: threads that read or write items at this very moment |
//! | 61 | Python has objects of this memory and counts their exports itself (`home`) |
//! | 62 to 63 | the mode |
//!
//! Writable and stable exports exclude each other, so one field counts both, and the mode
//! says which. A pin is held for the length of a copy and never while anything of somebody
//! else runs: so what conflicts with a pin waits, and what conflicts with an export, which
//! may last for hours, is refused.

use std::fmt;

use crate::stress::{self, Protection};

/// How an export uses memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Access {
    /// Reads; others may write meanwhile.
    Read = 1,
    /// May write.
    Write = 2,
    /// Reads, and nobody writes meanwhile.
    Stable = 3,
    /// Has the memory alone.
    Exclusive = 4,
}

impl Access {
    pub(crate) const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Stable, Self::Exclusive];
}

/// What a thread is about to do with memory that it has no export of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touch {
    /// See where and how large it is.
    Look,
    /// Read items.
    Read,
    /// Write items.
    Write,
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
enum Mode {
    /// Readers and writers.
    Shared = 0,
    /// Readers, some of whom nobody must disturb.
    Stable = 1,
    /// One export that has it alone.
    Exclusive = 2,
    /// A thread is changing size and place of the memory.
    Changing = 3,
}

const FIELD: u64 = (1 << 24) - 1;
const EXPORT: u64 = 1;
const SPECIAL: u64 = 1 << 24;
const PIN: u64 = 1 << 48;
const PINS: u64 = (1 << 13) - 1;
const HOME: u64 = 1 << 61;
const MODE: u32 = 62;

/// The state of counted memory.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word(pub(super) u64);

/// What is to be done about a wish.
pub(crate) enum Step {
    /// This is the next word.
    To(Word),
    /// Another thread is about to finish: look again.
    Wait,
    /// An export stands in the way.
    Refuse,
}

impl Word {
    /// Exports that are outstanding, those apart that Python counts.
    pub(crate) fn exports(self) -> usize {
        (self.0 & FIELD) as usize
    }

    fn special(self) -> usize {
        (self.0 >> 24 & FIELD) as usize
    }

    /// Whether there cannot be more of them.
    pub(crate) fn is_full(self) -> bool {
        self.exports() as u64 == FIELD
    }

    /// Those of them that may write.
    pub(crate) fn writers(self) -> usize {
        match self.mode() {
            Mode::Shared => self.special(),
            _ => 0,
        }
    }

    /// Those of them that must not be disturbed.
    pub(crate) fn stable(self) -> usize {
        match self.mode() {
            Mode::Stable => self.special(),
            _ => 0,
        }
    }

    /// Whether one of them must not be disturbed.
    pub(crate) fn is_stable(self) -> bool {
        self.mode() == Mode::Stable
    }

    /// Whether one of them has the memory alone.
    pub(crate) fn is_exclusive(self) -> bool {
        self.mode() == Mode::Exclusive
    }

    /// Whether nobody is stable, exclusive or changing: whoever asks may read and write.
    pub(crate) fn is_shared(self) -> bool {
        self.mode() == Mode::Shared
    }

    pub(crate) fn has_home(self) -> bool {
        self.0 & HOME != 0
    }

    fn pins(self) -> u64 {
        self.0 >> 48 & PINS
    }

    fn mode(self) -> Mode {
        match self.0 >> MODE {
            0 => Mode::Shared,
            1 => Mode::Stable,
            2 => Mode::Exclusive,
            _ => Mode::Changing,
        }
    }

    fn with_mode(self, mode: Mode) -> Self {
        Self(self.0 & !(3 << MODE) | (mode as u64) << MODE)
    }

    fn plus(self, units: u64) -> Self {
        Self(self.0 + units)
    }

    /// An export begins.
    pub(crate) fn begin(self, access: Access) -> Step {
        if self.mode() == Mode::Changing {
            return Step::Wait;
        }
        let refused = self.is_full()
            || self.is_exclusive()
            || match access {
                Access::Read => false,
                Access::Write => self.is_stable(),
                Access::Stable => self.writers() > 0,
                Access::Exclusive => self.exports() > 0,
            };
        if refused {
            return Step::Refuse;
        }
        // Who is at the items at this moment may be writing them.
        let undisturbed = matches!(access, Access::Stable | Access::Exclusive)
            && stress::has(Protection::Undisturbed);
        if undisturbed && self.pins() > 0 {
            return Step::Wait;
        }
        Step::To(match access {
            Access::Read => self.plus(EXPORT),
            Access::Write => self.plus(EXPORT + SPECIAL),
            Access::Stable => self.plus(EXPORT + SPECIAL).with_mode(Mode::Stable),
            Access::Exclusive => self.plus(EXPORT).with_mode(Mode::Exclusive),
        })
    }

    /// An export ends.
    pub(crate) fn end(self, access: Access) -> Self {
        debug_assert!(self.exports() > 0, "more releases than exports");
        let fewer = |units| Self(self.0.wrapping_sub(units));
        match access {
            Access::Read => fewer(EXPORT),
            Access::Write => fewer(EXPORT + SPECIAL),
            Access::Stable => match fewer(EXPORT + SPECIAL) {
                none if none.special() == 0 => none.with_mode(Mode::Shared),
                some => some,
            },
            Access::Exclusive => fewer(EXPORT).with_mode(Mode::Shared),
        }
    }

    /// A thread is about to touch the memory.
    pub(crate) fn pin(self, touch: Touch) -> Step {
        let full = self.pins() == PINS;
        if full || self.mode() == Mode::Changing {
            return Step::Wait;
        }
        let refused = match touch {
            Touch::Look => false,
            Touch::Read => self.is_exclusive(),
            Touch::Write => self.is_exclusive() || self.is_stable(),
        };
        match refused {
            true => Step::Refuse,
            false => Step::To(self.plus(PIN)),
        }
    }

    /// It has done so.
    pub(crate) fn unpin(self) -> Self {
        debug_assert!(self.pins() > 0, "more ends than pins");
        Self(self.0.wrapping_sub(PIN))
    }

    /// Size and place are about to change.
    pub(crate) fn change(self) -> Step {
        if self.mode() == Mode::Changing {
            return Step::Wait;
        }
        if self.exports() > 0 {
            return Step::Refuse;
        }
        match self.pins() {
            0 => Step::To(self.with_mode(Mode::Changing)),
            _ => Step::Wait,
        }
    }

    /// They have changed.
    pub(crate) fn changed(self) -> Self {
        self.with_mode(Mode::Shared)
    }

    /// Python counts exports of its own from now on; nobody is changing meanwhile.
    pub(crate) fn at_home(self) -> Step {
        match self.mode() {
            Mode::Changing => Step::Wait,
            _ => Step::To(Self(self.0 | HOME)),
        }
    }

    /// It counts none any more.
    pub(crate) fn away(self) -> Self {
        Self(self.0 & !HOME)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Word")
            .field("mode", &self.mode())
            .field("exports", &self.exports())
            .field("special", &self.special())
            .field("pins", &self.pins())
            .field("home", &self.has_home())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a word stands for, said the long way.
    #[derive(Debug, Clone, Default, PartialEq)]
    struct Model {
        exports: Vec<Access>,
        pins: usize,
        changing: bool,
    }

    impl Model {
        fn may_begin(&self, access: Access) -> Option<bool> {
            let has = |other| self.exports.contains(&other);
            if self.changing {
                return None;
            }
            let allowed = !has(Access::Exclusive)
                && match access {
                    Access::Read => true,
                    Access::Write => !has(Access::Stable),
                    Access::Stable => !has(Access::Write),
                    Access::Exclusive => self.exports.is_empty(),
                };
            let waits = self.pins > 0 && matches!(access, Access::Stable | Access::Exclusive);
            if allowed && waits {
                None
            } else {
                Some(allowed)
            }
        }

        fn word(&self) -> Word {
            let count = |access| self.exports.iter().filter(|it| **it == access).count() as u64;
            let mode = match self {
                Self { changing: true, .. } => Mode::Changing,
                _ if count(Access::Exclusive) > 0 => Mode::Exclusive,
                _ if count(Access::Stable) > 0 => Mode::Stable,
                _ => Mode::Shared,
            };
            let special = count(Access::Write) + count(Access::Stable);
            let word = self.exports.len() as u64 + special * SPECIAL + self.pins as u64 * PIN;
            Word(word).with_mode(mode)
        }
    }

    /// Every state that up to four exports and two pins can reach, and every step from it.
    #[test]
    fn every_step_from_every_state_is_the_models() {
        let mut states = vec![Model::default()];
        let mut seen = 0;
        while seen < states.len() {
            let model = states[seen].clone();
            seen += 1;
            let word = model.word();
            let mut reached = Vec::new();
            for access in Access::ALL {
                let mut next = model.clone();
                next.exports.push(access);
                next.exports.sort_by_key(|it| *it as u8);
                match (word.begin(access), model.may_begin(access)) {
                    (Step::To(to), Some(true)) => {
                        assert_eq!(to, next.word(), "{model:?} {access:?}")
                    }
                    (Step::Refuse, Some(false)) | (Step::Wait, None) => continue,
                    _ => panic!("{access:?} from {model:?}"),
                }
                assert_eq!(next.word().end(access), word);
                reached.push(next);
            }
            for touch in [Touch::Look, Touch::Read, Touch::Write] {
                let exclusive = model.exports.contains(&Access::Exclusive);
                let stable = model.exports.contains(&Access::Stable);
                let next = Model {
                    pins: model.pins + 1,
                    ..model.clone()
                };
                let hindered = match touch {
                    Touch::Look => false,
                    Touch::Read => exclusive,
                    Touch::Write => exclusive || stable,
                };
                match word.pin(touch) {
                    Step::Wait => assert!(model.changing),
                    Step::Refuse => assert!(hindered),
                    Step::To(to) => {
                        assert!(!hindered && !model.changing);
                        assert_eq!((to, to.unpin()), (next.word(), word));
                        reached.push(next);
                    }
                }
            }
            match word.change() {
                Step::Wait => {
                    assert!(model.changing || (model.pins > 0 && model.exports.is_empty()))
                }
                Step::Refuse => assert!(!model.exports.is_empty()),
                Step::To(to) => {
                    let next = Model {
                        changing: true,
                        ..model.clone()
                    };
                    assert_eq!((to, to.changed()), (next.word(), word));
                    reached.push(next);
                }
            }
            reached.retain(|next| next.exports.len() <= 4 && next.pins <= 2);
            reached.retain(|next| !states.contains(next));
            states.extend(reached);
        }
        assert!(states.len() > 50, "{} states", states.len());
    }

    #[test]
    fn a_full_count_is_refused_and_nothing_overflows() {
        let full = Word(FIELD | FIELD << 24);
        assert!(matches!(full.begin(Access::Read), Step::Refuse));
        assert_eq!(full.end(Access::Write).exports() as u64, FIELD - 1);
        assert!(matches!(Word(PINS << 48).pin(Touch::Look), Step::Wait));
    }

    #[test]
    fn home_changes_nothing_else() {
        let word = Word(3 + SPECIAL + PIN);
        let Step::To(home) = word.at_home() else {
            panic!("nobody is changing");
        };
        assert!(home.has_home() && !word.has_home());
        assert_eq!(home.away(), word);
        assert_eq!((home.exports(), home.writers()), (3, 1));
        let Step::To(changing) = Word::default().change() else {
            panic!("nobody is there");
        };
        assert!(matches!(changing.at_home(), Step::Wait));
    }
}
