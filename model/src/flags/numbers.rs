//! Numbers that lead to somebody: of telephones, accounts and papers.
//!
//! What counts is how many digits there are, how they are grouped, and what stands around them.
//! Check digits are left alone: Korean resident numbers issued since October 2020 have none.

use std::ops::Range;

use super::folded::Folded;
use super::words::{Hits, Table};
use super::{Flag, Kind};

/// Most groups of which one number is made: each digit by itself, with a country's code.
const MAX_GROUPS: usize = 14;

/// Digits as words of a language, which stand for digits where there are enough in a row.
const WORDS: [(&str, u8); 53] = [
    ("공", 0),
    ("영", 0),
    ("빵", 0),
    ("일", 1),
    ("이", 2),
    ("삼", 3),
    ("사", 4),
    ("오", 5),
    ("육", 6),
    ("륙", 6),
    ("칠", 7),
    ("팔", 8),
    ("구", 9),
    ("〇", 0),
    ("零", 0),
    ("一", 1),
    ("二", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("六", 6),
    ("七", 7),
    ("八", 8),
    ("九", 9),
    ("ゼロ", 0),
    ("ぜろ", 0),
    ("れい", 0),
    ("レイ", 0),
    ("まる", 0),
    ("マル", 0),
    ("いち", 1),
    ("イチ", 1),
    ("サン", 3),
    ("さん", 3),
    ("ヨン", 4),
    ("よん", 4),
    ("ロク", 6),
    ("ろく", 6),
    ("ナナ", 7),
    ("なな", 7),
    ("ハチ", 8),
    ("はち", 8),
    ("キュウ", 9),
    ("キュー", 9),
    ("きゅう", 9),
    ("きゅー", 9),
    ("ニー", 2),
    ("ニ", 2),
    ("に", 2),
    ("ゴー", 5),
    ("ゴ", 5),
    ("ごー", 5),
    ("ご", 5),
];

/// The same in English, with something between them.
const ENGLISH: [(&str, u8); 12] = [
    ("zero", 0),
    ("oh", 0),
    ("o", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
];

/// Fewest words in a row that are digits; in Korean the word for 2 is a particle as well.
const MIN_WORDS: usize = 3;
const MIN_ENGLISH: usize = 7;

/// Most digits that hang together; no number that is looked for is as long.
const MOST_DIGITS: usize = 40;

/// Digits of a mobile number in Korea and Japan.
const MOBILE: usize = 11;

/// How mobile numbers of Korea and Japan begin where letters stand for digits.
const DISGUISED: [(&str, &str); 8] = [
    ("o1o", "010"),
    ("ol0", "010"),
    ("olo", "010"),
    ("o10", "010"),
    ("01o", "010"),
    ("o9o", "090"),
    ("o8o", "080"),
    ("o7o", "070"),
];

/// Digits without anything between them.
#[derive(Debug)]
struct Group {
    digits: String,
    at: Range<usize>,
    /// They were words.
    spelt: bool,
}

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    Space,
    Dash,
    Dot,
    Bracket,
    /// A word that people put there: `010에 1234에`, `090の1234の`.
    Particle,
}

/// Groups of digits that may be one number.
#[derive(Debug, Default)]
struct Chain {
    groups: Vec<Group>,
    /// One fewer.
    gaps: Vec<Gap>,
}

pub fn find(text: &Folded, hits: &Hits, flags: &mut Vec<Flag>) {
    for chain in chains(text) {
        let mut first = 0;
        while first < chain.groups.len() {
            let most = (chain.groups.len() - first).min(MAX_GROUPS);
            let numbers = (1..=most).rev();
            let numbers = numbers.map(|count| Number::new(&chain, first, count, text, hits));
            let found = numbers.into_iter().find_map(|number| {
                let free = number.is_of_business().then_some(None);
                let kind = free.or_else(|| number.kind().map(Some))?;
                Some((number.groups.len(), kind, number.at()))
            });
            let Some((count, kind, at)) = found else {
                first += 1;
                continue;
            };
            first += count;
            let Some(kind) = kind else {
                continue;
            };
            flags.push(text.flag(kind, at));
        }
    }
}

/// All groups of digits, by what hangs together.
fn chains(text: &Folded) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut at = 0;
    while at < text.low.len() {
        let Some(group) = group(text, at) else {
            at += text.behind(at).map_or(1, char::len_utf8);
            continue;
        };
        at = group.at.end;
        let last = chains.last_mut().and_then(|chain| {
            let end = chain.groups.last()?.at.end;
            Some((gap(&text.low[end..group.at.start])?, chain))
        });
        match last {
            Some((gap, chain)) => {
                chain.gaps.push(gap);
                chain.groups.push(group);
            }
            None => chains.push(Chain {
                groups: vec![group],
                gaps: Vec::new(),
            }),
        }
    }
    chains
}

