//! Four f32 side by side. What is computed with them is the same everywhere, to the bit:
//! each lane is rounded by itself, and nothing is fused.

use std::ops::{Add, Div, Mul, Sub};

/// Elements in a [`Four`].
pub(crate) const LANES: usize = 4;

/// 1.5 · 2²³: adding it to a small f32 leaves that number, rounded to an integer as IEEE
/// 754 rounds, in the low bits.
const ROUNDING: f32 = 12_582_912.0;

/// Numbers of 4 bits in a [`Halves`].
pub(super) const HALVES: usize = 32;

/// What stands for 0 in 4 bits.
pub const HALF_ZERO: u8 = 8;

pub(super) use of_target::{Four, Halves, Integers};

/// Integers in fewer bits, which they must fit into.
pub(super) trait Narrow {
    /// Becomes `rows` behind each other.
    fn narrow(&mut self, rows: [Integers; LANES]);
}

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

impl Integers {
    pub(super) fn sum(self) -> i32 {
        self.get().into_iter().sum()
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
operator!(Div, div, of_target::div);

#[cfg(target_arch = "wasm32")]
mod of_target {
    use core::arch::wasm32 as wasm;

    use super::{HALF_ZERO, HALVES, LANES, Narrow};

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

        /// Rows to columns.
        #[inline]
        pub(in super::super) fn turn([a, b, c, d]: [Self; LANES]) -> [Self; LANES] {
            let low = |a: Self, b: Self| wasm::i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
            let high = |a: Self, b: Self| wasm::i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
            let ([ac, bd], [ca, db]) = ([low(a, c), low(b, d)], [high(a, c), high(b, d)]);
            [
                Self(wasm::i32x4_shuffle::<0, 4, 1, 5>(ac, bd)),
                Self(wasm::i32x4_shuffle::<2, 6, 3, 7>(ac, bd)),
                Self(wasm::i32x4_shuffle::<0, 4, 1, 5>(ca, db)),
                Self(wasm::i32x4_shuffle::<2, 6, 3, 7>(ca, db)),
            ]
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
        pub(in super::super) fn get(self) -> [i32; LANES] {
            let mut values = [0; LANES];
            // SAFETY: four i32 are one vector; stores need no alignment.
            unsafe { wasm::v128_store(values.as_mut_ptr().cast(), self.0) };
            values
        }

        #[inline]
        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(wasm::i32x4_add(self.0, other.0))
        }
    }

    /// Numbers of 4 bits, two in a byte, the earlier one in the low half.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Halves {
        low: wasm::v128,
        high: wasm::v128,
    }

    impl Halves {
        #[inline]
        pub(in super::super) fn read(bytes: &[u8; HALVES / 2]) -> Self {
            // SAFETY: 16 bytes are one vector; loads need no alignment.
            let both = unsafe { wasm::v128_load(bytes.as_ptr().cast()) };
            Self {
                low: wasm::v128_and(both, wasm::u8x16_splat(0x0F)),
                high: wasm::u8x16_shr(both, 4),
            }
        }

        /// The largest distance of any from [`HALF_ZERO`].
        #[inline]
        pub(in super::super) fn farthest(self) -> u8 {
            let distance =
                |half| wasm::i8x16_abs(wasm::i8x16_sub(half, wasm::u8x16_splat(HALF_ZERO)));
            let far = wasm::u8x16_max(distance(self.low), distance(self.high));
            let far = wasm::u8x16_max(far, wasm::i32x4_shuffle::<2, 3, 0, 1>(far, far));
            let far = wasm::u8x16_max(far, wasm::i32x4_shuffle::<1, 0, 3, 2>(far, far));
            let [a, b, c, d] = wasm::u32x4_extract_lane::<0>(far).to_le_bytes();
            a.max(b).max(c.max(d))
        }

        /// What `table` has for each of them, in their order.
        #[inline]
        pub(in super::super) fn look_up(self, table: &[u8; 16]) -> [u8; HALVES] {
            // SAFETY: 16 bytes are one vector; loads need no alignment.
            let table = unsafe { wasm::v128_load(table.as_ptr().cast()) };
            let low = wasm::u8x16_swizzle(table, self.low);
            let high = wasm::u8x16_swizzle(table, self.high);
            let first = wasm::u8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(
                low, high,
            );
            let second = wasm::u8x16_shuffle::<
                8,
                24,
                9,
                25,
                10,
                26,
                11,
                27,
                12,
                28,
                13,
                29,
                14,
                30,
                15,
                31,
            >(low, high);
            let mut found = [0; HALVES];
            let place: *mut wasm::v128 = found.as_mut_ptr().cast();
            // SAFETY: 32 bytes are two vectors; stores need no alignment.
            unsafe {
                wasm::v128_store(place, first);
                wasm::v128_store(place.add(1), second);
            }
            found
        }
    }

