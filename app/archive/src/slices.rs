//! A file of the browser's, read a slice at a time: all of it may be larger than any memory.

use std::io::{self, Read, Seek, SeekFrom};

use js_sys::Uint8Array;
use lemon_model::sources::x_archive::sought;
use web_sys::{Blob, FileReaderSync};

/// How much of it is in memory.
const SLICE: u64 = 512 * 1024;

pub struct Slices {
    reader: FileReaderSync,
    file: Blob,
    length: u64,
    at: u64,
    slice: Vec<u8>,
    /// Where in the file that begins.
    start: u64,
}

impl Slices {
    pub fn new(file: Blob) -> io::Result<Self> {
        let reader = FileReaderSync::new().map_err(|_| io::ErrorKind::Unsupported)?;
        // A whole number below 2^53, as every file is small enough for.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let length = file.size() as u64;
        Ok(Self {
            reader,
            file,
            length,
            at: 0,
            slice: Vec::new(),
            start: 0,
        })
    }

    /// Has the slice in memory in which reading goes on.
    fn load(&mut self) -> io::Result<()> {
        // Whoever goes back may go back further.
        let start = if self.at < self.start {
            self.at.saturating_sub(SLICE / 2)
        } else {
            self.at
        };
        let end = (start + SLICE).min(self.length);
        // As above.
        #[allow(clippy::cast_precision_loss)]
        let range = (start as f64, end as f64);
        let bytes = self
            .file
            .slice_with_f64_and_f64(range.0, range.1)
            .and_then(|slice| self.reader.read_as_array_buffer(&slice))
            // It was moved or changed since it was chosen.
            .map_err(|_| io::ErrorKind::NotFound)?;
        let bytes = Uint8Array::new(&bytes);
        self.slice.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.slice);
        self.start = start;
        Ok(())
    }
}

impl Read for Slices {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length {
            return Ok(0);
        }
        let is_here = (self.start..self.start + self.slice.len() as u64).contains(&self.at);
        if !is_here {
            self.load()?;
        }
        let from =
            usize::try_from(self.at - self.start).map_err(|_| io::ErrorKind::InvalidInput)?;
        let length = (self.slice.len() - from).min(buffer.len());
        buffer[..length].copy_from_slice(&self.slice[from..from + length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Slices {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = sought(to, self.at, self.length)?;
        Ok(self.at)
    }
}
