//! Parts of a layout for as many workers.

use super::{Layout, Slice};
use crate::alloc::try_collect;
use crate::error::{Result, fail};

impl Layout {
    /// Cuts dimension `dim` into `parts` that follow one another, each of them some items long
    /// or one item longer: the longer ones come first. Where there are more parts than items the
    /// last ones are empty.
    pub fn split(&self, dim: usize, parts: usize) -> Result<Vec<Self>> {
        let Some(&length) = self.shape().get(dim) else {
            return self.no_dimension(dim);
        };
        let count = match isize::try_from(parts) {
            Ok(count @ 1..) => count,
            _ => return fail!(Value, "{parts} parts: there must be one at least"),
        };
        let (each, longer) = (length / count, length % count);
        // Condition 1, and no part begins behind the end.
        let begin = |part: isize| part * each + part.min(longer);
        try_collect(parts, |part| {
            let part = part as isize;
            let slice = Slice {
                start: Some(begin(part)),
                stop: Some(begin(part + 1)),
                step: 1,
            };
            self.slice(dim, slice)
        })
    }
}
