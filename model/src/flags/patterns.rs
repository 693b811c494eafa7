//! What is written in a form of its own: addresses of the post and of the net, ids, plates.

use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::folded::Folded;
use super::words::{Hits, Table};
use super::{Flag, Kind};

/// What a form is looked for in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Kept,
    Lower,
}

/// A form, and what else has to be true of what has it.
struct Form {
    kind: Kind,
    case: Case,
    regex: Option<Regex>,
    /// Whether it is one, where it was found.
    is_one: fn(&Folded, &Hits, Range<usize>) -> bool,
    /// Whether a text may have one: most have not, and are not looked through.
    may_be_in: fn(&Shape, &str) -> bool,
}

/// What a text is made of.
struct Shape {
    digits: usize,
    capitals: usize,
    /// Syllables of Hangul.
    korean: bool,
    /// Kana or Han.
    japanese: bool,
}

impl Shape {
    fn of(text: &Folded) -> Self {
        let count = |is: fn(&u8) -> bool| text.cased.bytes().filter(is).count();
        Self {
            digits: count(u8::is_ascii_digit),
            capitals: count(u8::is_ascii_uppercase),
            korean: text.has_hangul(),
            japanese: text.has_japanese(),
        }
    }
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Of messengers, as people write them.
const MESSENGERS: [&str; 46] = [
    "ㅋㅌ",
    "카☆톡",
    "らいん",
    "でぃすこ",
    "いんすた",
    "うぃーちゃっと",
    "l i n e",
    "disc",
    "ディスコ",
    "카톡",
    "카카오",
    "라인",
    "텔레",
    "디코",
    "디스코드",
    "인스타",
    "스냅",
    "스카이프",
    "위챗",
    "왓츠앱",
    "시그널",
    "kakao",
    "line",
    "telegram",
    "discord",
    "insta",
    "ig",
    "snap",
    "skype",
    "wechat",
    "whatsapp",
    "signal",
    "ライン",
    "カカオ",
    "テレグラム",
    "ディスコ",
    "インスタ",
    "スカイプ",
    "微信",
    "スナチャ",
    "シグナル",
    "ワッツアップ",
    "tg",
    "kik",
    "threema",
    "weixin",
];

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    [of_the_net(), of_papers(), of_places()]
        .into_iter()
        .flatten()
        .collect()
});

pub fn find(text: &Folded, hits: &Hits, flags: &mut Vec<Flag>) {
    let shape = Shape::of(text);
    for form in FORMS.iter() {
        if !(form.may_be_in)(&shape, &text.low) {
            continue;
        }
        let body = match form.case {
            Case::Kept => &text.cased,
            Case::Lower => &text.low,
        };
        let Some(regex) = &form.regex else {
            continue;
        };
        for found in regex.captures_iter(body) {
            // What is meant is a group where the form says so.
            let Some(at) = found.get(1).or_else(|| found.get(0)) else {
                continue;
            };
            if !at.range().is_empty() && (form.is_one)(text, hits, at.range()) {
                flags.push(text.flag(form.kind, at.range()));
            }
        }
    }
}

/// No letter of ASCII and no digit stands at either side.
fn stands_alone(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    let is_more = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !is_more(text.before(at.start)) && !is_more(text.behind(at.end))
}

fn is_no_number_more(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    !is_digit(text.before(at.start)) && !is_digit(text.behind(at.end))
}

/// Those of messengers, the longer ones first: some begin like others.
fn id_form() -> String {
    let mut names = MESSENGERS;
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let names = names.join("|");
    let between = "톡|그램|아웃|챗|토크|グラム|トーク|コード|ード|gram|chat|talk|'s|[ :：=▶→➡←☆・,、。(（]|の|は|を|が変わって|가|는|은|으로|에서|アカウント|アカ|追加して|交換しよ|추가|아이디|아디|디엠|친추|닉네임|\\bdms?\\b|\\bid\\b|me|at|on|is|username|user|handle|add|ユーザー名";
    format!(r"(?:{names})((?:{between}){{0,7}}@?[a-z0-9][a-z0-9_.:\-]{{2,30}}(?:#\d{{4}})?)")
}

