//! Words that are meant to hurt, also where a sign or a digit stands in them so that they are
//! not found.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex_lite::Regex;
use rustc_hash::FxHashSet;

use super::folded::Folded;
use super::{Flag, Kind};

/// Words, and what stands behind or before the same letters where they are innocent.
///
/// Of words that begin alike one is written: `|` is between them, `[]` has letters of which any
/// may stand there, `()` parts with `|` between them, a space may be missing, and `$` is the end.
type Words = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Korean.
const KOREAN: &[Words] = &[
    (
        "[씨씹쉬쒸][발팔벌빨]",
        &["라", "아 먹", "른"],
        &["솜", "수박", "참깨"],
    ),
    (
        "시[발팔빨]",
        &["점", "역", "택시", "라인", "표", "행", "전", "견", "송"],
        &["가-힣"],
    ),
    (
        "쓰벌|쓰발|싯팔|십[새팔발]|씹[새년놈창]|썅|쌍[년놈]",
        &[],
        &[],
    ),
    (
        "ㅅ ㅂ|ㅆ ㅂ|ㅄ|ㅂ ㅅ|ㅈ ㄹ|ㄱㅅㄲ|ㅅㄲ|ㅈㄴ|ㅁㅊㄴ|ㄲㅈ|ㄷㅊ|ㅗㅗ",
        &[],
        &[],
    ),
    (
        "[병븅빙][신싄]",
        &["년 ", "년이", "년새", "자호"],
        &["발", "부", "문", "장"],
    ),
    (
        "[개게](새[끼기]|색[끼히]|쉐[끼리]|세[끼])",
        &[],
        &["두", "세", "네", "한"],
    ),
    (
        "(이|저|그|미친|씹|십|좆|돼지|찐따|븅신|병신) (새끼|색히|쉐리)",
        &["손", "발", "고양", "강아", "줄"],
        &[],
    ),
    ("새끼(야|들아|드라)", &[], &[]),
    ("지랄", &[" 맞은", "탄"], &[]),
    (
        "좆|졷같|ㅈ같|ㅈ 같|존나|졸라 (짜증|싫)|씹새|니 애미|애미 (어쩌|뒤)",
        &[],
        &[],
    ),
    ("미친 (놈|년|새|넘|것)", &["로"], &[]),
    (
        "또라이|돌아이|등신|멍청[이한아]|찐따|찌질[이한]|한남충|맘충|급식충|틀딱|벌레만도|쓰레기 (같은|새끼|야)|인간 쓰레기",
        &[],
        &[],
    ),
    (
        "꺼져",
        &["가", " 있", "있", "서", "도", "버", " 가"],
        &["불이 ", "불 ", "전원이 ", "폰이 ", "폰 "],
    ),
    ("꺼지라고|꺼지세요", &[], &[]),
    ("닥쳐", &["오", "올", "서", "온", "왔"], &["눈앞에 "]),
    ("닥치고|아가리|주둥아리", &[" 시간", " 나서"], &[]),
    ("엿 (먹어|먹으|이나)", &[], &[]),
    (
        "느금|느개비|니애미|니미럴|니 엄마 (없|창)|애미 (없|뒤)|니애비",
        &[],
        &["수"],
    ),
    ("창녀|걸레 같은|화냥|갈보", &[], &[]),
    (
        "뒤져라|뒤져 버|뒈[져지질]|나가 (죽어|뒤져)|죽어라|죽여 버|패 죽|쳐 죽|죽어버려",
        &[],
        &[],
    ),
    (
        "개 (같은 (놈|년|새)|소리 하네|자식|놈아|년아)",
        &[],
        &["무지", "아지", "베"],
    ),
    ("18 (놈|년|새끼)", &[], &[]),
    ("존나 (못생|멍청|한심)", &[], &[]),
    ("호로 (새끼|자식)|후레자식", &[], &[]),
    ("육시랄|염병할|우라질|제기랄", &[], &[]),
    ("재수 없는 (놈|년|새끼|인간)|재수없어", &[], &[]),
    ("못생긴 (게|놈|년)|돼지 같은", &[], &[]),
    ("한심한 (놈|년|새끼|인간)", &[], &[]),
    ("머저리|얼간이|바보 (새끼|멍청이)|꼴통|무뇌", &[], &[]),
    ("나쁜 (놈|년|새끼)", &["들 전성"], &[]),
    ("쪽바리|짱깨|깜둥이|흑형|조센징", &[], &[]),
    ("죽일 (놈|년)|때려 죽", &[], &[]),
    ("사이코 (새끼|같은)|정신병자", &[], &[]),
    ("애자 (새끼|냐)|장애 (새끼|냐)", &[], &[]),
    ("대가리 (깨|빻|텅)|골빈", &[], &[]),
    ("쳐먹|처먹어라|처 맞", &["은 기억"], &[]),
    ("입 닥|입 다물", &[], &[]),
    ("망할 (놈|년|새끼)", &[], &[]),
    ("놈의 새끼|년놈", &[], &[]),
    ("극혐 (새끼|놈|년)", &[], &[]),
    (
        "개돼지|개객[끼기]|시키야|이 씨[방댕]|씨[방댕]새|개썅|썅년",
        &[],
        &[],
    ),
];

