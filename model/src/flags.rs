//! What in somebody's posts may be nobody else's business: numbers, addresses, names, insults,
//! in Korean, Japanese and English.
//!
//! A flag asks its owner to look; it decides nothing. Digits and letters are folded first, so
//! that width and disguise do not matter, and a letter of Hangul or of kana beside a number is
//! no boundary. `tests/flags/` has what it is measured with.

mod folded;
mod insults;
mod names;
mod numbers;
mod patterns;
mod words;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::folded::Folded;
use self::words::Hits;

/// Most words that an owner may list, and the longest, in characters.
pub const MAX_LISTED: usize = 200;
pub const MAX_LISTED_CHARS: usize = 60;

/// What may be nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A telephone's number.
    Phone,
    /// An account's or a card's.
    Account,
    /// That of somebody's papers.
    Resident,
    /// Where a door is.
    Address,
    /// An address of mail.
    Mail,
    /// An id or an invitation of a messenger.
    Messenger,
    /// A car's.
    Plate,
    /// Another account's.
    Handle,
    /// Somebody's.
    Name,
    Insult,
    /// A word of the owner's own list.
    Listed,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Phone,
        Self::Account,
        Self::Resident,
        Self::Address,
        Self::Mail,
        Self::Messenger,
        Self::Plate,
        Self::Handle,
        Self::Name,
        Self::Insult,
        Self::Listed,
    ];
}

/// Something in a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flag {
    pub kind: Kind,
    /// Bytes of the text.
    pub at: Range<usize>,
}

/// What is to be looked for beside what everybody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The owner's own handles, without `@`: these tell nothing of others.
    pub me: Vec<String>,
    /// Words that the owner does not want to be read.
    pub listed: Vec<String>,
}

impl Watch {
    /// What in `text` may be nobody's business, in its order; no two overlap.
    #[must_use]
    pub fn flags(&self, text: &str) -> Vec<Flag> {
        let folded = Folded::new(text);
        let hits = Hits::of(&folded);
        let mut flags = Vec::new();
        patterns::find(&folded, &hits, &mut flags);
        numbers::find(&folded, &hits, &mut flags);
        names::find(&folded, &mut flags);
        insults::find(&folded, &mut flags);
        flags.retain(|flag| flag.kind != Kind::Handle || !self.is_me(&text[flag.at.clone()]));
        self.find_listed(&folded, &mut flags);
        apart(flags)
    }

    fn is_me(&self, handle: &str) -> bool {
        let handle = handle.trim_start_matches(['@', '＠']);
        self.me.iter().any(|me| {
            let me = me.trim_start_matches('@');
            me.eq_ignore_ascii_case(handle)
        })
    }

    fn find_listed(&self, text: &Folded, flags: &mut Vec<Flag>) {
        for word in self.listed.iter().take(MAX_LISTED) {
            let word = Folded::new(word.trim()).low;
            if !word.is_empty() {
                let places = text.low.match_indices(&word);
                flags.extend(places.map(|(at, _)| text.flag(Kind::Listed, at..at + word.len())));
            }
        }
    }
}

/// Of those that overlap the one whose form says most, which a number or a handle may be a part
/// of; those of one kind are one.
fn apart(mut flags: Vec<Flag>) -> Vec<Flag> {
    let weight = |flag: &Flag| match flag.kind {
        Kind::Listed => 0,
        Kind::Mail => 1,
        Kind::Messenger => 2,
        Kind::Resident => 3,
        Kind::Account => 4,
        Kind::Phone => 5,
        Kind::Plate => 6,
        Kind::Address => 7,
        Kind::Handle => 8,
        Kind::Name => 9,
        Kind::Insult => 10,
    };
    flags.sort_by_key(|flag| (weight(flag), flag.at.start, std::cmp::Reverse(flag.at.end)));
    let mut kept: Vec<Flag> = Vec::with_capacity(flags.len());
    for flag in flags {
        let overlaps =
            |other: &&mut Flag| other.at.start < flag.at.end && flag.at.start < other.at.end;
        match kept.iter_mut().find(overlaps) {
            None => kept.push(flag),
            Some(other) if other.kind == flag.kind => {
                other.at = other.at.start.min(flag.at.start)..other.at.end.max(flag.at.end);
            }
            Some(_) => {}
        }
    }
    kept.sort_by_key(|flag| flag.at.start);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let flags = Watch::default().flags(text);
        let mut kinds: Vec<Kind> = flags.into_iter().map(|flag| flag.kind).collect();
        kinds.dedup();
        kinds
    }

    #[test]
    fn width_disguise_and_particles_do_not_matter() {
        for (text, kind) in [
            ("내 번호 010-1234-5678이야", Kind::Phone),
            ("번호는010 1234 5678로", Kind::Phone),
            ("０１０ー１２３４ー５６７８", Kind::Phone),
            ("공일공 1234 5678", Kind::Phone),
            ("900101-1234567이에요", Kind::Resident),
            ("〒100-0001 東京都千代田区千代田1-1", Kind::Address),
            ("카톡 lemon_1234", Kind::Messenger),
            ("a.b@example.org로 보내줘", Kind::Mail),
        ] {
            assert_eq!(kinds(text), [kind], "{text}");
        }
        for text in [
            "2026-11-28",
            "1588-0000",
            "10,000-20,000원",
            "",
            "12가",
            "@",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn a_flag_is_at_what_it_is_of() {
        let text = "내 번호 ０１０－１２３４－５６７８이야, @sora_k 알지";
        let flags = Watch::default().flags(text);
        let parts: Vec<&str> = flags.iter().map(|flag| &text[flag.at.clone()]).collect();
        assert_eq!(parts, ["０１０－１２３４－５６７８", "@sora_k"]);
    }

    #[test]
    fn one_is_no_stranger_to_oneself() {
        let watch = Watch {
            me: vec!["Sora_K".to_owned()],
            listed: vec![
                "비밀 프로젝트".to_owned(),
                "ACME".to_owned(),
                " ".to_owned(),
            ],
        };
        let kinds = |text| {
            let flags = watch.flags(text);
            flags.into_iter().map(|flag| flag.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds("@sora_k 나다"), []);
        assert_eq!(kinds("@sora_kim 너다"), [Kind::Handle]);
        assert_eq!(
            kinds("우리 비밀 프로젝트 ａｃｍｅ"),
            [Kind::Listed, Kind::Listed]
        );
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,80}|[0-9０-９공일이삼 @.\\-ー()로길동호가a-zA-Z]{0,60}") {
            let flags = Watch::default().flags(&text);
            let mut end = 0;
            for flag in flags {
                prop_assert!(flag.at.start >= end && flag.at.end > flag.at.start);
                prop_assert!(text.get(flag.at.clone()).is_some());
                end = flag.at.end;
            }
        }
    }
}
