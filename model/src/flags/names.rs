//! Names of people, as they are mentioned: by what stands before and behind them, and by what
//! families and children are most often called.
//!
//! A name without any of that is not found; whoever looks through what is shared has the search.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex_lite::Regex;
use rustc_hash::FxHashSet;

use super::folded::Folded;
use super::{Flag, Kind};

/// The families that most people in Korea are of.
const FAMILIES: &str = "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류진엄채원천방공현변염석선설길";

const LONG_FAMILIES: [&str; 5] = ["남궁", "황보", "제갈", "선우", "독고"];

/// What children are called, in two syllables.
const GIVEN: &str = "민수 민준 민재 민호 민지 민서 민경 민정 민우 민석 민규 민아 서연 서현 서준 서윤 서영 서진 서우 지우 지민 지현 지영 지훈 지은 지수 지원 지호 지연 지혜 지아 지윤 지안 \
    하은 하윤 하준 하늘 하린 하영  하람 도윤 도현 도영 시우 시현 시은 시영 주원 주연 주희 예준 예은 예지 예진 예린 예원 유진 유나 유리 유미 유빈 수빈 수민 수현 수진 수아 수연 수지 은지 은주 \
    은영 은정 은서 은비 은혜 은우 은경 미영 미정 미경 미선 미란 혜진 혜원 혜린 혜정 혜수 현우 현수 현정 현지 현준 현아 현주 준호 준영 준서 준혁 준우 준수 민혁 영수 영호 영희 영미 영진 영민 영준 \
    성민 성호 성훈 성현 성우 성진 승현 승민 승우 승호 승훈 승연 재현 재훈 재민 재석 재원 재욱 재호 동현 동훈 동욱 동우 태현 태민 태호 태영 태준 경민 경수 경호 진우 진호 진영 진수 진아 정훈 정현 \
    정우 정민 정은 정호 상훈 상민 상우 상현 상호 철수 순희 보라 보영 보경 가은 가영 가연 나연 나은 나영 나현 다은 다현 다인 다영 다연 채원 채은 채영 채윤 소연 소영 소희 소현 소윤 세영 세현 세진 \
    윤서 윤아 윤지 윤호 윤정 연우 연주 연희 우진 우현 우석 원준 원영 원석 건우 건호 규현 규민 규리 희진 희수 희정 희연 효진 효주 효정 찬우 찬호 찬영 한지 한별 한솔  아영 아린 선영 선미 선우 선호 \
    이안 이준 해인 해진 슬기  새봄  라온 창민 창호 병훈 종현 종민 용준 광수 기현 명수 형준 형석 인호 인영 인성 범수 범준 지후 예서 예나 채아 서아 하율 서율 도하 은채 은호 이서 이현 로아 시윤 유준 유찬 선율 준희 준성 준표 지선 지애 지예 지율  지환 진희 진주 진경 진성 진서 창현 창훈 철민 철호 태윤 태우 태희  해원 \
    해연 현경 현민 현성 현희 혜연 혜인 혜지 홍기 화영 효민 효은 희재 희선 경아 경희 경미 경숙 광민 광호 금희 기영 기훈  나래 남희 다빈 다솜 다예 도연 도희 도훈 동건 동규 동민 동주  라희 말숙 명희 명진 문희 미나 미라 미숙 미진 미희 \
    민아 민영 민주 민희 민하 병철 병호 복희 봉수 상민 상혁 상희 새롬 설아 성은 성재 성준 성희 소라 소미 소정 소진  수경 수미 수정  수호 숙자 순자 순영 승미 승아 승준 승희 시온 신영 아라 아인 아현 애란 양희 연수 연정 연지 영란 영숙 \
    영자 영주 영지 영철 영훈 예슬 예림 예빈 옥자 용수 용호 우성 우주 우영 원희 유경 유정 유지 유현 윤경 윤미 윤석 윤수 윤영 윤재 윤주 윤희 은미 은별 은선 은숙 은솔 은아 은자 은진 은하 은희 의진 인경 인숙 인혜 인희 재경 재영 재우 재은 재준 재희 정란 정미 \
    정수 정숙 정아 정연 정윤 정인 정자 정주 정진 정희 종수 종호 주미 주리 주아 주영 주은 주하 주혁 주현 주호";

