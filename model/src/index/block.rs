//! Vectors in memory, each once: their codes lie behind each other in blocks.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::vector::{DIM, Vector};

/// Vectors in one block. One more takes no other's place in memory.
const BLOCK: usize = 1024;

/// Which of the vectors of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u32);

#[derive(Clone, Debug, Default)]
pub struct Store {
    blocks: Vec<Vec<i8>>,
    scales: Vec<f32>,
    by_hash: HashMap<u64, Slot>,
}

impl Slot {
    pub fn index(self) -> usize {
        // No platform that this runs on has less than 32 bits.
        self.0 as usize
    }
}

impl Store {
    /// Where `vector`, which is sound, lies from now on: where an equal one does, if there is
    /// one.
    pub fn keep(&mut self, vector: &Vector) -> Slot {
        let mut hash = DefaultHasher::new();
        (vector.scale.to_bits(), &vector.values).hash(&mut hash);
        let hash = hash.finish();
        if let Some(&slot) = self.by_hash.get(&hash)
            && self.scale(slot).to_bits() == vector.scale.to_bits()
            && self.values(slot) == vector.values
        {
            return slot;
        }
        // There is not memory for as many as there are numbers.
        let slot = Slot(u32::try_from(self.scales.len()).unwrap_or(u32::MAX));
        if self.scales.len().is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK * DIM));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend(&vector.values);
        }
        self.scales.push(vector.scale);
        self.by_hash.insert(hash, slot);
        slot
    }

    pub fn len(&self) -> usize {
        self.scales.len()
    }

    pub fn scale(&self, slot: Slot) -> f32 {
        self.scales[slot.index()]
    }

    pub fn values(&self, slot: Slot) -> &[i8] {
        let block = &self.blocks[slot.index() / BLOCK];
        &block[slot.index() % BLOCK * DIM..][..DIM]
    }

    pub fn vector(&self, slot: Slot) -> Vector {
        Vector {
            scale: self.scale(slot),
            values: self.values(slot).to_vec(),
        }
    }

    /// All of them, in order, in blocks: their scales and codes.
    pub fn blocks(&self) -> impl Iterator<Item = (&[f32], &[i8])> {
        let codes = self.blocks.iter().map(Vec::as_slice);
        self.scales.chunks(BLOCK).zip(codes)
    }
}
