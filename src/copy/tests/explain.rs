//! What plans say, against what they do. That the means that are told are those that are used,
//! [`super::plans`] sees with every copy that it makes; here layouts are large, and nothing is
//! moved.

use super::plans::{MOST_DIMS, Side, itemsizes, side};
use super::*;
use crate::copy::kernel::Means;
use crate::copy::kernel::transpose::Stage;
use crate::copy::plan::Kernel;

const ALL_MEANS: [Means; 21] = [
    Means::FillLines,
    Means::Lines,
    Means::Skewed,
    Means::Tiles(64),
    Means::Bytes,
    Means::Swap,
    Means::Memcpy,
    Means::PastTheCache,
    Means::OneByOne,
    Means::InTiles,
    Means::Fill,
    Means::Shuffle,
    Means::Gather,
    Means::Spread,
    Means::GatherAndScatter,
    Means::Channels,
    Means::Tiles(8),
    Means::Tiles(16),
    Means::Tiles(32),
    Means::Stage(16),
    Means::Stage(32),
];

/// Lengths of all orders of magnitude, of items in up to some hundred MiB.
fn lengths() -> impl Strategy<Value = Vec<isize>> {
    let length = prop_oneof![
        3 => 1..6isize,
        2 => 6..40isize,
        3 => (4..13u32, -1..2isize).prop_map(|(log, by)| (1 << log) + by),
    ];
    prop::collection::vec(length, 0..=MOST_DIMS)
}

/// No case has more bytes of items: with all its gaps it must fit the address space.
const MOST_BYTES: usize = match isize::BITS {
    64 => 256 << 20,
    _ => 4 << 20,
};

fn plan_of(itemsize: usize, shape: &[isize], sides: (&Side, &Side), aligned: bool) -> CopyPlan {
    let mut left = MOST_BYTES / itemsize;
    let mut shape = shape.to_vec();
    for length in &mut shape {
        *length = (*length).min(left.max(1) as isize);
        left /= length.unsigned_abs();
    }
    let to = sides.0.layout(itemsize, &shape, aligned);
    let from = sides.1.layout(itemsize, &shape, aligned);
    CopyPlan::new(&to, &from).unwrap()
}

/// A number at the beginning of some text, with the unit that may follow it.
fn bytes_at(text: &str) -> usize {
    let mut words = text.split(|c: char| c.is_whitespace() || c == ':');
    let number: usize = words.next().unwrap().parse().unwrap();
    match words.next().unwrap() {
        "MiB" => number << 20,
        "KiB" => number << 10,
        _ => number,
    }
}

/// What is moved at once, times the steps of all loops that are told.
fn bytes_told(text: &str) -> usize {
    let (_, moved) = text.split_once(" around the move of ").unwrap();
    let loops = text.lines().filter(|line| line.starts_with("  "));
    loops.fold(bytes_at(moved), |bytes, line| {
        bytes * bytes_at(line.split_once(": ").unwrap().1)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(4_000)))]

    #[test]
    fn the_words_are_those_of_what_is_decided(
        itemsize in itemsizes(),
        shape in lengths(),
        sides in (side(0.0), side(0.04)),
        aligned in any::<bool>(),
    ) {
        let mut plan = plan_of(itemsize, &shape, (&sides.0, &sides.1), aligned);
        for level in Level::all() {
            plan.level = level;
            let text = plan.explain().unwrap();
            prop_assert!(text.len() < 4096 && text.ends_with('\n'));
            prop_assert_eq!(bytes_told(&text), plan.nbytes());
            let told = ALL_MEANS.iter().filter(|means| text.contains(&format!("Moved {means} (")));
            prop_assert_eq!(told.collect::<Vec<_>>(), [&plan.plan.means(level)]);
            check_cache(&plan, &text)?;
        }
    }
}