/// How somebody is spoken of.
const TITLES: [&str; 34] = [
    "씨",
    "님",
    "선생님",
    "쌤",
    "샘",
    "과장",
    "대리",
    "부장",
    "팀장",
    "사장",
    "교수",
    "차장",
    "실장",
    "원장",
    "의원",
    "군",
    "양",
    "선배",
    "형",
    "누나",
    "언니",
    "오빠",
    "이모",
    "삼촌",
    "사원",
    "주임",
    "선생",
    "아저씨",
    "아줌마",
    "할머니",
    "할아버지",
    "어머니",
    "아버님",
    "T",
];

/// Of these one syllable of a family is enough.
const OFFICES: [&str; 11] = [
    "과장",
    "대리",
    "부장",
    "팀장",
    "차장",
    "실장",
    "교수님",
    "쌤",
    "사원",
    "주임",
    "원장",
];

/// What stands behind a name and behind few other words.
const PARTICLES: [&str; 18] = [
    "이랑",
    "이가",
    "이는",
    "이를",
    "이한테",
    "이에게",
    "이네",
    "이도",
    "이의",
    "이라는",
    "이라고",
    "한테",
    "랑",
    "라는",
    "라고",
    "에게",
    "하고",
    "네 ",
];

/// Behind a name that is known to be one.
const USUAL: [&str; 14] = [
    "로", "으로", "이", "가", "은", "는", "을", "를", "의", "도", "와", "과", "아", "야",
];

/// Words that look like a family and a child's name.
const NO_NAMES: [&str; 35] = [
    "이주현재",
    "이상한",
    "한정판",
    "정말로",
    "이번에",
    "조금만",
    "최고야",
    "고민하",
    "신경은",
    "하나도",
    "이미지",
    "유지는",
    "정도는",
    "정리하",
    "안내원",
    "전주원",
    "주인공",
    "오늘은",
    "한동안",
    "이사님",
    "고양이",
    "선생님",
    "하지만",
    "사장님",
    "주민등",
    "이용자",
    "우리가",
    "공지를",
    "현재는",
    "정성은",
    "성우가",
    "선수가",
    "신용카",
    "주유소",
    "원장님",
];

/// Everybody knows these.
const JAPANESE_KNOWN: [&str; 3] = ["大谷翔", "サザエさん", "藤井聡"];