    impl Narrow for [i8; 4 * LANES] {
        #[inline]
        fn narrow(&mut self, [a, b, c, d]: [Integers; LANES]) {
            let low = wasm::i16x8_narrow_i32x4(a.0, b.0);
            let high = wasm::i16x8_narrow_i32x4(c.0, d.0);
            // The low bytes. Narrowing twice, LLVM makes fourteen instructions of it.
            let bytes =
                wasm::i8x16_shuffle::<0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30>(
                    low, high,
                );
            // SAFETY: 16 bytes are one vector; stores need no alignment.
            unsafe { wasm::v128_store(self.as_mut_ptr().cast(), bytes) };
        }
    }

    impl Narrow for [i16; 4 * LANES] {
        #[inline]
        fn narrow(&mut self, [a, b, c, d]: [Integers; LANES]) {
            let place: *mut wasm::v128 = self.as_mut_ptr().cast();
            // SAFETY: 16 halves are two vectors; stores need no alignment.
            unsafe {
                wasm::v128_store(place, wasm::i16x8_narrow_i32x4(a.0, b.0));
                wasm::v128_store(place.add(1), wasm::i16x8_narrow_i32x4(c.0, d.0));
            }
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

    #[inline]
    pub(super) fn div(a: Four, b: Four) -> Four {
        Four(wasm::f32x4_div(a.0, b.0))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod of_target {
    use super::{HALF_ZERO, HALVES, LANES, Narrow, larger};

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

        pub(in super::super) fn turn(rows: [Self; LANES]) -> [Self; LANES] {
            std::array::from_fn(|column| Self(rows.map(|row| row.0[column])))
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

        pub(in super::super) fn get(self) -> [i32; LANES] {
            self.0
        }

        pub(in super::super) fn plus(self, other: Self) -> Self {
            Self(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
        }
    }

    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Halves([u8; HALVES]);

    impl Halves {
        pub(in super::super) fn read(bytes: &[u8; HALVES / 2]) -> Self {
            Self(std::array::from_fn(|at| {
                bytes[at / 2] >> (at % 2 * 4) & 0x0F
            }))
        }

        pub(in super::super) fn farthest(self) -> u8 {
            let distances = self.0.map(|half| half.abs_diff(HALF_ZERO));
            distances.into_iter().fold(0, u8::max)
        }

        pub(in super::super) fn look_up(self, table: &[u8; 16]) -> [u8; HALVES] {
            self.0.map(|half| table[usize::from(half)])
        }
    }

    impl Narrow for [i8; 4 * LANES] {
        #[allow(clippy::cast_possible_truncation, reason = "8 bits are asked for")]
        fn narrow(&mut self, rows: [Integers; LANES]) {
            *self = std::array::from_fn(|at| rows[at / LANES].0[at % LANES] as i8);
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

    pub(super) fn div(a: Four, b: Four) -> Four {
        each(a, b, |a, b| a / b)
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
        let rows = [x, x * x, x + x, x - x].map(Four::nearest);
        let mut bytes = [0_i8; 16];
        bytes.narrow(rows);
        assert_eq!(bytes[..6], [-2, 0, 2, 100, 6, 0]);
        let columns = Four::turn([x, x + x, x - x, x]);
        assert_eq!(columns[2].get(), [1.5, 3.0, 0.0, 1.5]);
        assert_eq!((x / Four::splat(0.5)).get()[..2], [-5.0, -1.0]);
        assert_eq!(x.nearest().plus(Integers::zero()).sum(), 100);
        assert_eq!(x.power_of_two().get()[..3], [0.25, 1.0, 4.0]);
        assert_eq!(x.abs().max(Four::splat(2.0)).get(), [2.5, 2.0, 2.0, 99.7]);
        assert_eq!(x.min(Four::splat(0.0)).get(), [-2.5, -0.5, 0.0, 0.0]);
        let halves = Halves::read(&[
            0x98, 0x0F, 0x88, 0x88, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]);
        assert_eq!(halves.farthest(), 8);
        let found = halves.look_up(&std::array::from_fn(|at| u8::try_from(at).unwrap() + 100));
        assert_eq!(found[..4], [108, 109, 115, 100]);
        assert_eq!(found[30..], [100, 101]);
        assert!((x.sum() - 98.2).abs() < 1e-4 && x.largest() > 99.0);
    }
}
