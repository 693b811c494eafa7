//! Likeness by letters: how many rare letters, and pairs of neighbours, two texts share.
//!
//! Vectors know what is meant; names, numbers and turns of phrase they blur. BM25 over single
//! letters and pairs within words needs no dictionary, which Korean and Japanese would.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::answers::is_letter;
use crate::answers::spread::float;

/// How soon more of one letter in a text counts no more, and how far long texts are held
/// against them: the usual values of BM25.
const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;

/// Most texts by which it is known what is rare.
pub const MOST: usize = 4096;

/// Bits of a gram's hash. A person's few thousand texts have some tens of thousands of grams;
/// however many they are, they take 128 KB.
const PLACES: u32 = 16;

/// A letter, or two that stand beside each other in a word.
type Gram = u64;

/// How rare letters are in the texts of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rarity {
    /// In how many texts a gram is, by its hash: those of one place count as one. Nothing before
    /// there are texts.
    texts: Vec<u16>,
    count: f32,
    /// Grams in all texts.
    grams: f32,
}

/// A question as texts are compared with it.
#[derive(Debug)]
pub struct Wanted {
    /// What each of its grams is worth, and its place.
    grams: FxHashMap<Gram, (usize, f32)>,
    mean_length: f32,
    /// What it would get of itself.
    most: f32,
}

impl Rarity {
    /// Known by `texts`, of which an empty one says nothing.
    #[must_use]
    pub fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut rarity = Self {
            texts: vec![0; 1 << PLACES],
            ..Self::default()
        };
        for text in texts {
            let all = grams(text);
            rarity.count += float(usize::from(!all.is_empty()));
            rarity.grams += float(all.len());
            let places: FxHashSet<usize> = all.into_iter().map(place).collect();
            for place in places {
                rarity.texts[place] = rarity.texts[place].saturating_add(1);
            }
        }
        rarity
    }

    /// How `question` is compared with them.
    #[must_use]
    pub fn wanted(&self, question: &str) -> Wanted {
        let all = grams(question);
        let mean_length = if self.count > 0.0 {
            self.grams / self.count
        } else {
            float(all.len().max(1))
        };
        let mut grams = FxHashMap::default();
        for gram in &all {
            let place = grams.len();
            let having = self.texts.get(self::place(*gram)).copied();
            let having = f32::from(having.unwrap_or_default());
            let others = (self.count - having).max(0.0);
            // Not the platform's, whose last bits differ.
            let worth = libm::logf(1.0 + (others + 0.5) / (having + 0.5));
            let (_, times) = grams.entry(*gram).or_insert((place, 0.0_f32));
            // What is twice in the question counts twice.
            *times += worth;
        }
        let mut wanted = Wanted {
            grams,
            mean_length,
            most: 1.0,
        };
        wanted.most = wanted.sum(&all);
        wanted
    }
}

impl Wanted {
    /// How much of the question's letters `text` has, the rare ones before all: 0 to 1.
    #[must_use]
    pub fn likeness(&self, text: &str) -> f32 {
        let share = self.sum(&grams(text)) / self.most;
        if share.is_finite() {
            share.min(1.0)
        } else {
            0.0
        }
    }

    fn sum(&self, grams: &[Gram]) -> f32 {
        let mut times = vec![0.0_f32; self.grams.len()];
        let mut worths = vec![0.0_f32; self.grams.len()];
        for gram in grams {
            if let Some((place, worth)) = self.grams.get(gram) {
                times[*place] += 1.0;
                worths[*place] = *worth;
            }
        }
        let length = 1.0 - LENGTH + LENGTH * float(grams.len()) / self.mean_length;
        let parts = times.iter().zip(&worths);
        // In the order of the question: a sum that is the same everywhere.
        parts
            .map(|(times, worth)| {
                worth * times * (SATURATION + 1.0) / (times + SATURATION * length)
            })
            .sum()
    }
}

/// Where a gram is counted: by the golden ratio of 64 bits, whose highest bits are mixed best.
fn place(gram: Gram) -> usize {
    let mixed = gram.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - PLACES);
    usize::try_from(mixed).unwrap_or_default()
}

/// The letters of a text and the pairs of neighbours within its words, as often as they are in
/// it.
fn grams(text: &str) -> Vec<Gram> {
    let mut grams = Vec::new();
    let mut before = None;
    for letter in text.chars().flat_map(char::to_lowercase) {
        if is_letter(letter) {
            let letter = u64::from(u32::from(letter));
            grams.push(letter);
            grams.extend(before.map(|before: u64| before << 32 | letter));
            before = Some(letter);
        } else {
            before = None;
        }
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] = [
        "오늘 날씨 좋다",
        "오늘 뭐 먹지",
        "레몬 케이크 먹고 싶다",
        "",
    ];

    fn likeness(question: &str) -> Vec<f32> {
        let wanted = Rarity::of(TEXTS.into_iter()).wanted(question);
        TEXTS.map(|text| wanted.likeness(text)).to_vec()
    }

    #[test]
    fn rare_letters_in_common_count_most() {
        let found = likeness("케이크!!");
        assert!(found[2] > 0.5, "{found:?}");
        assert_eq!((found[0], found[1], found[3]), (0.0, 0.0, 0.0));
        let found = likeness("오늘 먹을 케이크");
        assert!(found[2] > found[1] && found[1] > found[0], "{found:?}");
        for nothing in ["?", "xyz", "", "\u{3164}"] {
            assert_eq!(likeness(nothing), [0.0; 4], "{nothing}");
        }
    }

    #[test]
    fn a_text_is_most_like_itself_in_any_case_and_with_any_marks() {
        let rarity = Rarity::of(["LEMON cake", "other"].into_iter());
        let wanted = rarity.wanted("lemon, Cake!");
        assert_eq!(
            (wanted.likeness("LEMON cake"), wanted.likeness("")),
            (1.0, 0.0)
        );
        assert!(wanted.likeness("lemonade") > wanted.likeness("other"));
        let unknown = Rarity::default().wanted("레몬");
        assert!((unknown.likeness("레몬") - 1.0).abs() < 1e-6);
    }
}
