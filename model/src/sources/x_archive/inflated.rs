//! A deflated part of a file, as a file that can be read from any place on.
//!
//! Deflate can only be read from its beginning. So the state of the decompressor is kept every
//! so many bytes, and whatever is sought is inflated from the last kept state before it.

use std::io::{self, Read, Seek, SeekFrom};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::file::{Section, room, sought};

/// Fewest bytes between two kept states, inflated.
const STEP: u64 = 4 * 1024 * 1024;

/// Most states that are kept: each takes some forty kilobytes.
const MOST_STATES: u64 = 128;

/// How much is read, and how much is passed over, at once.
const PIECE: usize = 64 * 1024;

pub struct Inflated<R> {
    deflated: Section<R>,
    /// Inflated, as the zip says.
    length: u64,
    /// What is to be read next.
    at: u64,
    /// In the order of their places, from the beginning on.
    kept: Vec<State>,
    state: State,
    /// What was read of `deflated`, from `state.taken` on.
    input: Vec<u8>,
    used: usize,
}

/// A decompressor, and how far it is.
#[derive(Clone)]
struct State {
    inflate: Box<InflateState>,
    taken: u64,
    given: u64,
}

impl<R> Inflated<R> {
    /// Of `length` bytes when it is inflated.
    pub fn new(deflated: Section<R>, length: u64) -> Self {
        let state = State {
            inflate: InflateState::new_boxed(DataFormat::Raw),
            taken: 0,
            given: 0,
        };
        Self {
            deflated,
            length,
            at: 0,
            kept: vec![state.clone()],
            state,
            input: Vec::new(),
            used: 0,
        }
    }
}

impl<R: Read + Seek> Inflated<R> {
    /// Goes to the best place to begin from if `self.at` is to be reached.
    fn go_back(&mut self) {
        let best = self.kept.partition_point(|kept| kept.given <= self.at);
        let Some(best) = self.kept.get(best.saturating_sub(1)) else {
            return;
        };
        if self.state.given > self.at || best.given > self.state.given {
            self.state = best.clone();
            self.input.clear();
            self.used = 0;
        }
    }

    /// Inflates into `buffer`; none at the end.
    fn inflate(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.used == self.input.len() {
                self.deflated.seek(SeekFrom::Start(self.state.taken))?;
                let mut input = std::mem::take(&mut self.input);
                input.resize(PIECE, 0);
                self.used = 0;
                let read = self.deflated.read(&mut input)?;
                input.truncate(read);
                self.input = input;
            }
            let input = &self.input[self.used..];
            let is_end = input.is_empty();
            let done = inflate(&mut self.state.inflate, input, buffer, MZFlush::None);
            self.used += done.bytes_consumed;
            self.state.taken += done.bytes_consumed as u64;
            self.state.given += done.bytes_written as u64;
            match done.status {
                _ if done.bytes_written > 0 => {
                    self.keep();
                    return Ok(done.bytes_written);
                }
                Ok(MZStatus::StreamEnd) => return Ok(0),
                Ok(_) | Err(MZError::Buf) if !is_end => {}
                Ok(_) | Err(MZError::Buf) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }

    /// Inflates what is in front of `self.at`.
    fn skip(&mut self) -> io::Result<()> {
        if self.state.given == self.at {
            return Ok(());
        }
        let mut skipped = vec![0; PIECE];
        while self.state.given < self.at {
            let more = usize::try_from(self.at - self.state.given).unwrap_or(usize::MAX);
            if self.inflate(&mut skipped[..more.min(PIECE)])? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn keep(&mut self) {
        let step = STEP.max(self.length / MOST_STATES);
        let last = self.kept.last().map_or(0, |kept| kept.given);
        if self.state.given >= last + step {
            self.kept.push(self.state.clone());
        }
    }
}

impl<R: Read + Seek> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = room(self.at, self.length, buffer);
        if most == 0 {
            return Ok(0);
        }
        self.go_back();
        self.skip()?;
        let read = self.inflate(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Inflated<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = sought(to, self.at, self.length)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use miniz_oxide::deflate::compress_to_vec;
    use proptest::prelude::*;

    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        // Some of it repeats itself, some does not.
        let mut seed = 7_u32;
        (0..length)
            .map(|i| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if i % 5_000 < 2_500 {
                    seed.to_be_bytes()[0]
                } else {
                    b'l'
                }
            })
            .collect()
    }

    fn inflated(all: &[u8], length: u64) -> Inflated<Cursor<Vec<u8>>> {
        let deflated = compress_to_vec(all, 1);
        let section = Section::whole(Cursor::new(deflated.clone()), deflated.len() as u64);
        Inflated::new(section, length)
    }

    #[test]
    fn what_is_sought_is_inflated_from_near_by() {
        let all = bytes(3 * 4 * 1024 * 1024);
        let mut file = inflated(&all, all.len() as u64);
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert!(read == all);
        assert_eq!(file.kept.len(), 4);
        file.rewind().unwrap();
        file.read_exact(&mut [0; 10]).unwrap();
        let step = usize::try_from(STEP).unwrap();
        for at in [2 * step + 77, step, 3 * step - 10, 5] {
            let mut ten = [0; 10];
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.read_exact(&mut ten).unwrap();
            assert_eq!(ten, all[at..at + 10], "{at}");
            let near = file.kept.iter().any(|kept| {
                (kept.given..kept.given + STEP + PIECE as u64).contains(&file.state.given)
            });
            assert!(near, "{at}");
        }
    }

    #[test]
    fn a_length_that_is_not_true_is_an_error_or_an_end() {
        let all = bytes(100_000);
        let mut read = Vec::new();
        inflated(&all, 50_000).read_to_end(&mut read).unwrap();
        assert!(read == all[..50_000]);
        read.clear();
        inflated(&all, 200_000).read_to_end(&mut read).unwrap();
        assert!(read == all);
        let mut longer = inflated(&all, 200_000);
        longer.seek(SeekFrom::Start(150_000)).unwrap();
        let error = longer.read(&mut [0; 10]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_breaks_off_or_is_no_deflate_is_told() {
        let all = bytes(100_000);
        let mut deflated = compress_to_vec(&all, 1);
        deflated.truncate(deflated.len() / 2);
        let length = deflated.len() as u64;
        let mut file = Inflated::new(Section::whole(Cursor::new(deflated), length), 100_000);
        let error = file.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let noise = Section::whole(Cursor::new(vec![0xFF; 1_000]), 1_000);
        let error = Inflated::new(noise, 100).read(&mut [0; 10]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn it_reads_as_what_it_was(places in prop::collection::vec((0_usize..300_000, 1_usize..9_000), 1..20)) {
            let all = bytes(300_000);
            let mut file = inflated(&all, all.len() as u64);
            for (at, length) in places {
                file.seek(SeekFrom::Start(at as u64)).unwrap();
                let mut read = Vec::new();
                file.by_ref().take(length as u64).read_to_end(&mut read).unwrap();
                prop_assert!(read == all[at..(at + length).min(all.len())]);
            }
        }
    }
}