/// Japan's most frequent families.
const JAPANESE: &str = "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡部 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 斉藤 齋藤 清水 山崎 阿部 池田 橋本 山下 石川 中島 前田 藤田 小川 後藤 岡田 長谷川 \
    村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 藤原 岡本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森田 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 \
    武田 村田 上野 杉山 増田 平野 大塚 千葉 久保 松井 岩崎 桜井 野口 松尾 菊地 木下 野村 菅原 佐野 大西 杉本 新井 浜田 古川 市川 水野 小松 島田 小島 山内 高野 西田 菊池 西川 五十嵐 北村 安田 中田 川口 平田 川崎 飯田 \
    本田 久保田 吉川 沢田 辻 関 林 森 東 星 堀 原 南 岡 長谷部 戸田 村瀬 早瀬 神宮寺 小田桐 岩淵 菅野 鷲尾 三ツ矢 久住 若狭 秋山 大橋 相沢 浅野 足立 天野 荒井 有馬 安部 飯塚 石原 石橋 石塚 泉 一ノ瀬 稲垣 井口 今村 岩田 岩本 植田 牛島 内山 宇野 梅田 榎本 江口 大川 大久保 大沢 大島 大谷 \
    大森 大山 大和田 小笠原 緒方 奥田 奥村 尾崎 織田 小沢 落合 甲斐 片山 片岡 桂 金井 金田 河合 川村 川上 河野 神田 神谷 岸本 北川 北野 木原 桐山 熊谷 栗原 栗田 黒川 黒木 桑原 小泉 河本 児玉 後藤田 小西 小柳 榊原 坂口 坂田 桜田 笹川 佐川 沢村 \
    塩田 志村 篠原 篠田 柴崎 渋谷 島袋 下田 庄司 白井 白石 白川 新田 須藤 瀬戸 関口 園田 高田 高井 高島 高山 滝沢 竹田 武井 竹中 田口 田代 立花 田辺 谷 谷川 玉井 千田 塚本 津田 土屋 堤 坪井 手塚 寺田 寺島 土井 徳永 富田 豊田 内藤 永井 長田 \
    中尾 中西 中原 中本 永田 長野 中谷 名取 成田 西岡 西尾 西野 西本 西山 二宮 根本 野中 野崎 萩原 橋口 長谷 畑 服部 浜口 早川 林田 原口 東山 樋口 日野 平井 平山 平岡 広瀬 福井 福島 福本 藤岡 藤崎 藤村 藤沢 船越 古田 星野 細川 堀内 堀田 本多 \
    牧野 町田 松岡 松下 松原 松村 丸田 三上 三宅 三好 水谷 溝口 南 宮下 宮田 宮川 宮沢 向井 村井 村山 室井 望月 森山 森本 森川 八木 矢島 安井 柳田 柳 山岸 山根 山川 山中 湯浅 横井 横田 吉岡 吉野 吉村 米田 若林 渡会 和泉 矢野 黒田 荒木 小池";

const JAPANESE_GIVEN: &str = "美咲 翔太 陽菜 結衣 大輔 健太 拓也 翔 蓮 葵 陽子 裕子 直樹 和也 達也 愛 恵 舞 彩 由美 真由美 健 誠 健一 太郎 花子 次郎 一郎 优 優 優子 優太 美香 美穂 香織 恵美 智子 明美 麻衣 \
    千尋 遥 遥香 七海 莉子 杏 凛 楓 さくら ひなた 蒼 悠真 悠斗 陽翔 湊 大翔 颯太 隼人 拓海 涼介 亮 亮太 駿 俊介 大樹 雄太 祐介 裕太 純 隆 浩 浩二 修 聡 剛 勇気 勇太 翼 光 奈々 奈緒 真理子 久美子 幸子 \
    紗希 沙織 早紀 理恵 千夏 彩香 綾香 萌 未来 夏希 美優 美月 美羽 真央 愛美 友美 瞳 薫 静香 隼 匠 樹 海斗 一輝 和樹 直人 正人 健司";

const JAPANESE_TITLE: &str =
    "さん|くん|君|ちゃん|様|さま|先生|先輩|部長|課長|社長|係長|店長|院長|教授|主任|氏|っち|ん家";

/// Who is called so by their place rather than their name.
const JAPANESE_NO_NAMES: [&str; 24] = [
    "サザエ",
    "くん",
    "わん",
    "にゃん",
    "ねこ",
    "いぬ",
    "ばあ",
    "じい",
    "おば",
    "おじ",
    "おにい",
    "おねえ",
    "にい",
    "ねえ",
    "あか",
    "ぼく",
    "うさぎ",
    "くま",
    "ワン",
    "ニャン",
    "ママ",
    "パパ",
    "タクシー",
    "コンビニ",
];

/// Who is called by what they do or where they stand, in two letters.
const JAPANESE_OFFICES: [&str; 60] = [
    "医者", "店員", "業者", "皆様", "運転", "患者", "大家", "社員", "駅員", "職員", "教頭", "校長",
    "担任", "家庭", "顧問", "講師", "教授", "母親", "父親", "奥様", "旦那", "息子", "娘婿", "姉妹",
    "兄弟", "神様", "仏様", "客様", "主婦", "新人", "学生", "生徒", "先生", "先輩", "部長", "課長",
    "社長", "店長", "会長", "隊長", "船長", "院長", "班長", "委員", "歯科", "外科", "内科", "眼科",
    "担当", "芸人", "職人", "相手", "本屋", "花屋", "魚屋", "肉屋", "床屋", "薬屋", "酒屋", "彼氏",
];

