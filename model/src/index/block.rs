//! Vectors in memory, each once: their codes lie behind each other in blocks.

use std::num::NonZeroU32;

use crate::positions::Positions;
use crate::vector::{DIM, Vector};

/// Vectors in one block. One more takes no other's place in memory.
const BLOCK: usize = 1024;

/// Which of the vectors of a store, counted from one: that there is none takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(NonZeroU32);

/// A vector where it lies: its scale and codes.
pub type Scaled<'a> = (f32, &'a [i8]);

#[derive(Clone, Debug, Default)]
pub struct Store {
    vectors: Vectors,
    by_value: Positions,
}

#[derive(Clone, Debug, Default)]
struct Vectors {
    blocks: Vec<Vec<i8>>,
    scales: Vec<f32>,
}

impl Slot {
    /// That of the vector at `index`.
    pub fn at(index: usize) -> Self {
        // There is not memory for as many as there are numbers.
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    pub fn index(self) -> usize {
        // No platform that this runs on has less than 32 bits.
        self.0.get() as usize - 1
    }
}

impl Store {
    /// Where `vector`, which is sound, lies from now on: where an equal one does, if there is
    /// one.
    pub fn keep(&mut self, vector: &Vector) -> Slot {
        let key = (vector.scale.to_bits(), vector.values.as_slice());
        let vectors = &self.vectors;
        let there = self.by_value.find(&key, |at| vectors.key(at) == key);
        let at = there.unwrap_or_else(|| {
            let at = self.vectors.push(vector);
            self.by_value.insert(&key, at, |at| self.vectors.key(at));
            at
        });
        Slot::at(at)
    }

    /// Makes room for what is kept of so many more vectors beside their codes.
    pub fn reserve(&mut self, more: usize) {
        self.vectors.scales.reserve_exact(more);
        self.by_value.reserve(more, |at| self.vectors.key(at));
    }

    pub fn len(&self) -> usize {
        self.vectors.scales.len()
    }

    pub fn scaled(&self, slot: Slot) -> Scaled<'_> {
        let at = slot.index();
        (self.vectors.scales[at], self.vectors.values(at))
    }

    /// As [`Vector::has_direction`].
    pub fn has_direction(&self, slot: Slot) -> bool {
        self.scaled(slot).0 != 0.0
    }

    pub fn vector(&self, slot: Slot) -> Vector {
        let (scale, values) = self.scaled(slot);
        Vector {
            scale,
            values: values.to_vec(),
        }
    }

    /// All of them, in order, in blocks: their scales and codes.
    pub fn blocks(&self) -> impl Iterator<Item = (&[f32], &[i8])> {
        let codes = self.vectors.blocks.iter().map(Vec::as_slice);
        self.vectors.scales.chunks(BLOCK).zip(codes)
    }
}

impl Vectors {
    fn push(&mut self, vector: &Vector) -> usize {
        let at = self.scales.len();
        if at.is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK * DIM));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.extend(&vector.values);
        }
        self.scales.push(vector.scale);
        at
    }

    fn values(&self, at: usize) -> &[i8] {
        &self.blocks[at / BLOCK][at % BLOCK * DIM..][..DIM]
    }

    /// By which equal ones are known.
    fn key(&self, at: usize) -> (u32, &[i8]) {
        (self.scales[at].to_bits(), self.values(at))
    }
}
