//! Codes by which a shared bot is changed or deleted where its owner's browser is not at hand.
//!
//! # Form
//! 70 characters of base64url, of 52 bytes:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 16 | the id under which the bot is stored |
//! | 32 | the delete token |
//! | 3 | the first of SHA-256 of `lemon-toolbox code` and all bytes before, so that a code that is not whole is told from a wrong one |
//!
//! A code does not open the bot: its link is not in it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
const SALT: &[u8] = b"lemon-toolbox code";
const ID: usize = 16;
const TOKEN: usize = 32;
const CHECK: usize = 3;
const BYTES: usize = 1 + ID + TOKEN + CHECK;

/// Characters of a code.
pub const CHARS: usize = 70;

/// Most bytes of a text in which codes are looked for, and most codes that are taken of it.
pub const MAX_TEXT: usize = 64 * 1024;
pub const MAX_CODES: usize = 100;

/// Who has it may change the bot.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Base64url, as the edge is shown them.
    pub id: String,
    pub token: String,
}

impl Code {
    /// What the owner keeps; none if id or token are none.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let id: [u8; ID] = decoded(&self.id)?.try_into().ok()?;
        let token: [u8; TOKEN] = decoded(&self.token)?.try_into().ok()?;
        let mut bytes = vec![VERSION];
        bytes.extend(id);
        bytes.extend(token);
        bytes.extend(check(&bytes));
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn read(text: &str) -> Option<Self> {
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (front, sum) = bytes.split_at(BYTES - CHECK);
        let (&version, rest) = front.split_first()?;
        let (id, token) = rest.split_at(ID);
        (version == VERSION && sum == check(front)).then(|| Self {
            id: URL_SAFE_NO_PAD.encode(id),
            token: URL_SAFE_NO_PAD.encode(token),
        })
    }
}

/// The codes in `text`, whatever stands around them, each once.
#[must_use]
pub fn found(text: &str) -> Vec<Code> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let mut codes: Vec<Code> = Vec::new();
    let is_of_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    for run in text.split(|c| !is_of_code(c)) {
        // Dashes and letters may have come to stand before or behind it.
        let mut at = 0..=run.len().saturating_sub(CHARS);
        let code = at.find_map(|at| Code::read(run.get(at..at + CHARS)?));
        codes.extend(code.filter(|code| !codes.contains(code)));
        if codes.len() == MAX_CODES {
            break;
        }
    }
    codes
}

fn check(bytes: &[u8]) -> [u8; CHECK] {
    let hash = Sha256::new_with_prefix(SALT).chain_update(bytes).finalize();
    std::array::from_fn(|i| hash[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(id: [u8; ID], token: [u8; TOKEN]) -> Code {
        Code {
            id: URL_SAFE_NO_PAD.encode(id),
            token: URL_SAFE_NO_PAD.encode(token),
        }
    }

    /// Whoever has kept a code is to be able to use it for ever.
    #[test]
    fn a_code_is_written_as_it_always_was() {
        let text = code([1; ID], [2; TOKEN]).text().unwrap();
        assert_eq!(text.len(), CHARS);
        // Computed with another implementation.
        let (front, behind) = (
            "AQEBAQEBAQEBAQEBAQEBAQECAgICAgICAgI",
            "CAgICAgICAgICAgICAgICAgICAgICApceGg",
        );
        assert_eq!(text, [front, behind].concat());
    }

    #[test]
    fn what_is_no_id_or_token_has_no_code() {
        let whole = code([1; ID], [2; TOKEN]);
        for (id, token) in [
            ("", &*whole.token),
            (&whole.id, ""),
            (&whole.token, &whole.id),
        ] {
            let (id, token) = (id.to_owned(), token.to_owned());
            assert_eq!(Code { id, token }.text(), None);
        }
    }

    #[test]
    fn a_file_with_several_has_each_once() {
        let (one, two) = (code([1; ID], [2; TOKEN]), code([3; ID], [4; TOKEN]));
        let texts = [&one, &two, &one].map(|code| code.text().unwrap());
        let file = format!("레몬\n{}\n\n- {}\n{}", texts[0], texts[1], texts[2]);
        assert!(found(&file) == [one, two]);
    }

    #[test]
    fn no_more_is_looked_at_than_may_be() {
        let text = code([1; ID], [2; TOKEN]).text().unwrap();
        assert!(found(&format!("{} {text}", "-".repeat(MAX_TEXT))).is_empty());
        let many: String = (0..=u8::MAX)
            .map(|n| code([n; ID], [2; TOKEN]).text().unwrap() + " ")
            .collect();
        assert_eq!(found(&many).len(), MAX_CODES);
    }

    proptest! {
        #[test]
        fn any_code_is_found_whatever_stands_around_it(id: [u8; ID], token: [u8; TOKEN], before in "\\PC{0,20}", behind in "\\PC{0,20}") {
            let code = code(id, token);
            let text = code.text().unwrap();
            let around = format!("{before}{text}{behind}");
            prop_assert!(found(&around) == [code]);
        }

        #[test]
        fn a_character_that_is_wrong_or_missing_makes_it_none(id: [u8; ID], token: [u8; TOKEN], at in 0..CHARS) {
            let text = code(id, token).text().unwrap();
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            prop_assert!(found(&String::from_utf8(wrong).unwrap()).is_empty());
            let missing = [&text[..at], &text[at + 1..]].concat();
            prop_assert!(found(&missing).is_empty());
        }

        #[test]
        fn any_text_is_looked_through(text in "\\PC{0,200}") {
            let _ = found(&text);
        }
    }
}