/// The digits that begin at a place.
fn group(text: &Folded, at: usize) -> Option<Group> {
    let rest = &text.low[at..];
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !is_letter(text.before(at)) {
        let disguised = DISGUISED
            .iter()
            .find(|(letters, _)| rest.starts_with(letters));
        let disguised =
            disguised.filter(|(letters, _)| !is_letter(text.behind(at + letters.len())));
        if let Some((_, digits)) = disguised {
            return Some(Group {
                digits: (*digits).to_owned(),
                at: at..at + 3,
                spelt: false,
            });
        }
        if let Some((digits, length)) = english(rest) {
            return Some(Group {
                digits,
                at: at..at + length,
                spelt: true,
            });
        }
    }
    let (digits, end, spelt) = run(rest);
    let has_enough = spelt == 0 || digits.len() >= MIN_WORDS;
    (!digits.is_empty() && has_enough).then_some(Group {
        digits,
        at: at..at + end,
        spelt: spelt > 0,
    })
}

/// The digits that `rest` begins with, how long they are in bytes, and how many of them are
/// words. What may be a particle behind a number belongs to none.
fn run(rest: &str) -> (String, usize, usize) {
    const PARTICLES: [&str; 7] = ["이", "일", "오", "に", "ニ", "ご", "ゴ"];
    let (mut digits, mut end, mut spelt) = (String::new(), 0, 0);
    // As it was before the words that come last.
    let mut sure = (0, 0, 0);
    while digits.len() < MOST_DIGITS {
        let next = &rest[end..];
        let first = next.bytes().next().filter(u8::is_ascii_digit);
        if let Some(digit) = first {
            digits.push(char::from(digit));
            end += 1;
        } else if let Some((word, digit)) = WORDS.iter().find(|(word, _)| next.starts_with(word)) {
            digits.push(char::from(b'0' + digit));
            end += word.len();
            spelt += 1;
            if PARTICLES.contains(word) {
                continue;
            }
        } else {
            break;
        }
        sure = (digits.len(), end, spelt);
    }
    let is_all_words = spelt == digits.len() && spelt >= MIN_WORDS && digits.len() != MOBILE + 1;
    if !is_all_words {
        digits.truncate(sure.0);
        (end, spelt) = (sure.1, sure.2);
    }
    if spelt > 0 && digits.len() < MIN_WORDS {
        // A counter between: 3일, 2팔.
        let plain = rest.bytes().take_while(u8::is_ascii_digit).count();
        return (rest[..plain].to_owned(), plain, 0);
    }
    (digits, end, spelt)
}

/// Digits as English words that `rest` begins with, and how long they are.
fn english(rest: &str) -> Option<(String, usize)> {
    let (mut digits, mut end) = (String::new(), 0);
    for word in rest.split_inclusive([' ', '-', ',']) {
        let bare = word.trim_end_matches([' ', '-', ',']);
        match ENGLISH.iter().find(|(known, _)| *known == bare) {
            Some((_, digit)) => {
                digits.push(char::from(b'0' + digit));
                end += word.len();
            }
            None if bare.is_empty() => end += word.len(),
            None => break,
        }
    }
    let length = rest[..end].trim_end_matches([' ', '-', ',']).len();
    (digits.len() >= MIN_ENGLISH).then_some((digits, length))
}

