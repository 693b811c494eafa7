//! Bytes of a file that need not be in our own memory: what WebAssembly's grew to is never
//! given back, and its first use costs more than a copy.

use std::ops::Range;

use bytes::Bytes;

/// The bytes of a file, wherever they are. Copies of it are of the same bytes.
pub trait Contents: Clone + Send + Sync + 'static {
    /// How many there are.
    fn length(&self) -> usize;

    /// A copy of those in `range`; none if it ends behind the last one or before its start.
    fn bytes(&self, range: Range<usize>) -> Option<Vec<u8>>;

    /// A copy of all.
    fn all(&self) -> Vec<u8> {
        self.bytes(0..self.length()).unwrap_or_default()
    }
}

impl Contents for Bytes {
    fn length(&self) -> usize {
        self.len()
    }

    fn bytes(&self, range: Range<usize>) -> Option<Vec<u8>> {
        self.get(range).map(<[u8]>::to_vec)
    }
}
