//! The reader's language, and numbers and times as its readers write them.

use std::cell::RefCell;

use js_sys::{Array, Function, Intl, Object, Reflect};
use lemon_model::name;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser;
use crate::words::{EN, JA, KO, Words};

const CHOSEN: &str = "lemon-language";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Ko,
    Ja,
    En,
}

impl Lang {
    pub const ALL: [Self; 3] = [Self::Ko, Self::Ja, Self::En];

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ko => "한국어",
            Self::Ja => "日本語",
            Self::En => "English",
        }
    }

    pub fn words(self) -> &'static Words {
        match self {
            Self::Ko => &KO,
            Self::Ja => &JA,
            Self::En => &EN,
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|lang| tag == lang.tag() || tag.starts_with(&format!("{}-", lang.tag())))
    }

    /// The one chosen before, else the first of the browser's that we speak, else
    /// English.
    fn first() -> Self {
        let chosen = browser::recall(CHOSEN).and_then(|tag| Self::from_tag(&tag));
        let offered = || {
            window()
                .navigator()
                .languages()
                .iter()
                .find_map(|tag| Self::from_tag(&tag.as_string()?))
        };
        chosen.or_else(offered).unwrap_or(Self::En)
    }
}

/// Makes the reader's language known to all components, and to the document.
pub fn provide_lang() {
    let lang = RwSignal::new(Lang::first());
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            // Fails only for an invalid attribute name.
            let _ = root.set_attribute("lang", lang.get().tag());
        }
    });
    provide_context(lang);
}

pub fn use_lang() -> RwSignal<Lang> {
    use_context().unwrap_or_else(|| RwSignal::new(Lang::En))
}

pub fn choose(lang: Lang) {
    browser::remember(CHOSEN, lang.tag());
    if browser::is_translated() {
        // The texts that would change are no longer those that are seen.
        browser::reload();
    }
    use_lang().set(lang);
}

/// The words of the reader's language, picked by `of`.
pub fn words(
    of: fn(&'static Words) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    let lang = use_lang();
    move || of(lang.get().words())
}

/// `template` with each `{name}` replaced by its value.
pub fn fill(template: &str, values: &[(&str, String)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
}

/// What somebody with this `name` and this `handle` is called.
pub fn called(lang: Lang, name: &str, handle: &str) -> String {
    name::called(name, handle).unwrap_or_else(|| lang.words().nameless.to_owned())
}

pub fn number(lang: Lang, value: usize) -> String {
    // Counts of posts are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let value = value as f64;
    written(lang, [0, 0], value)
}

/// A share between 0 and 1.
pub fn percent(lang: Lang, share: f64) -> String {
    // At most a hundred.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let percent = (share.clamp(0.0, 1.0) * 100.0) as usize;
    format!("{}%", number(lang, percent))
}

/// A rate with one digit behind the point below ten, none above.
pub fn rate(lang: Lang, value: f64) -> String {
    written(lang, [0, u8::from(value < 10.0)], value)
}

/// Megabytes, with one digit behind the point.
pub fn megabytes(lang: Lang, bytes: u64) -> String {
    // Files of ours are far below 2^53 bytes, and none takes no room.
    #[allow(clippy::cast_precision_loss)]
    let value = bytes as f64 / 1e6;
    let value = if bytes > 0 { value.max(0.1) } else { value };
    written(lang, [1, 1], value)
}

/// A number with at least and at most so many digits behind the point.
fn written(lang: Lang, digits: [u8; 2], value: f64) -> String {
    thread_local! {
        /// Making one takes far longer than writing a number.
        static FORMATS: RefCell<Vec<(Lang, [u8; 2], Function)>> = const { RefCell::new(Vec::new()) };
    }
    let format = FORMATS.with_borrow_mut(|formats| {
        let is_it = |(of, how, _): &&(Lang, [u8; 2], Function)| (*of, *how) == (lang, digits);
        if let Some((_, _, format)) = formats.iter().find(is_it) {
            return format.clone();
        }
        let options = Object::new();
        let [fewest, most] = digits;
        set(&options, "minimumFractionDigits", &fewest.into());
        set(&options, "maximumFractionDigits", &most.into());
        let format = Intl::NumberFormat::new(&locales(lang), &options).format();
        formats.push((lang, digits, format.clone()));
        format
    });
    text(&format.call1(&JsValue::UNDEFINED, &value.into()))
}

/// A day: `2024. 3. 1.`, `2024/3/1`, `1 Mar 2024`.
pub fn day(lang: Lang, at: i64) -> String {
    formatted(lang, at, &[("dateStyle", "medium")])
}

/// A month: years times twelve and its number from 0.
pub fn month(lang: Lang, month: i32) -> String {
    // Months that are counted are of some years.
    let year = u32::try_from(month.div_euclid(12)).unwrap_or_default();
    let date = js_sys::Date::new_with_year_month(year, month.rem_euclid(12));
    dated(lang, &date, &[("year", "numeric"), ("month", "short")])
}

/// A time of day to the second or, if it is not within half a day, with its date.
pub fn time(lang: Lang, at: i64) -> String {
    const HALF_A_DAY: u64 = 12 * 60 * 60;
    if at.abs_diff(browser::now()) < HALF_A_DAY {
        formatted(lang, at, &[("timeStyle", "medium")])
    } else {
        formatted(lang, at, &[("dateStyle", "medium"), ("timeStyle", "short")])
    }
}

/// Whole hours above three, minutes above ninety seconds, else seconds.
pub fn duration(lang: Lang, seconds: f64) -> String {
    let words = lang.words();
    // Saturates, and nobody waits for as long as that.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (template, value) = if seconds > 3.0 * 3600.0 {
        (words.hours, (seconds / 3600.0).round() as usize)
    } else if seconds > 90.0 {
        (words.minutes, (seconds / 60.0).round() as usize)
    } else {
        (words.seconds, seconds.ceil() as usize)
    };
    fill(template, &[("n", number(lang, value))])
}

fn formatted(lang: Lang, at: i64, style: &[(&str, &str)]) -> String {
    dated(lang, &browser::date(at), style)
}

fn dated(lang: Lang, date: &js_sys::Date, style: &[(&str, &str)]) -> String {
    let options = Object::new();
    for (key, value) in style {
        set(&options, key, &(*value).into());
    }
    let format = Intl::DateTimeFormat::new(&locales(lang), &options);
    text(&format.format().call1(&JsValue::UNDEFINED, date))
}

fn locales(lang: Lang) -> Array {
    Array::of1(&lang.tag().into())
}

fn set(options: &Object, key: &str, value: &JsValue) {
    // A plain object takes any property.
    let _ = Reflect::set(options, &key.into(), value);
}

fn text(formatted: &Result<JsValue, JsValue>) -> String {
    formatted
        .as_ref()
        .ok()
        .and_then(JsValue::as_string)
        .unwrap_or_default()
}