impl Form {
    fn new(
        kind: Kind,
        case: Case,
        form: &str,
        is_one: fn(&Folded, &Hits, Range<usize>) -> bool,
        may_be_in: fn(&Shape, &str) -> bool,
    ) -> Self {
        Self {
            kind,
            case,
            regex: Regex::new(form).ok(),
            is_one,
            may_be_in,
        }
    }
}

/// Addresses of mail, ids and handles.
fn of_the_net() -> Vec<Form> {
    use Case::Lower;
    vec![
        Form::new(Kind::Mail, Lower, MAIL, is_mail, |_, text| {
            has(text, &["@", "★", "☆"])
        }),
        Form::new(Kind::Mail, Lower, SPELT_MAIL, stands_alone, |_, text| {
            has(text, &AT)
        }),
        Form::new(
            Kind::Mail,
            Lower,
            PROVIDER,
            |_, _, _| true,
            |_, text| has(text, &AT) || text.contains('@'),
        ),
        Form::new(
            Kind::Messenger,
            Lower,
            INVITATION,
            |_, _, _| true,
            |_, text| has(text, &[".com/", ".me/", ".gg/", ".ee/"]),
        ),
        Form::new(Kind::Messenger, Lower, &id_form(), is_id, |_, text| {
            has(text, &MESSENGERS)
        }),
        Form::new(
            Kind::Messenger,
            Lower,
            r"[^\s#@,.!?:]{2,32}#\d{4}",
            is_no_number_more,
            |_, text| text.contains('#'),
        ),
        Form::new(Kind::Handle, Lower, HANDLE, is_handle, |_, text| {
            text.contains('@')
        }),
    ]
}

/// Plates, and numbers with letters.
fn of_papers() -> Vec<Form> {
    use Case::{Kept, Lower};
    vec![
        Form::new(
            Kind::Plate,
            Lower,
            KOREAN_PLATE,
            is_korean_plate,
            |shape, _| shape.korean && shape.digits > 3,
        ),
        Form::new(
            Kind::Plate,
            Lower,
            JAPANESE_PLATE,
            is_no_number_more,
            |shape, _| shape.japanese && shape.digits > 2,
        ),
        Form::new(Kind::Plate, Kept, NAMED_PLATE, is_mixed, |shape, _| {
            shape.capitals > 0 && shape.digits > 0
        }),
        Form::new(Kind::Plate, Kept, PLATE, is_of_a_car, |shape, _| {
            shape.capitals > 1 && shape.digits > 0
        }),
        Form::new(
            Kind::Plate,
            Kept,
            "[A-Z]{2}[0-9]{2} [A-Z]{3}",
            is_whole,
            |shape, _| shape.capitals > 4 && shape.digits > 1,
        ),
        Form::new(
            Kind::Plate,
            Lower,
            "[a-z]{2}[0-9]{2} ?[a-z]{3}",
            is_of_a_car,
            |shape, _| shape.digits > 1,
        ),
        Form::new(Kind::Account, Kept, IBAN, is_iban, |shape, _| {
            shape.capitals > 1 && shape.digits > 9
        }),
        Form::new(Kind::Resident, Kept, PAPERS, is_of_papers, |shape, _| {
            shape.capitals > 0 && shape.digits > 5
        }),
        Form::new(
            Kind::Resident,
            Kept,
            "[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
            stands_alone,
            |shape, _| shape.capitals > 2 && shape.digits > 5,
        ),
    ]
}

