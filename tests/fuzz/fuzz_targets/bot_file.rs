//! A bot file from anybody: sealed, packed, or what is inside.
//!
//! The first byte says how deep the rest is put in. Random bytes would hardly ever get
//! through a cipher's tag or a compressed stream to the format behind it.

#![no_main]

use lemon_model::{
    answers::{
        Question, find,
        suggestions::{self, Suggested},
    },
    bot::{Any, Bot, Opened, first},
    proof,
    seal::{LinkSecret, open, seal},
    vector::DIM,
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
    let third = |bot| Any::Third(Box::new(bot));
    let bot = match depth % 6 {
        0 => open(data, &secret),
        1 => Bot::unpack(data).map(third),
        2 => Bot::unpack(&compress_to_vec(data, STORED)).map(third),
        3 => first::Bot::unpack(data).map(Any::First),
        4 => first::Bot::unpack(&compress_to_vec(data, STORED)).map(Any::First),
        _ => Bot::unpack_second(&compress_to_vec(data, STORED)).map(third),
    };
    let Ok(bot) = bot else {
        return;
    };
    // What is taken can be given on, and comes back as it was.
    if let Any::Third(bot) = &bot {
        let file = seal(bot, &secret, [9; 12]).expect("it was within the limits");
        assert!(open(&file, &secret).expect("it was just sealed") == Any::Third(bot.clone()));
    }
    // And can be asked.
    let opened = Opened::from(bot);
    let own = |suggested: &Suggested| (suggested.text.clone(), suggested.vector.floats());
    let mut questions: Vec<(String, Vec<f32>)> = opened.suggested.iter().map(own).collect();
    questions.push(("?".into(), vec![0.05; DIM]));
    for (text, vector) in &questions {
        for hit in find(&opened.index, &Question { text, vector }, 8) {
            assert!((0.0..=1.0).contains(&hit.similarity) && (0.0..=1.0).contains(&hit.confidence));
        }
    }
    _ = suggestions::greeting(&opened.index);
    if let Some(probe) = proof::probe(&opened.index) {
        _ = proof::holds(&opened.index, &probe, &opened.index.reply(0));
    }
});
