//! Sharing texts out among workers.

use std::ops::Range;

/// Most tokens in a portion. A worker is through with them in a thirtieth of a second,
/// so a question in between waits for that long at most; less at once would cost speed.
pub const PORTION_TOKENS: usize = 128;

/// Portions of texts with so many tokens each, in their order: at most
/// [`PORTION_TOKENS`], or a single text.
#[must_use]
pub fn portions(lengths: &[usize]) -> Vec<Range<usize>> {
    let mut portions: Vec<Range<usize>> = Vec::new();
    let mut tokens = 0;
    for (index, &length) in lengths.iter().enumerate() {
        tokens += length;
        match portions.last_mut() {
            Some(last) if tokens <= PORTION_TOKENS => last.end = index + 1,
            _ => {
                portions.push(index..index + 1);
                tokens = length;
            }
        }
    }
    portions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_text_is_a_portion_of_its_own() {
        assert_eq!(portions(&[100, 28, 1, 512, 5]), [0..2, 2..3, 3..4, 4..5]);
        assert!(portions(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn every_text_is_in_one_portion(lengths in proptest::collection::vec(2usize..512, 0..60)) {
            let portions = portions(&lengths);
            let all: Vec<_> = portions.iter().cloned().flatten().collect();
            prop_assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
            for portion in portions {
                let tokens: usize = lengths[portion.clone()].iter().sum();
                prop_assert!(tokens <= PORTION_TOKENS || portion.len() == 1);
            }
        }
    }
}