/// Japanese.
const JAPANESE: &[Words] = &[
    (
        "(馬鹿|バカ|ばか|アホ|あほ|ボケ|カス|ゴミ|クズ|ブタ|豚|この) (野郎|やろう)",
        &[],
        &[],
    ),
    ("死ね", &["な", "ば", "る", "た"], &[]),
    ("しね(よ|や|カス|ばいい|[!！wｗ]|$)", &[], &["ぁ-ん"]),
    (
        "タヒね|氏ね|タヒネ|タヒんど|4ねよ|シネ(よ|[!！]|$)",
        &[],
        &["ァ-ヶ"],
    ),
    (
        "(クソ|くそ|糞) (野郎|やろう|ガキ|女|男|ババア|ジジイ|上司|が|アマ|虫|ったれ|教師|客|親父|コテ)",
        &["好き"],
        &["ァ-ヶ"],
    ),
    (
        "(馬鹿|バカ|ばか|アホ|あほ|ボケ|カス|ゴミ|クズ|ブタ|豚|この) (女|男が|上司|ども|がよ|かよお前|が[!！。]|が$)",
        &[],
        &["ァ-ヶ"],
    ),
    ("(ゴミ|人間の)(カス|クズ|屑)", &["ゴ"], &[]),
    (
        "(この|お前|おまえ|てめえ|てめぇ|あの)(の)?(バカ|馬鹿|アホ|クズ|カス|ゴミ|ボケ|ハゲ|デブ|ブス)",
        &[],
        &[],
    ),
    (
        "ばーか|バーカ|ボケカス|どアホ|ドアホ|大馬鹿|間抜け|マヌケ|のろま|役立たず|人でなし|ろくでなし|恥知らず|バカじゃね|バカか(よ|お前)|アホとは|キモオタ|きもおた",
        &[],
        &["ン", "ナ"],
    ),
    (
        "(きも|キモ)[いイ]|きっしょ|キッショ|気色悪い|気持ち悪い (奴|男|女|お前)",
        &["り"],
        &[],
    ),
    ("ブス", &["ブス", "ッ"], &["ァ-ヶー"]),
    ("デブ", &["リ"], &["ァ-ヶー"]),
    ("くたばれ|くたばっ", &[], &[]),
    (
        "ぶっ?殺|ブッ?殺|殺すぞ|殺してやる|殺してえ|コロス",
        &[],
        &[],
    ),
    ("消えろ|消え失せろ|失せろ|うせろ|黙れ", &["って書"], &[]),
    (
        "ガイジ|池沼|害児|キチガイ|きちがい|基地外|キ印|低能|知恵遅れ|障害者かよ",
        &[],
        &["ァ-ヶー"],
    ),
    (
        "うざい(んだよ|よお前|奴|から消)|うぜ[えぇ](んだよ|よお前|奴)|ウザ[いイ](んだよ|奴|女|男)",
        &[],
        &[],
    ),
    (
        "ババア|ジジイ|くそばばあ|くそじじい|クソばばあ|老害|頭おかしい|頭悪[いす]|カスしかい|みたいな(ゴミ|カス|クズ)|が無能",
        &[],
        &[],
    ),
    (
        "ビッチ|ヤリマン|売女|ヤリチン|アバズレ|あばずれ",
        &["リ"],
        &["ァ-ヶー"],
    ),
    ("土人|チョン(が|公|め)|支那人|非国民", &[], &[]),
    (
        "地獄に落ちろ|地獄へ落ちろ|二度と来るな|生きてる価値|生きる価値(ない|無)",
        &[],
        &[],
    ),
    ("雑魚(が|乙|すぎ|い|$)|ザコが", &[], &[]),
    ("[こコ]ろ[すせ](ぞ|よ)|56すぞ|56す", &[], &[]),
];

