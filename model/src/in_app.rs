//! Browsers inside other apps, as messengers open links in: told by what they call themselves, and
//! how one gets out of them into the device's own browser.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A browser inside another app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InApp {
    /// What opens the same page in the device's browser, where the platform or the app has it.
    pub way_out: Option<String>,
}

/// What stands in the user agents of browsers in apps that are common where our readers are.
const APPS: [&str; 16] = [
    "KAKAOTALK",
    "KAKAOSTORY",
    "Line/",
    "NAVER(inapp",
    "DaumApps",
    "everytimeApp",
    "FBAN/",
    "FBAV/",
    "FB_IAB/",
    "Instagram ",
    "Barcelona ",
    "Twitter",
    "Bluesky",
    "Snapchat",
    "MicroMessenger",
    "BytedanceWebview",
];

/// What `agent`, a user agent, is inside of when it shows the page at `address`; none for a
/// browser of its own.
#[must_use]
pub fn of(agent: &str, address: &str) -> Option<InApp> {
    let is_android = agent.contains("Android");
    // Android's own view for apps says that it is one.
    let is_view = is_android && agent.contains("; wv)");
    let app = APPS.into_iter().find(|app| agent.contains(app));
    if app.is_none() && !is_view {
        return None;
    }
    let rest = address.strip_prefix("https://");
    let way_out = match (app, rest) {
        (Some("KAKAOTALK"), Some(_)) => {
            let address = utf8_percent_encode(address, NON_ALPHANUMERIC);
            Some(format!("kakaotalk://web/openExternal?url={address}"))
        }
        (Some("Line/"), Some(_)) => Some(outside_of_line(address)),
        (_, Some(rest)) if is_android => Some(format!("intent://{rest}#Intent;scheme=https;end")),
        (_, Some(rest)) if agent.contains("iPhone") || agent.contains("iPad") => {
            Some(format!("x-safari-https://{rest}"))
        }
        _ => None,
    };
    Some(InApp { way_out })
}

/// LINE opens addresses with this in their query in the device's browser.
fn outside_of_line(address: &str) -> String {
    const OUTSIDE: &str = "openExternalBrowser=1";
    let (page, fragment) = address.split_once('#').unwrap_or((address, ""));
    let mark = if page.contains('?') { '&' } else { '?' };
    let fragment = if fragment.is_empty() {
        String::new()
    } else {
        format!("#{fragment}")
    };
    format!("{page}{mark}{OUTSIDE}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link;

    const LINK: &str = "https://lemon.example/b#AAECAwQFBgcICQoLDA0ODw";
    const KEY: &str = "AAECAwQFBgcICQoLDA0ODw";
    const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/128.0.0.0 Mobile Safari/537.36";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";

    fn way_out(agent: &str) -> Option<String> {
        of(agent, LINK).and_then(|app| app.way_out)
    }

    #[test]
    fn browsers_of_their_own_are_in_no_app() {
        for agent in [
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "",
        ] {
            assert_eq!(of(agent, LINK), None, "{agent}");
        }
    }

    #[test]
    fn each_app_has_its_way_out_and_the_key_goes_along() {
        let encoded = "https%3A%2F%2Flemon%2Eexample%2Fb%23AAECAwQFBgcICQoLDA0ODw";
        for agent in [ANDROID, IPHONE] {
            assert_eq!(
                way_out(&format!("{agent};KAKAOTALK 10.8.3")).unwrap(),
                format!("kakaotalk://web/openExternal?url={encoded}")
            );
            let line = way_out(&format!("{agent} Line/14.9.0")).unwrap();
            assert_eq!(
                line,
                format!("https://lemon.example/b?openExternalBrowser=1#{KEY}")
            );
        }
        let android = way_out(ANDROID).unwrap();
        assert_eq!(
            android,
            format!("intent://lemon.example/b#{KEY}#Intent;scheme=https;end")
        );
        let iphone = way_out(&format!("{IPHONE} Instagram 340.0.0")).unwrap();
        assert_eq!(iphone, format!("x-safari-https://lemon.example/b#{KEY}"));
        // Whatever comes of it opens the bot.
        for address in [android, iphone] {
            let (_, fragment) = address.split_once('#').unwrap();
            assert_eq!(link::key(fragment).as_deref(), Some(KEY), "{address}");
        }
    }

    #[test]
    fn a_page_that_no_other_browser_can_reach_has_no_way_out() {
        let here = of(&format!("{ANDROID};KAKAOTALK"), "http://localhost:8787/b#x");
        assert_eq!(here, Some(InApp { way_out: None }));
    }

    #[test]
    fn what_stands_in_the_query_stays() {
        let line = "Mozilla/5.0 (iPhone) Line/14.9.0";
        let told = of(line, "https://a.example/b?x=1").unwrap().way_out;
        let expected = "https://a.example/b?x=1&openExternalBrowser=1";
        assert_eq!(told.as_deref(), Some(expected));
    }
}
