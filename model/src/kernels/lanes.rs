//! Four f32 side by side. What is computed with them is the same everywhere, to the bit:
//! each lane is rounded by itself, and nothing is fused.

use std::ops::{Add, Mul, Sub};

/// Elements in a [`Four`].
pub(super) const LANES: usize = 4;

/// 1.5 · 2²³: adding it to a small f32 leaves that number, rounded to an integer as IEEE
/// 754 rounds, in the low bits.
const ROUNDING: f32 = 12_582_912.0;

pub(super) use of_target::{Four, Integers};

impl Four {
    pub(super) fn sum(self) -> f32 {
        let [a, b, c, d] = self.get();
        (a + b) + (c + d)
    }

    pub(super) fn largest(self) -> f32 {
        self.get().into_iter().fold(f32::NEG_INFINITY, larger)
    }

    /// The nearest integers, halves to even, of numbers within ±2²².
    #[inline]
    pub(super) fn round(self) -> Self {
        self + Self::splat(ROUNDING) - Self::splat(ROUNDING)
    }

    /// The nearest integers, halves to even, of numbers within ±2²².
    #[inline]
    pub(super) fn nearest(self) -> Integers {
        (self + Self::splat(ROUNDING)).low_bits()
    }

    /// 2ⁿ of the nearest integers n, which are −126 to 127.
    #[inline]
    pub(super) fn power_of_two(self) -> Self {
        (self + Self::splat(ROUNDING)).exponent()
    }
}

/// As WebAssembly's and x86's own: one instruction, where `f32::max` minds NaN.
#[inline]
pub(super) fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

macro_rules! operator {
    ($name:ident, $method:ident, $function:path) => {
        impl $name for Four {
            type Output = Self;

            #[inline]
            fn $method(self, other: Self) -> Self {
                $function(self, other)
            }
        }
    };
}

operator!(Add, add, of_target::add);
operator!(Sub, sub, of_target::sub);
operator!(Mul, mul, of_target::mul);

#[cfg(target_arch = "wasm32")]
mod of_target {
    use core::arch::wasm32 as wasm;

    use super::LANES;

    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Four(wasm::v128);

    impl Four {
        #[inline]
        pub(in super::super) fn splat(value: f32) -> Self {
            Self(wasm::f32x4_splat(value))
        }

        #[inline]
        pub(in super::super) fn read(values: &[f32; LANES]) -> Self {
            // SAFETY: four f32 are one vector; loads need no alignment.
            Self(unsafe { wasm::v128_load(values.as_ptr().cast()) })
        }

        #[inline]
        pub(in super::super) fn write(self, values: &mut [f32; LANES]) {
            // SAFETY: four f32 are one vector; stores need no alignment.
            unsafe { wasm::v128_store(values.as_mut_ptr().cast(), self.0) };
        }

        #[inline]
        pub(in super::super) fn get(self) -> [f32; LANES] {
            let mut values = [0.0; LANES];
            self.write(&mut values);
            values
        }

        #[inline]
        pub(in super::super) fn max(self, other: Self) -> Self {
            Self(wasm::f32x4_pmax(other.0, self.0))
        }

        #[inline]
        pub(in super::super) fn min(self, other: Self) -> Self {
            Self(wasm::f32x4_pmin(other.0, self.0))
        }

        #[inline]
        pub(in super::super) fn abs(self) -> Self {
            Self(wasm::f32x4_abs(self.0))
        }

        /// 2ⁿ where the bits are those of 1.5 · 2²³ and n.
        #[inline]
        pub(super) fn exponent(self) -> Self {
            let biased = wasm::i32x4_add(self.0, wasm::i32x4_splat(127));
            Self(wasm::i32x4_shl(biased, 23))
        }

        /// n where the bits are those of 1.5 · 2²³ and n.
        #[inline]
        pub(super) fn low_bits(self) -> Integers {
            let rounding = wasm::i32x4_splat(super::ROUNDING.to_bits().cast_signed());
            Integers(wasm::i32x4_sub(self.0, rounding))
        }
    }

    /// Four integers side by side.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Integers(wasm::v128);

    impl Integers {
        #[inline]
        pub(in super::super) fn zero() -> Self {
            Self(wasm::i32x4_splat(0))
        }

        #[inline]
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(wasm::i32x4_add(self.0, other.0))
        }