/// Addresses of the post.
fn of_places() -> Vec<Form> {
    use Case::{Kept, Lower};
    vec![
        Form::new(
            Kind::Address,
            Lower,
            KOREAN_ROAD,
            is_korean_road,
            |shape, text| shape.digits > 0 && has(text, &["로", "길"]),
        ),
        Form::new(
            Kind::Address,
            Lower,
            KOREAN_PLOT,
            is_korean_plot,
            |shape, text| shape.digits > 1 && has(text, &["동", "리", "가"]),
        ),
        Form::new(
            Kind::Address,
            Lower,
            r"\d{1,4}동 ?\d{2,4}호",
            is_no_number_more,
            |shape, text| shape.digits > 2 && text.contains('동'),
        ),
        Form::new(
            Kind::Address,
            Lower,
            r"〒 ?\d{3}-?\d{4}",
            is_no_number_more,
            |_, text| text.contains('〒'),
        ),
        Form::new(
            Kind::Address,
            Lower,
            r"(?:郵便番号|우편번호)(?:は|는|은|:)? ?(\d{3}-?\d{4}|\d{5})",
            is_no_number_more,
            |_, text| has(text, &["郵便番号", "우편번호"]),
        ),
        Form::new(
            Kind::Address,
            Lower,
            JAPANESE_CHOME,
            |_, _, _| true,
            |_, text| text.contains("丁目"),
        ),
        Form::new(
            Kind::Address,
            Lower,
            JAPANESE_BLOCK,
            is_no_number_more,
            |shape, _| shape.japanese && shape.digits > 1,
        ),
        Form::new(
            Kind::Address,
            Lower,
            JAPANESE_PLOT,
            is_no_number_more,
            |_, text| text.contains("番地"),
        ),
        Form::new(Kind::Address, Kept, STREET, stands_alone, |shape, _| {
            shape.capitals > 0 && shape.digits > 0
        }),
        Form::new(
            Kind::Address,
            Lower,
            LOW_STREET,
            stands_alone,
            |shape, _| shape.digits > 0,
        ),
        Form::new(
            Kind::Address,
            Kept,
            r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}",
            stands_alone,
            |shape, _| shape.capitals > 2 && shape.digits > 1,
        ),
        Form::new(
            Kind::Address,
            Kept,
            r"[A-Z]{2},? [0-9]{5}(?:-[0-9]{4})?",
            is_of_a_state,
            |shape, _| shape.capitals > 1 && shape.digits > 4,
        ),
    ]
}

/// What people write for the sign of an address of mail.
const AT: [&str; 9] = [
    "골뱅이",
    "앳",
    "アット",
    "あっと",
    " at ",
    "(at",
    "[at",
    "{at",
    "<at",
];

const MAIL: &str = r"[a-z0-9][a-z0-9._%+\-]*(?:@|★|☆)[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}";

const SPELT_MAIL: &str = r"[a-z0-9][a-z0-9._%+\-]* ?(?:골뱅이|アットマーク|あっとまーく|アット|あっと|[(\[{<]at[)\]}>]|\(골뱅이\)| at ) ?[a-z0-9\-]+(?: ?(?:\.|점|닷|ドット|どっと|[(\[{<]dot[)\]}>]| dot ) ?[a-z0-9\-]+)*? ?(?:\.|점|닷|ドット|どっと|[(\[{<]dot[)\]}>]| dot ) ?(?:com|net|org|jp|kr|io|me|co|uk|de|edu|gg|dev|app|info|fm|tv|ai|eu|fr|au|ca|us)";

/// With what everybody has their mail from.
const PROVIDER: &str = r"[a-z0-9][a-z0-9._%+\-]+ ?(?:골뱅이|앳|アットマーク|あっとまーく|アット|あっと|@| at ) ?(?:gmail|naver|daum|hanmail|kakao|nate|yahoo|hotmail|outlook|icloud|docomo|proton|지메일|네이버|다음|한메일|핫메일|아웃룩|네이트|ヤフー|ジーメール|グーグル|ホットメール)(?: ?(?:\.|점|닷|ドット| dot ) ?(?:com|net|co|jp|컴|넷|me)+)*";

