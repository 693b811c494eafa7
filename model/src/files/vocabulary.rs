//! Which pieces of the whole vocabulary the model files keep.
//!
//! Of 250,002 pieces most belong to scripts that nobody here writes. What is kept
//! is what Korean, Japanese and English need, plus everything without letters.

use std::collections::HashSet;

use encoding_rs::SHIFT_JIS;

use crate::vocabulary::CONTROL;

/// First byte pair of JIS level 2, the rarer kanji, in Shift JIS.
const LEVEL_2: [u8; 2] = [0x98, 0x9F];

/// Shortest piece that may be left out to make room: three and four letters are the
/// endings that English words share.
const SHORTEST_TAIL: usize = 5;

/// Positions in `pieces` of the control tokens in the order of [`CONTROL`], then
/// of the pieces that are kept, at most `limit` in all. `latin` are the pieces of a
/// vocabulary that was cut for languages in Latin letters. None if `pieces` lacks a
/// control token.
///
/// What is too much is taken from the insides and ends of words, the least probable
/// first: most are Portuguese, and two shorter pieces take the place of each.
#[must_use]
pub fn cut(pieces: &[(&str, f32)], latin: &HashSet<&str>, limit: usize) -> Option<Vec<usize>> {
    let mut kept = CONTROL
        .iter()
        .map(|name| pieces.iter().position(|(piece, _)| piece == name))
        .collect::<Option<Vec<usize>>>()?;
    kept.extend((0..pieces.len()).filter(|&index| {
        let piece = pieces[index].0;
        !CONTROL.contains(&piece) && is_kept(piece, latin)
    }));
    let mut tails: Vec<usize> = kept
        .iter()
        .copied()
        .filter(|&index| is_tail(pieces[index].0, latin))
        .collect();
    tails.sort_by(|&a, &b| pieces[a].1.total_cmp(&pieces[b].1).then(b.cmp(&a)));
    tails.truncate(kept.len().saturating_sub(limit));
    let tails: HashSet<usize> = tails.into_iter().collect();
    kept.retain(|index| !tails.contains(index));
    Some(kept)
}

fn is_kept(piece: &str, latin: &HashSet<&str>) -> bool {
    let body = piece.strip_prefix('▁').unwrap_or(piece);
    let mut characters = body.chars();
    if let (Some(only), None) = (characters.next(), characters.next())
        && is_latin(only)
    {
        return true;
    }
    if !body.chars().all(is_wanted) {
        return false;
    }
    let is_han_only = body.chars().all(is_han);
    if is_han_only && body.chars().count() > 1 {
        // Phrases with a kanji of level 2 are Chinese with few exceptions, whose
        // kanji remain one by one.
        return !body.chars().any(is_level_2);
    }
    if body.contains(|c: char| c.is_ascii_alphabetic()) {
        return latin.contains(piece);
    }
    true
}

/// Whether `piece` is a longer part of Latin words that is no word itself.
fn is_tail(piece: &str, latin: &HashSet<&str>) -> bool {
    piece.len() >= SHORTEST_TAIL
        && piece.bytes().all(|b| b.is_ascii_alphabetic())
        && !latin.contains(format!("▁{piece}").as_str())
}

fn is_wanted(c: char) -> bool {
    is_hangul(c)
        || is_kana(c)
        || c.is_ascii_alphabetic()
        || (is_han(c) && shift_jis(c).is_some())
        || is_sign(c)
}

/// Digits, punctuation, symbols and emoji, without those of other scripts.
fn is_sign(c: char) -> bool {
    !c.is_alphabetic()
        && matches!(c,
            '\0'..='\u{2FF}'
            | '\u{2000}'..='\u{2BFF}'
            | '\u{3000}'..='\u{303F}'
            | '\u{3200}'..='\u{33FF}'
            | '\u{FE00}'..='\u{FE6F}'
            | '\u{FF00}'..='\u{FFEF}'
            | '\u{1F000}'..='\u{1FAFF}')
}

fn is_hangul(c: char) -> bool {
    // The U+1100 block too: the normaliser turns ㅋ into U+110F.
    matches!(c,
        '\u{1100}'..='\u{11FF}'
        | '\u{3130}'..='\u{318F}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7FF}')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF65}'..='\u{FF9F}')
}

fn is_han(c: char) -> bool {
    matches!(c,
        '々' | '〆' | '〇'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

fn is_latin(c: char) -> bool {
    c.is_alphabetic() && matches!(c, '\0'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

fn is_level_2(c: char) -> bool {
    shift_jis(c).is_some_and(|code| code >= LEVEL_2)
}

/// The two bytes of `c` in Shift JIS with Microsoft's extensions.
fn shift_jis(c: char) -> Option<[u8; 2]> {
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = SHIFT_JIS.encode(c.encode_utf8(&mut buffer));
    if unmappable {
        return None;
    }
    bytes.as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_korean_japanese_and_english_need() {
        let latin = HashSet::from(["▁hello", "ing", "▁olá", "tional", "▁national", "a", "▁A1"]);
        let cases = [
            ("▁안녕", true),
            ("ㅋㅋ", true),
            ("\u{110f}", true),
            ("ありがとう", true),
            ("カフェ", true),
            ("食べ", true),
            ("今日", true),
            ("學", true),
            ("大學", false),
            ("们", false),
            ("▁hello", true),
            ("▁bonjour", false),
            ("ing", true),
            ("tional", true),
            ("▁national", true),
            ("▁olá", false),
            ("é", true),
            ("▁é", true),
            ("z", true),
            ("▁", true),
            ("▁2018", true),
            ("!!!", true),
            ("😂", true),
            ("▁A1", true),
            ("▁B2", false),
            ("привет", false),
            ("я", false),
            ("สวัสดี", false),
            ("،", false),
        ];
        for (piece, want) in cases {
            assert_eq!(is_kept(piece, &latin), want, "{piece}");
        }
    }

    #[test]
    fn control_tokens_come_first_and_once() {
        let pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "я", "가", "<mask>"];
        let pieces: Vec<(&str, f32)> = pieces.iter().map(|&piece| (piece, 0.0)).collect();
        assert_eq!(
            cut(&pieces, &HashSet::new(), 100),
            Some(vec![0, 1, 2, 3, 7, 4, 6])
        );
        assert_eq!(cut(&pieces[..7], &HashSet::new(), 100), None);
    }

    #[test]
    fn the_least_probable_tails_make_room() {
        let scored = [
            ("▁friend", -9.0),
            ("friend", -15.0),
            ("ation", -8.0),
            ("aproximad", -14.0),
            ("desenvolv", -13.0),
            ("ing", -20.0),
            ("한국", -20.0),
        ];
        let pieces: Vec<(&str, f32)> = CONTROL
            .iter()
            .map(|&piece| (piece, 0.0))
            .chain(scored)
            .collect();
        let latin = scored.iter().map(|&(piece, _)| piece).collect();
        let names = |limit: usize| -> Vec<&str> {
            let kept = cut(&pieces, &latin, limit).unwrap();
            kept[CONTROL.len()..].iter().map(|&i| pieces[i].0).collect()
        };
        assert_eq!(names(12).len(), 7);
        assert_eq!(
            names(11),
            ["▁friend", "friend", "ation", "desenvolv", "ing", "한국"]
        );
        assert_eq!(names(10), ["▁friend", "friend", "ation", "ing", "한국"]);
        assert_eq!(names(0), ["▁friend", "friend", "ing", "한국"]);
    }
}
