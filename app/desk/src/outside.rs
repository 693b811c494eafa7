//! Bytes that stay in JavaScript's memory.

use bytes::Buf;
use js_sys::Uint8Array;

/// How many are brought into our own at a time.
const PIECE: u32 = 64 * 1024;

/// Bytes of JavaScript's, read from front to back. What our own memory grew to is never
/// given back, and its first use costs more than the copies here.
#[derive(Clone)]
pub struct Outside {
    bytes: Uint8Array,
    length: u32,
    /// How many have been brought here; at most `length`.
    brought: u32,
    piece: Vec<u8>,
    /// How many of the piece have been read.
    read: usize,
}

impl Outside {
    #[must_use]
    pub fn new(bytes: Uint8Array) -> Self {
        let mut outside = Self {
            length: bytes.length(),
            bytes,
            brought: 0,
            piece: Vec::new(),
            read: 0,
        };
        outside.bring();
        outside
    }

    fn bring(&mut self) {
        let end = self.brought + PIECE.min(self.length - self.brought);
        self.piece = self.bytes.subarray(self.brought, end).to_vec();
        self.brought = end;
        self.read = 0;
    }
}

impl Buf for Outside {
    fn remaining(&self) -> usize {
        (self.length - self.brought) as usize + self.chunk().len()
    }

    fn chunk(&self) -> &[u8] {
        &self.piece[self.read..]
    }

    /// Goes no further than to the end.
    fn advance(&mut self, mut count: usize) {
        loop {
            let here = count.min(self.chunk().len());
            self.read += here;
            count -= here;
            if !self.chunk().is_empty() || self.brought == self.length {
                return;
            }
            self.bring();
        }
    }
}
