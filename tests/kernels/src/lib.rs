//! Numbers to try the kernels with, the same on every machine.

use std::sync::Arc;

use lemon_model::kernels::product::Linear;
use lemon_model::kernels::weight::Weights;

/// A linear congruential generator with Knuth's constants for 64 bits.
pub struct Numbers(u64);

impl Numbers {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The high half is the better one.
        u32::try_from(self.0 >> 32).unwrap_or_default()
    }

    /// From 1 to `most`.
    pub fn size(&mut self, most: usize) -> usize {
        self.next() as usize % most + 1
    }

    /// The code of an activation: within ±127.
    pub fn activation(&mut self) -> i8 {
        let code = i16::try_from(self.size(255)).unwrap_or_default() - 128;
        i8::try_from(code).unwrap_or_default()
    }

    /// Of a vector from a file: any byte.
    pub fn code(&mut self) -> i8 {
        let code = i16::try_from(self.size(256)).unwrap_or_default() - 129;
        i8::try_from(code).unwrap_or_default()
    }

    /// Within ±`size`.
    pub fn float(&mut self, size: f32) -> f32 {
        let bits = u16::try_from(self.next() >> 16).unwrap_or_default();
        (f32::from(bits) / 32_768.0 - 1.0) * size
    }

    pub fn floats(&mut self, count: usize, size: f32) -> Vec<f32> {
        (0..count).map(|_| self.float(size)).collect()
    }

    pub fn linear(&mut self, outputs: usize, inputs: usize) -> Linear {
        let size = self.float(1.0).abs() + 0.01;
        let weights = Weights::new(outputs, inputs, |_, row| {
            row.fill_with(|| self.float(size));
        });
        Linear {
            weights: Arc::new(weights),
            bias: self.floats(outputs, 1.0),
        }
    }
}

/// A hash of all bits (FNV-1a).
#[must_use]
pub fn fingerprint(values: &[f32]) -> u64 {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
