//! Words by which things are known for what they are, and where a text has them.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::folded::Folded;

/// What a word says about what stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// A telephone number is meant.
    Phones,
    /// An account or a card is meant.
    Banks,
    /// Likewise, where it stands directly before the number.
    Tight,
    /// Papers are meant.
    Papers,
    /// What is bought, sent or counted.
    Goods,
    /// What a number counts, directly behind it.
    Units,
    /// Where somebody lives is meant.
    Homes,
    /// A car is meant.
    Cars,
}

const TABLES: [(Table, &[&str]); 8] = [
    (
        Table::Cars,
        &[
            "plate",
            "plates",
            "car",
            "cars",
            "van",
            "truck",
            "suv",
            "drives",
            "driving",
            "driver",
            "parked",
            "parking",
            "lights",
            "rental",
            "reg",
            "dashcam",
            "cut me off",
            "bumper",
            "rover",
            "civic",
            "honda",
            "toyota",
            "bmw",
            "ford",
            "tesla",
            "lorry",
            "cab",
            "taxi",
            "uber",
            "hit and run",
            "tailgat",
            "tow",
            "towed",
            "keyed",
            "dented",
            "mini cooper",
            "audi",
            "prius",
            "corolla",
            "volvo",
            "vw",
        ],
    ),
    (
        Table::Phones,
        &[
            "전화",
            "번호",
            "폰",
            "핸드폰",
            "연락",
            "문자",
            "전번",
            "電話",
            "番号",
            "携帯",
            "連絡",
            "ケータイ",
            "tel",
            "phone",
            "call",
            "text",
            "cell",
            "number",
            "mobile",
            "reach",
            "hit me",
            "ring",
            "whatsapp",
            "sms",
            "dial",
        ],
    ),
    (
        Table::Banks,
        &[
            "은행",
            "뱅크",
            "계좌",
            "입금",
            "송금",
            "이체",
            "예금주",
            "농협",
            "신한",
            "국민",
            "우리은행",
            "하나은행",
            "기업은행",
            "새마을금고",
            "우체국",
            "수협",
            "카뱅",
            "토스",
            "카드번호",
            "통장",
            "口座",
            "振込",
            "振り込",
            "銀行",
            "ゆうちょ",
            "信用金庫",
            "信金",
            "支店",
            "三菱ufj",
            "みずほ",
            "三井住友",
            "クレカ",
            "カード番号",
            "account",
            "acct",
            "routing",
            "bank",
            "iban",
            "card number",
            "card no",
            "visa",
            "mastercard",
            "amex",
            "debit",
            "케뱅",
            "신협",
            "sbi",
            "りそな",
            "ja",
            "commbank",
            "chase",
            "monzo",
            "checking",
            "savings",
            "barclays",
            "hsbc",
            "wells fargo",
            "acc no",
            "クレジット",
            "名義",
            "my card",
            "credit card",
            "venmo",
        ],
    ),
    (
        Table::Tight,
        &[
            "普通",
            "当座",
            "記号",
            "番号",
            "sort code",
            "sort code:",
            "sc",
            "acct",
            "account number",
            "acct no.",
            "a/c",
        ],
    ),
    (
        Table::Papers,
        &[
            "주민번호",
            "주민등록",
            "외국인등록",
            "여권",
            "면허",
            "マイナンバー",
            "個人番号",
            "マイナ",
            "旅券",
            "パスポート",
            "免許",
            "ssn",
            "social security",
            "social is",
            "passport",
            "licence",
            "license",
            "driver",
            "dl number",
            "national insurance",
            "ni number",
            "나의 주민",
            "sin",
            "tfn",
            "social",
            "在留カード",
            "年金手帳",
            "基礎年金",
            "年金番号",
            "住民票コード",
            "dl#",
            "牌照",
            "id number",
            "ナンバー通知",
            "마이넘버",
            "외국인번호",
            "운전면허",
            "健康保険",
            "保険証",
            "건강보험",
        ],
    ),
    (
        Table::Goods,
        &[
            "송장",
            "운송장",
            "주문",
            "등기",
            "택배번호",
            "시리얼",
            "사업자",
            "로또",
            "품번",
            "모델",
            "접수번호",
            "예약번호",
            "조회",
            "注文",
            "伝票",
            "追跡",
            "お問い合わせ",
            "問い合わせ番号",
            "型番",
            "シリアル",
            "整理番号",
            "予約番号",
            "品番",
            "ロト",
            "order",
            "tracking",
            "invoice",
            "serial",
            "isbn",
            "issn",
            "booking",
            "ticket",
            "sku",
            "version",
            "rfc",
            "lotto",
            "confirmation",
            "바코드",
            "barcode",
            "jan",
            "ean",
            "상담원",
            "상담센터",
            "고객센터",
            "모델명",
            "model",
        ],
    ),
    (
        Table::Units,
        &[
            "원", "만", "억", "조 ", "개", "명", "번째", "회", "위", "권", "%", "도 ", "년", "월",
            "호선", "円", "万", "億", "個", "回", "人", "年", "月", "歳", "views", "dollars",
            "won", "yen", "km", "mb", "gb", "kg", " views", " 원", " 회", " 개", " 円", " 回",
            "px", "mah", "fps",
        ],
    ),
    (
        Table::Homes,
        &[
            "주소",
            "배송",
            "택배",
            "살아",
            "살고",
            "사는",
            "산다",
            "우리 집",
            "우리집",
            "집은",
            "집이",
            "이사",
            "보내",
            "우편",
            "자취",
            "본가",
            "동네",
            "아파트",
            "빌라",
            "오피스텔",
            "층",
            "호",
            "住所",
            "送り先",
            "実家",
            "引っ越",
            "うち",
            "家は",
            "届け",
            "配達",
            "住んで",
            "自宅",
            "送って",
        ],
    ),
];