const ENGLISH: &str = "James John Robert Michael David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Steven Andrew Kenneth Joshua Kevin Brian George Timothy Ronald Edward Jason Jeffrey \
    Ryan Jacob Nicholas Gary Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Greg Alexander Patrick Raymond Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah \
    Ethan Jeremy Walter Keith Roger Terry Sean Gerald Carl Dylan Harold Arthur Lawrence Jesse Bryan Billy Bruce Gabriel Joe Logan Alan Juan Albert Willie Elijah Wayne Randy Vincent Mason Roy Ralph Bobby Russell \
    Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Sarah Lisa Nancy Sandra Betty Ashley Emily Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura \
    Cynthia Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Debra Rachel Carolyn Janet Maria Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly \
    Christina Ruth Joan Virginia Judith Evelyn Hannah Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara Gloria Janice Kathryn Ann Isabella Judy Charlotte Julia Jean Alice Amber Denise Danielle \
    Marilyn Beverly Natalie Theresa Diana Brittany Doris Kayla Alexis Lori Priya Raj Ahmed Mohammed Fatima Aisha Wei Chloe Zoe Liam Oliver Lucas Mia Ella Ava Tom Tim Ben Sam Dave Mike Steve Chris Matt Dan Nick Josh \
    Jake Luke Alex Kate Katie Jess Becky Liz Beth Jen Jenny Sophie Lucy Holly Gemma Callum Declan Siobhan Niamh Craig Derek Doug Todd Brad Chad Kyle Hunter Claire Marcus Carlos Diego Elena Sofia";

/// Who is somebody's, of whom a name follows.
const RELATIONS: &str = "friend|friends|bff|boss|manager|coworker|co-worker|colleague|roommate|flatmate|neighbor|neighbour|sister|brother|cousin|wife|husband|girlfriend|boyfriend|ex|teacher|tutor|landlord|therapist|classmate|niece|nephew|aunt|auntie|uncle|son|daughter|fiance|fiancee|kid named|guy named|girl named|woman named|man named|boy named|guy called|girl called|kid called";

/// Everybody knows these.
const KNOWN: &str = "Bean Right Pepper Who Strange Seuss Robot Beast Doubtfire Marvel Potato Darcy Worf Incredible Fox President Chairman Dre Phil Oz";

/// The words of a list.
type Words = FxHashSet<&'static str>;

static KOREAN_GIVEN: LazyLock<Words> = LazyLock::new(|| GIVEN.split_whitespace().collect());
static ENGLISH_GIVEN: LazyLock<Words> = LazyLock::new(|| ENGLISH.split_whitespace().collect());

/// Japanese families, of two of which the longer one is meant, and what children are called.
static JAPANESE_FAMILIES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| longest(JAPANESE));
static JAPANESE_CHILDREN: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| longest(JAPANESE_GIVEN));

fn longest(words: &'static str) -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(words.split_whitespace())
        .ok()
}