/// English, of which each stands by itself.
const ENGLISH: &str = "fuck fucker fuckers fucking fucked fuckin fuckface fuckwit motherfucker motherfuckers motherfucking fck fuk fuq phuck bitch bitches bitchy biatch asshole assholes arsehole arseholes asshat \
    dumbass jackass dumbfuck bastard bastards cunt cunts dickhead dickheads dick dicks prick pricks twat twats wanker wankers tosser bellend moron morons moronic idiot idiots retard retards retarded \
    imbecile loser losers scumbag scumbags scum douche douchebag douchebags kys stfu gtfo whore whores slut sluts skank hoe fag fags faggot faggots tranny dyke shithead shitheads shitface shitbag bullshitter \
    cocksucker dipshit dumbshit shit shitty nigger nigga chink gook spic kike paki pig-faced numbnuts nitwit halfwit dimwit simpleton trash-human incel simp lardass fatass fatso cow-faced pos sob stupidass jerkoff crackhead";

static PHRASES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"piece of (?:shit|crap|garbage|trash)|kill yourself|go to hell|screw you|fat pig|k y s|drop dead|son of a bitch|f u c k|eat shit|burn in hell|rot in hell|hope you die|go die|shut the (?:hell|f\S*) up|suck my|suck a|waste of (?:space|air|oxygen)|get lost loser|you(?:'re| are)? (?:so )?(?:stupid|pathetic|disgusting|worthless|ugly|dumb|trash|garbage)",
    )
    .ok()
});

/// All words that are written with other letters than English, and whose they are.
struct Lexicon {
    finder: Option<AhoCorasick>,
    /// Of each of the finder's patterns.
    of: Vec<&'static Words>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let (mut written, mut of) = (Vec::new(), Vec::new());
    for words in KOREAN.iter().chain(JAPANESE) {
        for word in spelt_out(words.0) {
            written.push(word);
            of.push(words);
        }
    }
    Lexicon {
        finder: AhoCorasick::new(&written).ok(),
        of,
    }
});

static IN_ENGLISH: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| ENGLISH.split_whitespace().collect());

/// Stands where a text ends.
const END: char = '\u{3}';

/// Every word that is meant by a form of [`Words`].
fn spelt_out(form: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut begun = vec![String::new()];
    let mut rest = form.chars();
    while let Some(c) = rest.next() {
        let parts: Vec<String> = match c {
            '|' => {
                all.append(&mut begun);
                begun.push(String::new());
                continue;
            }
            '[' => rest
                .by_ref()
                .take_while(|c| *c != ']')
                .map(String::from)
                .collect(),
            '(' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ')').collect();
                spelt_out(&inside)
            }
            ' ' => vec![String::new(), " ".to_owned()],
            '$' => vec![END.to_string()],
            c => vec![c.to_string()],
        };
        begun = begun
            .iter()
            .flat_map(|begun| parts.iter().map(move |part| format!("{begun}{part}")))
            .collect();
    }
    all.append(&mut begun);
    all
}

/// A text without the signs and digits between its letters, and where each byte was.
fn squeezed(text: &str) -> Option<(String, Vec<usize>)> {
    let is_sign = |c: char| c.is_ascii_digit() || ".,*~^@!-".contains(c);
    let is_letter = |c: char| c.is_alphabetic() && !c.is_ascii();
    let (mut out, mut was, mut last) = (String::with_capacity(text.len()), Vec::new(), None);
    let mut signs = 0;
    for (at, c) in text.char_indices() {
        if is_sign(c) && last.is_some_and(is_letter) && signs < 3 {
            signs += 1;
            continue;
        }
        signs = 0;
        last = Some(c);
        out.push(c);
        was.resize(out.len(), at);
    }
    was.push(text.len());
    (out.len() < text.len()).then_some((out, was))
}

