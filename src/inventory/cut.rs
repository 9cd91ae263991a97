//! Where the last whole record of a buffer ends: the only part of the reading that must be done in
//! file order, so it looks at quotes and little else.

use super::masks::{self, Dialect, Masks, prefix_xor};
use super::split::{Ends, Walk};

/// What a buffer that starts a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Just after the last record end.
    pub(super) end: Option<usize>,
    /// Whether every quote stands where quotes count.
    pub(super) regular: bool,
    /// Whether the buffer ends inside quotes.
    pub(super) open: bool,
}

/// 64 bytes that were read one by one.
struct Careful {
    chunk: usize,
    before: Walk,
    /// Just after the last record end among them.
    end: Option<usize>,
}

/// Cuts a buffer.
#[cfg(target_arch = "x86_64")]
pub(super) fn cut(bytes: &[u8], dialect: Dialect) -> Cut {
    if masks::has_avx2() {
        // SAFETY: the processor has the four features, which is all that the function requires.
        unsafe { cut_avx2(bytes, dialect) }
    } else {
        // SAFETY: every x86-64 processor has SSE2; the function has no other requirement.
        unsafe { cut_sse2(bytes, dialect) }
    }
}

/// Cuts a buffer.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn cut(bytes: &[u8], dialect: Dialect) -> Cut {
    cut_with(bytes, dialect, masks::portable::has_quote, masks::portable::masks)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn cut_avx2(bytes: &[u8], dialect: Dialect) -> Cut {
    cut_with(bytes, dialect, |chunk| masks::avx2::has_quote(chunk), |chunk, dialect| masks::avx2::masks(chunk, dialect))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn cut_sse2(bytes: &[u8], dialect: Dialect) -> Cut {
    cut_with(bytes, dialect, |chunk| masks::sse2::has_quote(chunk), |chunk, dialect| masks::sse2::masks(chunk, dialect))
}

#[inline(always)]
fn cut_with(
    bytes: &[u8],
    dialect: Dialect,
    has_quote: impl Fn(&[u8; 64]) -> bool,
    chunk_masks: impl Fn(&[u8; 64], Dialect) -> Masks,
) -> Cut {
    let (chunks, rest) = bytes.as_chunks::<64>();
    let mut last = [b' '; 64];
    last[..rest.len()].copy_from_slice(rest);

    let mut inside = 0;
    // Whether a quote may open at the start of the chunk; unknown after a chunk without quotes.
    let mut may_open = Some(true);
    let mut careful: Vec<Careful> = Vec::new();
    let mut i = 0;
    loop {
        // SPEED: a loop that has nothing else to do passes over files without quotes.
        while i < chunks.len() && !has_quote(&chunks[i]) {
            may_open = None;
            i += 1;
        }
        let Some(chunk) = chunks.get(i).or((i == chunks.len() && has_quote(&last)).then_some(&last)) else { break };
        let before = Walk {
            inside,
            may_open: may_open.unwrap_or_else(|| {
                let previous = bytes[i * 64 - 1];
                previous == dialect.delimiter || previous == dialect.line_end
            }),
        };
        let masks = chunk_masks(chunk, dialect);
        let after = match before.inside_of(&masks) {
            Some(inside) => Walk::after(&masks, inside),
            None => {
                let mut state = before.state();
                let mut end = None;
                for (at, byte) in chunk.iter().enumerate() {
                    let (next, ends) = state.step(*byte, dialect);
                    if ends == Ends::Record {
                        end = Some(i * 64 + at + 1);
                    }
                    state = next;
                }
                careful.push(Careful { chunk: i, before, end });
                Walk::from_state(state)
            }
        };
        inside = after.inside;
        may_open = Some(after.may_open);
        i += 1;
    }

    let regular = careful.is_empty();
    let open = inside != 0;
    let mut end = None;
    for i in (0..=chunks.len()).rev() {
        let chunk = chunks.get(i).unwrap_or(&last);
        if let Some(here) = careful.pop_if(|careful| careful.chunk == i) {
            end = here.end;
            inside = here.before.inside;
        } else {
            let masks = chunk_masks(chunk, dialect);
            let parity = prefix_xor(masks.quote);
            inside ^= (parity.cast_signed() >> 63).cast_unsigned();
            let ends = masks.line_end & !(parity ^ inside);
            end = (ends != 0).then(|| i * 64 + 64 - ends.leading_zeros() as usize);
        }
        if end.is_some() {
            break;
        }
    }
    Cut { end, regular, open }
}

#[cfg(test)]
mod tests {
    use super::super::split::State;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_last_record_end_is_the_state_machine_s(
            bytes in prop::collection::vec(prop::sample::select(b"aaaaaaaaaaaaaaaaaaaa;;\n\"\"\"".to_vec()), 0..600)
        ) {
            let dialect = Dialect { delimiter: b';', line_end: b'\n' };
            let mut state = State::MayOpen;
            let mut end = None;
            for (i, byte) in bytes.iter().enumerate() {
                let (next, ends) = state.step(*byte, dialect);
                if ends == Ends::Record {
                    end = Some(i + 1);
                }
                state = next;
            }
            let cut = cut(&bytes, dialect);
            prop_assert_eq!(cut.end, end);
            prop_assert_eq!(cut.open, state == State::Inside);
            prop_assert_eq!(cut_with(&bytes, dialect, masks::portable::has_quote, masks::portable::masks), cut);
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every x86-64 processor has SSE2.
            prop_assert_eq!(unsafe { cut_sse2(&bytes, dialect) }, cut);
        }
    }
}
