//! Bytes that stay in JavaScript's memory.

use std::ops::Range;

use js_sys::Uint8Array;
use lemon_model::contents::Contents;
use send_wrapper::SendWrapper;

/// Bytes of JavaScript's. They can only be looked at where they came from: a worker has one
/// thread.
#[derive(Clone)]
pub struct Outside(SendWrapper<Uint8Array>);

impl Outside {
    #[must_use]
    pub fn new(bytes: Uint8Array) -> Self {
        Self(SendWrapper::new(bytes))
    }
}

impl Contents for Outside {
    fn length(&self) -> usize {
        self.0.length() as usize
    }

    fn bytes(&self, range: Range<usize>) -> Option<Vec<u8>> {
        let (start, end) = (range.start.try_into().ok()?, range.end.try_into().ok()?);
        let is_there = start <= end && end <= self.0.length();
        is_there.then(|| self.0.subarray(start, end).to_vec())
    }
}
