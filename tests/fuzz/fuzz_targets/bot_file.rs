//! A bot file from anybody: sealed, packed, or what is inside.
//!
//! The first byte says how deep the rest is put in. Random bytes would hardly ever get
//! through a cipher's tag or a compressed stream to the format behind it.

#![no_main]

use lemon_model::{
    bot::Bot,
    seal::{LinkSecret, open, seal},
};
use libfuzzer_sys::fuzz_target;
use miniz_oxide::deflate::compress_to_vec;

/// DEFLATE that only stores: what the fuzzer changes arrives as it is.
const STORED: u8 = 0;

fuzz_target!(|data: &[u8]| {
    let Some((depth, data)) = data.split_first() else {
        return;
    };
    let secret = LinkSecret::new([7; 16]);
    let bot = match depth % 3 {
        0 => open(data, &secret),
        1 => Bot::unpack(data),
        _ => Bot::unpack(&compress_to_vec(data, STORED)),
    };
    // What is taken can be given on, and comes back as it was.
    if let Ok(bot) = bot {
        let file = seal(&bot, &secret, [9; 12]).expect("it was within the limits");
        assert!(open(&file, &secret).expect("it was just sealed") == bot);
    }
});
