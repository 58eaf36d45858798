//! Items that change places within vectors of AVX2.
//!
//! Such a vector is two lanes of 16 bytes, and to move items between lanes costs more than within
//! one. So no kernel does: the lower lane works on one block of memory, and the upper lane on the
//! next. What lies together on one side is moved as whole vectors, and on the other side by lanes.

use std::arch::x86_64::*;

/// A vector for each channel, or each part of a block; the rest are not looked at.
pub(super) type Vectors = [__m256i; 4];

/// What repeats in both lanes. It is loaded from where the compiler has put it: to be made of
/// numbers it would have to be inlined, which is not so in every build.
#[inline]
#[target_feature(enable = "avx2")]
fn both_lanes(bytes: &'static [u8; 16]) -> __m256i {
    // SAFETY: so many bytes are there.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

/// An order of bytes from one of items.
const fn bytes_of<const SIZE: usize>(items: [u8; 16]) -> [u8; 16] {
    let mut bytes = [0; 16];
    let mut k = 0;
    while k < 16 {
        bytes[k] = items[k / SIZE] * SIZE as u8 + (k % SIZE) as u8;
        k += 1;
    }
    bytes
}

/// The items of every lane, in the order of their index modulo `k`.
const fn sorted_by_channel<const SIZE: usize>(k: usize) -> [u8; 16] {
    let count = 16 / SIZE;
    let mut items = [0; 16];
    let (mut at, mut channel) = (0, 0);
    while channel < k {
        let mut item = channel;
        while item < count {
            items[at] = item as u8;
            at += 1;
            item += k;
        }
        channel += 1;
    }
    bytes_of::<SIZE>(items)
}

const fn reversed<const SIZE: usize>() -> [u8; 16] {
    let mut items = [0; 16];
    let mut k = 0;
    while k < 16 / SIZE {
        items[k] = (16 / SIZE - 1 - k) as u8;
        k += 1;
    }
    bytes_of::<SIZE>(items)
}

const fn turned_round<const SIZE: usize>() -> [u8; 16] {
    let mut bytes = [0; 16];
    let mut k = 0;
    while k < 16 {
        bytes[k] = (k / SIZE * SIZE + SIZE - 1 - k % SIZE) as u8;
        k += 1;
    }
    bytes
}

/// The last byte of each item first.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn swap_bytes<const SIZE: usize>(v: __m256i) -> __m256i {
    _mm256_shuffle_epi8(v, both_lanes(const { &turned_round::<SIZE>() }))
}

/// The last item of each lane first.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn reverse<const SIZE: usize>(v: __m256i) -> __m256i {
    match SIZE {
        4 => _mm256_shuffle_epi32::<0b00_01_10_11>(v),
        8 => _mm256_shuffle_epi32::<0b01_00_11_10>(v),
        _ => _mm256_shuffle_epi8(v, both_lanes(const { &reversed::<SIZE>() })),
    }
}

