//! Pieces in the order of their bytes.
//!
//! Those that a text begins with are found by looking among fewer and fewer of them, a byte
//! at a time. That takes longer than in a trie, and is still a two-hundredth of what
//! embedding takes; but nothing is built first, where the pipeline's own trie takes 34 MB and
//! a double array a seventh of the encoder's start.

use std::ops::Range;

/// Pieces with their log-probabilities, each larger than the one before in the order of its
/// bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pieces {
    /// One behind the other.
    text: String,
    /// Where each ends in it.
    ends: Vec<u32>,
    scores: Vec<f32>,
}

impl Pieces {
    /// Room for so many pieces and bytes.
    pub(super) fn with_capacity(pieces: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(pieces),
            scores: Vec::with_capacity(pieces),
        }
    }

    /// Appends a piece; none if it is empty or holds a zero byte, is not behind the last one,
    /// or has a score that is no number.
    pub fn push(&mut self, piece: &str, score: f32) -> Option<()> {
        let last = self.len().checked_sub(1).map_or("", |last| self.at(last));
        let is_sound = piece > last && !piece.contains('\0') && score.is_finite();
        let end = u32::try_from(self.text.len() + piece.len()).ok()?;
        is_sound.then(|| {
            self.text.push_str(piece);
            self.ends.push(end);
            self.scores.push(score);
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The piece at `index` with its score.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(&str, f32)> {
        let score = *self.scores.get(index)?;
        Some((self.at(index), score))
    }

    /// All with their scores.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f32)> {
        (0..self.len()).map(|index| (self.at(index), self.scores[index]))
    }

    /// Those that `text` begins with, the shortest first: the index and the length of each.
    pub fn prefixes_of(&self, text: &str) -> impl Iterator<Item = (usize, usize)> {
        let mut range = 0..self.len();
        let found = text.bytes().enumerate().map_while(move |(depth, byte)| {
            range = self.narrowed(range.clone(), depth, byte);
            // The one that ends here comes before those that go on.
            let first = (!range.is_empty()).then_some(range.start)?;
            Some((first, depth + 1))
        });
        found.filter(|&(index, length)| self.at(index).len() == length)
    }

    /// Of the pieces in `range`, which are the same before the byte at `depth`, those that
    /// have this one there.
    fn narrowed(&self, range: Range<usize>, depth: usize, byte: u8) -> Range<usize> {
        let at = |index| self.at(index).as_bytes().get(depth).copied();
        let start = first_after(range.clone(), |index| at(index) < Some(byte));
        let end = first_after(start..range.end, |index| at(index) == Some(byte));
        start..end
    }

    fn at(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(0, |last| self.ends[last]);
        &self.text[start as usize..self.ends[index] as usize]
    }
}

/// The first in `range` that is not `before`, where those that are come first.
fn first_after(mut range: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    while !range.is_empty() {
        let middle = range.start + range.len() / 2;
        if before(middle) {
            range.start = middle + 1;
        } else {
            range.end = middle;
        }
    }
    range.start
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn pieces(pieces: &BTreeSet<String>) -> Pieces {
        let mut sorted = Pieces::default();
        for piece in pieces {
            sorted.push(piece, -1.0).unwrap();
        }
        sorted
    }

    proptest! {
        #[test]
        fn those_that_a_text_begins_with_are_found(
            all in prop::collection::btree_set("[ab한핟▁]{1,5}", 0..60),
            text in "[ab한핟▁]{0,8}",
        ) {
            let sorted = pieces(&all);
            let found: Vec<_> = sorted.prefixes_of(&text).collect();
            let wanted: Vec<_> = (0..).zip(&all)
                .filter(|(_, piece)| text.starts_with(&piece[..]))
                .map(|(index, piece)| (index, piece.len()))
                .collect();
            prop_assert_eq!(found, wanted);
            prop_assert!(all.iter().map(String::as_str).eq(sorted.iter().map(|(piece, _)| piece)));
        }
    }

    #[test]
    fn what_is_out_of_order_or_unsound_is_refused() {
        let mut sorted = pieces(&["b".to_owned()].into());
        for (piece, score) in [
            ("b", 0.0),
            ("a", 0.0),
            ("", 0.0),
            ("c\0", 0.0),
            ("c", f32::NAN),
        ] {
            assert_eq!(sorted.push(piece, score), None, "{piece:?}");
        }
        assert_eq!(sorted.push("ba", 0.0), Some(()));
        assert_eq!((sorted.len(), sorted.get(1)), (2, Some(("ba", 0.0))));
        assert_eq!(sorted.get(2), None);
        assert_eq!(Pieces::default().prefixes_of("a").count(), 0);
    }
}