pub fn find(text: &Folded, flags: &mut Vec<Flag>) {
    let body = &text.low;
    let mut add = |at: Range<usize>| flags.push(text.flag(Kind::Insult, at));
    if !body.is_ascii() {
        foreign(body, &mut add);
        if let Some((squeezed, was)) = squeezed(body) {
            foreign(&squeezed, &mut |at| {
                let end = was[at.end.min(was.len() - 1)];
                add(was[at.start]..end);
            });
        }
    }
    if body.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        english(body, &mut add);
    }
}

fn foreign(body: &str, add: &mut impl FnMut(Range<usize>)) {
    let text = format!("{body}{END}");
    let Some(finder) = &LEXICON.finder else {
        return;
    };
    for found in finder.find_overlapping_iter(&text) {
        let (_, behind, before) = LEXICON.of[found.pattern().as_usize()];
        let end = found.end().min(body.len());
        let rest = &body[end..];
        let is_innocent = behind.iter().any(|word| rest.starts_with(word))
            || before.iter().any(|word| ends(&body[..found.start()], word));
        if !is_innocent {
            add(found.start()..end);
        }
    }
}

fn english(body: &str, add: &mut impl FnMut(Range<usize>)) {
    let mut start = 0;
    for token in body.split_inclusive([' ', '\n', ',', '.', '?', '"', '(', ')', ':', ';']) {
        let bare = token.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !"*$@#!".contains(c));
        let place = start + token.find(bare).unwrap_or(0);
        start += token.len();
        if bare.len() > 2 && bare.is_ascii() && is_english(bare) {
            add(place..place + bare.len());
        }
    }
    if PHRASE_HINTS.iter().any(|hint| body.contains(hint)) {
        for found in PHRASES.iter().flat_map(|form| form.find_iter(body)) {
            add(found.range());
        }
    }
}

/// What each of the phrases has.
const PHRASE_HINTS: [&str; 14] = [
    "fat pig",
    "piece of",
    "kill yo",
    "hell",
    "screw",
    "drop dead",
    "son of",
    "u c k",
    "shit",
    "y s",
    "die",
    "suck",
    "waste of",
    "you",
];

/// Whether `text` ends with `word`, or, of a range, with a letter of it.
fn ends(text: &str, word: &str) -> bool {
    let mut letters = word.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some(first), Some('-'), Some(last)) => {
            let end = text.chars().next_back();
            end.is_some_and(|c| (first..=last).contains(&c) || word.ends_with(c))
        }
        _ => text.ends_with(word),
    }
}

/// Whether a word is one of these where a sign stands for a letter, or for any.
fn is_english(word: &str) -> bool {
    let is_same = |known: &str| {
        known.len() == word.len()
            && known
                .bytes()
                .zip(word.bytes())
                .all(|(known, given)| match given {
                    b'*' | b'#' => true,
                    b'1' | b'!' => known == b'i' || known == b'l',
                    b'7' => known == b't',
                    b'v' => known == b'u' || known == b'v',
                    b'3' => known == b'e',
                    b'0' => known == b'o',
                    b'4' | b'@' => known == b'a' || given == b'@' && known == b'u',
                    b'$' | b'5' => known == b's',
                    _ => known == given,
                })
    };
    // Signs alone, and numbers, are none.
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    if letters == word.len() && !word.contains('v') {
        return IN_ENGLISH.contains(word);
    }
    letters * 2 >= word.len() && IN_ENGLISH.iter().any(|known| is_same(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_spelt_out() {
        assert_eq!(
            spelt_out("[ab]c|d(e|f g)"),
            ["ac", "bc", "de", "dfg", "df g"]
        );
        assert_eq!(spelt_out("a$"), ["a\u{3}"]);
        assert!(LEXICON.finder.is_some() && PHRASES.is_some());
    }
}
