//! Numbers that look as if they were random, and are the same everywhere.

/// A linear congruential generator with Knuth's constants for 64 bits.
#[derive(Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    fn high(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The high half is the better one.
        u32::try_from(self.0 >> 32).unwrap_or_default()
    }

    /// From −1 to 1.
    pub fn next(&mut self) -> f32 {
        // f32 holds 16 bits exactly.
        let high = u16::try_from(self.high() >> 16).unwrap_or_default();
        f32::from(high) / 32_768.0 - 1.0
    }

    pub fn shuffle(&mut self, list: &mut [usize]) {
        for last in (1..list.len()).rev() {
            let places = u64::try_from(last + 1).unwrap_or(u64::MAX);
            let at = (u64::from(self.high()) * places) >> 32;
            list.swap(last, usize::try_from(at).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffled_list_is_the_same_list_in_another_order() {
        let mut list: Vec<usize> = (0..100).collect();
        Numbers(1).shuffle(&mut list);
        assert_ne!(list, (0..100).collect::<Vec<_>>());
        list.sort_unstable();
        assert_eq!(list, (0..100).collect::<Vec<_>>());
    }
}
