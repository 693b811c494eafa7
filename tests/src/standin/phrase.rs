//! The words of generated accounts: each sentence is a template of a topic,
//! filled with one of its things, between an opening and a tail.

use super::post::{Lang, draw, mix};

/// What somebody said and what was replied, without mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub said: String,
    pub reply: String,
}

struct Topic {
    things: &'static [&'static str],
    asks: &'static [&'static str],
    replies: &'static [&'static str],
    says: &'static [&'static str],
}

struct Language {
    topics: &'static [Topic],
    openings: &'static [&'static str],
    tails: &'static [&'static str],
    calls: &'static [&'static str],
    continuations: &'static [&'static str],
}

#[must_use]
pub fn exchange(lang: Lang, seed: u64) -> Exchange {
    let language = language(lang);
    let (topic, thing) = subject(language, seed);
    Exchange {
        said: sentence(
            pick(language.calls, seed, 33),
            pick(topic.asks, seed, 34),
            thing,
            "",
        ),
        reply: sentence(
            pick(language.openings, seed, 35),
            pick(topic.replies, seed, 36),
            thing,
            pick(language.tails, seed, 37),
        ),
    }
}

#[must_use]
pub fn statement(lang: Lang, seed: u64) -> String {
    let language = language(lang);
    let (topic, thing) = subject(language, seed);
    sentence(
        pick(language.openings, seed, 38),
        pick(topic.says, seed, 39),
        thing,
        pick(language.tails, seed, 40),
    )
}

/// What one adds to one's own post.
#[must_use]
pub fn continuation(lang: Lang, seed: u64) -> String {
    let language = language(lang);
    let (topic, thing) = subject(language, seed);
    sentence(
        pick(language.continuations, seed, 41),
        pick(topic.says, seed, 42),
        thing,
        pick(language.tails, seed, 43),
    )
}

/// A text longer than an ordinary post may be.
#[must_use]
pub fn note(lang: Lang, seed: u64) -> String {
    let sentences: Vec<String> = (0..14)
        .map(|part| statement(lang, mix(seed, 100 + part)))
        .collect();
    sentences.join("\n")
}

fn subject(language: &'static Language, seed: u64) -> (&'static Topic, &'static str) {
    let topic = &language.topics[draw(seed, 31, language.topics.len())];
    (topic, pick(topic.things, seed, 32))
}

