//! Rows of short items, and channels of pixels, by vectors of NEON, which every 64-bit ARM has.
//!
//! What lies some items apart is taken apart as it is loaded, and put together as it is stored:
//! there are instructions for 2, 3 and 4 of them. So these kernels are shorter than those of
//! [`avx2`](super::avx2), whose rules they keep: the last vector of a row overlaps the one before, and
//! no byte outside of the items is read.
//!
//! Their speed has not been measured: they were written, and are tested, where ARM is emulated. They are
//! here because they take fewer instructions, in the loops as they are compiled. One by one an item takes
//! about five, of any size. Sixteen bytes of every second, third or fourth item take five as well, and
//! seven where they are turned round; `K` channels take `K + 5` for `16 * K` bytes; what a shuffle puts in
//! order takes seven for what fits into 16 bytes. Only numbers that are swapped on their way to another
//! place take as many as the loop that goes one by one, of which the compiler makes vectors: of
//! those that stay where they are it makes none.
//!
//! So nothing here passes the cache by, or asks for lines ahead: whether that pays cannot be counted.

pub(super) mod pixels;
mod registers;
pub(super) mod rows;