const INVITATION: &str = r"(?:open\.kakao\.com/|pf\.kakao\.com/|t\.me/|telegram\.me/|discord\.gg/|discord\.com/invite/|line\.me/|lin\.ee/|wa\.me/|m\.me/|signal\.me/|chat\.whatsapp\.com/|instagram\.com/|snapchat\.com/add/)[a-z0-9_+#@~][a-z0-9_+#@~/.\-]*";

/// Of X, Mastodon and Bluesky.
const HANDLE: &str = r"@[a-z0-9_]+(?:[.\-][a-z0-9_\-]+)*(?:@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+)?";

const KOREAN_PLATE: &str = r"\d{2,3}[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배허하호][ \-]?\d{4}|(?:서울|경기|부산|인천|대구|대전|광주|울산|강원|충북|충남|전북|전남|경북|경남|제주|세종) ?(?:[가-힣]{2,3} ?[가-힣]|\d{2,3} [가-힣]) ?\d{4}";

const JAPANESE_PLATE: &str = r"[一-龠ぁ-ん]{2,4} ?\d{2,3} ?[ぁ-んa-z] ?(?:\d{1,2}-\d{2}|[・.] ?\d-\d{2}|[・.]{1,3} ?\d{1,3}|\d{4})";

const NAMED_PLATE: &str = r"(?:[Pp]lates?|[Rr]eg|[Rr]egistration|ナンバー|번호판|차 ?번호)(?:は|は |은 |는 | is | was | number | number is | no\.? |: ?| )([A-Z0-9]{1,4}[ \-]?[A-Z0-9]{2,4})";

/// Of Britain, North America and Germany, where cars are spoken of.
const PLATE: &str = r"[A-Z]{2}[0-9]{2} ?[A-Z]{3}|[0-9][A-Z]{3} ?[0-9]{3}|[A-Z]{3}[ \-]?[0-9]{3,4}|[A-Z][0-9]{1,3} ?[A-Z]{3}|[A-Z]{4} ?[0-9]{3}|[A-Z]{1,3}-[A-Z]{1,2} ?[0-9]{1,4}|[0-9]-[A-Z]{3}-[0-9]{2}";

const IBAN: &str = r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?";

const PAPERS: &str = r"[A-Z]{1,2}[0-9]{6,8}[A-Z]{0,2}|[A-Z]{5} ?[0-9]{6} ?[A-Z0-9]{5}|[A-Z][0-9]{3}(?:-[0-9]{1,4}){2,4}|[A-Z][0-9]{3}[A-Z][0-9]{4}|[A-Z][0-9]{3}-[0-9]{4}-[0-9]{4}";

const KOREAN_ROAD: &str =
    r"[가-힣0-9]{1,12}(?:로|길)(?: ?\d{1,4}(?:번길|번가길|길))? ?\d{1,4}(?:-\d{1,4})?";

const KOREAN_PLOT: &str = r"[가-힣]{1,5}(?:동|리|가) ?(?:산 ?)?\d{1,4}-\d{1,4}(?:번지)?|[가-힣]{1,5}(?:동|리) ?\d{1,4}번지";

const JAPANESE_CHOME: &str = r"[^\s\d、。]{1,12}[\d一二三四五六七八九十]{1,3}丁目(?:[東西南北])? ?[\d一二三四五六七八九十]{1,4}(?:番地?(?:\d{1,4}号?)?|-\d{1,4}(?:-\d{1,4})?)?";

const JAPANESE_BLOCK: &str = r"[都道府県市区町村郡][^\s\d、。]{1,12}\d{1,4}-\d{1,4}-\d{1,4}|[都道府県][^\s\d、。]{1,12}[市区町村郡][^\s\d、。]{0,12}\d{1,4}-\d{1,4}|市[^\s\d、。]{1,8}区[^\s\d、。]{1,10}\d{1,4}-\d{1,4}|[都道府県市区町村郡][^\s\d、。]{1,12}\d{1,4}の\d{1,4}の\d{1,4}|[ァ-ヶー一-龠]{3,}\d{2,4}号室";

