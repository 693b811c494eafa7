//! What the compiler made of the kernels' innermost loops.
//!
//! Their speed hangs on it (docs/performance.md), no other test can see it, and a change far
//! away may change it: rows loaded once for all columns take the registers of the sums.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasmparser::{Operator, Parser, Payload};

/// Products in a loop, by which a kernel's is known.
const PRODUCTS: usize = 12;

/// Instructions of a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loop {
    /// Products of 8 by 7 bits into 32 bits, and into 16.
    pub wide: usize,
    pub narrow: usize,
    /// Products of 16 bits.
    pub pairs: usize,
    pub additions: usize,
    /// Loads of a vector.
    pub loads: usize,
    /// Loads of 32 bits into all lanes.
    pub splats: usize,
    /// Additions to addresses.
    pub addresses: usize,
    /// All others but for those that move a local or leave the loop.
    pub others: usize,
}

/// Of the relaxed build: the narrow kernel's and the wide one's. Rows are loaded for each
/// vector of columns again, or weights for two rows, or else twelve sums find no place.
pub const RELAXED: &[Loop] = &[
    Loop {
        wide: 0,
        narrow: 12,
        pairs: 12,
        additions: 12,
        loads: 3,
        splats: 12,
        addresses: 4,
        others: 0,
    },
    Loop {
        wide: 12,
        narrow: 0,
        pairs: 0,
        additions: 0,
        loads: 6,
        splats: 4,
        addresses: 3,
        others: 0,
    },
];

/// Of the plain build, for two rows.
pub const PLAIN: &[Loop] = &[Loop {
    wide: 0,
    narrow: 0,
    pairs: 12,
    additions: 12,
    loads: 6,
    splats: 4,
    addresses: 2,
    others: 0,
}];

/// Compares the loops with many products in a module with those it should have, which are
/// sorted.
pub fn check(module: &Path, expected: &[Loop]) -> Result<()> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let mut found = kernels(&bytes)?;
    found.sort();
    ensure!(
        found == expected,
        "the compiler made other loops of the kernels:\n{found:#?}\nwhere these are fast:\n\
         {expected:#?}\ndocs/performance.md says why; measure before you change either",
    );
    Ok(())
}

/// Loops without another in them that have [`PRODUCTS`] or more.
fn kernels(module: &[u8]) -> Result<Vec<Loop>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::CodeSectionEntry(body) = payload? else {
            continue;
        };
        // One for each open block: what a loop has, or none for other blocks.
        let mut open: Vec<Option<Loop>> = Vec::new();
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            match operator {
                Operator::Loop { .. } => {
                    // What is around it is not innermost.
                    open.fill(None);
                    open.push(Some(Loop::default()));
                }
                Operator::Block { .. } | Operator::If { .. } => open.push(None),
                Operator::End => {
                    let closed = open.pop().flatten();
                    found.extend(closed.filter(|of| of.wide + of.narrow + of.pairs >= PRODUCTS));
                }
                _ => {
                    if let Some(of) = open.iter_mut().flatten().next_back() {
                        of.count(&operator);
                    }
                }
            }
        }
    }
    Ok(found)
}

impl Loop {
    fn count(&mut self, operator: &Operator) {
        let counter = match operator {
            Operator::I32x4RelaxedDotI8x16I7x16AddS => &mut self.wide,
            Operator::I16x8RelaxedDotI8x16I7x16S => &mut self.narrow,
            Operator::I32x4DotI16x8S => &mut self.pairs,
            Operator::I32x4Add => &mut self.additions,
            Operator::V128Load { .. } => &mut self.loads,
            Operator::V128Load32Splat { .. } => &mut self.splats,
            Operator::I32Add => &mut self.addresses,
            Operator::LocalGet { .. }
            | Operator::LocalSet { .. }
            | Operator::LocalTee { .. }
            | Operator::I32Const { .. }
            | Operator::I32Ne
            | Operator::BrIf { .. }
            | Operator::Br { .. } => return,
            _ => &mut self.others,
        };
        *counter += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOP: [u8; 2] = [0x03, 0x40];
    const END: u8 = 0x0B;
    /// `i32x4.dot_i16x8_s`
    const DOT: [u8; 3] = [0xFD, 0xBA, 0x01];
    /// `v128.store`
    const STORE: [u8; 4] = [0xFD, 0x0B, 0, 0];
    const BLOCK: [u8; 2] = [0x02, 0x40];

    /// A module whose one function has this code.
    fn module(code: &[u8]) -> Vec<u8> {
        let body = [&[0], code, &[END]].concat();
        let lengths = [body.len() + 2, 1, body.len()].map(|length| u8::try_from(length).unwrap());
        let head = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0A";
        [&head[..], &lengths, &body].concat()
    }

    #[test]
    fn only_innermost_loops_with_many_products_count() {
        let products = DOT.repeat(PRODUCTS);
        let inner = [&BLOCK[..], &LOOP, &products, &STORE, &[END, END]].concat();
        let outer = [&LOOP[..], &products, &inner, &DOT, &[END]].concat();
        let few = [&LOOP[..], &DOT, &[END]].concat();
        let code = [&outer[..], &few, &DOT].concat();
        let want = Loop {
            pairs: PRODUCTS,
            others: 1,
            ..Loop::default()
        };
        assert_eq!(kernels(&module(&code)).unwrap(), [want]);
        assert!(kernels(&module(&code)[..40]).is_err());
    }
}
