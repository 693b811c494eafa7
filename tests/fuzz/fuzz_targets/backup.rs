//! A bot's file from anybody: as it is, or the records in it, which random bytes would hardly ever
//! get to through a compressed stream and a hash.

#![no_main]

use lemon_model::backup::{Reading, Record, Writing};
use libfuzzer_sys::fuzz_target;
use miniz_oxide::deflate::compress_to_vec_zlib;
use sha2::{Digest, Sha256};

/// What only stores: what the fuzzer changes arrives as it is.
const STORED: u8 = 0;

fuzz_target!(|data: &[u8]| {
    let Some((depth, data)) = data.split_first() else {
        return;
    };
    let cuts = usize::from(*depth / 2) + 1;
    let file = if depth % 2 == 0 {
        data.to_vec()
    } else {
        framed(data)
    };
    let mut reading = Reading::new(None);
    let mut records = Vec::new();
    for piece in file.chunks(cuts) {
        match reading.push(piece) {
            Ok(some) => records.extend(some),
            Err(_) => return,
        }
    }
    let Ok(rest) = reading.end() else {
        return;
    };
    records.extend(rest);
    // What is taken can be given on, and is the same then.
    let Some(Record::Bot(bot)) = records.first() else {
        panic!("a file without a bot was taken");
    };
    let mut again = Vec::new();
    let mut writing = Writing::begin(bot, None, &mut again).expect("it was within the limits");
    for record in &records[1..] {
        writing
            .push(record, &mut again)
            .expect("it was within the limits");
    }
    writing.end(&mut again);
    let mut reading = Reading::new(None);
    let mut same = reading.push(&again).expect("it was just written");
    same.extend(reading.end().expect("it was just written"));
    assert!(same == records);
});

/// Records of a byte for the kind, two for the length and so many bytes, as a file has them.
fn framed(mut data: &[u8]) -> Vec<u8> {
    let mut file = b"LMNX\x01".to_vec();
    while let [kind, first, second, rest @ ..] = data {
        let length = usize::from(u16::from_le_bytes([*first, *second])).min(rest.len());
        let (record, others) = rest.split_at(length);
        let packed = compress_to_vec_zlib(record, STORED);
        file.push(*kind);
        file.extend((packed.len() as u32).to_le_bytes());
        file.extend(packed);
        data = others;
    }
    let hash = Sha256::digest(&file);
    file.push(0);
    file.extend(hash);
    file
}