const JAPANESE_PLOT: &str = r"[市区町村郡][^\s\d、。]{0,12}\d{1,4}番地(?:の?\d{1,4})?";

const STREET: &str = r"[0-9]{1,5}[A-Za-z]? (?:(?:N|S|E|W|NE|NW|SE|SW)\.? )?(?:[A-Z][A-Za-z']+ |[0-9]+(?:st|nd|rd|th) ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Terrace|Ter|Square|Sq|Crescent|Close|Parkway|Pkwy|Highway|Hwy|Gardens|Row|Hill|Circle|Cir|Trail|Pde|Parade|Yard|Mews|Quay|Grove|Walk|Wharf)";

const LOW_STREET: &str = r"[0-9]{1,5}[a-z]? (?:(?:n|s|e|w|ne|nw|se|sw)\.? )?(?:[a-z]+ |[0-9]+(?:st|nd|rd|th) ){1,2}(?:street|avenue|road|boulevard|lane|drive|court|terrace|crescent|st|dr|pl|rd|ave|blvd|ln)";

/// Somebody's at a host that has a domain.
fn is_mail(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    !text.before(at.start).is_some_and(|c| c == '@' || c == '/')
}

/// Not the second half of an address of mail.
fn is_handle(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    let before = text.before(at.start);
    let is_mail = before.is_some_and(|c| "_-+@".contains(c));
    let is_all = [
        "@everyone",
        "@here",
        "@channel",
        "@all",
        "@media",
        "@import",
        "@override",
    ]
    .contains(&&text.low[at.clone()]);
    let has_letter = text.low[at.clone()]
        .bytes()
        .any(|byte| byte.is_ascii_alphabetic());
    // People write a time of day behind it: @7pm.
    let is_time = text.low[at.start + 1..at.end]
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches("pm")
        .trim_start_matches("am")
        .is_empty();
    !is_mail && !is_all && has_letter && !is_time && at.len() > 2
}

/// An id rather than the next word: one that is called so, or does not look like a word.
fn is_id(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    const ENDS: [char; 14] = [
        ' ', ':', '：', '=', '→', '▶', '➡', '←', '☆', '・', '(', '（', '、', ',',
    ];
    let all = &text.low[at.clone()];
    let body = all
        .strip_suffix(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(all);
    // Skype's own form has one inside.
    let start = body.rfind("live:").or_else(|| body.rfind(ENDS));
    let behind_letters = body
        .char_indices()
        .rev()
        .find(|(_, c)| !c.is_ascii())
        .map(|(at, c)| at + c.len_utf8());
    let start = start.max(behind_letters);
    let (label, id) = body.split_at(start.unwrap_or(0));
    let is_called = label.contains([':', '：', '=', '→', '▶', '➡'])
        || id.starts_with([':', '：', '=', '→', '▶', '➡'])
        || [
            "id",
            "아이디",
            "아디",
            "username",
            "user",
            "handle",
            "닉네임",
            "ユーザー名",
        ]
        .iter()
        .any(|word| label.contains(word));
    let id = id.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '@');
    let has_letter = id.bytes().any(|byte| byte.is_ascii_alphabetic());
    let inside = id.trim_end_matches(['.', ':', '-', '_']);
    let is_odd = inside.contains(|c: char| c.is_ascii_digit() || "_.@#:".contains(c));
    // Letters behind the name without anything between make another word of it.
    if start.is_none()
        && label.is_empty()
        && text
            .before(at.start)
            .is_some_and(|c| c.is_ascii_alphabetic())
        && !all.starts_with(|c: char| !c.is_ascii_alphanumeric())
    {
        return false;
    }
    // Latin letters before the messenger's name make another word of it.
    let whole = &text.low[..at.start];
    let name = whole.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let word = &whole[name.len()..];
    let is_name = word.is_empty()
        || MESSENGERS.contains(&word)
        || ["instagram", "snapchat", "kakaotalk"].contains(&word);
    let is_marker = ["id", "username", "user", "handle", "is"].contains(&id);
    is_name && !is_marker && has_letter && (is_called || is_odd)
}