/// What is between two groups, if they may belong together.
fn gap(between: &str) -> Option<Gap> {
    const MOST: usize = 3;
    let sign = between.trim_matches(' ');
    if between.len() > sign.len() + 2 || sign.chars().count() > MOST {
        return None;
    }
    if ["에", "의", "の"].contains(&sign) {
        return Some(Gap::Particle);
    }
    if !sign.chars().all(|c| "-._/()·・ ".contains(c)) {
        return None;
    }
    match sign.chars().next() {
        None => Some(Gap::Space),
        Some('.' | '·' | '・') => Some(Gap::Dot),
        _ if sign.contains(['(', ')']) => Some(Gap::Bracket),
        Some(_) => Some(Gap::Dash),
    }
}

/// Groups that may be a number, with what is around them.
struct Number<'a> {
    groups: &'a [Group],
    gaps: &'a [Gap],
    text: &'a Folded,
    hits: &'a Hits,
    digits: String,
    lengths: Vec<usize>,
}

impl<'a> Number<'a> {
    fn new(chain: &'a Chain, first: usize, count: usize, text: &'a Folded, hits: &'a Hits) -> Self {
        let groups = &chain.groups[first..first + count];
        Self {
            groups,
            gaps: &chain.gaps[first..first + count - 1],
            text,
            hits,
            digits: groups.iter().map(|group| &*group.digits).collect(),
            lengths: groups.iter().map(|group| group.digits.len()).collect(),
        }
    }

    fn start(&self) -> usize {
        self.groups.first().map_or(0, |group| group.at.start)
    }

    fn end(&self) -> usize {
        self.groups.last().map_or(0, |group| group.at.end)
    }

    /// With what belongs to it besides digits: a plus before, asterisks behind.
    fn at(&self) -> Range<usize> {
        let hidden = self.text.low[self.end()..].bytes();
        let hidden = hidden.take_while(|byte| *byte == b'*').count();
        let start = self.start() - usize::from(self.has_plus());
        start..self.end() + hidden
    }

    fn has_plus(&self) -> bool {
        self.text.before(self.start()) == Some('+')
    }

    /// A line that is nobody's own: it costs nothing to call, or is answered by a firm.
    fn is_of_business(&self) -> bool {
        let begins = |starts: &[&str]| starts.iter().any(|start| self.digits.starts_with(start));
        match self.lengths[..] {
            [1, 3, 3, 4] => self.digits.starts_with('1') && is_free(&self.digits[1..]),
            [3, 3, 4] => is_free(&self.digits) || begins(&["080"]),
            [4, 4] => begins(&["15", "16", "18"]),
            [4, 3, 3] | [4, 2, 4] | [4, 6] => begins(&["0120", "0800", "0570", "0990"]),
            _ => false,
        }
    }

    fn kind(&self) -> Option<Kind> {
        if self.is_part_of_more() || self.is_of_goods() {
            return None;
        }
        let kinds = [
            (Kind::Resident, self.is_of_papers()),
            (Kind::Account, self.is_named_account()),
            (Kind::Phone, self.is_phone()),
            (Kind::Account, self.looks_like_account()),
        ];
        kinds.into_iter().find(|(_, is)| *is).map(|(kind, _)| kind)
    }

