//! Everything the page says, in three languages. A word that one language lacks does
//! not compile. `{name}` stands for a value.

use lemon_model::age::AgeError;
use lemon_model::backup::BackupError;
use lemon_model::error::BotError;
use lemon_model::protocol::{EncoderFailure, LibraryFailure};
use lemon_model::sources::exchange::Refusal;
use lemon_model::sources::x_archive::exchange::Refused;
use lemon_wire::later::Slot;
use lemon_wire::{Cause, Limit};

use crate::edge::EdgeError;
use crate::lang::fill;
use crate::trouble::Trouble;

macro_rules! words {
    ($($name:ident: $ko:literal, $ja:literal, $en:literal;)+) => {
        pub struct Words { $(pub $name: &'static str,)+ }
        pub static KO: Words = Words { $($name: $ko,)+ };
        pub static JA: Words = Words { $($name: $ja,)+ };
        pub static EN: Words = Words { $($name: $en,)+ };
    };
}

words! {
    title: "레몬 툴박스", "レモンツールボックス", "Lemon Toolbox";
    tagline: "내 글로 만든 봇과 대화하세요", "自分のことばで話すボットと、話してみよう", "Chat with a bot made of your own posts";
    lead: "그동안 남긴 답글을 읽어, 내 말투로 대답하는 봇을 만듭니다. 계산은 전부 이 브라우저 안에서 합니다.",
          "これまでの返信を読み取り、あなたの口ぶりで答えるボットを作ります。計算はすべてこのブラウザの中で行います。",
          "It reads the replies you have written and answers the way you do. All of the work happens in this browser.";
    trial_title: "먼저 말을 걸어 보세요", "まずは話しかけてみてください", "Try one first";
    trial_lead: "지어낸 사람의 봇이고, 글도 우리가 지었습니다. 내 봇은 내가 쓴 글로 이렇게 대답합니다.",
                "架空の人のボットで、投稿も私たちが書きました。あなたのボットは、あなたの投稿でこのように答えます。",
                "The bot of somebody we made up, posts and all. Yours answers like this, with what you have written.";
    tell_offer: "다 되면 알림 받기", "できたら通知を受け取る", "Tell me when it is ready";
    tell_wanted: "다 되면 알려 드립니다.", "できたら通知します。", "You will be told.";
    tell_refused: "이 사이트의 알림이 꺼져 있습니다. 브라우저 설정에서 켤 수 있습니다.", "このサイトの通知は無効になっています。ブラウザの設定で有効にできます。", "Notifications are off for this website. The browser's settings can turn them on.";
    months_title: "언제 쓴 글인가요", "いつの投稿か", "When it was written";
    months_label: "{from}부터 {to}까지 달마다 그린 막대그래프. 가장 많은 달은 {most}, {n}개입니다.",
                  "{from}から{to}までの月ごとの棒グラフ。最も多いのは{most}の{n}件です。",
                  "Bars by month from {from} to {to}. Most are of {most}: {n}.";
    months_kinds: "모두 {all}개, 그중 답글 {n}개", "全部で{all}件、うち返信{n}件", "{all} in all, {n} of them replies";
    months_years: "연도별로 보기", "年ごとに見る", "By year";
    months_year: "연도", "年", "Year";
    months_replies: "답글", "返信", "Replies";
    months_others: "그 밖", "その他", "Others";
    sign_in_x: "X로 로그인", "Xでログイン", "Sign in with X";
    doors_title: "글을 어디서 가져올까요?", "投稿をどこから持ってきますか？", "Where are your posts?";
    doors_more: "다른 곳의 글도 더하기", "ほかの場所の投稿も加える", "Add posts from elsewhere";
    feeds_title: "이 봇을 만든 글", "このボットのもとになった投稿", "What this bot is made of";
    fetch_new: "새 글 가져오기", "新しい投稿を取得", "Fetch what is new";
    fetch_new_of: "@{handle}의 새 글 가져오기", "@{handle}の新しい投稿を取得", "Fetch what is new of @{handle}";
    fetch_new_cost: "지난번 뒤에 쓴 글만 읽습니다. X는 그 글 수만큼 운영자에게 요금을 받습니다.",
                    "前回より後の投稿だけを読みます。その件数分、Xは運営者に料金を請求します。",
                    "Only posts since the last time are read. X charges whoever runs this for each of them.";
    source_x: "X", "X", "X";
    source_bluesky: "Bluesky", "Bluesky", "Bluesky";
    source_mastodon: "Mastodon", "Mastodon", "Mastodon";
    source_misskey: "Misskey", "Misskey", "Misskey";
    sign_in_bluesky: "Bluesky로 로그인", "Blueskyでログイン", "Sign in with Bluesky";
    sign_in_mastodon: "Mastodon으로 로그인", "Mastodonでログイン", "Sign in with Mastodon";
    sign_in_misskey: "Misskey로 로그인", "Misskeyでログイン", "Sign in with Misskey";
    server_label: "내 계정이 있는 서버", "アカウントのあるサーバー", "The server your account is on";
    server_hint: "서버 주소나 @이름@서버를 적어 주세요. Misskey, Sharkey, CherryPick, Firefish, Mastodon, Hollo, GoToSocial, Pleroma 등에서 됩니다. 글을 쓸 권한은 요청하지 않습니다.",
                 "サーバーのアドレスか @名前@サーバー を入力してください。Misskey、Sharkey、CherryPick、Firefish、Mastodon、Hollo、GoToSocial、Pleromaなどに対応しています。投稿する権限は求めません。",
                 "Its address, or @name@server. Misskey, Sharkey, CherryPick, Firefish, Mastodon, Hollo, GoToSocial, Pleroma and their kin will do. We ask for no right to post.";
    handle_label: "Bluesky 핸들 (적지 않아도 됩니다)", "Blueskyのハンドル（空欄でも構いません）", "Your Bluesky handle, if you like";
    handle_hint: "비워 두면 bsky.social에서 로그인합니다. 다른 서버를 쓴다면 핸들이나 서버 주소를 적어 주세요. 누구인지만 확인하고, 글을 쓸 권한은 요청하지 않습니다.",
                 "空欄ならbsky.socialでログインします。ほかのサーバーをお使いなら、ハンドルかサーバーのアドレスを入力してください。本人確認だけを行い、投稿する権限は求めません。",
                 "Left empty, you sign in at bsky.social. If your account is on another server, enter your handle or its address. We only learn who you are, and ask for no right to post.";
    handle_go: "Bluesky로 가기", "Blueskyへ進む", "Go to Bluesky";
    server_go: "이 서버로 가기", "このサーバーへ進む", "Go there";
    server_asking: "서버에 물어보는 중…", "サーバーに問い合わせています…", "Asking the server…";
    server_more: "{server}은(는) 로그인하지 않은 사람에게 글을 보여 주지 않습니다. 글을 읽으려면 읽기를 한 번 더 허락해 주세요. 받은 열쇠는 다 읽고 나면 버립니다.",
                 "{server}はログインしていない人に投稿を表示しません。読み込むには、読み取りをもう一度許可してください。受け取った鍵は、読み終えたら破棄します。",
                 "{server} shows posts to nobody who is not signed in. To have them read, allow reading once more. The key that comes with it is thrown away as soon as they are read.";
    server_not_back: "서버에서 아직 돌아오지 않았습니다. 거절했다면 읽은 것은 없습니다. 다시 해 보거나 다른 곳을 고르세요.",
                     "サーバーからまだ戻っていません。拒否した場合、何も読み込んでいません。もう一度試すか、ほかを選んでください。",
                     "You have not come back from the server yet. If you declined, nothing was read. Try again, or choose another way.";
    consent_server: "{server}에 공개된 내 글을 이 브라우저가 바로 읽어 여기에 저장하고 색인합니다. 언제든 멈출 수 있습니다.",
                    "{server}で公開されているあなたの投稿を、このブラウザが直接読み込み、ここに保存して索引を作ります。いつでも止められます。",
                    "This browser reads your public posts straight from {server}, stores them here and indexes them. You can stop at any time.";
    consent_joins: "@{handle}의 봇에 더해집니다.", "@{handle}のボットに加わります。", "They are added to the bot of @{handle}.";
    consent_listed: "로그인에 쓴 열쇠는 버렸습니다. {server}의 설정에 연결된 앱으로 남는 항목은 거기서 지울 수 있습니다.",
                    "ログインに使った鍵は破棄しました。{server}の設定に連携アプリとして残る項目は、そちらで削除できます。",
                    "The key that came with signing in was thrown away. What stays listed as a connected app in the settings of {server} you can remove there.";
    consent_keyed: "글을 읽는 데 필요한 열쇠를 이 브라우저가 가지고 있습니다. 다 읽으면 {server}에 돌려주고 지웁니다.",
                   "投稿を読むために必要な鍵を、このブラウザが持っています。読み終えたら{server}に返して消去します。",
                   "This browser has a key without which the posts cannot be read. Once they are, it is given back to {server} and forgotten.";
    wish_unlisted: "홈·미등재로 올린 글도 읽기", "ホーム・未収載の投稿も読む", "Also posts that are in no public list (home, unlisted)";
    wish_warned: "내용 경고(CW)를 단 글도 읽기", "閲覧注意(CW)の投稿も読む", "Also posts behind a content warning";
    wait_server: "서버가 잠시 기다려 달라고 합니다. 읽은 글은 그대로 있습니다. {time}에 이어서 읽습니다. ({left} 남음)",
                 "サーバーから待つように言われています。読み込んだ投稿はそのままです。{time}に再開します。(残り{left})",
                 "The server asks us to wait. What was read is kept. Reading goes on at {time}. ({left} left)";
    server_retrying: "서버가 답하지 않아 다시 물어보는 중입니다.", "サーバーが応答しないため、もう一度たずねています。", "The server did not answer; asking again.";
    archive_choose: "X 보관함 파일로 만들기", "Xのアーカイブから作る", "Use an X archive";
    archive_hint: "X 설정의 ‘내 데이터 보관함 다운로드’에서 받은 ZIP이나 그 안의 tweets.js. 여기에 끌어다 놓아도 됩니다. 로그인 없이, 맨 처음 글까지 읽습니다.",
                  "Xの設定の「データのアーカイブをダウンロード」で受け取ったZIP、またはその中のtweets.js。ここにドロップしてもかまいません。ログインは不要で、最初の投稿まで読み込みます。",
                  "The ZIP from “Download an archive of your data” in X's settings, or the tweets.js in it. You can also drop it here. No sign-in, and it reaches back to your first post.";
    archive_looking: "파일을 살펴보는 중…", "ファイルを確認しています…", "Looking into the file…";
    archive_stop: "그만두기", "中止する", "Stop";
    archive_whose: "@{handle} 님의 보관함인가요?", "@{handle}さんのアーカイブですか？", "Is this your archive, @{handle}?";
    archive_will_read: "이 파일에서 읽는 것", "このファイルから読むもの", "What is read of this file";
    archive_account: "계정의 이름과 아이디", "アカウントの名前とID", "The account's name and handle";
    archive_posts: "쓴 글", "投稿", "Your posts";
    archive_notes: "긴 글의 나머지", "長い投稿の全文", "The rest of long posts";
    archive_likes: "마음에 들어한 글 (내가 답한 글을 찾는 데만 씁니다)", "いいねした投稿（あなたが返信した投稿を探すためだけに使います）", "Posts you liked (only to find those that you answered)";
    archive_circle: "서클에만 쓴 글의 목록 (빼기 위해 읽습니다)", "サークルだけに投稿したものの一覧（除くために読みます）", "Which posts were for your Circle (to leave them out)";
    archive_never: "쪽지, 메일 주소, 사진과 동영상 등 나머지는 열지 않습니다. 파일은 이 브라우저 밖으로 나가지 않습니다.",
                   "メッセージ、メールアドレス、写真や動画など、ほかは開きません。ファイルがこのブラウザの外に出ることはありません。",
                   "Messages, mail address, pictures, videos and everything else stay closed. The file does not leave this browser.";
    archive_yes: "네, 읽어 주세요", "はい、読み込む", "Yes, read it";
    archive_no: "아니요", "いいえ", "No";
    archive_other: "이 브라우저에는 @{handle} 님의 봇이 있습니다. 다른 사람의 보관함을 읽으려면 그 봇을 먼저 지우거나 다른 브라우저에서 열어 주세요.",
                   "このブラウザには@{handle}さんのボットがあります。別の人のアーカイブを読み込むには、先にそのボットを削除するか、別のブラウザで開いてください。",
                   "This browser holds the bot of @{handle}. To read somebody else's archive, delete that bot first, or use another browser.";
    archive_reading: "보관함을 읽는 중 · {n} / {all} MB", "アーカイブを読み込み中 · {n} / {all} MB", "Reading the archive · {n} of {all} MB";
    archive_broken: "{file} 파일이 손상되어 읽을 수 있는 데까지만 읽었습니다.", "{file}が壊れているため、読めるところまで読み込みました。", "{file} is damaged; what of it can be read was read.";
    archive_too_large: "{file} 파일이 지나치게 커서 도중에 멈췄습니다.", "{file}が大きすぎるため、途中で止めました。", "{file} is far too large, so reading it was ended.";
    archive_no_list: "{file} 파일에서 글 목록을 찾지 못했습니다.", "{file}に投稿の一覧がありませんでした。", "There is no list in {file}.";
    archive_doubtful: "서클에만 쓴 글의 목록이 없거나 손상되어, 서클이 있던 때(2022~2023년)의 글 {n}개는 뺐습니다. 받은 ZIP 그대로 고르면 목록이 들어 있습니다.",
                      "サークルだけの投稿の一覧がないか壊れているため、サークルがあった時期(2022〜2023年)の{n}件は除きました。受け取ったZIPのまま選ぶと、一覧が含まれています。",
                      "The list of posts that were only for your Circle is missing or damaged, so {n} of the time when there were Circles (2022 and 2023) were left out. The ZIP as you got it has the list.";
    archive_too_many: "가장 오래된 글 {n}개는 너무 많아 뺐습니다.", "多すぎるため、最も古い{n}件は除きました。", "Left out as there are too many: the {n} oldest.";
    capacity: "이 기기에는 글을 {n}개쯤까지 담을 수 있습니다. 더 많으면 새 글부터 읽습니다.", "この端末には投稿を{n}件ほど入れられます。それより多い場合は、新しいものから読み込みます。", "This device can hold about {n} posts. Of more, the newest are read.";
    archive_enough: "읽은 것만 쓰기", "読み込んだ分だけ使う", "Use what was read";
    sign_out: "로그아웃", "ログアウト", "Sign out";
    signing_out: "로그아웃하는 중", "ログアウトしています", "Signing out";
    signed_in_as: "로그인한 계정", "ログイン中のアカウント", "Signed in as";
    privacy_title: "무엇이 어디로 가나요", "何がどこへ行くのか", "What goes where";
    privacy_read: "읽는 것: 내 X 프로필과 최근 글 3,200개까지. 글쓰기, 팔로우, 쪽지 권한은 요청하지 않습니다.",
                  "読むもの：あなたのXのプロフィールと、最近の投稿3,200件まで。投稿・フォロー・メッセージの権限は求めません。",
                  "What is read: your X profile and up to your last 3,200 posts. We ask for no right to post, follow or message.";
    privacy_archive: "보관함 파일을 쓰면: 계정 이름, 내가 쓴 글, 그리고 내가 답한 글을 찾기 위해 마음에 들어한 글을 이 브라우저가 읽습니다. 파일은 어디로도 보내지 않습니다.",
                     "アーカイブを使う場合：アカウント名、あなたの投稿、そして返信先を探すために「いいね」した投稿を、このブラウザが読みます。ファイルはどこにも送りません。",
                     "With an archive: this browser reads the account's name, your posts and, to find those that you answered, the posts you liked. The file is sent nowhere.";
    privacy_servers: "Bluesky, Misskey, Mastodon으로 로그인하면: 계정 이름과 공개된 내 글, 그 글이 답한 글을 이 브라우저가 그 서버(Bluesky는 공개 API와 주소록도)에서 바로 읽습니다. 글을 읽는 데 열쇠가 필요하면 다 읽고 나서 버립니다. 우리 서버는 거치지 않습니다.",
                     "Bluesky、Misskey、Mastodonでログインした場合：アカウント名、公開されているあなたの投稿と返信先を、このブラウザがそのサーバー（Blueskyでは公開APIと住所録も）から直接読みます。読むために鍵が必要な場合は、読み終えたら破棄します。私たちのサーバーは通りません。",
                     "With Bluesky, Misskey or Mastodon: this browser reads your account's name, your public posts and what they answer straight from that server, at Bluesky also from its public API and its directory of identities. A key that is needed to read is thrown away afterwards. Nothing of it passes ours.";
    privacy_stay: "글과 봇은 이 브라우저에만 저장됩니다. 서버는 글을 지나 보낼 뿐 남기지 않습니다.",
                  "投稿とボットはこのブラウザだけに保存されます。サーバーは投稿を通すだけで、残しません。",
                  "Posts and bot are stored in this browser only. Our server passes posts through and keeps none.";
    privacy_share: "링크를 만들 때만, 내 글과 이름, 아이디가 암호화되어 올라갑니다. 여는 열쇠는 링크 안에만 있습니다. 남이 한 말은 올라가지 않고, 답을 찾는 데 쓰는 숫자만 들어갑니다.",
                   "リンクを作ったときだけ、あなたの投稿と名前とIDが暗号化されて送られます。鍵はリンクの中にしかありません。ほかの人のことばは送られず、答えを探すための数値だけが入ります。",
                   "Only when you make a link are your posts, your name and your handle sent, encrypted. The key is in the link and nowhere else. What other people said is not sent; only numbers that help to find the answer are.";
    privacy_delete: "언제든 이 브라우저에서, 그리고 공유한 곳에서 지울 수 있습니다.",
                    "いつでも、このブラウザからも共有先からも削除できます。",
                    "You can delete it at any time, here and where it was shared.";
    privacy_cost: "X는 글을 읽을 때마다 운영자에게 요금을 받습니다. 그래서 한 번 읽은 글은 다시 읽지 않습니다.",
                  "Xは投稿を読むたびに運営者へ料金を請求します。だから一度読んだ投稿は二度と読みません。",
                  "X charges whoever runs this for each post read, so nothing is read twice.";
    privacy_model: "문장을 이해하는 모델(25 MB)은 처음 한 번만 내려받습니다.",
                   "文を理解するモデル(25 MB)は、最初に一度だけダウンロードします。",
                   "The model that understands sentences (25 MB) is downloaded once.";
    privacy_x: "로그인하면 X의 프로필 사진이 X 서버에서 바로 표시됩니다. 공유된 봇을 찾아온 사람의 브라우저는 X에 접속하지 않습니다.",
               "ログイン中は、あなたのプロフィール画像をXのサーバーから直接表示します。共有ボットを訪れた人のブラウザがXに接続することはありません。",
               "While you are signed in, your own avatar is shown straight from X's servers. The browser of somebody who visits a shared bot never contacts X.";
    back: "돌아가기", "戻る", "Back";
    home: "내 봇", "わたしのボット", "My bot";
    chat: "대화", "チャット", "Chat";
    search: "내 글", "投稿", "Posts";
    language: "언어", "言語", "Language";
    loading: "확인하는 중…", "確認しています…", "Just a moment…";
    opening: "저장된 봇을 여는 중…", "保存されているボットを開いています…", "Opening your bot…";
    consent_title: "글을 읽어 올까요?", "投稿を読み込みますか？", "Shall we read your posts?";
    consent: "최근 글 {n}개를 X에서 읽어 이 브라우저에 저장하고, 바로 색인합니다. 언제든 멈출 수 있습니다.",
             "最近の投稿{n}件をXから読み込み、このブラウザに保存してすぐに索引を作ります。いつでも止められます。",
             "Your last {n} posts are read from X, stored in this browser and indexed at once. You can stop at any time.";
    start: "시작하기", "はじめる", "Start";
    go_on: "이어서 하기", "続きから再開", "Go on";
    pause: "잠시 멈춤", "一時停止", "Pause";
    resume: "계속", "再開", "Resume";
    cancel: "그만두고 지우기", "中止して削除", "Stop and delete";
    again: "다시 시도", "もう一度", "Try again";
    step_read: "글 읽기", "投稿の読み込み", "Reading posts";
    step_model: "모델 준비", "モデルの準備", "Getting the model";
    step_index: "색인 만들기", "索引の作成", "Indexing";
    step_learn: "배우기", "学習", "Learning";
    step_prove: "확인", "確認", "Checking";
    read_of: "{n} / {all}개", "{n} / {all}件", "{n} of {all}";
    read_all: "{n}개, 다 읽음", "{n}件、読み込み済み", "{n}, all read";
    read_left_out: "알아볼 수 없거나 가려져 있는 글 {n}개는 뺐습니다.",
                   "読めない形で返された、または表示が制限されている投稿{n}件は除きました。",
                   "Left out: {n} that are withheld or came in a form that cannot be read.";
    read_stalled: "같은 곳만 거듭 알려 주어 여기까지만 읽었습니다. 더 오래된 글이 있을 수 있습니다.",
                  "同じ場所ばかりが示されるため、ここまでにしました。さらに古い投稿があるかもしれません。",
                  "The same place came up again and again, so reading ended here. There may be older posts.";
    wait_app_quarter: "지금 사람이 많아 차례를 기다립니다. {time}에 이어서 읽습니다. ({left} 남음)",
                      "ただいま混み合っているため順番待ちです。{time}に再開します。(残り{left})",
                      "Many people are here just now. Your turn is at {time}, when reading goes on. ({left} left)";
    wait_user_quarter: "X가 15분 동안 읽게 해 주는 만큼 읽었습니다. {time}에 이어서 읽습니다. ({left} 남음)",
                       "Xが15分間に許可する分を読み終えました。{time}に再開します。(残り{left})",
                       "You have read what X allows in a quarter of an hour. Reading goes on at {time}. ({left} left)";
    wait_app_day: "이 서비스가 오늘 X에서 읽을 수 있는 만큼 다 읽었습니다. {time}에 이어서 읽습니다. ({left} 남음)",
                  "このサービスが今日Xから読める分を使い切りました。{time}に再開します。(残り{left})",
                  "This service has read what X allows it in a day. Reading goes on at {time}. ({left} left)";
    wait_user_day: "X가 이 계정에 하루 동안 허락한 만큼 읽었습니다. {time}에 이어서 읽습니다. ({left} 남음)",
                   "Xがこのアカウントに1日に許可する分を読み終えました。{time}に再開します。(残り{left})",
                   "You have read what X allows this account in a day. Reading goes on at {time}. ({left} left)";
    wait_source: "X가 지금 응답하지 않습니다. 읽은 글은 그대로 있습니다. {time}에 다시 물어봅니다. ({left} 남음)",
                 "Xが今応答していません。読み込んだ投稿はそのままです。{time}にもう一度問い合わせます。(残り{left})",
                 "X does not answer at the moment. What was read is kept; we ask again at {time}. ({left} left)";
    wait_month: "이번 달 X 사용량이 다 찼습니다. 읽은 글은 그대로 있고, 그것으로 대화할 수 있습니다. {time}에 이어서 읽습니다. ({left} 남음)",
                "今月のXの利用枠を使い切りました。読み込んだ投稿は残っていて、そのまま話せます。{time}に再開します。(残り{left})",
                "This month's X quota is used up. What was read is kept, and you can chat with it. Reading goes on at {time}. ({left} left)";
    wait_credits: "운영자의 X 크레딧이 다 떨어졌습니다. 읽은 글은 그대로 있습니다. {time}에 다시 물어봅니다. ({left} 남음)",
                  "運営者のXの料金残高がなくなりました。読み込んだ投稿はそのままです。{time}にもう一度問い合わせます。(残り{left})",
                  "The operator's credit at X has run out. What was read is kept; we ask again at {time}. ({left} left)";
    wait_sign_in: "로그인은 그 전에 끝나니, 그때 이 페이지로 돌아와 X에 다시 로그인해 주세요.",
                  "ログインはその前に切れます。その時刻にこのページへ戻って、もう一度Xにログインしてください。",
                  "Your sign-in at X ends before that: come back to this page then, and sign in again.";
    wait_held: "차례는 한 시간 동안 남겨 둡니다.", "順番は1時間お取り置きします。", "Your turn is kept for an hour.";
    read_retrying: "X가 답하지 않아 다시 물어보는 중입니다.", "Xが応答しないため、もう一度たずねています。", "X did not answer; asking again.";
    read_on: "이어서 읽고 있습니다.", "読み込みを再開しました。", "Reading goes on.";
    model_of: "{n} / {all} MB", "{n} / {all} MB", "{n} of {all} MB";
    model_ready: "준비됨", "準備完了", "Ready";
    index_of: "{n} / {all}개", "{n} / {all}件", "{n} of {all}";
    index_about: "{n} / 약 {all}개", "{n} / 約{all}件", "{n} of about {all}";
    index_rate: "초당 {rate}개 · {left} 남음", "毎秒{rate}件 · 残り{left}", "{rate} a second · {left} left";
    index_rate_alone: "초당 {rate}개", "毎秒{rate}件", "{rate} a second";
    seconds: "{n}초", "{n}秒", "{n} s";
    hours: "{n}시간", "{n}時間", "{n} h";
    minutes: "{n}분", "{n}分", "{n} min";
    suggested: "물어볼 만한 것", "こんなことを聞いてみて", "Things to ask";
    learned_title: "배운 것 시험하기", "学んだことの確認", "What it learned, tried";
    learned_lead: "배울 때 빼 둔 대화 {asked}개를 물어보았습니다. 그때 내가 한 대답이 대답 {among}개 가운데 가장 가까운 열 개에 든 횟수입니다.",
                  "学習から外しておいた会話{asked}件を尋ねました。そのときの自分の返事が、返事{among}件のうち最も近い十件に入った回数です。",
                  "It was asked {asked} exchanges that were kept out of learning. This is how often your own reply was among the ten nearest of {among}.";
    learned_before: "배우기 전", "学習前", "Before learning";
    learned_after: "배운 뒤", "学習後", "After learning";
    learned_remark: "도움이 되지 않은 것은 쓰지 않습니다. 평소에는 같은 말에 어떻게 답했는지도 보므로 이보다 잘 찾습니다.",
                    "役に立たなかったものは使いません。ふだんは同じ言葉にどう返したかも見るので、これよりよく見つかります。",
                    "What did not help is not used. In a chat it also knows what you replied to the same words before, and finds more.";
    learned: "배움", "学習済み", "Learned";
    proving: "다시 읽은 것을 시험하는 중", "読み直した内容を確認しています", "Trying what was read back";
    proven: "다시 읽어 확인함", "読み直して確認済み", "Read back and checked";
    following: "다른 탭에서 만들고 있습니다. 이 탭에는 얼마나 됐는지 보이고, 그 탭을 닫으면 여기서 이어집니다.",
               "別のタブで作成しています。このタブには進み具合が表示され、あちらを閉じるとここで続きます。",
               "Another tab is at work. This one shows how far it is, and goes on here once that one is closed.";
    gently: "지난번에는 하다가 브라우저가 탭을 닫아서, 이번에는 메모리를 덜 쓰며 천천히 합니다.",
            "前回は途中でブラウザにタブを閉じられたため、今回はメモリを控えめにしてゆっくり進めます。",
            "Last time the browser ended this page in the middle, so it now works with less memory, and more slowly.";
    paused: "멈춰 있습니다", "一時停止中", "Paused";
    working: "만드는 중", "作成中", "Being made";
    ready: "준비됐어요", "準備ができました", "Ready";
    ready_lead: "글 {posts}개에서 할 말 {entries}개를 찾았습니다.",
                "投稿{posts}件から話せることば{entries}件を見つけました。",
                "{entries} things to say, from {posts} posts.";
    early: "이제 대화할 수 있어요. 나머지는 뒤에서 계속됩니다.",
           "もう話せます。残りは裏で続きます。",
           "You can chat now; the rest continues in the background.";
    open_chat: "대화하기", "話してみる", "Chat";
    empty_title: "대화할 글이 없어요", "話せる投稿がありません", "Nothing to talk with";
    empty: "읽은 글 {n}개 가운데 직접 쓴 말이 없습니다. 리포스트와 링크만 있는 글은 쓰지 않습니다.",
           "読み込んだ投稿{n}件の中に、ご自身のことばがありませんでした。リポストやリンクだけの投稿は使いません。",
           "Among the {n} posts read there are no words of your own. Reposts and bare links are not used.";
    away: "로그아웃 상태입니다. 이 브라우저에 있는 봇은 그대로 쓸 수 있어요.",
          "ログアウト中です。このブラウザにあるボットはそのまま使えます。",
          "You are signed out. The bot in this browser still works.";
    delete_all: "이 브라우저에서 모두 지우기", "このブラウザからすべて削除", "Delete everything in this browser";
    delete_sure: "읽은 글과 색인이 이 브라우저에서 모두 지워집니다. 지울까요?",
                 "読み込んだ投稿と索引が、このブラウザからすべて消えます。削除しますか？",
                 "All posts and the index are deleted from this browser. Go on?";
    delete_yes: "네, 지웁니다", "はい、削除します", "Yes, delete";
    deleting: "지우는 중", "削除しています", "Deleting";
    delete_no: "아니요", "いいえ", "No";
    nameless: "익명", "匿名", "somebody";
    bot_of: "{name}의 봇", "{name}のボット", "{name}'s bot";
    bot_notice: "{name} 님의 글로 만든 봇입니다. 본인이 아닙니다.",
                "{name}さんの投稿から作られたボットです。本人ではありません。",
                "A bot made of {name}'s posts, not the person.";
    greeting: "안녕하세요! 무엇이든 물어보세요.", "こんにちは！なんでも聞いてください。", "Hi! Ask me anything.";
    message: "메시지", "メッセージ", "Message";
    send: "보내기", "送信", "Send";
    you: "나:", "わたし：", "You:";
    thinking: "입력 중", "入力中", "Typing";
    answered_to: "이 말에 대한 답", "このことばへの返信", "In answer to";
    said_on: "쓴 날", "書いた日", "Written";
    said_often: "같은 말", "同じことば", "Said";
    said_times: "{n}번", "{n}回", "{n} times";
    similarity: "비슷한 정도", "近さ", "Similarity";
    original: "원문 보기", "元の投稿", "Original post";
    details: "자세히", "詳細", "Details";
    chat_nobody: "아직 봇이 없어요. 먼저 봇을 만들어 주세요.", "まだボットがありません。先にボットを作ってください。", "There is no bot yet. Make one first.";
    chat_not_open: "아직 대화할 수 없어요. 처음 100개가 색인되면 열립니다.",
                   "まだ話せません。最初の100件の索引ができると開きます。",
                   "Not yet: chat opens once the first 100 are indexed.";
    no_answer: "그건 할 말이 없네요. 다른 걸 물어봐 주세요.",
               "それについては言えることがありません。ほかのことを聞いてください。",
               "I have nothing to say to that. Ask me something else.";
    no_more_answers: "그 얘기는 더 할 말이 없어요.", "その話はもう言うことがありません。", "I have nothing more to say to that.";
    manner: "대답하는 방식", "答え方", "How it answers";
    manner_bold_how: "얼마나 대담하게", "どのくらい大胆に", "How boldly";
    manner_careful: "확실할 때만", "確かなときだけ", "Only when sure";
    manner_usual: "보통", "ふつう", "As usual";
    manner_bold: "무엇이든", "なんでも", "Anything goes";
    manner_year: "언제의 글로", "いつの投稿で", "From which year";
    manner_all_years: "모든 해", "すべての年", "All years";
    search_placeholder: "답글에서 찾기", "返信をさがす", "Search your replies";
    searching: "찾는 중…", "さがしています…", "Searching…";
    search_count: "{n}개", "{n}件", "{n} found";
    search_none: "찾는 말이 없습니다.", "見つかりませんでした。", "Nothing found.";
    search_empty: "아직 읽은 글이 없습니다.", "まだ投稿がありません。", "There are no posts yet.";
    desk_which: "어떤 글을 볼지", "どの投稿を見るか", "Which posts to show";
    desk_all: "전체", "すべて", "All";
    desk_flagged: "확인 필요", "要確認", "To check";
    desk_cleared: "내보내기로 한 글", "出すと決めたもの", "Let go";
    desk_is_pinned: "고정", "固定", "Pinned";
    desk_out: "뺀 글", "除いたもの", "Left out";
    desk_kind: "글의 종류", "投稿の種類", "Kind of post";
    desk_all_kinds: "답글과 혼잣말", "返信とひとりごと", "Replies and the rest";
    desk_answers: "답글만", "返信だけ", "Replies only";
    desk_statements: "혼잣말만", "ひとりごとだけ", "Not replies";
    desk_language: "글의 언어", "投稿の言語", "Language of the post";
    desk_all_languages: "모든 언어", "すべての言語", "All languages";
    desk_place: "가져온 곳", "どこの投稿か", "Where it is from";
    desk_all_places: "모든 곳", "すべての場所", "All places";
    desk_none_flagged: "확인할 글이 없습니다.", "確認するものはありません。", "Nothing to check.";
    desk_none_left_out: "뺀 글이 없습니다.", "除いたものはありません。", "Nothing is left out.";
    desk_leave_out: "빼기", "除く", "Leave out";
    desk_bring_back: "되돌리기", "戻す", "Bring back";
    desk_let_it_go: "내보내도 됨", "出してよい", "Let it go";
    desk_hold_back: "다시 막기", "やはり出さない", "Hold it back";
    desk_pin: "고정", "固定する", "Pin";
    desk_unpin: "고정 풀기", "固定をやめる", "Unpin";
    desk_left_out: "{n}개를 뺐습니다. 봇도 말하지 않고, 다시 가져와도 빠져 있습니다.", "{n}件を除きました。ボットも話さず、再び取り込んでも入りません。", "{n} left out. The bot will not say it, also after the next import.";
    desk_brought_back: "{n}개를 되돌렸습니다.", "{n}件を戻しました。", "{n} brought back.";
    desk_let_go: "{n}개를 내보내기로 했습니다.", "{n}件を出すことにしました。", "{n} may go.";
    desk_held_back: "{n}개를 다시 막았습니다.", "{n}件を出さないことにしました。", "{n} held back.";
    desk_pinned: "{n}개를 고정했습니다. 자리가 모자라도 먼저 나갑니다.", "{n}件を固定しました。入りきらないときも先に入ります。", "{n} pinned: it goes first where there is no room for all.";
    desk_unpinned: "{n}개의 고정을 풀었습니다.", "{n}件の固定をやめました。", "{n} unpinned.";
    desk_picked: "{n}개 고름", "{n}件を選択", "{n} picked";
    desk_picked_label: "고른 글", "選んだ投稿", "What is picked";
    desk_pick: "{day}의 글 고르기", "{day}の投稿を選ぶ", "Pick the post of {day}";
    desk_pick_none: "고르기 취소", "選択をやめる", "Pick none";
    desk_entry: "글 전체", "投稿の全文", "The whole post";
    desk_keys: "키보드: ↑ ↓ 이동, Space 고르기, Delete 빼기, Z 실행 취소, Enter 전체 보기", "キーボード: ↑ ↓ 移動、Space 選択、Delete 除く、Z 元に戻す、Enter 全文", "Keys: ↑ ↓ move, Space picks, Delete leaves out, Z undoes, Enter shows all of it";
    undo: "실행 취소", "元に戻す", "Undo";
    close: "닫기", "閉じる", "Close";
    flag_phone: "전화번호", "電話番号", "phone number";
    flag_account: "계좌·카드", "口座・カード", "account or card";
    flag_resident: "신분 번호", "身分証の番号", "identity number";
    flag_address: "주소", "住所", "address";
    flag_mail: "이메일", "メール", "e-mail";
    flag_messenger: "메신저", "メッセンジャー", "messenger";
    flag_plate: "차량 번호", "車のナンバー", "number plate";
    flag_handle: "남의 계정", "ほかの人のアカウント", "somebody's handle";
    flag_name: "이름", "名前", "name";
    flag_insult: "욕설", "悪口", "insult";
    flag_listed: "내 단어", "自分のことば", "your word";
    listed_title: "내가 막을 단어", "自分で止めることば", "Words of your own to check for";
    listed_what: "한 줄에 하나씩. 이 말이 든 글은 내보내기 전에 확인합니다. 이 브라우저에만 있습니다.", "1行に1つ。これを含む投稿は、出す前に確認します。このブラウザの中だけに保存されます。", "One a line. Posts with any of them are checked before they go. They stay in this browser.";
    listed_save: "저장", "保存", "Save";
    listed_saved: "저장했습니다.", "保存しました。", "Saved.";
    bots: "내 봇", "ボット", "Bots";
    bots_title: "내 봇", "自分のボット", "Your bots";
    bots_none: "이 브라우저에는 아직 봇이 없습니다.", "このブラウザにはまだボットがありません。", "There is no bot in this browser yet.";
    bots_others: "이 브라우저에 있는 다른 봇", "このブラウザにあるほかのボット", "Other bots in this browser";
    bots_open: "이 봇 열기", "このボットを開く", "Open this bot";
    bots_more: "글 더하기와 삭제", "投稿の追加と削除", "Add posts, or delete it";
    bots_held: "글 {posts}개에서 온 말 {n}개 · 마지막으로 가져온 날 {day}", "投稿{posts}件、ことば{n}件・最終取得 {day}", "{n} entries from {posts} posts, last fetched {day}";
    bots_links: "열려 있는 링크 {n}개, 마지막은 {day}까지", "有効なリンク{n}件、最後は{day}まで", "{n} living links, the last until {day}";
    manners_title: "봇의 이름과 말", "ボットの名前とことば", "What it is called and says";
    manners_name: "이름", "名前", "Name";
    manners_greeting: "첫인사", "最初のあいさつ", "Greeting";
    manners_unknown: "대답할 말이 없을 때", "答えが見つからないとき", "When it has no answer";
    manners_saved: "저장했습니다. 이미 공유한 링크에는 링크를 갱신한 뒤에 나타납니다.", "保存しました。共有済みのリンクには、リンクを更新すると反映されます。", "Saved. Links that you have shared show it once you renew them.";
    export_title: "봇을 파일로 저장", "ボットをファイルに保存", "Keep the bot as a file";
    export_what: "글, 벡터, 고른 것까지 이 브라우저에 있는 봇이 모두 담깁니다. 휴대폰으로 옮기거나 보관해 둘 수 있어요. 암호를 걸면 공유한 링크도 함께 담기고, 그 암호가 있어야만 열립니다.", "投稿・ベクトル・選んだことまで、このブラウザにあるボットがすべて入ります。スマートフォンへの移動や保管に使えます。パスフレーズを付けると共有リンクも入り、そのパスフレーズでだけ開きます。", "All that this browser has of the bot goes into it: posts, vectors, what you decided. Take it to your phone, or keep it. With a passphrase the links you shared go along, and it opens with that passphrase only.";
    export_passphrase: "암호", "パスフレーズ", "Passphrase";
    export_forgotten: "암호는 어디에도 저장되지 않습니다. 잊으면 이 파일은 아무도 열 수 없습니다.", "パスフレーズはどこにも保存されません。忘れると、このファイルは誰にも開けません。", "It is kept nowhere. Without it nobody can open the file.";
    export_make: "암호 만들기", "パスフレーズを作る", "Make one for me";
    export_save: "파일로 저장", "ファイルに保存", "Save the file";
    export_short: "암호를 {n}자 이상 적어 주세요. 아직 저장한 것은 없습니다.", "パスフレーズは{n}文字以上にしてください。まだ何も保存していません。", "Make it at least {n} characters long. Nothing was saved yet.";
    export_writing: "파일을 만드는 중… {share}", "ファイルを作成中… {share}", "Writing the file… {share}";
    export_saved: "파일을 브라우저에 넘겼습니다. 다운로드에 있는지 확인하세요. 다른 기기의 '내 봇'에서 열 수 있어요.", "ファイルをブラウザに渡しました。ダウンロードにあるか確認してください。ほかの端末の「自分のボット」で開けます。", "The browser has been handed the file: see that it is among your downloads. Open it on another device, under \"Your bots\".";
    export_open: "암호 없이 저장", "パスフレーズなしで保存", "Save it without a passphrase";
    export_open_what: "이 파일을 손에 넣은 사람은 누구나 글을 모두 읽을 수 있습니다. 남이 내게 한 말과 공유하지 않은 글도 들어 있어요. 공유한 링크는 담기지 않습니다.", "このファイルを手に入れた人は、すべての投稿を読めます。相手のことばや、共有していない投稿も入っています。共有リンクは入りません。", "Whoever gets hold of it can read all posts, also those that you do not share and what others said to you. The links you shared are not in it.";
    export_open_save: "나만 볼 파일로 저장", "自分だけのファイルとして保存", "Save it for myself";
    import_title: "파일에서 봇 가져오기", "ファイルからボットを取り込む", "Take a bot in from a file";
    import_what: "다른 기기에서 '봇을 파일로 저장'으로 만든 파일입니다. 파일은 이 브라우저를 떠나지 않습니다.", "ほかの端末の「ボットをファイルに保存」で作ったファイルです。ファイルはこのブラウザの外に出ません。", "One that was saved on another device by \"Keep the bot as a file\". It does not leave this browser.";
    import_choose: "봇 파일 고르기", "ボットのファイルを選ぶ", "Choose a bot's file";
    import_looking: "파일을 보는 중…", "ファイルを確認しています…", "Looking into it…";
    import_passphrase: "이 파일의 암호", "このファイルのパスフレーズ", "The file's passphrase";
    import_wrong: "암호가 다릅니다. 파일은 그대로예요. 다시 적어 주세요.", "パスフレーズが違います。ファイルはそのままです。もう一度入力してください。", "That is another passphrase. The file is as it was; try again.";
    import_unlock: "열기", "開く", "Open it";
    import_leave: "그만두기", "やめる", "Leave it";
    import_take: "이 봇 가져오기", "このボットを取り込む", "Take this bot in";
    import_replaces: "이 계정의 봇이 이 브라우저에 이미 있습니다. 가져오면 그 봇 대신 파일에 든 봇이 남습니다.", "このアカウントのボットが、このブラウザにすでにあります。取り込むと、その代わりにファイルのボットが残ります。", "There is a bot of this account in this browser already. It is replaced by the one in the file.";
    import_replace: "파일의 것으로 바꾸기", "ファイルの中身に置き換える", "Replace it by the file's";
    import_taking: "봇을 가져오는 중…", "ボットを取り込んでいます…", "Taking the bot in…";
    visit_kept: "지금은 연결되지 않아, 지난번에 받아 둔 봇을 열었습니다. 그사이 바뀌었거나 지워졌을 수 있어요.", "いまは接続できないため、前回受け取ったボットを開きました。その後、更新や削除があったかもしれません。", "There is no connection at the moment, so this is the bot as it came last time. It may have been changed or deleted since.";
    codes_title: "코드로 링크 지우기", "コードでリンクを削除", "Delete a link by its code";
    codes_what: "다른 기기에서 공유한 링크도, 그때 저장해 둔 코드가 있으면 여기서 지우거나 만료일을 바꿀 수 있습니다. 코드로는 봇을 열 수 없습니다.", "ほかの端末で共有したリンクも、そのとき保存したコードがあれば、ここで削除や期限の変更ができます。コードでボットは開けません。", "A link that was shared from another device can be deleted here, or its end moved, by the code that was kept of it. A code does not open a bot.";
    codes_label: "코드 붙여 넣기", "コードを貼り付け", "Paste the code";
    codes_look: "링크 찾기", "リンクを探す", "Find the link";
    codes_file: "코드 파일 열기", "コードのファイルを開く", "Open a code file";
    codes_none: "온전한 코드가 없습니다. 코드 전체를 다시 복사해 넣어 주세요. 지워진 것은 없습니다.", "完全なコードが見つかりません。コード全体をもう一度コピーしてください。何も削除されていません。", "There is no whole code in it. Copy all of it once more. Nothing was deleted.";
    codes_link: "링크 {n}", "リンク{n}", "Link {n}";
    codes_asking: "링크를 찾는 중…", "リンクを確認しています…", "Looking for it…";
    codes_there: "열려 있는 링크입니다.", "有効なリンクです。", "It is there";
    codes_gone: "이 링크는 이미 없습니다. 지워졌거나 기간이 지났습니다.", "このリンクはもうありません。削除されたか、期限が過ぎました。", "This link is no more. It was deleted, or its time was over.";
    codes_deleted: "지웠습니다. 이 링크는 이제 아무 데서도 열리지 않습니다.", "削除しました。このリンクはもうどこでも開きません。", "Deleted. The link opens nowhere any more.";
    taken_down: "운영자가 내린 봇입니다.", "運営者が公開を停止したボットです。", "Whoever runs this has taken the bot down.";
    code_what: "이 코드가 있으면 이 브라우저가 비워져도, 다른 기기에서도 링크를 지울 수 있습니다. 봇은 열 수 없습니다.", "このコードがあれば、このブラウザが空になっても、ほかの端末からでもリンクを削除できます。ボットは開けません。", "With this code the link can be deleted on another device, and also when this browser is emptied. It does not open the bot.";
    code_copy: "삭제 코드 복사", "削除コードをコピー", "Copy the delete code";
    code_save: "삭제 코드 파일로 저장", "削除コードをファイルに保存", "Save the delete code";
    code_file: "레몬 툴박스 봇 링크의 삭제 코드입니다. '내 봇' 페이지에 붙여 넣거나 이 파일을 열면 링크를 지울 수 있습니다. 남에게 주지 마세요.", "レモンツールボックスのボットのリンクを削除するコードです。「ボット」のページに貼り付けるか、このファイルを開くと、リンクを削除できます。ほかの人に渡さないでください。", "The delete code of a Lemon Toolbox link. Paste it on the page \"Bots\", or open this file there, to delete the link. Give it to nobody.";
    delete_links: "공유한 링크 {n}개도 지우기", "共有したリンク{n}件も削除する", "Delete the {n} shared links as well";
    delete_links_live: "링크는 기간이 끝날 때까지 살아 있고, 지울 수 있는 코드는 이 브라우저에만 있습니다. 지금 저장해 두지 않으면 다시는 지울 수 없습니다.", "リンクは期限まで有効で、削除できるコードはこのブラウザにしかありません。いま保存しないと、二度と削除できません。", "The links live until their time is over, and what can delete them is in this browser alone. If you do not save it now, they cannot be deleted any more.";
    share_more: "링크 관리", "リンクの管理", "Manage the link";
    share_made: "{day}의 내용입니다. 지금까지 {n}번 갱신했습니다.", "{day}時点の内容です。更新{n}回。", "It holds what was here on {day}. Renewed {n} times.";
    share_made_once: "링크를 만들 때의 내용입니다.", "リンクを作ったときの内容です。", "It holds what was here when it was made.";
    share_follows: "공유한 봇은 원래 글이 지워져도 따라가지 않습니다. 여기서 빼고 링크를 갱신하면, 같은 링크에서 그 글이 사라집니다.", "共有したボットは、元の投稿を消しても自動では追従しません。ここで除いてリンクを更新すると、同じリンクからその投稿が消えます。", "A shared bot does not follow deletions by itself. What you leave out here is gone from the same link once you renew it.";
    share_compare: "지금 봇과 비교", "今のボットと比べる", "Compare with what is here";
    share_comparing: "비교하는 중…", "比べています…", "Comparing…";
    share_same: "링크에 있는 말이 지금 봇과 같습니다.", "リンクの中のことばは、今のボットと同じです。", "Its entries are those that are here.";
    share_differs: "지금은 나가지 않는데 링크에 있는 말 {gone}개, 아직 링크에 없는 말 {n}개. 링크를 갱신하면 지금과 같아집니다.", "今は出ないのにリンクにあることば{gone}件、まだリンクにないことば{n}件。リンクを更新すると今と同じになります。", "{gone} entries are behind the link that would no longer go, and {n} are not there yet. Renew it to have it as it is here.";
    share_renew: "지금 내용으로 갱신", "いまの内容に更新", "Renew with what is here now";
    share_extend: "만료일만 바꾸기", "期限だけ変更", "Move its end only";
    share_copy_text: "소개글과 함께 복사", "紹介文と一緒にコピー", "Copy with a line of text";
    share_text: "제 글로 만든 봇이에요. 저처럼 대답하는지 말을 걸어 보세요. (사람이 아니라 봇이 대답합니다)", "私の投稿から作ったボットです。私らしく答えるか、話しかけてみてください。（答えるのは人ではなくボットです）", "This is a bot made of my own posts. See whether it answers as I would. (It is a bot that answers, not me.)";
    share_not_copied: "복사하지 못했어요. 길게 눌러 복사하세요", "コピーできませんでした。長押ししてコピーしてください", "Not copied. Press and hold the link";
    share_unchecked: "새 내용을 아직 확인하지 못했습니다. 다시 갱신해 주세요.", "新しい内容をまだ確認できていません。もう一度更新してください。", "The new contents are not checked yet. Renew it once more.";
    share_extending: "만료일을 바꾸는 중", "期限を変更しています", "Moving its end";
    address: "이 페이지의 주소", "このページのアドレス", "The address of this page";
    share_qr: "링크의 QR 코드", "リンクのQRコード", "The link as a QR code";
    duet: "내 봇과 대화시키기", "自分のボットと話させる", "Let my bot talk with it";
    duet_other: "이 봇은 다른 모델로 만들어져 내 봇과 이야기할 수 없습니다.", "このボットは別のモデルで作られているため、自分のボットとは話せません。", "This bot was made with another model, so yours cannot talk with it.";
    duet_title: "봇 둘의 대화 · 사람이 한 말이 아닙니다", "ボットどうしの会話・人が話したものではありません", "Two bots talk · no person said this";
    duet_what: "두 봇이 하는 말은 이 브라우저에만 있고 아무에게도 보내지 않습니다.", "会話はこのブラウザの中だけにあり、どこにも送られません。", "What they say is in this browser alone, and is sent to nobody.";
    duet_opening: "내 봇을 여는 중…", "自分のボットを開いています…", "Opening your bot…";
    duet_bot: "{name} 봇", "{name}のボット", "{name}’s bot";
    duet_step: "다음 말", "次のひとこと", "Next line";
    duet_run: "자동으로 이어가기", "自動で続ける", "Let them go on";
    duet_stop: "멈추기", "止める", "Stop";
    duet_unknown: "글쎄, 그건 잘 모르겠어.", "うーん、それはわからないな。", "Hm, I have nothing to say to that.";
    duet_over: "여기까지 이야기했습니다.", "会話はここまでです。", "They have talked enough.";
    duet_copy: "텍스트로 복사", "テキストをコピー", "Copy as text";
    duet_save: "그림으로 저장", "画像で保存", "Save as a picture";
    in_app: "지금은 다른 앱 안의 브라우저입니다. 저장한 것이 사라지거나 일부 기능이 안 될 수 있으니, 메뉴(⋯)에서 '다른 브라우저로 열기'를 골라 주세요.", "いまはほかのアプリ内のブラウザです。保存したものが消えたり、一部の機能が動かないことがあります。メニュー（⋯）から「ブラウザで開く」を選んでください。", "This is a browser inside another app, which may forget what is stored or lack what the page needs. Choose “Open in browser” in its menu (⋯).";
    way_out: "브라우저에서 열기", "ブラウザで開く", "Open in the browser";
    made_title: "이 봇은 무엇으로 만들었나요?", "このボットのもとになったもの", "What this bot is made of";
    made_entries: "{from}부터 {to}까지 쓴 말 {n}개", "{from}から{to}までのことば{n}件", "{n} entries, written from {from} to {to}";
    made_empty: "말 {n}개", "ことば{n}件", "{n} entries";
    made_by: "만든 사람(본인이 밝힌 대로):", "作った人（本人の申告）:", "Whose it says it is:";
    made_proven: "로그인한 계정", "ログイン済みのアカウント", "signed in there";
    made_given: "파일로 받은 글, 본인 확인 없음", "ファイルの投稿、本人確認なし", "given as a file, not proven";
    made_unknown: "어디에 쓴 글인지는 이 봇에 적혀 있지 않습니다.", "どこの投稿かは、このボットに書かれていません。", "It does not say where these posts are from.";
    made_on: "{day}에 만듦", "{day}作成", "Made on {day}";
    made_trust: "모두 봇을 만든 사람의 브라우저가 적은 것입니다. 우리는 봇의 내용을 볼 수 없어 확인해 줄 수 없습니다.", "これらはすべて、作った人のブラウザが書いたものです。私たちは中身を見られないため、保証できません。", "All of this was written by the browser of whoever made it. We cannot see what is in a bot, so we cannot vouch for it.";
    source_x_archive: "X 아카이브", "Xのアーカイブ", "X archive";
    report: "이 봇 신고하기", "このボットを報告", "Report this bot";
    report_what: "운영자에게 이 봇의 번호만 보냅니다. 대화도, 봇의 내용도, 링크의 열쇠도 보내지 않습니다.", "運営者にはこのボットの番号だけを送ります。会話も、ボットの中身も、リンクの鍵も送りません。", "Only the number of this bot goes to whoever runs this: nothing of your talk, of what is in it, or of the link's key.";
    report_yes: "신고하기", "報告する", "Report it";
    reported: "신고했습니다. 운영자가 번호를 확인합니다.", "報告しました。運営者が番号を確認します。", "Reported. Whoever runs this will see its number.";
    share_held: "확인이 필요한 글 {n}개는 내보내도 된다고 하기 전까지 빠집니다.", "要確認の{n}件は、よいと決めるまで入りません。", "{n} to check stay out until you say otherwise.";
    share_left_out: "직접 뺀 글은 {n}개입니다.", "自分で除いたものは{n}件です。", "{n} are left out by you.";
    share_masked: "글 {n}개에 있는 남의 계정 이름은 가립니다.", "{n}件の中のほかの人のアカウント名は伏せます。", "Others' handles are masked in {n}.";
    share_over: "자리가 모자라 {n}개가 빠집니다. 고정한 글, 답글, 최근 글 순으로 담고 같은 글은 한 번만 담습니다.", "入りきらない{n}件は除かれます。固定したもの、返信、新しいものの順で、同じものは一度だけ入ります。", "{n} do not fit: pinned ones go first, then replies, then the newest, and nothing twice.";
    share_looking: "내보낼 글을 살피는 중… {n}%", "出ていく投稿を調べています… {n}%", "Looking through what would go… {n} %";
    share_check: "확인할 글 보기", "確認するものを見る", "Check them";
    share_title: "링크로 나누기", "リンクで共有", "Share a link";
    share_life: "링크 유효 기간", "リンクの有効期間", "How long the link lives";
    share_link: "{day}까지 쓸 수 있는 링크", "{day}まで有効なリンク", "The link that lives until {day}";
    share_what: "링크를 아는 사람은 내 이름과 계정, 글 {n}개와 그 날짜, 원문 링크를 볼 수 있습니다. 남이 한 말은 들어 있지 않고, 답을 찾는 데 쓰는 숫자만 들어 있습니다.",
                "リンクを知る人は、あなたの名前とアカウント、投稿{n}件とその日付、元の投稿へのリンクを見られます。ほかの人のことばは含まれず、答えを探すための数値だけが入っています。",
                "Whoever has the link can see your name, the accounts the posts are from, and {n} posts with their dates and links to the originals. What others said is not in it, only numbers that help to find the answer.";
    share_review: "무엇이 나가는지 보기", "何が出ていくのか見る", "See what is in it";
    share_days: "{n}일 뒤 삭제", "{n}日後に削除", "Deleted after {n} days";
    share_day: "1일 뒤 삭제", "1日後に削除", "Deleted after 1 day";
    share_make: "링크 만들기", "リンクを作る", "Make a link";
    share_sealing: "암호화하는 중", "暗号化しています", "Encrypting";
    share_uploading: "올리는 중", "送信しています", "Uploading";
    share_proving: "다시 받아 열어 보는 중", "受け取り直して開いています", "Fetching it back and opening it";
    share_copy: "복사", "コピー", "Copy";
    share_copied: "복사됨", "コピーしました", "Copied";
    share_send: "공유하기", "共有", "Share";
    share_delete: "모든 곳에서 삭제", "すべての場所から削除", "Delete it everywhere";
    share_deleting: "삭제하는 중", "削除しています", "Deleting";
    share_until: "{day}까지", "{day}まで", "Until {day}";
    share_unfinished: "끝나지 않은 공유", "終わっていない共有", "An unfinished share";
    visit_opening: "봇을 여는 중…", "ボットを開いています…", "Opening the bot…";
    visit_model: "모델을 받는 중", "モデルを取得しています", "Getting the model";
    visit_other_model: "이 봇은 다른 모델로 만들어졌어요. 그 모델을 받는 중", "このボットは別のモデルで作られました。そのモデルを取得しています", "This bot was made with another model than today’s. Getting that one";
    visit_seen: "이 링크는 오는 길에 ‘#’이 바뀌어서, 열쇠가 우리 서버와 링크를 전한 서버에 보였습니다. 봇은 그대로 열립니다. 만든 사람에게 알려 주면 새 링크로 바꿀 수 있어요.",
                "このリンクは途中で「#」が書き換えられ、鍵が私たちのサーバーとリンクを運んだサーバーに見えました。ボットはそのまま開きます。作った人に伝えれば、新しいリンクに替えられます。",
                "On its way the “#” of this link was changed, so that our server and whoever carried the link could see its key. The bot opens all the same. Tell whoever made it, so that they can share it anew.";
    visit_gone: "이 봇은 삭제되었거나 없는 봇입니다.", "このボットは削除されたか、存在しません。", "This bot was deleted or never existed.";
    visit_expired: "이 봇은 기한이 지나 삭제되었습니다.", "このボットは期限が過ぎて削除されました。", "This bot has expired.";
    visit_own: "나도 내 봇 만들기", "自分のボットを作る", "Make a bot of myself";
    signin_denied: "X에서 로그인을 취소했습니다. 읽은 것은 없습니다.", "Xでのログインが取り消されました。何も読み込んでいません。", "Sign-in was cancelled at X. Nothing was read.";
    signin_expired: "로그인이 너무 오래 걸려 끊겼습니다. 다시 로그인해 주세요.", "ログインに時間がかかりすぎて中断されました。もう一度ログインしてください。", "Signing in took too long. Please sign in again.";
    signin_elsewhere: "로그인을 시작한 곳은 이 브라우저가 아닙니다. 메신저 안에서 링크를 열면 이런 일이 생깁니다. 없어진 것은 없으니 여기서 다시 시작해 주세요. 이 안내가 또 나오면 이 브라우저에서 쿠키를 허용했는지 확인해 주세요.",
                      "ログインを始めたのは、このブラウザではありません。メッセージアプリの中でリンクを開くと、こうなることがあります。失われたものはありません。ここからもう一度始めてください。この案内がまた出るときは、このブラウザでCookieが許可されているか確認してください。",
                      "You began to sign in in another browser, as happens when a messenger opens a link. Nothing is lost: begin again here. If you see this again, check that this browser accepts cookies.";
    signin_here: "여기서 다시 로그인", "ここでもう一度ログイン", "Sign in here";
    signin_waiting: "X가 지금은 로그인을 더 받지 않습니다. 15분쯤 뒤에 다시 해 주세요.", "Xが今はこれ以上のログインを受け付けていません。15分ほどしてからお試しください。", "X takes no more sign-ins just now. Please try again in a quarter of an hour.";
    signin_failed: "X에 로그인하지 못했습니다. 다시 시도해 주세요.", "Xにログインできませんでした。もう一度お試しください。", "Signing in at X failed. Please try again.";
    signin_closed: "지금은 X로 로그인할 수 없습니다. 읽은 것은 없습니다.", "ただいまXでのログインを受け付けていません。何も読み込んでいません。", "Signing in with X is closed just now. Nothing was read.";
    closed_month: "이번 달 X 사용량이 다 찼습니다. 다음 달에 다시 열립니다.", "今月のXの利用枠を使い切りました。来月また開きます。", "This month's X quota is used up. It opens again next month.";
    closed_credits: "운영자의 X 크레딧이 다 떨어져 잠시 닫혀 있습니다.", "運営者のXの料金残高がなくなったため、一時的に停止しています。", "The operator's credit at X has run out, so it is closed for now.";
    closed_operator: "운영자가 새로 읽는 것을 잠시 닫아 두었습니다.", "運営者が新しい読み込みを一時停止しています。", "The operator has closed new imports for now.";
    closed_kept: "이미 만든 봇과 공유된 링크는 그대로 쓸 수 있습니다.", "作成済みのボットと共有リンクはそのまま使えます。", "Bots that exist and shared links work all the same.";
    no_x: "이 서버에는 X 계정이 설정되어 있지 않아 X로 로그인할 수 없습니다.", "このサーバーにはXのアカウントが設定されていないため、Xでログインできません。", "This server has no account at X, so one cannot sign in with X.";
    queue: "지금은 {n}명이 기다리고 있습니다. 시작하면 {time}쯤 차례가 옵니다.", "ただいま{n}人が待っています。始めると{time}ごろに順番が来ます。", "People waiting: {n}. If you start now, your turn comes at about {time}.";
    newest: "읽을 글", "読み込む投稿", "Posts to read";
    newest_n: "최근 {n}개", "最近の{n}件", "The latest {n}";
    status_title: "지금 상태", "現在の状態", "Service status";
    status_open: "열려 있습니다", "受付中", "Open";
    status_waiting: "차례를 기다려야 합니다", "順番待ち", "There is a queue";
    status_closed: "닫혀 있습니다", "受付停止中", "Closed";
    status_since: "{time}부터", "{time}から", "Since {time}";
    status_until: "{time}까지", "{time}まで", "Until {time}";
    status_people: "기다리는 사람", "待っている人", "People waiting";
    status_rate: "분당 읽는 페이지", "1分あたりのページ", "Pages a minute";
    status_bots: "저장된 봇", "保存中のボット", "Bots stored";
    status_limit: "막고 있는 한도", "制限の種類", "Limit reached";
    status_hours: "지난 12시간, 5분마다", "過去12時間、5分ごと", "The last twelve hours, by five minutes";
    status_by_source: "X가 거절한 요청 (12시간)", "Xが断ったリクエスト（12時間）", "Refused by X in twelve hours";
    status_asked: "X에 요청한 페이지", "Xにリクエストしたページ", "Pages asked of X";
    status_refused: "대기 안내", "待機の案内", "Told to wait";
    status_unknown: "아직 세지 않음", "未集計", "Not counted yet";
    status_quiet: "지난 12시간 동안 아무도 오지 않았습니다.", "過去12時間、利用はありませんでした。", "Nobody has been here in the last twelve hours.";
    limit_app_quarter: "이 서비스의 X 15분 한도", "このサービスのX 15分枠", "X's 15-minute limit for this service";
    limit_user_quarter: "개인의 X 15분 한도", "個人のX 15分枠", "X's 15-minute limit per person";
    limit_app_day: "이 서비스의 X 하루 한도", "このサービスのX 1日枠", "X's daily limit for this service";
    limit_user_day: "개인의 X 하루 한도", "個人のX 1日枠", "X's daily limit per person";
    limit_month: "이번 달 한도", "今月の枠", "This month's limit";
    limit_credits: "X 크레딧", "Xの料金残高", "The credit at X";
    limit_operator: "운영자가 닫음", "運営者による停止", "Closed by the operator";
    limit_source: "X가 응답하지 않음", "Xが応答しない", "X does not answer";
    err_offline: "인터넷에 연결되지 않았습니다. 지금까지 한 것은 저장되어 있어요. 연결되면 다시 시도하세요.",
                 "インターネットに接続できません。ここまでの内容は保存されています。接続後にもう一度お試しください。",
                 "There is no connection. What was done is kept. Try again once you are online.";
    err_signed_out: "X 로그인이 끝났습니다. 읽은 글은 그대로 있으니, 다시 로그인하면 이어서 읽습니다.",
                    "Xのログインが切れました。読み込んだ投稿は残っているので、再ログインすると続きから読み込みます。",
                    "Your X session has ended. What was read is kept; sign in again and reading goes on there.";
    err_other_account: "X에 다른 계정으로 로그인되어 있습니다. 읽은 글은 그대로 있으니, 이 봇의 계정으로 로그인하면 이어서 읽습니다.",
                       "Xに別のアカウントでログインしています。読み込んだ投稿は残っているので、このボットのアカウントでログインすると続きから読み込みます。",
                       "Another account is signed in at X. What was read is kept; sign in with the account of this bot and reading goes on there.";
    err_forbidden: "X가 이 계정의 글을 읽지 못하게 했습니다. 읽은 글은 그대로 있습니다.",
                   "Xがこのアカウントの投稿の読み込みを許可しませんでした。読み込み済みの投稿は残っています。",
                   "X does not let us read this account's posts. What was read is kept.";
    err_month: "이번 달 X 사용량이 다 찼습니다. 읽은 글은 그대로 있고, 그것으로 대화할 수 있습니다. 다음 달에 이어서 읽을 수 있습니다.",
               "今月のXの利用枠を使い切りました。読み込んだ投稿は残っていて、そのまま話せます。来月、続きから読み込めます。",
               "This month's X quota is used up. What was read is kept, and you can chat with it. Reading can go on next month.";
    err_credits: "운영자의 X 크레딧이 다 떨어졌습니다. 읽은 글은 그대로 있고, 그것으로 대화할 수 있습니다. 나중에 이어서 읽어 주세요.",
                 "運営者のXの料金残高がなくなりました。読み込んだ投稿は残っていて、そのまま話せます。あとで続きから読み込んでください。",
                 "The operator's credit at X has run out. What was read is kept, and you can chat with it. Go on with reading later.";
    err_operator: "운영자가 새로 읽는 것을 잠시 닫아 두었습니다. 읽은 글은 그대로 있고, 그것으로 대화할 수 있습니다.",
                  "運営者が新しい読み込みを一時停止しています。読み込んだ投稿は残っていて、そのまま話せます。",
                  "The operator has closed new imports for now. What was read is kept, and you can chat with it.";
    err_too_many: "이곳에서 너무 많이 올렸습니다. 봇은 이 브라우저에 그대로 있습니다. 나중에 다시 올려 주세요.",
                  "ここからの送信が多すぎます。ボットはこのブラウザに残っています。あとでもう一度お試しください。",
                  "Too many bots were uploaded from here. Yours is kept in this browser; try again later.";
    err_no_room: "지금은 공유할 자리가 다 찼습니다. 봇은 이 브라우저에 그대로 있습니다. 나중에 다시 공유해 주세요.",
                 "いまは共有の枠がいっぱいです。ボットはこのブラウザに残っています。あとでもう一度共有してください。",
                 "There is no room for more shared bots at present. The bot is still in this browser. Share it again later.";
    err_waiting: "X가 잠시 기다려 달라고 합니다. 읽은 글은 그대로 있습니다. 나중에 다시 시도하세요.",
                 "Xの制限中です。読み込んだ投稿は残っています。あとでもう一度お試しください。",
                 "X asks us to wait. What was read is kept. Try again later.";
    err_source: "X가 여러 번 답하지 않았습니다. 읽은 글은 그대로 있습니다. 잠시 뒤 다시 시도하세요.",
                "Xが何度か応答しませんでした。読み込んだ投稿は残っています。しばらくしてからお試しください。",
                "X failed to answer several times. What was read is kept. Try again in a while.";
    err_parents: "X가 답글만 주고 원래 말을 주지 않았습니다. 짝을 지을 수 없어 멈췄습니다. 읽은 글은 그대로 있습니다.",
                 "Xが返信だけを返し、元のことばを返しませんでした。対応づけができないため止めました。読み込んだ投稿は残っています。",
                 "X gave replies without what they answered, so they cannot be paired. We stopped; what was read is kept.";
    err_too_large: "봇이 너무 커서 공유할 수 없습니다. 이 브라우저에서는 그대로 쓸 수 있습니다.",
                   "ボットが大きすぎて共有できません。このブラウザではそのまま使えます。",
                   "The bot is too large to share. It still works in this browser.";
    err_edge: "서버에 문제가 있습니다. 지금까지 한 것은 저장되어 있어요. 잠시 뒤 다시 시도하세요.",
              "サーバーに問題があります。ここまでの内容は保存されています。しばらくしてからお試しください。",
              "Something is wrong at our server. What was done is kept. Try again in a while.";
    err_full: "브라우저의 저장 공간이 가득 찼습니다. 저장된 것은 그대로 있습니다. 공간을 비운 뒤 다시 시도하세요.",
              "ブラウザの保存領域がいっぱいです。保存済みの内容は残っています。空きを作ってからお試しください。",
              "The browser's storage is full. What is stored is kept. Make room and try again.";
    err_storage: "이 브라우저에 저장할 수 없습니다. 비공개 창이라면 일반 창에서 열어 주세요.",
                 "このブラウザに保存できません。プライベートウィンドウの場合は通常のウィンドウで開いてください。",
                 "This browser does not let us store anything. In a private window, please use an ordinary one.";
    err_silent_storage: "브라우저의 저장 공간이 응답하지 않습니다. 저장된 것은 그대로 있습니다. 다른 탭을 닫고 다시 시도하세요.",
                        "ブラウザの保存領域が応答しません。保存済みの内容は残っています。ほかのタブを閉じてからお試しください。",
                        "The browser's storage does not answer. What is stored is kept. Close other tabs and try again.";
    err_damaged: "저장된 내용이 손상되었습니다. 이 브라우저에서 지우고 다시 시작해 주세요. X의 글은 그대로입니다.",
                 "保存された内容が壊れています。このブラウザから削除してやり直してください。Xの投稿はそのままです。",
                 "What is stored here is damaged. Delete it and start again; your posts on X are untouched.";
    err_no_archive: "X 보관함 파일이 아닙니다. X에서 받은 ZIP이나 그 안의 tweets.js를 골라 주세요. 바뀐 것은 없습니다.",
                    "Xのアーカイブではありません。Xから受け取ったZIPか、その中のtweets.jsを選んでください。何も変わっていません。",
                    "This is no archive of X. Choose the ZIP that X sent, or the tweets.js in it. Nothing was changed.";
    err_archive_page: "파일이 아니라 웹페이지가 저장된 것 같습니다. X에 로그인한 채로 보관함을 다시 내려받아 주세요.",
                      "ファイルではなくウェブページが保存されているようです。Xにログインした状態でアーカイブをもう一度ダウンロードしてください。",
                      "It is a web page that was saved in place of the file. Download the archive again while you are signed in at X.";
    err_archive_cut_off: "파일이 중간에서 끊겨 있습니다. 보관함을 다시 내려받아 주세요. 바뀐 것은 없습니다.",
                         "ファイルが途中で切れています。アーカイブをもう一度ダウンロードしてください。何も変わっていません。",
                         "The file breaks off. Download the archive again. Nothing was changed.";
    err_archive_encrypted: "암호가 걸린 파일은 읽을 수 없습니다. 압축을 풀고 그 안의 tweets.js를 골라 주세요.",
                           "パスワード付きのファイルは読めません。展開して、中のtweets.jsを選んでください。",
                           "An encrypted file cannot be read. Unpack it and choose the tweets.js in it.";
    err_archive_unsupported: "이 방식으로 압축된 파일은 읽을 수 없습니다. 압축을 풀고 그 안의 tweets.js를 골라 주세요.",
                             "この方式で圧縮されたファイルは読めません。展開して、中のtweets.jsを選んでください。",
                             "It is packed in a way that we cannot read. Unpack it and choose the tweets.js in it.";
    err_archive_packed: "ZIP 안에 ZIP이 또 압축되어 있습니다. 한 번 풀고 그 안의 ZIP을 골라 주세요.",
                        "ZIPの中にさらにZIPが圧縮されています。一度展開して、中のZIPを選んでください。",
                        "There is a ZIP packed in the ZIP. Unpack it once and choose the one inside.";
    err_archive_no_posts: "이 파일에는 글이 없습니다. 보관함이 여러 개로 나뉘어 왔다면 다른 파일을 골라 주세요.",
                          "このファイルには投稿がありません。アーカイブが複数に分かれている場合は、別のファイルを選んでください。",
                          "There are no posts in this file. If your archive came in several, choose another one.";
    err_archive_other_zip: "이 ZIP은 X 보관함이 아닙니다. X 설정에서 받은 ZIP이나 그 안의 tweets.js를 골라 주세요. 이름을 바꿨다면 원래대로 되돌려 주세요.",
                           "このZIPはXのアーカイブではありません。Xの設定から受け取ったZIPか、中のtweets.jsを選んでください。名前を変えた場合は元に戻してください。",
                           "This ZIP is no archive of X. Choose the ZIP that X's settings gave you, or the tweets.js in it. If you renamed what is inside, name it as it was.";
    err_archive_several: "이 ZIP에는 보관함이 여러 개 들어 있습니다. 하나씩 골라 주세요. 바뀐 것은 없습니다.",
                         "このZIPにはアーカイブが複数入っています。一つずつ選んでください。何も変わっていません。",
                         "There are several archives in this ZIP. Choose one at a time. Nothing was changed.";
    err_archive_nameless: "이 파일만으로는 누구의 글인지 알 수 없습니다. X에서 받은 ZIP을 그대로 골라 주세요.",
                          "このファイルだけでは、どなたの投稿か分かりません。Xから受け取ったZIPをそのまま選んでください。",
                          "This file does not say whose posts they are. Choose the ZIP as X sent it.";
    err_archive_not_one: "파일 하나만 놓아 주세요. X에서 받은 ZIP이나, 그 안의 tweets.js면 됩니다. 폴더는 읽을 수 없습니다.",
                         "ファイルを1つだけ入れてください。Xから受け取ったZIPか、その中のtweets.jsです。フォルダーは読み込めません。",
                         "Give one file: the ZIP as X sent it, or the tweets.js in it. A folder cannot be read.";
    err_archive_gone: "파일을 더 읽을 수 없습니다. 옮기거나 바꾸었다면 다시 골라 주세요.",
                      "ファイルを読めなくなりました。移動や変更をした場合は、選び直してください。",
                      "The file can no longer be read. If it was moved or changed, choose it again.";
    err_archive_begun: "보관함을 읽다가 멈췄습니다. 읽은 글은 그대로 있고 그것으로 대화할 수 있습니다. 같은 파일을 다시 고르면 이어서 읽습니다.",
                       "アーカイブの読み込みが途中で止まりました。読み込んだ投稿は残っていて、そのまま話せます。同じファイルを選び直すと続きから読み込みます。",
                       "Reading the archive was interrupted. What was read is kept, and you can chat with it. Choose the same file again and reading goes on.";
    err_server_name: "서버 주소를 알아볼 수 없습니다. misskey.io처럼 적어 주세요.", "サーバーのアドレスが分かりません。misskey.io のように入力してください。", "That names no server. Write it like misskey.io.";
    err_server_handle: "핸들을 알아볼 수 없습니다. lemon.bsky.social처럼 적거나 비워 두세요.", "ハンドルが分かりません。lemon.bsky.social のように入力するか、空欄にしてください。", "That is no handle. Write it like lemon.bsky.social, or leave it empty.";
    err_server_silent: "{server}에 연결되지 않습니다. 주소가 맞는지, 인터넷이 되는지 확인하고 다시 시도하세요. 읽은 글은 그대로 있습니다.",
                       "{server}に接続できません。アドレスと通信状態を確認して、もう一度お試しください。読み込んだ投稿はそのままです。",
                       "{server} cannot be reached. Check its address and your connection, and try again. What was read is kept.";
    err_server_unknown: "{server}은(는) 읽을 수 있는 서버가 아닌 것 같습니다. 주소를 확인해 주세요.",
                        "{server}は読み込めるサーバーではないようです。アドレスを確認してください。",
                        "{server} does not look like a server that we can read from. Check its address.";
    err_server_software: "{server}에서 쓰는 소프트웨어의 글은 아직 읽을 수 없습니다. 지금은 Misskey나 Mastodon과 그 갈래, Bluesky에서 됩니다.",
                         "{server}のソフトウェアにはまだ対応していません。今はMisskeyとMastodon、その派生とBlueskyに対応しています。",
                         "Posts of the software that {server} runs cannot be read yet. Misskey, Mastodon and their kin can, and Bluesky.";
    err_server_wait: "{server}이(가) 잠시 기다려 달라고 합니다. 조금 뒤에 다시 해 주세요.", "{server}から待つように言われています。少ししてからお試しください。", "{server} asks us to wait. Try again in a while.";
    err_server_failing: "{server}에 문제가 있어 글을 받지 못했습니다. 읽은 글은 그대로 있습니다. 잠시 뒤 다시 시도하세요.",
                        "{server}に問題があり、投稿を受け取れませんでした。読み込んだ投稿はそのままです。しばらくしてからお試しください。",
                        "{server} is in trouble and gave no posts. What was read is kept. Try again in a while.";
    err_server_hidden: "이 계정의 글은 {server}에 로그인한 사람에게만 보입니다. Mastodon이라면 아래에서 다시 로그인하면, Misskey라면 그 서버의 설정에서 ‘로그인해야 볼 수 있음’을 끄면 읽을 수 있습니다.",
                       "このアカウントの投稿は、{server}にログインした人にだけ表示されます。Mastodonなら下からもう一度ログインすると、Misskeyなら設定で「ログインを必須にする」を切ると読み込めます。",
                       "This account's posts are shown to those alone who are signed in at {server}. At Mastodon sign in again below; at Misskey switch that off in your settings there. Then they can be read.";
    err_server_no_account: "{server}에 이 계정이 없습니다. 지워졌거나 옮겨졌을 수 있습니다. 읽은 글은 그대로 있습니다.",
                           "{server}にこのアカウントがありません。削除または移転された可能性があります。読み込んだ投稿はそのままです。",
                           "There is no such account at {server}; it may have been deleted or moved. What was read is kept.";
    err_server_not_proven: "{server}에서 로그인을 마치지 못했거나 너무 오래 걸렸습니다. 읽은 것은 없습니다. 다시 시작해 주세요.",
                           "{server}でのログインが完了していないか、時間がかかりすぎました。何も読み込んでいません。もう一度始めてください。",
                           "Signing in at {server} was not finished, or took too long. Nothing was read. Begin again.";
    err_server_elsewhere: "로그인을 시작한 곳은 이 브라우저가 아닙니다. 없어진 것은 없으니 여기서 다시 시작해 주세요.",
                          "ログインを始めたのは、このブラウザではありません。失われたものはありません。ここからもう一度始めてください。",
                          "You began to sign in in another browser. Nothing is lost: begin again here.";
    err_server_declined: "{server}에서 로그인을 거절했습니다. 읽은 것은 없습니다. 마음이 바뀌면 다시 시작해 주세요.",
                         "{server}でのログインを拒否しました。何も読み込んでいません。気が変わったら、もう一度始めてください。",
                         "You declined at {server}. Nothing was read. If you change your mind, begin again.";
    err_server_not_confirmed: "{server}의 말만으로는 누구인지 확인되지 않았습니다. 읽은 것은 없습니다. 내 계정이 있는 곳에서 다시 로그인해 주세요.",
                              "{server}の回答だけでは本人と確認できませんでした。何も読み込んでいません。アカウントのある場所でもう一度ログインしてください。",
                              "Who you are could not be confirmed by what {server} says. Nothing was read. Sign in again where your account is.";
    err_server_unreadable: "{server}에서 온 것을 읽을 수 없습니다. 점검 중이거나 접속을 막고 있을 수 있습니다. 읽은 글은 그대로 있습니다. 잠시 뒤 다시 시도하세요.",
                           "{server}から届いたものを読み取れません。メンテナンス中か、アクセスが制限されているかもしれません。読み込んだ投稿はそのままです。しばらくしてからお試しください。",
                           "What {server} gives cannot be read; it may be under maintenance, or keep us out. What was read is kept. Try again in a while.";
    err_server_too_large: "{server}에서 한 번에 보내는 것이 너무 커서 여기까지만 읽었습니다. 읽은 글은 그대로 있습니다.",
                          "{server}から一度に届くデータが大きすぎるため、ここまでにしました。読み込んだ投稿はそのままです。",
                          "{server} gives too much at once, so reading ended here. What was read is kept.";
    err_server_clock: "{server}에서 이 기기의 시계가 맞지 않다고 합니다. 날짜와 시각을 자동으로 맞춘 뒤 다시 시작해 주세요. 읽은 글은 그대로 있습니다.",
                      "{server}から見て、この端末の時計がずれているようです。日付と時刻を自動設定にしてから、もう一度始めてください。読み込んだ投稿はそのままです。",
                      "To {server}, this device's clock seems to be wrong. Have its date and time set by themselves, and begin again. What was read is kept.";
    err_server_not_accepted: "{server}이(가) 이 페이지에서 로그인하는 것을 받아 주지 않습니다. 운영자가 고쳐야 하는 일입니다. 읽은 글은 그대로 있으니 다른 방법으로 글을 가져와 주세요.",
                             "{server}がこのページからのログインを受け付けません。運営者が直す必要があります。読み込んだ投稿はそのままです。ほかの方法をお試しください。",
                             "{server} does not let this page sign people in, which whoever runs it has to mend. What was read is kept; bring your posts another way meanwhile.";
    err_server_nothing_kept: "로그인하는 동안 열쇠를 보관해야 하는데 이 브라우저가 아무것도 저장하지 못합니다. 비공개 창이 아닌 일반 창에서 다시 열어 주세요. 없어진 것은 없습니다.",
                             "ログイン中に鍵を保管する必要がありますが、このブラウザには何も保存できません。プライベートウィンドウではなく通常のウィンドウで開いてください。失われたものはありません。",
                             "While you sign in a key has to be kept, and this browser keeps nothing. Open this page in an ordinary window instead of a private one. Nothing is lost.";
    err_model: "모델 파일을 받지 못했습니다. 지금까지 한 것은 저장되어 있어요. 다시 시도하세요.",
               "モデルファイルを取得できませんでした。ここまでの内容は保存されています。もう一度お試しください。",
               "The model's files could not be fetched. What was done is kept. Try again.";
    err_other_model: "이 봇은 다른 모델로 만들어졌는데, 그 모델을 받지 못했습니다. 봇은 그대로 있습니다. 다시 시도해 보고, 계속 안 되면 만든 사람에게 다시 공유해 달라고 하세요.",
                     "このボットは別のモデルで作られていて、そのモデルを取得できませんでした。ボットはそのまま残っています。もう一度試し、それでも開かなければ作った人にもう一度共有してもらってください。",
                     "This bot was made with another model than today’s, whose files could not be fetched. The bot is still there. Try again, and if it stays so ask whoever made it to share it anew.";
    err_worker: "브라우저가 작업을 중단했습니다. 메모리가 부족했을 수 있어요. 지금까지 한 것은 저장되어 있으니 이어서 할 수 있습니다. 계속되면 페이지를 새로 고쳐 주세요.",
                "ブラウザが処理を中断しました。メモリ不足かもしれません。ここまでの内容は保存されているので続きから再開できます。繰り返す場合はページを更新してください。",
                "The browser ended the work, perhaps for lack of memory. What was done is kept, and you can go on from there. If it happens again, reload the page.";
    err_not_proven: "저장한 것을 다시 확인하지 못했습니다. 준비되었다고 하지 않겠습니다. 다시 시도하세요.",
                    "保存内容を確認できなかったため、準備完了とはしません。もう一度お試しください。",
                    "What was stored did not pass its check, so we do not call it ready. Try again.";
    err_no_backup: "이 파일은 레몬 툴박스의 봇 파일이 아닙니다. 바뀐 것은 없습니다. X 보관함이라면 첫 페이지에서 주세요.", "このファイルはレモンツールボックスのボットではありません。何も変わっていません。Xのアーカイブなら、最初のページから渡してください。", "This is not a bot's file of Lemon Toolbox. Nothing was changed. An archive of X goes on the first page.";
    err_backup_newer: "더 새로운 레몬 툴박스에서 만든 파일입니다. 바뀐 것은 없습니다. 페이지를 새로 고친 뒤 다시 해 주세요.", "より新しいレモンツールボックスで作られたファイルです。何も変わっていません。ページを更新して、もう一度お試しください。", "A newer Lemon Toolbox wrote this file. Nothing was changed. Reload the page and try again.";
    err_backup_damaged: "파일이 온전하지 않습니다. 다 받아지지 않았거나 옮기는 중에 바뀐 것 같아요. 가져온 것은 없으니 파일을 다시 옮겨 주세요.", "ファイルが完全ではありません。途中で切れたか、変わってしまったようです。何も取り込んでいません。ファイルをもう一度移してください。", "The file is not whole: it was cut off or changed on its way. Nothing was taken in. Bring it here once more.";
    err_backup_large: "파일이 너무 커서 열 수 없습니다. 바뀐 것은 없습니다.", "ファイルが大きすぎて開けません。何も変わっていません。", "The file is too large to be opened. Nothing was changed.";
    err_backup_lock: "이 파일은 암호가 아닌 다른 방법으로 잠겨 있어 열 수 없습니다. 바뀐 것은 없습니다.", "このファイルはパスフレーズ以外の方法で保護されているため、開けません。何も変わっていません。", "This file is locked in another way than by a passphrase. Nothing was changed.";
    err_backup_work: "이 파일의 암호를 푸는 데 너무 많은 계산이 필요해 열 수 없습니다. 바뀐 것은 없습니다.", "このファイルのパスフレーズを確かめる計算が多すぎるため、開けません。何も変わっていません。", "Its passphrase takes more work to try than a browser should do. Nothing was changed.";
    err_other_tab: "다른 탭에서 이 봇을 쓰고 있습니다. 바뀐 것은 없으니 그 탭을 닫고 다시 시도하세요.", "別のタブでこのボットを使っています。何も変わっていません。そのタブを閉じて、もう一度お試しください。", "Another tab works with this bot. Nothing was changed: close that tab and try again.";
    err_changed: "그사이 다른 곳에서 이 링크를 바꾸었습니다. 링크는 그대로 있으니 다시 시도하세요.", "その間に別の場所でこのリンクが更新されました。リンクはそのままです。もう一度お試しください。", "The link was renewed elsewhere meanwhile. It is as it was left there. Try again.";
    err_wrong_token: "이 링크를 바꿀 수 있는 코드가 아닙니다. 바뀐 것은 없습니다.", "このリンクを変更できるコードではありません。何も変わっていません。", "This is not the code of that link. Nothing was changed.";
    err_link: "링크가 온전하지 않습니다. 링크 전체를 다시 복사해 열어 주세요.",
              "リンクが途中で切れています。リンク全体をコピーして開き直してください。",
              "The link is not whole. Copy all of it and open it again.";
    err_sealed: "이 링크로는 봇이 열리지 않습니다. 링크 전체를 다시 복사해 열어 주세요.",
                "このリンクではボットを開けません。リンク全体をコピーして開き直してください。",
                "The bot does not open with this link. Copy all of it and open it again.";
    err_version: "이 봇은 다른 판으로 만들어졌습니다. 페이지를 새로 고쳐 보세요.",
                 "このボットは別のバージョンで作られています。ページを更新してみてください。",
                 "This bot was made by another version. Try reloading the page.";
    err_no_simd: "이 브라우저는 봇에 필요한 WebAssembly SIMD를 지원하지 않습니다. 지금까지 한 것은 저장되어 있어요. 브라우저를 업데이트하거나 다른 브라우저에서 열어 주세요.",
                 "このブラウザはボットに必要なWebAssembly SIMDに対応していません。ここまでの内容は保存されています。ブラウザを更新するか、別のブラウザで開いてください。",
                 "This browser's WebAssembly has no SIMD, which the bot needs. What was done is kept. Update the browser, or open the page in another one.";
    err_random: "브라우저가 안전한 난수를 주지 않아 링크를 만들 수 없습니다.",
                "ブラウザが安全な乱数を提供しないため、リンクを作れません。",
                "The browser gives no secure randomness, so no link can be made.";
    err_miscomputes: "이 브라우저의 WebAssembly가 계산을 틀리게 해서, 엉뚱한 봇이 되지 않도록 멈췄습니다. 지금까지 한 것은 저장되어 있어요. 브라우저를 업데이트하거나 다른 브라우저에서 열어 주세요.",
                     "このブラウザのWebAssemblyは計算を誤るため、おかしなボットにならないよう止めました。ここまでの内容は保存されています。ブラウザを更新するか、別のブラウザで開いてください。",
                     "This browser's WebAssembly computes wrongly, so we stopped before that made a wrong bot. What was done is kept. Update the browser, or open the page in another one.";
    err_not_started: "페이지에 필요한 파일을 불러오지 못했습니다. 지금까지 한 것은 저장되어 있어요. 다시 시도하거나 페이지를 새로 고쳐 주세요.",
                     "ページに必要なファイルを読み込めませんでした。ここまでの内容は保存されています。もう一度試すか、ページを更新してください。",
                     "A file that the page needs could not be loaded. What was done is kept. Try again, or reload the page.";
    err_outdated: "새 버전이 나왔습니다. 페이지를 다시 불러옵니다. 지금까지 한 것은 저장되어 있어요.",
                  "新しいバージョンが公開されました。ページを読み込み直します。ここまでの内容は保存されています。",
                  "A newer version is here, so the page is loaded again. What was done is kept.";
    reload: "새로 고침", "更新", "Reload";
    reset_at: "다시 시도할 수 있는 때: {time}", "再試行できる時刻: {time}", "It can be tried again at {time}";
    not_found: "이런 페이지는 없습니다.", "このページはありません。", "There is no such page.";
}

/// Why one has to wait, with `{time}` and `{left}`, and what to do then if it does not go on
/// by itself.
pub fn of_wait(words: &'static Words, slot: Slot) -> String {
    let why = why_wait(words, slot.limit);
    match slot.limit {
        _ if !slot.sign_in => why.to_owned(),
        Some(Limit::AppQuarter | Limit::AppDay) => {
            format!("{why} {} {}", words.wait_sign_in, words.wait_held)
        }
        _ => format!("{why} {}", words.wait_sign_in),
    }
}

fn why_wait(words: &'static Words, limit: Option<Limit>) -> &'static str {
    match limit {
        Some(Limit::UserQuarter) => words.wait_user_quarter,
        Some(Limit::AppDay) => words.wait_app_day,
        Some(Limit::UserDay) => words.wait_user_day,
        Some(Limit::Source) => words.wait_source,
        Some(Limit::Credits) => words.wait_credits,
        Some(Limit::Month) => words.wait_month,
        _ => words.wait_app_quarter,
    }
}

/// Why it is closed.
pub fn of_closed(words: &'static Words, limit: Option<Limit>) -> &'static str {
    match limit {
        Some(Limit::Credits) => words.closed_credits,
        Some(Limit::Operator) => words.closed_operator,
        _ => words.closed_month,
    }
}

pub fn of_limit(words: &'static Words, limit: Limit) -> &'static str {
    match limit {
        Limit::AppQuarter => words.limit_app_quarter,
        Limit::UserQuarter => words.limit_user_quarter,
        Limit::AppDay => words.limit_app_day,
        Limit::UserDay => words.limit_user_day,
        Limit::Month => words.limit_month,
        Limit::Credits => words.limit_credits,
        Limit::Operator => words.limit_operator,
        Limit::Source => words.limit_source,
    }
}

/// What happened, what is kept and what to do, for `trouble`.
pub fn of_trouble(words: &'static Words, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Source(server, why) => {
            fill(of_refusal(words, *why), &[("server", server.clone())])
        }
        trouble => why(words, trouble).to_owned(),
    }
}

/// Why a server gives nothing, with `{server}`.
fn of_refusal(words: &'static Words, why: Refusal) -> &'static str {
    match why {
        Refusal::NoName => words.err_server_name,
        Refusal::NoHandle => words.err_server_handle,
        Refusal::Unreachable => words.err_server_silent,
        Refusal::Unknown => words.err_server_unknown,
        Refusal::OtherSoftware => words.err_server_software,
        Refusal::Wait { .. } => words.err_server_wait,
        Refusal::Failing => words.err_server_failing,
        Refusal::Hidden => words.err_server_hidden,
        Refusal::NoAccount => words.err_server_no_account,
        Refusal::NotProven => words.err_server_not_proven,
        Refusal::Elsewhere => words.err_server_elsewhere,
        Refusal::Clock => words.err_server_clock,
        Refusal::NotAccepted => words.err_server_not_accepted,
        Refusal::NothingKept => words.err_server_nothing_kept,
        Refusal::Declined => words.err_server_declined,
        Refusal::NotConfirmed => words.err_server_not_confirmed,
        Refusal::Unreadable => words.err_server_unreadable,
        Refusal::TooLarge => words.err_server_too_large,
    }
}

/// Why a bot's file is not taken.
fn of_backup(words: &'static Words, error: BackupError) -> &'static str {
    match error {
        BackupError::NotABackup => words.err_no_backup,
        BackupError::Version(_) => words.err_backup_newer,
        BackupError::Age(AgeError::NotOurs) => words.err_backup_lock,
        BackupError::Age(AgeError::TooMuchWork) => words.err_backup_work,
        BackupError::Age(AgeError::Passphrase) => words.import_wrong,
        BackupError::Age(AgeError::Damaged) | BackupError::Damaged => words.err_backup_damaged,
        BackupError::TooLarge => words.err_backup_large,
    }
}

fn why(words: &'static Words, trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Edge(EdgeError::Offline) => words.err_offline,
        Trouble::Edge(EdgeError::Unreadable) => words.err_edge,
        Trouble::Edge(EdgeError::Problem(problem)) => match problem.cause {
            Cause::SignedOut => words.err_signed_out,
            Cause::OtherAccount => words.err_other_account,
            Cause::Forbidden => words.err_forbidden,
            Cause::Waiting => words.err_waiting,
            Cause::Closed => match problem.limit {
                Some(Limit::Credits) => words.err_credits,
                Some(Limit::Operator) => words.err_operator,
                _ => words.err_month,
            },
            Cause::TooMany if problem.limit == Some(Limit::Operator) => words.err_no_room,
            Cause::TooMany => words.err_too_many,
            Cause::SourceFailed => words.err_source,
            Cause::ParentsMissing => words.err_parents,
            Cause::TooLarge => words.err_too_large,
            Cause::NotFound => words.visit_gone,
            Cause::Expired => words.visit_expired,
            Cause::TakenDown => words.taken_down,
            Cause::Changed => words.err_changed,
            Cause::WrongToken => words.err_wrong_token,
            Cause::BadRequest
            | Cause::WrongOrigin
            | Cause::Taken
            | Cause::MethodNotAllowed
            | Cause::Internal => words.err_edge,
        },
        Trouble::Library(failure) => match failure {
            LibraryFailure::Full => words.err_full,
            LibraryFailure::Storage(_) => words.err_storage,
            LibraryFailure::Damaged => words.err_damaged,
            LibraryFailure::Bot(BotError::Link) => words.err_link,
            LibraryFailure::Bot(BotError::Sealed | BotError::NotABot | BotError::Damaged) => {
                words.err_sealed
            }
            LibraryFailure::Bot(BotError::Version(_)) => words.err_version,
            LibraryFailure::Bot(BotError::TooLarge) => words.err_too_large,
            LibraryFailure::Backup(error) => of_backup(words, *error),
            LibraryFailure::NotOpen | LibraryFailure::Message => words.err_worker,
        },
        Trouble::Encoder(EncoderFailure::Network | EncoderFailure::Files) => words.err_model,
        Trouble::Encoder(EncoderFailure::Miscomputes) => words.err_miscomputes,
        Trouble::Archive(refused) => match refused {
            Refused::NotAnArchive => words.err_no_archive,
            Refused::Page => words.err_archive_page,
            Refused::BrokenOff => words.err_archive_cut_off,
            Refused::Encrypted => words.err_archive_encrypted,
            Refused::Unsupported => words.err_archive_unsupported,
            Refused::Packed => words.err_archive_packed,
            Refused::NoPosts => words.err_archive_no_posts,
            Refused::OtherZip => words.err_archive_other_zip,
            Refused::Several => words.err_archive_several,
            Refused::Nameless => words.err_archive_nameless,
            Refused::NotOne => words.err_archive_not_one,
            Refused::Gone => words.err_archive_gone,
        },
        Trouble::Source(_, why) => of_refusal(words, *why),
        Trouble::ArchiveCut => words.err_archive_begun,
        Trouble::OtherTab => words.err_other_tab,
        Trouble::SilentStorage => words.err_silent_storage,
        Trouble::NotStarted => words.err_not_started,
        Trouble::Outdated => words.err_outdated,
        Trouble::Encoder(_) | Trouble::Worker => words.err_worker,
        Trouble::OtherModel => words.err_other_model,
        Trouble::NotProven => words.err_not_proven,
        Trouble::NoSimd => words.err_no_simd,
        Trouble::NoRandomness => words.err_random,
    }
}