fn is_korean_plate(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    const UNITS: &str = "년원억만개명월회보호km%";
    let before = text.before(at.start);
    let behind = text.low[at.end..].trim_start().chars().next();
    !before.is_some_and(|c| c.is_ascii_digit() || "-./,".contains(c))
        && !behind.is_some_and(|c| c.is_ascii_digit() || UNITS.contains(c))
}

/// Likewise, and it goes on behind no dash.
fn is_whole(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    stands_alone(text, hits, at.clone()) && text.behind(at.end) != Some('-')
}

fn is_of_a_car(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    stands_alone(text, hits, at.clone()) && hits.near(Table::Cars, at, 60, 60)
}

/// Letters and digits, or a word of capital letters beside digits.
fn is_mixed(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    let found = &text.cased[at.clone()];
    let has = |is: fn(&u8) -> bool| found.as_bytes().iter().any(is);
    stands_alone(text, hits, at) && has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase)
}

fn is_iban(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    let digits = text.cased[at.clone()].bytes().filter(u8::is_ascii_digit);
    digits.count() >= 10 && stands_alone(text, hits, at)
}

fn is_of_papers(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    hits.near(Table::Papers, at.clone(), 40, 20) && stands_alone(text, hits, at)
}

/// What is counted, measured or a time: behind a number that is none of a house.
const COUNTERS: &str = "시분초번개명일월년원회차살배판선점위권잔병장도등박주%kmg:~";

fn is_korean_road(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    let found = &text.low[at.clone()];
    let name = found.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == ' ');
    let behind = text.behind(at.end);
    if behind.is_some_and(|c| c.is_ascii_digit() || COUNTERS.contains(c)) {
        return false;
    }
    // 서울로, 앞으로: where to, and not where.
    let is_direction = name.ends_with("으로") || name.chars().count() < 3;
    let is_lane = name.ends_with("번길")
        || name.ends_with('길') && name.contains(|c: char| c.is_ascii_digit());
    let before = text.low[..at.start].trim_end();
    let area = before.split_whitespace().next_back();
    let has_area = area.is_some_and(|area| {
        let last = area.chars().next_back();
        last.is_some_and(|c| "시군구읍면동도".contains(c)) && area.chars().count() > 1
    });
    is_lane || !is_direction && (has_area || hits.near(Table::Homes, at, 40, 30))
}

fn is_korean_plot(text: &Folded, _: &Hits, at: Range<usize>) -> bool {
    let behind = text.behind(at.end);
    let before = text.low[..at.start].trim_end();
    let is_named = text.low[..at.end].ends_with("번지") || text.low[at.end..].starts_with("번지");
    let counts = behind.is_some_and(|c| c.is_ascii_digit() || COUNTERS.contains(c));
    // 칼로리 1200-1350: the name of a village is short, or what it belongs to stands before it.
    let name = text.low[at.clone()].trim_end_matches(|c: char| !matches!(c, '가'..='힣'));
    let has_area = before.ends_with(['시', '군', '구', '읍', '면', '도']);
    is_named || !counts && (has_area || name.chars().count() < 5 && !name.ends_with("로리"))
}

fn is_of_a_state(text: &Folded, hits: &Hits, at: Range<usize>) -> bool {
    const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE \
        NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC";
    let state = &text.cased[at.start..at.start + 2];
    STATES.contains(state) && stands_alone(text, hits, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_one() {
        assert!(FORMS.iter().all(|form| form.regex.is_some()));
    }
}
