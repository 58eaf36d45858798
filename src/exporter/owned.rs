//! Lending what a Rust value owns: `Exporter::new(pixels).shape([480, 640, 3])?`.

use std::ffi::CStr;

use super::{Description, Exporter, Guard, Owner};
use crate::error::{Error, Result};
use crate::format::{Scalar, ScalarKind};
use crate::layout::Order;

/// The memory of a value: where it is, how long, and whether it may be written.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    /// Its first byte.
    pub address: *mut u8,
    /// Its length in bytes.
    pub size: usize,
    /// Whether nothing may be written: nobody does, as long as the value lives.
    pub readonly: bool,
    /// The format of its items: a single code.
    pub format: &'static CStr,
}

/// A value that owns memory and keeps it in place.
///
/// Implemented for vectors, boxed and shared slices and static ones of every
/// [`Item`]; [`Bytes`] and [`BytesMut`] make one of anything that gives its bytes, a
/// memory map say.
///
/// # Safety
/// The region stays valid and where it is until the value is dropped, on whatever
/// thread that is, while the value itself is not touched. Where it is read-only, nobody
/// writes it; where it is not, nobody holds a reference into it.
pub unsafe trait Memory: Send + Sync + 'static {
    /// The memory; called once, when the value has reached its last place.
    fn region(&mut self) -> Region;
}

/// A number that a format of a single code describes, of which every bit pattern is
/// valid.
///
/// # Safety
/// `FORMAT` describes exactly this type, and any bytes are a value of it.
pub unsafe trait Item: Copy + Send + Sync + 'static {
    /// The code, native.
    const FORMAT: &'static CStr;
    /// What it means.
    const SCALAR: Scalar;
}

macro_rules! items {
    ($($type:ty, $format:literal, $kind:ident;)*) => {$(
        // SAFETY: a primitive number, and the code that the struct module has for it.
        unsafe impl Item for $type {
            const FORMAT: &'static CStr = $format;
            const SCALAR: Scalar = Scalar::native(ScalarKind::$kind, size_of::<$type>());
        }
    )*};
}

items! {
    u8, c"B", Unsigned;
    i8, c"b", Signed;
    u16, c"H", Unsigned;
    i16, c"h", Signed;
    u32, c"I", Unsigned;
    i32, c"i", Signed;
    u64, c"Q", Unsigned;
    i64, c"q", Signed;
    usize, c"N", Unsigned;
    isize, c"n", Signed;
    f32, c"f", Float;
    f64, c"d", Float;
}

fn region_of<T: Item>(address: *const T, len: usize, readonly: bool) -> Region {
    Region {
        address: address.cast_mut().cast(),
        size: len * size_of::<T>(),
        readonly,
        format: T::FORMAT,
    }
}

// SAFETY: a vector's heap memory stays in place while the vector is left alone, and is its own.
unsafe impl<T: Item> Memory for Vec<T> {
    fn region(&mut self) -> Region {
        region_of(self.as_mut_ptr(), self.len(), false)
    }
}

// SAFETY: as for a vector.
unsafe impl<T: Item> Memory for Box<[T]> {
    fn region(&mut self) -> Region {
        region_of(self.as_mut_ptr(), self.len(), false)
    }
}

#[allow(
    clippy::disallowed_types,
    reason = "it is the caller's; none is made here"
)]
// SAFETY: shared memory stays in place as long as this reference to it; others may read it, so it is
// read-only.
unsafe impl<T: Item> Memory for std::sync::Arc<[T]> {
    fn region(&mut self) -> Region {
        region_of(self.as_ptr(), self.len(), true)
    }
}

// SAFETY: static memory outlives everything; others may read it, so it is read-only.
unsafe impl<T: Item> Memory for &'static [T] {
    fn region(&mut self) -> Region {
        region_of(self.as_ptr(), self.len(), true)
    }
}

/// Lends the bytes of any value that gives them, read-only.
#[derive(Debug)]
pub struct Bytes<T>(pub T);

// SAFETY: the reference that `as_ref` gives is valid as long as the value is neither moved nor
// touched, and a `Lend` moves it to its last place before it asks.
unsafe impl<T: AsRef<[u8]> + Send + Sync + 'static> Memory for Bytes<T> {
    fn region(&mut self) -> Region {
        let bytes = self.0.as_ref();
        region_of(bytes.as_ptr(), bytes.len(), true)
    }
}

