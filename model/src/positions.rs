//! Positions in a list by something that what lies there has itself: a table of the two would
//! hold it twice.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

#[derive(Clone, Debug, Default)]
pub struct Positions(HashTable<u32>);

impl Positions {
    /// With room for so many.
    #[must_use]
    pub fn with_capacity(many: usize) -> Self {
        Self(HashTable::with_capacity(many))
    }

    /// Makes room for so many more. `key_of` gives the keys of positions.
    pub fn reserve<K: Hash>(&mut self, more: usize, key_of: impl Fn(usize) -> K) {
        self.0.reserve(more, |&at| hash(&key_of(at as usize)));
    }

    /// Where what has this `key` lies. `is_it` says whether that is so of a position.
    pub fn find(&self, key: &impl Hash, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let found = self.0.find(hash(key), |&at| is_it(at as usize));
        found.map(|&at| at as usize)
    }

    /// That what has this `key`, which is not among them, lies at `position`. `key_of` gives
    /// those of other positions.
    pub fn insert<K: Hash>(&mut self, key: &K, position: usize, key_of: impl Fn(usize) -> K) {
        // There is not memory for as many things as there are numbers.
        let at = u32::try_from(position).unwrap_or(u32::MAX);
        self.0
            .insert_unique(hash(key), at, |&at| hash(&key_of(at as usize)));
    }
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_found_where_it_lies() {
        let list: Vec<String> = (0..1_000).map(|n| format!("{n}")).collect();
        let mut positions = Positions::default();
        for (position, key) in list.iter().enumerate() {
            positions.insert(&key.as_str(), position, |at| list[at].as_str());
        }
        let find = |key: &str| positions.find(&key, |at| list[at] == key);
        assert!((0..1_000).all(|n| find(&list[n]) == Some(n)));
        assert_eq!(find("1000"), None);
    }
}
