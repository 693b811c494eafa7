//! Modules of a few bytes that an engine accepts if it knows an instruction.
//!
//! Each has one function without parameters and results. Numbers are those of the
//! WebAssembly binary format.

/// Up to the length of the section of code.
const HEAD: [u8; 19] = [
    0x00, b'a', b's', b'm', 1, 0, 0, 0, // version 1
    1, 4, 1, 0x60, 0, 0, // one type: no parameters, no results
    3, 2, 1, 0,  // one function of this type
    10, // the section of code
];

/// `i32.const 0`, `i8x16.splat`.
const ZEROS: [u8; 4] = [0x41, 0, 0xFD, 0x0F];

/// `i32x4.relaxed_dot_i8x16_i7x16_add_s`.
const DOT: [u8; 3] = [0xFD, 0x93, 0x02];

/// `drop`, `end`.
const TAIL: [u8; 2] = [0x1A, 0x0B];

/// For the plain build: 128-bit vectors.
#[must_use]
pub fn simd() -> Vec<u8> {
    module(&ZEROS)
}

/// For the relaxed build: its dot product.
#[must_use]
pub fn relaxed() -> Vec<u8> {
    module(&[&ZEROS[..], &ZEROS, &ZEROS, &DOT].concat())
}

/// A module whose function does this and drops what is left on the stack. Lengths stay
/// below 128, so each is one byte.
#[allow(clippy::cast_possible_truncation)]
fn module(instructions: &[u8]) -> Vec<u8> {
    // No locals.
    let body = [&[0], instructions, &TAIL].concat();
    let lengths = [body.len() as u8 + 2, 1, body.len() as u8];
    [&HEAD[..], &lengths, &body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_what_follows() {
        for module in [simd(), relaxed()] {
            let section = HEAD.len();
            assert_eq!(usize::from(module[section]), module.len() - section - 1);
            assert_eq!(usize::from(module[section + 2]), module.len() - section - 3);
        }
    }
}