/// Lends the bytes of any value that gives them, writable: `MmapMut`, say.
#[derive(Debug)]
pub struct BytesMut<T>(pub T);

// SAFETY: as for `Bytes`; the reference was exclusive, so nobody else has one.
unsafe impl<T: AsMut<[u8]> + Send + Sync + 'static> Memory for BytesMut<T> {
    fn region(&mut self) -> Region {
        let bytes = self.0.as_mut();
        region_of(bytes.as_mut_ptr(), bytes.len(), false)
    }
}

/// An exporter in the making; [`shape`](Lend::shape) or [`flat`](Lend::flat) finishes it.
#[derive(Debug)]
#[must_use = "nothing is lent before `shape` or `flat`"]
pub struct Lend<'a, M> {
    owner: M,
    format: Option<(&'a CStr, Option<usize>)>,
    strides: Option<&'a [isize]>,
    offset: isize,
    order: Order,
    readonly: bool,
    guarded: bool,
}

impl Exporter {
    /// Begins to lend the memory that `owner` owns. It is moved in, and dropped with the
    /// last handle and the last export.
    #[allow(
        clippy::new_ret_no_self,
        reason = "a builder: shape() gives the exporter"
    )]
    pub fn new<'a, M: Memory>(owner: M) -> Lend<'a, M> {
        Lend {
            owner,
            format: None,
            strides: None,
            offset: 0,
            order: Order::C,
            readonly: false,
            guarded: true,
        }
    }
}

impl<'a, M: Memory> Lend<'a, M> {
    /// Items of this format instead of the owner's; a text that is not a single code
    /// needs the size of an item.
    pub fn format(mut self, text: &'a CStr, itemsize: Option<usize>) -> Self {
        self.format = Some((text, itemsize));
        self
    }

    /// Distances in bytes, instead of contiguous items; one for each dimension.
    pub fn strides(mut self, strides: &'a [isize]) -> Self {
        self.strides = Some(strides);
        self
    }

    /// The first item lies so many bytes into the memory.
    pub fn offset(mut self, offset: isize) -> Self {
        self.offset = offset;
        self
    }

    /// Which index varies fastest, where no strides are given.
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Nothing may be written, though the owner could.
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Exports are not counted, which saves two atomic additions for each. There are no stable
    /// and exclusive views of such memory, and no slices.
    pub fn unguarded(mut self) -> Self {
        self.guarded = false;
        self
    }

    /// Lends the memory in this shape. On failure the owner is dropped.
    pub fn shape<const N: usize>(self, shape: [usize; N]) -> Result<Exporter> {
        let too_large = |_| Error::fixed(crate::error::Kind::Overflow, "a length exceeds isize");
        let mut signed = [0; N];
        for (to, from) in signed.iter_mut().zip(shape) {
            *to = isize::try_from(from).map_err(too_large)?;
        }
        self.finish(Some(&signed))
    }

    /// Lends all of the memory in one dimension. On failure the owner is dropped.
    pub fn flat(self) -> Result<Exporter> {
        self.finish(None)
    }

    fn finish(self, shape: Option<&[isize]>) -> Result<Exporter> {
        let (owner, address) = Owner::value(self.owner)?;
        // SAFETY: the value has reached its last place, and nobody else uses it.
        let region = unsafe { &mut *address }.region();
        let (format, itemsize) = self.format.unwrap_or((region.format, None));
        let description = Description {
            size: region.size,
            format: Some(format),
            itemsize,
            shape,
            strides: self.strides,
            order: (self.order == Order::F).then_some(Order::F),
            offset: self.offset,
            readonly: self.readonly || region.readonly,
            // The owner is moved in and not touched, so that only exports reach the memory.
            guard: match (self.guarded, self.readonly || region.readonly) {
                (false, _) => Guard::None,
                (true, true) => Guard::Constant,
                (true, false) => Guard::Guarded,
            },
            ..Description::default()
        };
        // SAFETY: `Memory` promises that the region is valid until its owner is dropped.
        unsafe { Exporter::describe(region.address, &description, owner) }
    }
}