/// A word's table and how it is written, in the order of the automaton's patterns.
static WORDS: LazyLock<Vec<(Table, &str)>> = LazyLock::new(|| {
    let all = TABLES.iter();
    all.flat_map(|(table, words)| words.iter().map(|word| (*table, *word)))
        .collect()
});

/// Finds them all in one pass.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(WORDS.iter().map(|(_, word)| word))
        .ok()
});

/// The words that a text has, in the order of their ends.
pub struct Hits(Vec<(Table, Range<usize>)>);

impl Hits {
    pub fn of(text: &Folded) -> Self {
        let Some(finder) = &*FINDER else {
            return Self(Vec::new());
        };
        let low = &text.low;
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        // A word of Latin letters is one by itself.
        let is_whole = |at: &Range<usize>| {
            let begins = low.as_bytes()[at.start].is_ascii_alphabetic();
            let ends = low.as_bytes()[at.end - 1].is_ascii_alphabetic();
            !(begins && is_letter(text.before(at.start)) || ends && is_letter(text.behind(at.end)))
        };
        let found = finder.find_overlapping_iter(low);
        let found = found.map(|found| (WORDS[found.pattern().as_usize()].0, found.range()));
        Self(found.filter(|(_, at)| is_whole(at)).collect())
    }

    /// Whether a word of `table` is up to so many bytes before, or behind, what is at `at`.
    pub fn near(&self, table: Table, at: Range<usize>, before: usize, behind: usize) -> bool {
        self.of_table(table).any(|word| {
            let is_before = word.end <= at.start && word.end + before >= at.start;
            let is_behind = word.start >= at.end && word.start <= at.end + behind;
            is_before && before > 0 || is_behind && behind > 0
        })
    }

    /// Whether one ends at most `bytes` before a place.
    pub fn ends_within(&self, table: Table, place: usize, bytes: usize) -> bool {
        self.of_table(table)
            .any(|word| word.end <= place && word.end + bytes > place)
    }

    /// Whether one ends at a place.
    pub fn ends(&self, table: Table, place: usize) -> bool {
        self.ends_within(table, place, 1)
    }

    /// Whether one begins at a place.
    pub fn begins(&self, table: Table, place: usize) -> bool {
        self.of_table(table).any(|word| word.start == place)
    }

    fn of_table(&self, table: Table) -> impl Iterator<Item = &Range<usize>> {
        let all = self.0.iter();
        all.filter(move |(of, _)| *of == table).map(|(_, at)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_latin_letters_stands_by_itself() {
        assert!(FINDER.is_some());
        let near = |text: &str, number: &str| {
            let text = Folded::new(text);
            let at = text.low.find(number).unwrap();
            Hits::of(&text).near(Table::Phones, at..at + number.len(), 20, 0)
        };
        assert!(near("call 555", "555"));
        assert!(!near("recall 555", "555"));
        assert!(near("전화번호555", "555"));
    }
}
