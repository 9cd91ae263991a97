//! Where the bytes that matter stand in 64 bytes: one bit each.

/// The bytes that cut records and cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Between cells.
    pub(super) delimiter: u8,
    /// At the end of records: line feed, or carriage return in files that have no line feed.
    pub(super) line_end: u8,
}

impl Dialect {
    /// Whether a carriage return before a line end belongs to it.
    pub(super) fn strips_carriage_return(self) -> bool {
        self.line_end == b'\n'
    }

    /// The line end that a carriage return may belong to.
    pub(super) fn stripped_line_end(self) -> Option<u8> {
        self.strips_carriage_return().then_some(self.line_end)
    }
}

/// Bits of 64 bytes, the first byte lowest.
#[derive(Clone, Copy, Default)]
pub(super) struct Masks {
    /// Delimiters.
    pub(super) delimiter: u64,
    /// Line ends.
    pub(super) line_end: u64,
    /// Quotes.
    pub(super) quote: u64,
    /// Whether a byte is NUL.
    pub(super) nul: bool,
}

/// Bit i of the result is the parity of the bits 0..=i: ones from each opening quote to the byte
/// before its closing quote.
#[inline(always)]
pub(super) fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

#[cfg(target_arch = "x86_64")]
pub(super) mod sse2 {
    use super::{Dialect, Masks};
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
        _mm_setzero_si128,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(bytes: &[u8; 64]) -> [__m128i; 4] {
        let (words, _) = bytes.as_chunks::<8>();
        std::array::from_fn(|i| _mm_set_epi64x(i64::from_le_bytes(words[2 * i + 1]), i64::from_le_bytes(words[2 * i])))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn equal(lanes: &[__m128i; 4], byte: u8) -> u64 {
        let byte = _mm_set1_epi8(byte.cast_signed());
        let bits = |i: usize| _mm_movemask_epi8(_mm_cmpeq_epi8(lanes[i], byte)) as u64;
        bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
    }

    /// All masks of 64 bytes.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(in super::super) fn masks(bytes: &[u8; 64], dialect: Dialect) -> Masks {
        let lanes = load(bytes);
        let least = _mm_min_epu8(_mm_min_epu8(lanes[0], lanes[1]), _mm_min_epu8(lanes[2], lanes[3]));
        Masks {
            delimiter: equal(&lanes, dialect.delimiter),
            line_end: equal(&lanes, dialect.line_end),
            quote: equal(&lanes, b'"'),
            nul: _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128())) != 0,
        }
    }

    /// Whether there is a quote among 64 bytes.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(in super::super) fn has_quote(bytes: &[u8; 64]) -> bool {
        let lanes = load(bytes);
        let quote = _mm_set1_epi8(b'"'.cast_signed());
        let low = _mm_or_si128(_mm_cmpeq_epi8(lanes[0], quote), _mm_cmpeq_epi8(lanes[1], quote));
        let high = _mm_or_si128(_mm_cmpeq_epi8(lanes[2], quote), _mm_cmpeq_epi8(lanes[3], quote));
        _mm_movemask_epi8(_mm_or_si128(low, high)) != 0
    }
}

/// Whether the processor has what [`avx2`] and the loops around it are compiled for.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// With AVX2 (and the bit manipulations that came with it), splitting takes little more than half the
/// instructions it takes with SSE2.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use super::{Dialect, Masks};
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x,
        _mm256_set1_epi8, _mm256_setzero_si256,
    };

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 64]) -> [__m256i; 2] {
        let (words, _) = bytes.as_chunks::<8>();
        let word = |i: usize| i64::from_le_bytes(words[i]);
        [_mm256_set_epi64x(word(3), word(2), word(1), word(0)), _mm256_set_epi64x(word(7), word(6), word(5), word(4))]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(lanes: &[__m256i; 2], byte: u8) -> u64 {
        let byte = _mm256_set1_epi8(byte.cast_signed());
        let bits = |i: usize| u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(lanes[i], byte)).cast_unsigned());
        bits(0) | bits(1) << 32
    }

    /// All masks of 64 bytes.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in super::super) fn masks(bytes: &[u8; 64], dialect: Dialect) -> Masks {
        let lanes = load(bytes);
        let least = _mm256_min_epu8(lanes[0], lanes[1]);
        Masks {
            delimiter: equal(&lanes, dialect.delimiter),
            line_end: equal(&lanes, dialect.line_end),
            quote: equal(&lanes, b'"'),
            nul: _mm256_movemask_epi8(_mm256_cmpeq_epi8(least, _mm256_setzero_si256())) != 0,
        }
    }

    /// Whether there is a quote among 64 bytes.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in super::super) fn has_quote(bytes: &[u8; 64]) -> bool {
        let lanes = load(bytes);
        let quote = _mm256_set1_epi8(b'"'.cast_signed());
        let equal = _mm256_or_si256(_mm256_cmpeq_epi8(lanes[0], quote), _mm256_cmpeq_epi8(lanes[1], quote));
        _mm256_movemask_epi8(equal) != 0
    }
}

/// Whether the processor has what [`avx512`] and the loops around it are compiled for.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
}