/// Takes `K` channels apart, of pixels of which each lane has `16 / SIZE`: 16 bytes of them in
/// each vector.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn split<const SIZE: usize, const K: usize>(v: Vectors) -> Vectors {
    match (K, SIZE) {
        (2, 1 | 2) => {
            let order = both_lanes(const { &sorted_by_channel::<SIZE>(2) });
            let [a, b, ..] = shuffled(v, order);
            let (even, odd) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
            [even, odd, even, odd]
        }
        (2, 4) => {
            let (a, b) = (_mm256_castsi256_ps(v[0]), _mm256_castsi256_ps(v[1]));
            let even = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(a, b));
            let odd = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(a, b));
            [even, odd, even, odd]
        }
        (2, _) => {
            let [a, b, ..] = v;
            let (even, odd) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
            [even, odd, even, odd]
        }
        (3, 8) => {
            let (x, y) = (_mm256_castsi256_pd(v[0]), _mm256_castsi256_pd(v[1]));
            let z = _mm256_castsi256_pd(v[2]);
            let a = _mm256_castpd_si256(_mm256_shuffle_pd::<0b1010>(x, y));
            let b = _mm256_castpd_si256(_mm256_shuffle_pd::<0b0101>(x, z));
            let c = _mm256_castpd_si256(_mm256_shuffle_pd::<0b1010>(y, z));
            [a, b, c, c]
        }
        (3, _) => {
            // No two vectors have items of a channel in the same place.
            let a = blend3::<SIZE, 0>(v);
            let b = blend3::<SIZE, 1>(v);
            let c = blend3::<SIZE, 2>(v);
            let a = _mm256_shuffle_epi8(a, both_lanes(const { &order_of_third::<SIZE>(0) }));
            let b = _mm256_shuffle_epi8(b, both_lanes(const { &order_of_third::<SIZE>(1) }));
            let c = _mm256_shuffle_epi8(c, both_lanes(const { &order_of_third::<SIZE>(2) }));
            [a, b, c, c]
        }
        (_, 8) => {
            let [a, b, c, d] = v;
            [
                _mm256_unpacklo_epi64(a, c),
                _mm256_unpackhi_epi64(a, c),
                _mm256_unpacklo_epi64(b, d),
                _mm256_unpackhi_epi64(b, d),
            ]
        }
        (_, 4) => transpose4(v),
        _ => {
            let order = both_lanes(const { &sorted_by_channel::<SIZE>(4) });
            transpose4(shuffled(v, order))
        }
    }
}

/// Puts `K` channels together, the opposite of [`split`].
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn join<const SIZE: usize, const K: usize>(v: Vectors) -> Vectors {
    let [a, b, c, d] = v;
    match (K, SIZE) {
        (2, _) => {
            let (low, high) = (unpack_low::<SIZE>(a, b), unpack_high::<SIZE>(a, b));
            [low, high, low, high]
        }
        (3, 8) => {
            let (left, right) = (_mm256_castsi256_pd(c), _mm256_castsi256_pd(a));
            let middle = _mm256_castpd_si256(_mm256_shuffle_pd::<0b1010>(left, right));
            let (first, last) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(b, c));
            [first, middle, last, last]
        }
        (3, _) => {
            let a = _mm256_shuffle_epi8(a, both_lanes(const { &places_of_third::<SIZE>(0) }));
            let b = _mm256_shuffle_epi8(b, both_lanes(const { &places_of_third::<SIZE>(1) }));
            let c = _mm256_shuffle_epi8(c, both_lanes(const { &places_of_third::<SIZE>(2) }));
            [
                blend_of_thirds::<SIZE, 0>(a, b, c),
                blend_of_thirds::<SIZE, 1>(a, b, c),
                blend_of_thirds::<SIZE, 2>(a, b, c),
                c,
            ]
        }
        (_, 8) => [
            _mm256_unpacklo_epi64(a, b),
            _mm256_unpacklo_epi64(c, d),
            _mm256_unpackhi_epi64(a, b),
            _mm256_unpackhi_epi64(c, d),
        ],
        _ => {
            let (ab, cd) = (unpack_low::<SIZE>(a, b), unpack_low::<SIZE>(c, d));
            let (ab_high, cd_high) = (unpack_high::<SIZE>(a, b), unpack_high::<SIZE>(c, d));
            [
                unpack_pairs_low::<SIZE>(ab, cd),
                unpack_pairs_high::<SIZE>(ab, cd),
                unpack_pairs_low::<SIZE>(ab_high, cd_high),
                unpack_pairs_high::<SIZE>(ab_high, cd_high),
            ]
        }
    }
}

/// The bytes of every lane of all vectors in another order.
#[inline]
#[target_feature(enable = "avx2")]
fn shuffled([a, b, c, d]: Vectors, order: __m256i) -> Vectors {
    [
        _mm256_shuffle_epi8(a, order),
        _mm256_shuffle_epi8(b, order),
        _mm256_shuffle_epi8(c, order),
        _mm256_shuffle_epi8(d, order),
    ]
}