    /// A piece of a longer number, of a word, or an amount.
    fn is_part_of_more(&self) -> bool {
        let (start, end) = (self.start(), self.end());
        let (before, behind) = (&self.text.low[..start], &self.text.low[end..]);
        let mut last = before.chars().rev();
        let mut next = behind.chars();
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let (last, next) = ((last.next(), last.next()), (next.next(), next.next()));
        let cuts = |sign: Option<char>, c| matches!(sign, Some(',' | '.' | ':')) && is_digit(c);
        let is_amount = matches!(last.0, Some('₩' | '$' | '¥' | '€' | '£' | '#' | '№' | '='))
            || self.hits.begins(Table::Units, end);
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        let named = [Table::Phones, Table::Banks, Table::Papers];
        let is_named = named.iter().any(|table| self.hits.ends(*table, start));
        let goes_on = self.groups.len() == 1 && !self.groups[0].spelt && is_letter(next.0);
        let is_word =
            !is_named && (is_letter(last.0) || goes_on && !self.near(Table::Phones, 30, 0));
        cuts(last.0, last.1) || cuts(next.0, next.1) || is_amount || is_word
    }

    /// Of an order, a parcel or a thing.
    fn is_of_goods(&self) -> bool {
        self.near(Table::Goods, 24, 0) || self.digits.starts_with("978") && self.groups.len() > 3
    }

    fn near(&self, table: Table, before: usize, behind: usize) -> bool {
        self.hits
            .near(table, self.start()..self.end(), before, behind)
    }

    fn is_of_papers(&self) -> bool {
        let digits = &self.digits;
        let is_birth = digits.len() >= 7 && is_date(&digits[..6]);
        let seventh = digits.as_bytes().get(6);
        let is_person = is_birth && seventh.is_some_and(|digit| (b'1'..=b'8').contains(digit));
        match self.lengths[..] {
            [6, 7] | [13] => is_person,
            // What is behind the first digit is hidden, and tells nothing more.
            [6, 1] => is_person && self.gaps == [Gap::Dash] && seventh < Some(&b'5'),
            [3, 2, 4] => self.has_plain_gaps(),
            [2, 2, 6, 2] => true,
            _ => (7..=12).contains(&self.digits.len()) && self.near(Table::Papers, 36, 30),
        }
    }

    /// Nothing but spaces and dashes.
    fn has_plain_gaps(&self) -> bool {
        let mut gaps = self.gaps.iter();
        gaps.all(|gap| matches!(gap, Gap::Dash | Gap::Space))
    }

    /// Of an account, as what is beside it says.
    fn is_named_account(&self) -> bool {
        let count = self.digits.len();
        if !self.has_plain_gaps() {
            return false;
        }
        if self.hits.ends_within(Table::Tight, self.start(), 4) && (5..=8).contains(&count) {
            return true;
        }
        let is_mobile = count == 11 && self.digits.starts_with("01") && !self.gaps.is_empty();
        (7..=16).contains(&count) && !is_mobile && self.near(Table::Banks, 45, 30)
    }

    fn looks_like_account(&self) -> bool {
        let count = self.digits.len();
        match self.lengths[..] {
            [4, 4, 4, 4] => true,
            [4, 6, 5] => self.digits.starts_with('3'),
            [4, 4, 4] => false,
            [15 | 16] => is_of_card(&self.digits),
            [_, _, _] | [_, _, _, _] => {
                self.gaps.iter().all(|gap| *gap == Gap::Dash)
                    && (11..=14).contains(&count)
                    && self.lengths.iter().all(|length| *length <= 7)
            }
            _ => false,
        }
    }