struct Forms {
    japanese_office: Option<Regex>,
    japanese_kana: Option<Regex>,
    japanese_holder: Option<Regex>,
    english_title: Option<Regex>,
    english_relation: Option<Regex>,
    english_name: Option<Regex>,
}

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let regex = |form: &str| Regex::new(form).ok();
    Forms {
        japanese_office: regex(
            "[一-龠々]{2,3}(?:課長|部長|係長|氏|っち)|[一-龠々]{2}(?:先生|さん|先輩)",
        ),
        japanese_kana: regex(
            "(?:[ァ-ヶー]{2,6}(?:くん|ちゃん|さん|君)|[ぁ-んー]{2,6}(?:ちゃん|くん)|[一-龠]{1,2}(?:くん|ちゃん))",
        ),
        japanese_holder: regex(
            "(?:名義|名前|氏名)(?:人)?(?:は|:|：)? ?([ァ-ヶー]{2,6}[ 　・]?[ァ-ヶー]{2,6}|[一-龠々]{2,3}[ 　]?[一-龠々ぁ-ん]{1,3})",
        ),
        english_title: regex(
            r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Coach|Sir|Auntie|Aunt|Aunty|Uncle|Sgt|Officer|Pastor|Nana|Grandma|Grandpa|Nurse|Captain|Principal)\.? ([A-Z][A-Za-z'\-]+)",
        ),
        english_relation: regex(&format!(
            r"(?:{RELATIONS}),? (?:is |was |called |named )?([A-Z][a-z]+(?: [A-Z][a-z'\-A-Z]+)?|[a-z]+)"
        )),
        english_name: regex(r"[A-Z][a-z]+(?:[ \-][A-Z][A-Za-z'\-]+)?"),
    }
});

/// After whom a name without a title is somebody's.
const JAPANESE_RELATIONS: [&str; 18] = [
    "同期の",
    "友達の",
    "友人の",
    "上司の",
    "先輩の",
    "後輩の",
    "隣の",
    "クラスの",
    "同僚の",
    "元カレの",
    "元カノの",
    "担任の",
    "彼氏の",
    "彼女の",
    "幼馴染の",
    "部下の",
    "同級生の",
    "中学の",
];

/// Before whom a family may stand without a space.
const JAPANESE_BEFORE: [&str; 14] = [
    "昨日", "今日", "明日", "先週", "今週", "先日", "今朝", "昨夜", "毎日", "友人", "同期", "担任",
    "部長", "隣人",
];

pub fn find(text: &Folded, flags: &mut Vec<Flag>) {
    let body = &text.cased;
    let mut add = |at: Range<usize>| flags.push(text.flag(Kind::Name, at));
    if text.has_hangul() {
        korean(text, &mut add);
    }
    if text.has_japanese() {
        japanese(text, &mut add);
    }
    if body.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        english(text, &mut add);
    }
}

fn korean(text: &Folded, add: &mut impl FnMut(Range<usize>)) {
    let body = &text.cased;
    let mut from = 0;
    for word in body.split_inclusive(|c: char| !matches!(c, '가'..='힣')) {
        let start = from;
        from += word.len();
        let word = word.trim_end_matches(|c: char| !matches!(c, '가'..='힣'));
        if word.chars().count() < 2 {
            // A family by itself: its office follows.
            let next = body[start + word.len()..].strip_prefix(' ');
            let office =
                next.and_then(|next| OFFICES.iter().find(|office| next.starts_with(**office)));
            if let (Some(office), Some(c)) = (office, word.chars().next())
                && FAMILIES.contains(c)
                && c != '이'
            {
                add(start..start + word.len() + 1 + office.len());
            }
            continue;
        }
        if let Some(length) = korean_name(word, &body[start + word.len()..]) {
            add(start..start + length);
        }
    }
}