/// Four by four items of 4 bytes change places, in each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose4([a, b, c, d]: Vectors) -> Vectors {
    let (ab, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab, cd),
        _mm256_unpackhi_epi64(ab, cd),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn unpack_low<const SIZE: usize>(a: __m256i, b: __m256i) -> __m256i {
    match SIZE {
        1 => _mm256_unpacklo_epi8(a, b),
        2 => _mm256_unpacklo_epi16(a, b),
        4 => _mm256_unpacklo_epi32(a, b),
        _ => _mm256_unpacklo_epi64(a, b),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn unpack_high<const SIZE: usize>(a: __m256i, b: __m256i) -> __m256i {
    match SIZE {
        1 => _mm256_unpackhi_epi8(a, b),
        2 => _mm256_unpackhi_epi16(a, b),
        4 => _mm256_unpackhi_epi32(a, b),
        _ => _mm256_unpackhi_epi64(a, b),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn unpack_pairs_low<const SIZE: usize>(a: __m256i, b: __m256i) -> __m256i {
    match SIZE {
        1 => unpack_low::<2>(a, b),
        2 => unpack_low::<4>(a, b),
        _ => unpack_low::<8>(a, b),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn unpack_pairs_high<const SIZE: usize>(a: __m256i, b: __m256i) -> __m256i {
    match SIZE {
        1 => unpack_high::<2>(a, b),
        2 => unpack_high::<4>(a, b),
        _ => unpack_high::<8>(a, b),
    }
}

/// In a block of three vectors, in which of them the item at a place of a vector is of a channel.
const fn part_of<const SIZE: usize>(place: usize, channel: usize) -> usize {
    let mut part = 0;
    while (part * (16 / SIZE) + place) % 3 != channel {
        part += 1;
    }
    part
}

/// Where the items of a channel are, in the blend of three vectors.
const fn order_of_third<const SIZE: usize>(channel: usize) -> [u8; 16] {
    let mut items = [0; 16];
    let mut k = 0;
    while k < 16 / SIZE {
        items[k] = ((3 * k + channel) % (16 / SIZE)) as u8;
        k += 1;
    }
    bytes_of::<SIZE>(items)
}

/// Which item of a channel has its place there, in one of three vectors.
const fn places_of_third<const SIZE: usize>(channel: usize) -> [u8; 16] {
    let mut items = [0; 16];
    let mut place = 0;
    while place < 16 / SIZE {
        let part = part_of::<SIZE>(place, channel);
        items[place] = ((part * (16 / SIZE) + place) / 3) as u8;
        place += 1;
    }
    bytes_of::<SIZE>(items)
}

/// Bytes that are all ones where a place's item comes from the second of three, and of the third.
const fn masks_of_parts<const SIZE: usize>(channel: usize) -> [[u8; 16]; 2] {
    let mut masks = [[0; 16]; 2];
    let mut k = 0;
    while k < 16 {
        match part_of::<SIZE>(k / SIZE, channel) {
            0 => {}
            part => masks[part - 1][k] = 0xff,
        }
        k += 1;
    }
    masks
}

/// The same for what one of three vectors has of the second channel, and of the third.
const fn masks_of_channels<const SIZE: usize>(part: usize) -> [[u8; 16]; 2] {
    let mut masks = [[0; 16]; 2];
    let mut k = 0;
    while k < 16 {
        match (part * (16 / SIZE) + k / SIZE) % 3 {
            0 => {}
            channel => masks[channel - 1][k] = 0xff,
        }
        k += 1;
    }
    masks
}

/// All items of a channel, in no order yet.
#[inline]
#[target_feature(enable = "avx2")]
fn blend3<const SIZE: usize, const CHANNEL: usize>([x, y, z, _]: Vectors) -> __m256i {
    let [of_y, of_z] = const { &masks_of_parts::<SIZE>(CHANNEL) };
    let xy = _mm256_blendv_epi8(x, y, both_lanes(of_y));
    _mm256_blendv_epi8(xy, z, both_lanes(of_z))
}

#[inline]
#[target_feature(enable = "avx2")]
fn blend_of_thirds<const SIZE: usize, const PART: usize>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
) -> __m256i {
    let [of_b, of_c] = const { &masks_of_channels::<SIZE>(PART) };
    let ab = _mm256_blendv_epi8(a, b, both_lanes(of_b));
    _mm256_blendv_epi8(ab, c, both_lanes(of_c))
}