/// Whether the cache is passed by is told as it is done, and by the limits of the documentation.
fn check_cache(plan: &CopyPlan, text: &str) -> Result<(), TestCaseError> {
    let (means, nbytes) = (plan.plan.means(plan.level), plan.nbytes());
    let past = text.contains("Stored past the cache");
    match means {
        Means::PastTheCache => prop_assert!(past && nbytes >= 8 << 20),
        Means::FillLines => prop_assert!(past && nbytes >= 32 << 20),
        Means::Gather | Means::Channels | Means::Swap => {
            prop_assert_eq!(past, plan.plan.streams && plan.level.passes_the_cache());
        }
        Means::Stage(_) | Means::Lines | Means::Skewed => {
            let way = plan.plan.transpose(plan.level);
            prop_assert!(past && way.bytes >= 2 << 20 && way.columns * plan.plan.outer.size >= 256);
            prop_assert_eq!(way.stage == Some(Stage::Large), way.bytes >= 8 << 20);
            let is_large = way.bytes >= 8 << 20;
            let because = if is_large {
                "8 MiB"
            } else {
                "push one another"
            };
            prop_assert!(text.contains(because));
        }
        _ => prop_assert!(!past),
    }
    if plan.plan.streams {
        prop_assert!(nbytes >= 8 << 20);
        prop_assert!(!matches!(
            plan.plan.kernel,
            Kernel::Tiles | Kernel::Transpose
        ));
    }
    Ok(())
}

/// A plan for items of C order with their dimensions in another one, to C order.
fn turned(itemsize: usize, shape: &[isize], axes: &[usize]) -> CopyPlan {
    let from = Layout::contiguous(itemsize, shape, Order::C).unwrap();
    let from = from.transpose(axes).unwrap();
    let to = Layout::contiguous(itemsize, from.shape(), Order::C).unwrap();
    CopyPlan::new(&to, &from).unwrap()
}

#[test]
fn plans_that_everybody_knows() {
    let says = |plan: CopyPlan, words: &[&str]| {
        let text = plan.explain().unwrap();
        for part in words {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    };
    says(
        turned(4, &[4096, 4096], &[1, 0]),
        &[
            "Copies shape (4096, 4096) of 4-byte items, 64 MiB.",
            "A transpose of 4096 rows and 4096 columns",
        ],
    );
    says(
        turned(4, &[4, 4], &[1, 0]),
        &[
            "A transpose of 4 rows and 4 columns",
            "no more than 256 items",
        ],
    );
    says(
        turned(1, &[1080, 1920, 3], &[2, 0, 1]),
        &["Pixels of 3 channels become 3 planes: the source is 2073600 pixels"],
    );
    says(
        turned(2, &[3, 1080, 1920], &[1, 2, 0]),
        &["Planes become pixels of 3 channels: the destination is 2073600 pixels"],
    );
    says(
        turned(8, &[64, 64], &[0, 1]),
        &[
            "0 loops around the move of 32 KiB",
            "One run",
            "Stored to the cache: 32 KiB, in runs of 32 KiB",
        ],
    );
    // Merged across dimensions.
    says(
        turned(4, &[16, 16, 16, 16, 16, 16], &[5, 4, 3, 2, 1, 0]),
        &[
            "A transpose of 256 rows and 256 columns",
            "That is 6 loops",
            "64 MiB",
        ],
    );
    let swap = Layout::strided(1, &[1000, 4], &[4, -1], 3).unwrap();
    let words = Layout::contiguous(1, &[1000, 4], Order::C).unwrap();
    says(
        CopyPlan::new(&words, &swap).unwrap(),
        &["line: 4 steps of 1 bytes in the destination, -1 in the source"],
    );
    let repeated = Layout::strided(4, &[9], &[0], 0).unwrap();
    let row = Layout::contiguous(4, &[9], Order::C).unwrap();
    says(
        CopyPlan::new(&row, &repeated).unwrap(),
        &["Moved by storing one item again and again ("],
    );
    says(
        CopyPlan::new(&repeated, &row).unwrap(),
        &["on top of each other", "the last one stays"],
    );
    let nothing = Layout::contiguous(4, &[9, 0], Order::C).unwrap();
    says(
        CopyPlan::new(&nothing, &nothing).unwrap(),
        &["0 bytes.", "There is nothing to do."],
    );
}

#[test]
fn many_dimensions_have_room() {
    const DIMS: usize = isize::BITS as usize - 8;
    let shape = [2; DIMS];
    let from = Layout::contiguous(1, &shape, Order::C).unwrap();
    let gaps: Vec<_> = (0..DIMS).map(|k| 3 << k).collect();
    let to = Layout::strided(1, &shape, &gaps, 0).unwrap();
    let text = CopyPlan::new(&to, &from).unwrap().explain().unwrap();
    let words = [
        format!("Copies shape (2, 2, 2, ... {} more ..., 2)", DIMS - 4),
        format!("  around: ... {} loops more ...", DIMS - 2 - 8),
    ];
    assert!(
        text.len() < 4096 && words.iter().all(|words| text.contains(words)),
        "{text}"
    );
}