/// How many bytes of a word are a name, with what stands behind the word.
fn korean_name(word: &str, behind: &str) -> Option<usize> {
    if NO_NAMES.iter().any(|no| word.starts_with(no)) {
        return None;
    }
    let places: Vec<usize> = word
        .char_indices()
        .map(|(at, _)| at)
        .chain([word.len()])
        .collect();
    let long = LONG_FAMILIES.iter().any(|family| word.starts_with(family));
    let first = word.chars().next()?;
    let family = if long { 2 } else { 1 };
    let is_family = long || FAMILIES.contains(first);
    let is_given = |name: &str| KOREAN_GIVEN.contains(name);
    let title = |rest: &str| {
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        TITLES
            .iter()
            .find(|title| rest.starts_with(**title))
            .map(|title| title.len())
    };
    let is_end = |rest: &str| rest.is_empty() || USUAL.contains(&rest) || PARTICLES.contains(&rest);
    // A family and a child's name.
    if is_family && places.len() > family + 2 {
        let end = places[family + 2];
        let (name, rest) = (&word[places[family]..end], &word[end..]);
        if is_given(name) && (is_end(rest) || title(rest).is_some()) {
            return Some(end);
        }
        let is_told = rest.is_empty() && title(behind).is_some_and(|_| behind.starts_with(' '));
        if is_told || TITLES[..12].iter().any(|title| rest.starts_with(title)) {
            return Some(end);
        }
        if PARTICLES[..11].contains(&rest) {
            return Some(end);
        }
    }
    // 김대리.
    if is_family && family == 1 && first != '이' {
        let rest = &word[places[1]..];
        if let Some(office) = OFFICES.iter().find(|office| rest.starts_with(**office)) {
            return Some(places[1] + office.len());
        }
    }
    // A child's name alone, that somebody calls or speaks of.
    let end = *places.get(2)?;
    let (name, rest) = (&word[..end], &word[end..]);
    let is_called = ["야", "아"].contains(&rest) || PARTICLES[..11].contains(&rest);
    let is_told = rest.is_empty()
        && [
            " 씨",
            " 님",
            " 언니",
            " 오빠",
            " 누나",
            " 선배",
            " 쌤",
            " 아저씨",
            " 아줌마",
            " 이모",
            " 삼촌",
            " 형",
            " 할머니",
            " 할아버지",
        ]
        .iter()
        .any(|title| behind.starts_with(title));
    let is_titled = ["씨", "님", "쌤", "언니", "오빠", "누나", "선배"]
        .iter()
        .any(|title| rest.starts_with(title));
    (is_given(name) && (is_called || is_told || is_titled)).then_some(end)
}

/// How long what stands behind a family is, if that makes a name of it.
fn behind_family(rest: &str) -> Option<usize> {
    let space = rest.len() - rest.trim_start_matches([' ', '\u{3000}']).len();
    let rest = &rest[space.min(3)..];
    let given = JAPANESE_CHILDREN
        .as_ref()
        .and_then(|given| given.find(rest));
    let given = given
        .filter(|given| given.start() == 0)
        .map(|given| given.end());
    let kinds: [fn(&char) -> bool; 3] = [
        |c| matches!(c, '一'..='龠'),
        |c| matches!(c, 'ぁ'..='ん'),
        |c| matches!(c, 'ァ'..='ー'),
    ];
    let titled = |behind: usize| {
        let titles = JAPANESE_TITLE.split('|');
        let title = titles
            .into_iter()
            .find(|title| rest[behind..].starts_with(title));
        title.map(|title| space + behind + title.len())
    };
    if let Some(whole) = titled(0) {
        return Some(whole);
    }
    if let Some(given) = given {
        return Some(titled(given).unwrap_or(space + given));
    }
    // A child's name that is in no list, with a title behind it.
    kinds.iter().find_map(|is_one| {
        let letters = rest.chars().take(4).take_while(is_one).map(char::len_utf8);
        let mut ends = letters.scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        ends.find_map(titled)
    })
}

