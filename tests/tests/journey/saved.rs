//! Files that the page has the browser save.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use lemon_tests::browser::Browser;

use super::SOON;

/// A file as it was saved.
pub struct Saved {
    /// Its media type.
    pub kind: String,
    pub bytes: Vec<u8>,
}

/// From now on what the page saves is kept for [`saved`].
pub async fn listen(browser: &Browser) {
    let listen = "window.files = [];
        const made = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
            const reader = new FileReader();
            const place = window.files.push(null) - 1;
            reader.onload = () => { window.files[place] = reader.result; };
            reader.readAsDataURL(blob);
            return made.call(URL, blob);
        };";
    browser.execute(listen, vec![]).await.unwrap();
}

/// The file that was saved as number `place` since then.
pub async fn saved(browser: &Browser, place: usize) -> Saved {
    let file = browser
        .until("a saved file", SOON, async || {
            let file = format!("return window.files[{place}] || null");
            let file = browser.execute(file, vec![]).await;
            file.ok()?.convert::<Option<String>>().ok()?
        })
        .await;
    let (kind, bytes) = file.split_once(";base64,").unwrap();
    Saved {
        kind: kind.trim_start_matches("data:").to_owned(),
        bytes: BASE64.decode(bytes).unwrap(),
    }
}
