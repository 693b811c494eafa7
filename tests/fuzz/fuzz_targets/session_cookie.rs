//! Cookies and cursors from anybody, and what could be in them.
//!
//! The first byte says which. Random bytes would never open, so one kind is sealed here
//! first: a value of an older version, or of another purpose, is as good as forged.

#![no_main]

use http::{HeaderMap, HeaderValue, header};
use lemon_edge::{
    config::Config,
    cookie,
    seal::{Key, Purpose, open, seal},
    session::Session,
    sign_in::{self, SignIn},
    x::import::Position,
};
use lemon_wire::Me;
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const NOW: i64 = 1_800_000_000;

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else {
        return;
    };
    let key = Key::parse(KEY).expect("32 bytes");
    match kind % 3 {
        0 => {
            let Ok(value) = HeaderValue::from_bytes(data) else {
                return;
            };
            let headers = HeaderMap::from_iter([(header::COOKIE, value.clone())]);
            // Without the key nobody makes one that opens.
            assert!(Session::of(&headers, &key, NOW).is_err());
            let sign_in = SignIn::new([1; 16], [2; 32]);
            let query = format!("state={}", sign_in.state);
            assert!(SignIn::of(&query, &headers, &key, NOW).is_err());
            // Ours are found beside whatever else there is, in its line and in others.
            let session = Session::new(me(), "token".to_owned());
            let session_value = session.seal(&key, [3; 12], NOW, 60).expect("it fits");
            let sealed = sign_in.seal(&key, [4; 12], NOW).expect("it fits");
            let name = sign_in::name(&sign_in.state);
            let ours = format!("{}={session_value}; {name}=\"{sealed}\"", cookie::SESSION);
            let line = [data, b"; ", ours.as_bytes(), b";", data].concat();
            let one = HeaderValue::from_bytes(&line).expect("all of it may stand there");
            let own = HeaderValue::try_from(ours).expect("base64url");
            let lines = [value.clone(), own, value].map(|line| (header::COOKIE, line));
            for headers in [
                HeaderMap::from_iter([(header::COOKIE, one)]),
                HeaderMap::from_iter(lines),
            ] {
                assert!(Session::of(&headers, &key, NOW).as_ref() == Ok(&session));
                assert!(SignIn::of(&query, &headers, &key, NOW).as_ref() == Ok(&sign_in));
                let kept = sign_in.keep(&headers, &key, [5; 12], NOW).expect("it fits");
                assert!(kept.len() <= 32);
            }
        }
        1 => {
            let Ok(query) = std::str::from_utf8(data) else {
                return;
            };
            if let Ok(position) = Position::of(query, &config(), &me(), NOW) {
                assert!(position.cursor.is_none(), "a cursor was forged");
                assert!(position.left() <= 250 && position.pages() >= 1);
            }
        }
        _ => {
            let Ok(value) = serde_json::from_slice::<Value>(data) else {
                return;
            };
            again::<Session>(&key, Purpose::Session, &value);
            again::<SignIn>(&key, Purpose::SignIn, &value);
            again::<Position>(&key, Purpose::Cursor, &value);
        }
    }
});

/// What opens as a `T` is sealed and opened as the same once more, and for nothing else.
fn again<T: Serialize + DeserializeOwned + PartialEq>(key: &Key, purpose: Purpose, value: &Value) {
    let Ok(sealed) = seal(key, purpose, [1; 12], NOW + 1, value) else {
        return;
    };
    assert!(open::<Value>(key, purpose, NOW + 1, &sealed).is_none());
    for other in [Purpose::Session, Purpose::SignIn, Purpose::Cursor] {
        assert!(other == purpose || open::<Value>(key, other, NOW, &sealed).is_none());
    }
    if let Some(value) = open::<T>(key, purpose, NOW, &sealed) {
        let sealed = seal(key, purpose, [2; 12], NOW + 1, &value).expect("it fitted");
        assert!(open::<T>(key, purpose, NOW, &sealed).expect("it is ours") == value);
    }
}

fn config() -> Config {
    Config::read(|name| {
        Some(match name {
            "SESSION_KEY" => KEY.to_owned(),
            "PERSON_POSTS" => "250".to_owned(),
            "DEFAULT_POSTS" => "150".to_owned(),
            _ => "https://x.test".to_owned(),
        })
    })
    .expect("all is set")
}

fn me() -> Me {
    Me {
        id: "1".to_owned(),
        handle: "lemon".to_owned(),
        name: "Lemon".to_owned(),
        avatar: None,
        protected: false,
        posts: None,
    }
}