fn japanese(text: &Folded, add: &mut impl FnMut(Range<usize>)) {
    let body = &text.cased;
    let is_kanji = |c: Option<char>| c.is_some_and(|c| matches!(c, '一'..='龠' | '々'));
    let forms = &*FORMS;
    let families = JAPANESE_FAMILIES.iter();
    for family in families.flat_map(|families| families.find_iter(body)) {
        let before = &body[..family.start()];
        let is_part = is_kanji(text.before(family.start()))
            && !JAPANESE_BEFORE.iter().any(|word| before.ends_with(word));
        if is_part {
            continue;
        }
        let rest = &body[family.end()..];
        if let Some(length) = behind_family(rest) {
            let is_known = JAPANESE_KNOWN
                .iter()
                .any(|known| body[family.start()..].starts_with(known));
            let goes_on = rest[length..].starts_with('ぽ');
            if !is_known && !goes_on {
                add(family.start()..family.end() + length);
            }
        } else if JAPANESE_RELATIONS.iter().any(|word| before.ends_with(word)) && family.len() > 3 {
            add(family.range());
        }
    }
    for found in forms
        .japanese_holder
        .iter()
        .flat_map(|form| form.captures_iter(body))
    {
        if let Some(name) = found.get(1) {
            add(name.range());
        }
    }
    let hints = [
        "さん",
        "先生",
        "先輩",
        "課長",
        "部長",
        "係長",
        "氏",
        "っち",
        "くん",
        "ちゃん",
        "君",
    ];
    if !hints.iter().any(|hint| body.contains(hint)) {
        return;
    }
    for found in forms
        .japanese_office
        .iter()
        .flat_map(|form| form.find_iter(body))
    {
        let name = found.as_str();
        let second = name.chars().next().map_or(0, char::len_utf8);
        let is_office = JAPANESE_OFFICES
            .iter()
            .any(|office| name.starts_with(office) || name[second..].starts_with(office));
        if !is_office && !is_kanji(text.before(found.start())) {
            add(found.range());
        }
    }
    for found in forms
        .japanese_kana
        .iter()
        .flat_map(|form| form.find_iter(body))
    {
        let name = found.as_str();
        let is_no_name = JAPANESE_NO_NAMES.iter().any(|no| name.starts_with(no))
            || name.starts_with(['お', 'ご'])
            || [
                "赤", "猫", "犬", "姉", "兄", "爺", "婆", "坊", "嬢", "諸", "主", "母", "父", "妹",
                "弟", "孫", "子",
            ]
            .iter()
            .any(|no| name.starts_with(no));
        // ちゃんと is a word of its own.
        let is_adverb = name.ends_with("ちゃん") && body[found.end()..].starts_with('と');
        let before = text.before(found.start());
        let is_part = before.is_some_and(|c| matches!(c, 'ァ'..='ヶ' | 'ー' | '一'..='龠' | 'お'));
        if !is_no_name && !is_part && !is_adverb {
            add(found.range());
        }
    }
}

fn english(text: &Folded, add: &mut impl FnMut(Range<usize>)) {
    let body = &text.cased;
    let forms = &*FORMS;
    let is_known = |name: &str| KNOWN.split_whitespace().any(|known| known == name);
    let is_given = |name: &str| ENGLISH_GIVEN.contains(name);
    let capital = |name: &str| {
        let mut letters = name.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let is_word = |at: usize| {
        text.before(at)
            .is_some_and(|c| c.is_alphanumeric() || "@#_./".contains(c))
    };
    for found in forms
        .english_title
        .iter()
        .flat_map(|form| form.captures_iter(body))
    {
        if let (Some(all), Some(name)) = (found.get(0), found.get(1))
            && !is_known(name.as_str())
            && !is_word(all.start())
        {
            add(all.range());
        }
    }
    for found in forms
        .english_relation
        .iter()
        .flat_map(|form| form.captures_iter(body))
    {
        if let Some(name) = found.get(1) {
            let (first, last) = name.as_str().split_once(' ').unwrap_or((name.as_str(), ""));
            if is_given(&capital(first)) || !last.is_empty() {
                add(name.range());
            }
        }
    }
    for found in forms
        .english_name
        .iter()
        .flat_map(|form| form.find_iter(body))
    {
        let first = found.as_str().split([' ', '-']).next().unwrap_or_default();
        if is_given(first) && !is_word(found.start()) {
            add(found.range());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_one() {
        let forms = [
            &FORMS.japanese_office,
            &FORMS.japanese_kana,
            &FORMS.japanese_holder,
            &FORMS.english_title,
            &FORMS.english_relation,
            &FORMS.english_name,
        ];
        assert!(forms.iter().all(|form| form.is_some()));
        assert!(JAPANESE_FAMILIES.is_some() && JAPANESE_CHILDREN.is_some());
    }
}