        #[inline]
        pub(in super::super) fn sum(self) -> i32 {
            wasm::i32x4_extract_lane::<0>(self.0)
                + wasm::i32x4_extract_lane::<1>(self.0)
                + wasm::i32x4_extract_lane::<2>(self.0)
                + wasm::i32x4_extract_lane::<3>(self.0)
        }
    }

    impl From<Integers> for [i8; LANES] {
        #[inline]
        fn from(Integers(integers): Integers) -> Self {
            let halves = wasm::i16x8_narrow_i32x4(integers, integers);
            let bytes = wasm::i8x16_narrow_i16x8(halves, halves);
            wasm::i32x4_extract_lane::<0>(bytes)
                .to_le_bytes()
                .map(u8::cast_signed)
        }
    }

    impl From<Integers> for [i16; LANES] {
        #[inline]
        fn from(Integers(integers): Integers) -> Self {
            let halves = wasm::i16x8_narrow_i32x4(integers, integers);
            let bytes = wasm::i64x2_extract_lane::<0>(halves).to_le_bytes();
            let (pairs, _) = bytes.as_chunks::<2>();
            std::array::from_fn(|lane| i16::from_le_bytes(pairs[lane]))
        }
    }

    #[inline]
    pub(super) fn add(a: Four, b: Four) -> Four {
        Four(wasm::f32x4_add(a.0, b.0))
    }

    #[inline]
    pub(super) fn sub(a: Four, b: Four) -> Four {
        Four(wasm::f32x4_sub(a.0, b.0))
    }

    #[inline]
    pub(super) fn mul(a: Four, b: Four) -> Four {
        Four(wasm::f32x4_mul(a.0, b.0))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod of_target {
    use super::{LANES, larger};

    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Four([f32; LANES]);

    impl Four {
        pub(in super::super) fn splat(value: f32) -> Self {
            Self([value; LANES])
        }

        #[inline]
        pub(in super::super) fn read(values: &[f32; LANES]) -> Self {
            Self(*values)
        }

        #[inline]
        pub(in super::super) fn write(self, values: &mut [f32; LANES]) {
            *values = self.0;
        }

        pub(in super::super) fn get(self) -> [f32; LANES] {
            self.0
        }

        pub(in super::super) fn max(self, other: Self) -> Self {
            each(self, other, larger)
        }

        pub(in super::super) fn min(self, other: Self) -> Self {
            each(self, other, |a, b| if a < b { a } else { b })
        }

        pub(in super::super) fn abs(self) -> Self {
            Self(self.0.map(f32::abs))
        }

        pub(super) fn exponent(self) -> Self {
            let exponent = |value: f32| f32::from_bits(value.to_bits().wrapping_add(127) << 23);
            Self(self.0.map(exponent))
        }

        pub(super) fn low_bits(self) -> Integers {
            let rounding = super::ROUNDING.to_bits().cast_signed();
            Integers(self.0.map(|value| value.to_bits().cast_signed() - rounding))
        }
    }

    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Integers([i32; LANES]);

    impl Integers {
        pub(in super::super) fn zero() -> Self {
            Self([0; LANES])
        }

        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
        }

        pub(in super::super) fn sum(self) -> i32 {
            self.0.iter().sum()
        }
    }

    impl From<Integers> for [i8; LANES] {
        #[allow(clippy::cast_possible_truncation, reason = "8 bits are asked for")]
        fn from(Integers(integers): Integers) -> Self {
            integers.map(|integer| integer as i8)
        }
    }

    fn each(a: Four, b: Four, operation: impl Fn(f32, f32) -> f32) -> Four {
        Four(std::array::from_fn(|lane| operation(a.0[lane], b.0[lane])))
    }

    pub(super) fn add(a: Four, b: Four) -> Four {
        each(a, b, |a, b| a + b)
    }

    pub(super) fn sub(a: Four, b: Four) -> Four {
        each(a, b, |a, b| a - b)
    }

    pub(super) fn mul(a: Four, b: Four) -> Four {
        each(a, b, |a, b| a * b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "these are exact")]
    fn lanes_do_what_their_names_say() {
        let x = Four::read(&[-2.5, -0.5, 1.5, 99.7]);
        assert_eq!(x.round().get(), [-2.0, 0.0, 2.0, 100.0]);
        assert_eq!(<[i8; LANES]>::from(x.nearest()), [-2, 0, 2, 100]);
        assert_eq!(x.nearest().plus(Integers::zero()).sum(), 100);
        assert_eq!(x.power_of_two().get()[..3], [0.25, 1.0, 4.0]);
        assert_eq!(x.abs().max(Four::splat(2.0)).get(), [2.5, 2.0, 2.0, 99.7]);
        assert_eq!(x.min(Four::splat(0.0)).get(), [-2.5, -0.5, 0.0, 0.0]);
        assert!((x.sum() - 98.2).abs() < 1e-4 && x.largest() > 99.0);
    }
}