fn sentence(before: &str, template: &str, thing: &str, after: &str) -> String {
    let middle = template.replace("{}", thing);
    [before, &middle, after]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn pick(from: &[&'static str], seed: u64, salt: u64) -> &'static str {
    from[draw(seed, salt, from.len())]
}

fn language(lang: Lang) -> &'static Language {
    match lang {
        Lang::Ko => &KO,
        Lang::Ja => &JA,
        Lang::En => &EN,
    }
}

/// Beginnings of handles, and names.
pub const PEOPLE: [(&str, &str); 16] = [
    ("mint", "민트초코"),
    ("hanbyeol", "한별"),
    ("dalguji", "달구지"),
    ("bora", "보라돌이"),
    ("gamja", "감자튀김"),
    ("soyeon", "소연 ☁️"),
    ("yuzu", "ゆず"),
    ("haru", "はる🌸"),
    ("nekomaru", "ねこまる"),
    ("kohaku", "琥珀"),
    ("tanuki", "たぬきそば"),
    ("ben", "Ben & Jerry"),
    ("maple", "maple"),
    ("odd_socks", "odd socks"),
    ("june", "June <3"),
    ("pixel", "pixel pete"),
];

static KO: Language = Language {
    topics: &[
        Topic {
            things: &[
                "떡볶이",
                "치킨",
                "김치찌개",
                "마라탕",
                "냉면",
                "삼겹살",
                "초밥",
                "붕어빵",
                "크림파스타",
                "칼국수",
                "김밥",
                "순대국",
            ],
            asks: &[
                "오늘 저녁 {} 어때?",
                "{} 맛집 아는 데 있어?",
                "너 {} 좋아했던가?",
                "{} 먹으러 갈 사람?",
                "혼자 {} 시키면 오바야?",
                "{} 만드는 거 어려워?",
            ],
            replies: &[
                "{} 얘기 꺼내지 마 벌써 배고파",
                "어제도 {} 먹었는데 오늘 또 먹을 수 있음",
                "{} 먹으려고 일주일 버텼어",
                "{} 앞에서는 다이어트도 휴전이야",
                "나는 {} 먹을 때 말 안 하는 사람이야",
                "회사 근처 골목 안쪽 집이 {} 제일 잘해",
                "{} 있는 곳에 내가 있다",
                "그럼 내가 {} 사고 너는 커피 사",
            ],
            says: &[
                "{} 먹고 나니까 세상이 다 예뻐 보인다",
                "비 오는 날엔 무조건 {} 생각나",
                "{} 2인분 시켜서 혼자 다 먹은 사람 나야",
                "새벽에 보는 {} 영상은 범죄야",
                "오늘의 수확은 {} 하나",
            ],
        },
        Topic {
            things: &[
                "비",
                "눈",
                "바람",
                "미세먼지",
                "더위",
                "추위",
                "장마",
                "안개",
                "소나기",
                "햇살",
            ],
            asks: &[
                "거기도 지금 {} 심해?",
                "내일 {} 온다던데 약속 어떡하지",
                "{} 때문에 집에서 안 나가는 중?",
                "너는 {} 좋아하는 편이야?",
            ],
            replies: &[
                "여기는 {} 때문에 다들 표정이 없어",
                "{} 핑계로 오늘 아무것도 안 하려고",
                "{} 보면서 창가에 앉아 있는 게 취미야",
                "일기예보에 {} 있으면 우산부터 챙기는 편",
                "아침부터 {} 장난 아니더라 조심해",
                "그 정도 {} 정도면 그냥 나가자",
            ],
            says: &[
                "{} 덕분에 빨래 계획이 다 망했다",
                "오늘 {} 뭐야 날씨한테 사기당한 기분",
                "{} 지나가고 나니까 하늘색이 미쳤다",
                "퇴근길 {} 때문에 신발이 수영을 했다",
            ],
        },
        Topic {
            things: &[
                "회의",
                "야근",
                "월요일",
                "보고서",
                "마감",
                "출근길",
                "팀장님 메일",
                "배포",
                "발표 자료",
                "엑셀",
            ],
            asks: &[
                "{} 끝났어?",
                "아직도 {} 붙잡고 있어?",
                "{} 때문에 연락 안 됐던 거야?",
                "이번 주도 {} 많아?",
                "{} 버티는 비결 좀",
            ],
            replies: &[
                "{} 생각만 해도 눈이 감겨",
                "{} 끝나면 바로 퇴근할 거야 말리지 마",
                "아까 {} 하다가 영혼이 먼저 퇴근했어",
                "{} 없는 나라로 이민 가고 싶다",
                "커피 두 잔이면 {} 하나 버틸 수 있어",
                "{} 그거 원래 그런 거래 나만 힘든 거 아니래",
            ],
            says: &[
                "{} 세 개를 하루에 몰아넣은 사람 누구야",
                "{} 끝! 나 자신 칭찬해",
                "오늘의 {} 는 내일의 내가 알아서 하겠지",
                "{} 도중에 배에서 고래 소리가 났다",
            ],
        },
        Topic {
            things: &[
                "우리 고양이",
                "길고양이",
                "옆집 강아지",
                "햄스터",
                "회사 앞 비둘기",
                "치즈냥이",
                "본가 강아지",
                "거북이",
            ],
            asks: &[
                "{} 사진 더 없어?",
                "{} 요즘 잘 지내?",
                "{} 이름이 뭐라고 했지?",
                "{} 아픈 건 괜찮아졌어?",
            ],
            replies: &[
                "{} 지금 내 무릎에서 자는 중이라 못 움직여",
                "{} 오늘도 나를 하인 취급했어",
                "{} 사진은 하루에 백 장도 부족해",
                "방금 {} 눈이 마주쳤는데 심장 멎을 뻔",
                "{} 간식값 벌려고 회사 다니는 거야",
            ],
            says: &[
                "{} 하품하는 거 보고 오늘 피로 다 풀림",
                "{} 나보다 인기 많은 거 인정하기로 했다",
                "새벽 다섯 시에 {} 때문에 기상",
                "{} 코 고는 소리가 세상에서 제일 귀엽다",
            ],
        },
        Topic {
            things: &[
                "새 앨범",
                "콘서트",
                "플레이리스트",
                "뮤지컬",
                "기타",
                "피아노",
                "라이브 영상",
                "옛날 노래",
            ],
            asks: &[
                "{} 뭐 듣고 있어?",
                "{} 같이 갈래?",
                "{} 추천 좀 해줘",
                "{} 어땠어 솔직하게?",
            ],
            replies: &[
                "{} 들으면서 걷다가 두 정거장 지나쳤어",
                "{} 진짜 첫 소절부터 눈물 났어",
                "{} 없었으면 이번 겨울 못 버텼어",
                "내 {} 는 우울할 때만 좋아지는 병이 있어",
                "{} 얘기면 나 세 시간 가능해",
            ],
            says: &[
                "{} 하나로 하루 기분이 바뀌는 게 신기해",
                "{} 때문에 통장이 울고 나도 울었다",
                "오늘은 {} 만 반복 재생",
                "{} 연습하다가 옆집에서 벽 두드림",
            ],
        },
        Topic {
            things: &[
                "부산",
                "제주도",
                "오사카",
                "강릉",
                "타이베이",
                "전주",
                "바르셀로나",
                "속초",
                "후쿠오카",
                "경주",
            ],
            asks: &[
                "{} 가 본 적 있어?",
                "{} 여행 며칠이면 될까?",
                "다음 휴가 {} 어때?",
                "{} 가면 꼭 먹어야 하는 거 뭐야?",
            ],
            replies: &[
                "{} 는 계획 없이 걸을 때가 제일 좋아",
                "{} 가면 난 일단 시장부터 가",
                "{} 다녀온 지 한 달인데 아직 사진 정리 중",
                "{} 갈 거면 나 캐리어에 넣어 가",
                "{} 바람 한 번 맞으면 고민이 반으로 줄어",
            ],
            says: &[
                "갑자기 {} 가고 싶어서 숙소만 보고 있다",
                "{} 에서 산 마그넷이 냉장고에서 떨어졌다 다시 오라는 뜻이다",
                "{} 사진 보면서 도시락 먹는 점심",
                "언젠가 {} 에서 한 달만 살아 보고 싶다",
            ],
        },
        Topic {
            things: &[
                "시험",
                "과제",
                "토익",
                "운전면허",
                "자격증",
                "면접",
                "조별 과제",
                "코딩 테스트",
            ],
            asks: &[
                "{} 잘 봤어?",
                "{} 준비 어떻게 하고 있어?",
                "{} 언제라고 했지?",
                "{} 망한 것 같은데 어떡해",
            ],
            replies: &[
                "{} 결과 나오기 전까지는 나도 천재야",
                "{} 전날엔 책상 정리가 제일 재밌더라",
                "{} 끝나고 먹을 것부터 정해 두면 버텨져",
                "{} 그거 한 번 망해도 인생 안 망해",
                "나 {} 때 이름부터 틀리게 썼잖아",
            ],
            says: &[
                "{} 공부하려고 앉았는데 유튜브가 나를 먼저 알아봤다",
                "{} 합격하면 동네방네 떡 돌린다",
                "{} 디데이 앱 지우고 싶다",
                "{} 끝난 오늘 공기가 다르다",
            ],
        },
        Topic {
            things: &[
                "낮잠",
                "늦잠",
                "불면증",
                "알람",
                "이불",
                "새벽 감성",
                "주말 아침",
                "꿈",
            ],
            asks: &[
                "{} 또야?",
                "{} 때문에 늦은 거지?",
                "요즘 {} 어때?",
                "{} 이기는 법 있어?",
            ],
            replies: &[
                "{} 앞에서 나는 늘 약자야",
                "{} 덕분에 약속 시간 전설을 썼어",
                "{} 하고 나면 다른 사람이 돼 있어",
                "오늘도 {} 한테 졌다고 전해 줘",
                "{} 생각만 해도 벌써 하품 나와",
            ],
            says: &[
                "{} 만큼 솔직한 친구도 없다",
                "오늘 일정: {} 그리고 그 다음 {}",
                "{} 때문에 인생이 삼십 분씩 밀린다",
                "이번 주말 목표는 {} 완벽하게 하기",
            ],
        },
    ],
    openings: &[
        "",
        "",
        "",
        "아니",
        "진짜",
        "솔직히",
        "ㅋㅋㅋ",
        "헐",
        "음",
        "맞아",
        "아 근데",
        "와",
        "있잖아",
        "그러게",
        "흠...",
        "ㅋㅋㅋㅋㅋ",
    ],
    tails: &[
        "",
        "",
        "",
        "ㅋㅋㅋ",
        "ㅠㅠ",
        "ㅎㅎ",
        "진짜로",
        "믿어 줘",
        "알지?",
        "어쩔 수 없어",
        "ㅋㅋㅋㅋㅋㅋ",
        "😂",
        "🍋",
        "대박",
        "나만 그래?",
        "오늘도 파이팅",
        "그렇다고 합니다",
        "ㅇㅇ",
        "~~",
        "이게 행복이지",
    ],
    calls: &[
        "",
        "",
        "",
        "야",
        "저기",
        "혹시",
        "있잖아",
        "ㅋㅋㅋ",
        "언니",
        "근데",
    ],
    continuations: &[
        "그리고",
        "추가로",
        "아 그리고",
        "덧붙이자면",
        "결론:",
        "참고로",
        "그래서",
    ],
};

static JA: Language = Language {
    topics: &[
        Topic {
            things: &[
                "ラーメン",
                "カレー",
                "お寿司",
                "おにぎり",
                "たこ焼き",
                "唐揚げ",
                "うどん",
                "プリン",
                "焼肉",
                "オムライス",
            ],
            asks: &[
                "今日の夜{}どう？",
                "{}のおいしいお店知ってる？",
                "{}好きだったっけ？",
                "深夜の{}ってあり？",
            ],
            replies: &[
                "{}の話するとお腹鳴るからやめて",
                "昨日も{}だったけど今日もいける",
                "{}のために一週間がんばった",
                "{}の前では誰も正直になるよね",
                "駅裏の小さいお店の{}が一番好き",
            ],
            says: &[
                "{}食べたら世界が優しく見える",
                "雨の日はどうしても{}が恋しい",
                "{}を二人前頼んで一人で完食した",
                "今日のご褒美は{}です",
            ],
        },
        Topic {
            things: &["雨", "雪", "台風", "花粉", "暑さ", "寒さ", "梅雨", "風"],
            asks: &[
                "そっちも{}ひどい？",
                "明日{}らしいけど大丈夫？",
                "{}の日は何してる？",
            ],
            replies: &[
                "{}のせいで一歩も外に出てない",
                "{}を言い訳に今日は何もしません",
                "窓から{}を眺めるのは嫌いじゃない",
                "こっちの{}もなかなかだよ、気をつけて",
            ],
            says: &[
                "{}で洗濯の予定が全部消えた",
                "今日の{}、本気出しすぎ",
                "{}のあとの空がきれいすぎる",
            ],
        },
        Topic {
            things: &[
                "会議",
                "残業",
                "月曜日",
                "締め切り",
                "満員電車",
                "資料作り",
                "朝礼",
                "出張",
            ],
            asks: &["{}終わった？", "まだ{}やってるの？", "今週も{}多い？"],
            replies: &[
                "{}って聞くだけで眠くなる",
                "{}が終わったら即帰る、止めないで",
                "{}の途中で魂が先に帰った",
                "コーヒー二杯で{}一回分です",
            ],
            says: &[
                "{}が三つ続く日は法律で禁止してほしい",
                "{}終わり！自分えらい",
                "{}中にお腹が鳴って全員こっち見た",
            ],
        },
        Topic {
            things: &[
                "うちの猫",
                "近所の犬",
                "ハムスター",
                "実家の犬",
                "公園の鳩",
                "三毛猫",
            ],
            asks: &["{}の写真もっとない？", "{}元気？", "{}の名前なんだっけ？"],
            replies: &[
                "{}、今ひざの上だから動けない",
                "{}に今日も召使い扱いされた",
                "{}のおやつ代のために働いてる",
                "{}と目が合って心臓止まるかと思った",
            ],
            says: &[
                "{}のあくびで一日の疲れが消えた",
                "朝五時に{}に起こされる生活",
                "{}のほうが私より人気あるの認めます",
            ],
        },
        Topic {
            things: &[
                "ライブ",
                "新曲",
                "ギター",
                "アニメ",
                "映画",
                "ゲーム",
                "漫画",
                "サントラ",
            ],
            asks: &["{}何がおすすめ？", "{}どうだった？", "{}一緒に行かない？"],
            replies: &[
                "{}で泣いて駅を二つ乗り過ごした",
                "{}がなかったらこの冬越せなかった",
                "{}の話なら三時間いける",
                "{}は最初の一分で好きになった",
            ],
            says: &[
                "{}ひとつで一日の気分が変わる",
                "今日は{}だけで生きてる",
                "{}のせいで財布が泣いてる",
            ],
        },
        Topic {
            things: &[
                "京都",
                "北海道",
                "ソウル",
                "沖縄",
                "台湾",
                "鎌倉",
                "釜山",
                "金沢",
            ],
            asks: &[
                "{}行ったことある？",
                "次の休み{}どう？",
                "{}で何食べるべき？",
            ],
            replies: &[
                "{}は計画なしで歩くのが一番",
                "{}に行くなら私をスーツケースに入れて",
                "{}の写真まだ整理できてない",
                "{}ならまず市場に行くよ",
            ],
            says: &[
                "急に{}に行きたくなって宿だけ見てる",
                "いつか{}で一か月暮らしてみたい",
                "{}の写真見ながらお弁当",
            ],
        },
        Topic {
            things: &[
                "試験",
                "レポート",
                "面接",
                "昼寝",
                "二度寝",
                "目覚まし",
                "ダイエット",
            ],
            asks: &["{}どうだった？", "{}のコツある？", "また{}？"],
            replies: &[
                "{}の前ではいつも負けてる",
                "{}が終わったら何食べるか先に決めるといいよ",
                "{}なんて一回失敗しても大丈夫",
                "{}のこと考えるだけであくび出る",
            ],
            says: &[
                "{}の神様、今日だけ味方して",
                "{}のために早起きしたのに動画見てた",
                "{}、明日の私に任せます",
            ],
        },
    ],
    openings: &[
        "",
        "",
        "",
        "いや",
        "ほんとに",
        "正直",
        "えー",
        "わかる、",
        "うーん",
        "まって",
        "それな、",
        "あのね、",
    ],
    tails: &[
        "",
        "",
        "",
        "www",
        "笑",
        "(泣)",
        "ほんとだよ",
        "だよね？",
        "しょうがない",
        "😂",
        "🍋",
        "最高",
        "私だけ？",
        "って話",
        "…たぶん",
        "！！",
    ],
    calls: &["", "", "", "ねえ", "あの", "ちなみに", "ところで"],
    continuations: &["あと", "ちなみに", "追記：", "結論：", "それで"],
};

static EN: Language = Language {
    topics: &[
        Topic {
            things: &[
                "pizza",
                "ramen",
                "pancakes",
                "tacos",
                "fried chicken",
                "dumplings",
                "curry",
                "bagels",
                "noodles",
                "soup",
            ],
            asks: &[
                "{} tonight?",
                "do you know a good place for {}?",
                "is it too early for {}?",
                "can you actually cook {}?",
            ],
            replies: &[
                "don't say {} out loud, my stomach heard you",
                "I had {} yesterday and I regret nothing",
                "I survived this week purely for {}",
                "I'll bring the {} if you bring the napkins",
                "there is no bad time for {}",
            ],
            says: &[
                "everything looks kinder after {}",
                "ordered {} for two, ate {} for two, alone",
                "rainy day means {} and nobody can stop me",
                "today's only achievement: {}",
            ],
        },
        Topic {
            things: &["rain", "snow", "heat", "wind", "fog", "pollen", "cold"],
            asks: &[
                "is the {} bad over there too?",
                "are you staying in because of the {}?",
                "do you like the {}?",
            ],
            replies: &[
                "the {} and I are no longer on speaking terms",
                "using the {} as an excuse to do nothing",
                "I could watch the {} from a window all day",
                "take a jacket, the {} is not joking",
            ],
            says: &[
                "the {} cancelled my laundry plans",
                "this {} should come with an apology",
                "the sky after the {} was worth it",
            ],
        },
        Topic {
            things: &[
                "the meeting",
                "the deadline",
                "Monday",
                "my inbox",
                "the release",
                "that report",
                "the interview",
            ],
            asks: &[
                "how did {} go?",
                "are you still stuck with {}?",
                "any tips for surviving {}?",
            ],
            replies: &[
                "my soul clocked out halfway through {}",
                "two coffees per {}, that's the rule",
                "ask me about {} when I have eaten",
                "{} won, but I put up a good fight",
            ],
            says: &[
                "{} is done and so am I",
                "my stomach made whale noises during {}",
                "leaving {} to tomorrow me, she's tougher",
            ],
        },
        Topic {
            things: &[
                "my cat",
                "the neighbour's dog",
                "the office plant",
                "a pigeon",
                "my hamster",
            ],
            asks: &[
                "more pictures of {} please?",
                "how is {} doing?",
                "what's up with {}?",
            ],
            replies: &[
                "{} is asleep on my lap so I live here now",
                "{} treats me like staff and honestly fair",
                "I work to pay for snacks for {}",
                "made eye contact with {} and lost",
            ],
            says: &[
                "{} yawned and my whole day healed",
                "woken up at five by {} again",
                "{} is more popular than me and I accept it",
            ],
        },
        Topic {
            things: &[
                "the new album",
                "that game",
                "the concert",
                "my playlist",
                "that show",
                "the guitar",
                "the book",
            ],
            asks: &[
                "how was {}?",
                "would you recommend {}?",
                "still obsessed with {}?",
            ],
            replies: &[
                "{} made me miss my stop twice",
                "I can talk about {} for three hours, clear your evening",
                "cried in the first minute of {}",
                "{} got me through the winter",
            ],
            says: &[
                "only {} today, nothing else",
                "{} emptied my wallet and filled my heart",
                "it's funny how {} can fix a whole day",
            ],
        },
        Topic {
            things: &[
                "Lisbon",
                "Busan",
                "Kyoto",
                "Iceland",
                "Taipei",
                "the seaside",
                "Edinburgh",
            ],
            asks: &[
                "have you been to {}?",
                "what do you eat in {}?",
                "{} for the next holiday?",
            ],
            replies: &[
                "{} is best without a plan",
                "pack me in your suitcase if you go to {}",
                "still sorting my photos from {}, ask me in a year",
                "first thing in {}: find the market",
            ],
            says: &[
                "looking at rooms in {} instead of working",
                "one month in {}, that's the dream",
                "lunch at my desk, heart in {}",
            ],
        },
    ],
    openings: &[
        "", "", "", "honestly", "okay but", "lol", "listen,", "no way,", "hmm,", "wow,", "I mean,",
        "true,",
    ],
    tails: &[
        "",
        "",
        "",
        "lol",
        "haha",
        "trust me",
        "no regrets",
        "you know?",
        "😂",
        "🍋",
        "send help",
        "worth it",
        "just saying",
        "as usual",
        "...probably",
        "!!",
    ],
    calls: &["", "", "", "hey,", "quick question:", "so", "btw"],
    continuations: &[
        "also,",
        "update:",
        "in conclusion,",
        "and another thing:",
        "ps:",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_filled_and_nothing_is_left_over() {
        for lang in [Lang::Ko, Lang::Ja, Lang::En] {
            for seed in 0..2_000 {
                let Exchange { said, reply } = exchange(lang, seed);
                for text in [said, reply, statement(lang, seed), continuation(lang, seed)] {
                    assert!(!text.contains("{}") && text.trim() == text, "{text:?}");
                    assert!((3..140).contains(&text.chars().count()), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn question_and_reply_are_about_the_same_thing() {
        for lang in [Lang::Ko, Lang::Ja, Lang::En] {
            for seed in 0..200 {
                let (_, thing) = subject(language(lang), seed);
                let Exchange { said, reply } = exchange(lang, seed);
                assert!(said.contains(thing) && reply.contains(thing));
            }
        }
    }

    #[test]
    fn handles_fit_what_x_allows() {
        for (stem, _) in PEOPLE {
            assert!(
                stem.len() <= 11 && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            );
        }
    }
}