/// With AVX-512 a comparison gives its bits at once, and the places of up to 16 bits are written at once:
/// splitting takes a third of the instructions it takes with AVX2.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512 {
    use super::{Dialect, Masks};
    use std::arch::x86_64::{
        __m512i, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_set_epi64x, _mm512_add_epi32, _mm512_castsi128_si512,
        _mm512_castsi512_si128, _mm512_cmpeq_epi8_mask, _mm512_cvtepu8_epi32, _mm512_extracti32x4_epi32,
        _mm512_inserti32x4, _mm512_maskz_compress_epi8, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_testn_epi8_mask,
    };

    /// The numbers of 64 bytes.
    const NUMBERS: [u8; 64] = {
        let mut numbers = [0; 64];
        let mut i = 0;
        while i < 64 {
            numbers[i] = i as u8;
            i += 1;
        }
        numbers
    };

    // SPEED: compiled to a single load; eight words set at once are not.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(bytes: &[u8; 64]) -> __m512i {
        let (parts, _) = bytes.as_chunks::<16>();
        let part = |i: usize| {
            let words = u128::from_le_bytes(parts[i]);
            _mm_set_epi64x((words >> 64) as i64, words as i64)
        };
        let lanes = _mm512_inserti32x4::<1>(_mm512_castsi128_si512(part(0)), part(1));
        _mm512_inserti32x4::<3>(_mm512_inserti32x4::<2>(lanes, part(2)), part(3))
    }

    // SPEED: compiled to a single store.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(lanes: __m512i, out: &mut [u32]) {
        let parts = [
            _mm512_castsi512_si128(lanes),
            _mm512_extracti32x4_epi32::<1>(lanes),
            _mm512_extracti32x4_epi32::<2>(lanes),
            _mm512_extracti32x4_epi32::<3>(lanes),
        ];
        for (four, part) in out.as_chunks_mut::<4>().0.iter_mut().zip(parts) {
            let (low, high) = (_mm_cvtsi128_si64(part), _mm_extract_epi64::<1>(part));
            *four = [low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32];
        }
    }

    /// All masks of 64 bytes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(in super::super) fn masks(bytes: &[u8; 64], dialect: Dialect) -> Masks {
        let lanes = load(bytes);
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(lanes, _mm512_set1_epi8(byte.cast_signed()));
        Masks {
            delimiter: equal(dialect.delimiter),
            line_end: equal(dialect.line_end),
            quote: equal(b'"'),
            nul: _mm512_testn_epi8_mask(lanes, lanes) != 0,
        }
    }

    /// The place of each bit, from `base` on. The first 32 are written whatever the number of bits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
    pub(in super::super) fn places(base: u32, bits: u64, out: &mut [u32; 64]) {
        let places = _mm512_maskz_compress_epi8(bits, load(&NUMBERS));
        let base = _mm512_set1_epi32(base.cast_signed());
        let at = |sixteen| _mm512_add_epi32(_mm512_cvtepu8_epi32(sixteen), base);
        store(at(_mm512_castsi512_si128(places)), &mut out[..16]);
        store(at(_mm512_extracti32x4_epi32::<1>(places)), &mut out[16..32]);
        if bits.count_ones() > 32 {
            store(at(_mm512_extracti32x4_epi32::<2>(places)), &mut out[32..48]);
            store(at(_mm512_extracti32x4_epi32::<3>(places)), &mut out[48..]);
        }
    }
}

/// The same with 64-bit words, for processors without their own version.
#[cfg_attr(target_arch = "x86_64", allow(dead_code))]
pub(super) mod portable {
    use super::{Dialect, Masks};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    #[inline]
    fn equal(bytes: &[u8; 64], byte: u8) -> u64 {
        let (words, _) = bytes.as_chunks::<8>();
        words.iter().enumerate().fold(0, |mask, (i, word)| {
            let difference = u64::from_le_bytes(*word) ^ (ONES * u64::from(byte));
            // The high bit of each byte that is zero, exactly; the multiplication gathers them.
            let zero = !(((difference & LOW) + LOW) | difference | LOW);
            mask | ((zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i)
        })
    }

    /// All masks of 64 bytes.
    #[inline]
    pub(in super::super) fn masks(bytes: &[u8; 64], dialect: Dialect) -> Masks {
        Masks {
            delimiter: equal(bytes, dialect.delimiter),
            line_end: equal(bytes, dialect.line_end),
            quote: equal(bytes, b'"'),
            nul: equal(bytes, 0) != 0,
        }
    }

    /// Whether there is a quote among 64 bytes.
    #[inline]
    pub(in super::super) fn has_quote(bytes: &[u8; 64]) -> bool {
        equal(bytes, b'"') != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn portable_masks_are_the_definition(bytes in prop::collection::vec(prop::sample::select(b"a;\n\"\0\x80\x01".to_vec()), 64)) {
            let bytes: [u8; 64] = std::array::from_fn(|i| bytes[i]);
            let naive = |byte: u8| bytes.iter().enumerate().fold(0u64, |mask, (i, b)| mask | u64::from(*b == byte) << i);
            let masks = portable::masks(&bytes, Dialect { delimiter: b';', line_end: b'\n' });
            prop_assert_eq!(masks.delimiter, naive(b';'));
            prop_assert_eq!(masks.line_end, naive(b'\n'));
            prop_assert_eq!(masks.quote, naive(b'"'));
            prop_assert_eq!(masks.nul, naive(0) != 0);
            prop_assert_eq!(portable::has_quote(&bytes), naive(b'"') != 0);
        }
    }
}