    fn is_phone(&self) -> bool {
        let count = self.digits.len();
        if self.has_plus() {
            return (8..=15).contains(&count);
        }
        if let Some(national) = self.without_country() {
            return is_mobile(&national);
        }
        let digits = &*self.digits;
        // Called from another country.
        if let Some(abroad) = digits.strip_prefix("001").or(digits.strip_prefix("00"))
            && (10..=13).contains(&abroad.len())
            && self.groups.len() > 1
        {
            return true;
        }
        let is_alone = self.groups.len() == 1;
        let is_named = self.near(Table::Phones, 30, 20) || self.groups.iter().any(|g| g.spelt);
        if is_mobile(digits) {
            // Groups of which none is longer than a telephone's.
            let is_usual = self.lengths[0] == 3 || self.lengths.iter().all(|length| *length <= 4);
            return is_alone || is_usual || self.lengths[..] == [5, 6];
        }
        let begins = |starts: &[&str]| starts.iter().any(|start| digits.starts_with(start));
        match self.lengths[..] {
            // Korea, without lines that cost the caller nothing.
            [2, 3 | 4, 4] if digits.starts_with("02") => true,
            [3, 3 | 4, 4] if begins(&["03", "04", "05", "06"]) => true,
            [4, 3 | 4, 4] if digits.starts_with("050") => true,
            // Old mobile numbers.
            [3, 3, 4] if begins(&["011", "016", "017", "018", "019"]) => true,
            // Japan, likewise.
            [2, 4, 4] | [3, 3, 4] | [4, 2, 4] | [5, 1, 4] if digits.starts_with('0') => {
                !begins(&["0120", "0570", "0800", "0990", "080"])
            }
            // Britain.
            [3, 4, 4] | [4, 3, 4] | [5, 6] | [5, 3, 3] if begins(&["01", "02", "07"]) => true,
            // Australia.
            [4, 3, 3] | [4, 6] if begins(&["04"]) => true,
            // North America.
            [3, 3, 4] => is_american(digits) && (is_named || self.has_telling_gaps()),
            [1, 3, 3, 4] => digits.starts_with('1') && is_american(&digits[1..]),
            [3, 4] => self
                .hits
                .near(Table::Phones, self.start()..self.end(), 16, 0),
            [9 | 10] if digits.starts_with('0') => is_named && !begins(&["0120", "080", "0570"]),
            _ => count == 10 && is_american(digits) && (is_named || self.lengths == [1; 10]),
        }
    }

    /// Between three groups without a 0 a space alone does not make a telephone number.
    fn has_telling_gaps(&self) -> bool {
        let second = self.groups.get(1).map(|group| group.digits.as_bytes()[0]);
        self.gaps.iter().any(|gap| *gap != Gap::Space) || second > Some(b'1')
    }

    /// As it is called within its country, where it begins with Korea's or Japan's code.
    fn without_country(&self) -> Option<String> {
        if !["82", "81"]
            .iter()
            .any(|code| self.digits.starts_with(code))
        {
            return None;
        }
        let is_apart = self.groups.len() > 1 && self.lengths[0] == 2;
        let rest = &self.digits[2..];
        let rest = rest.strip_prefix('0').unwrap_or(rest);
        (is_apart || self.groups.len() == 1).then(|| format!("0{rest}"))
    }
}

/// Whether these are a mobile number of Korea, Japan or Britain, or one of the internet.
fn is_mobile(digits: &str) -> bool {
    let starts = ["010", "070", "080", "090", "050", "07"];
    digits.len() == MOBILE && starts.iter().any(|start| digits.starts_with(start))
}

/// Whether the digits of a card are right, which end with one that follows from the others.
fn is_of_card(digits: &str) -> bool {
    let values = digits.bytes().rev().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = values
        .enumerate()
        .map(|(place, value)| match place % 2 {
            0 => value,
            _ => value * 2 / 10 + value * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10) && digits.starts_with(['3', '4', '5', '6'])
}

/// Whether an area of North America begins so, and it is no line that costs nothing.
fn is_american(digits: &str) -> bool {
    digits.len() == 10 && digits.as_bytes()[0] > b'1' && !is_free(digits)
}

/// Whether a line of North America costs nothing who calls it.
fn is_free(digits: &str) -> bool {
    let areas = ["800", "888", "877", "866", "855", "844", "833"];
    areas.iter().any(|area| digits.starts_with(area))
}

/// Whether these are the last digits of a year, a month and a day.
fn is_date(digits: &str) -> bool {
    let number = |at: Range<usize>| digits.get(at).and_then(|two| two.parse::<u32>().ok());
    let is_in = |number: Option<u32>, most| number.is_some_and(|n| (1..=most).contains(&n));
    is_in(number(2..4), 12) && is_in(number(4..6), 31)
}
