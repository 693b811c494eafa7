//! Several tabs of one person: one of them works, the others follow.

use std::pin::pin;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect};
use lemon_model::library::Standing;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser;

/// By which tabs hear each other.
const CHANNEL: &str = "lemon-tabs";

/// The turn to work for a person, which no other tab has meanwhile. It is given back when
/// this is dropped, and by the browser when the tab ends in any way.
pub struct Turn(Option<Function>);

impl Turn {
    /// Whether the browser sees to it that no other tab works.
    pub fn is_ours_alone(&self) -> bool {
        self.0.is_some()
    }
}

/// The turn of `person`, unless another tab has it.
pub async fn take(person: &str) -> Option<Turn> {
    let options = Object::new();
    // A plain object takes any property.
    let _ = Reflect::set(&options, &"ifAvailable".into(), &true.into());
    request(person, &options).await
}

/// The turn of `person`, as soon as no other tab has it.
pub async fn wait(person: &str) -> Turn {
    let turn = request(person, &Object::new()).await;
    turn.unwrap_or(Turn(None))
}

#[wasm_bindgen]
extern "C" {
    /// web-sys has it for programs that are compiled for its unstable parts only.
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &JsValue,
    ) -> Result<Promise, JsValue>;
}

/// None if another tab has it and it is not to be waited for. Where the browser has no locks,
/// every tab has its turn: what two of them write is kept once.
async fn request(person: &str, options: &Object) -> Option<Turn> {
    let Some(locks) = browser::locks::<LockManager>() else {
        return Some(Turn(None));
    };
    let (sender, granted) = oneshot::channel();
    let on_granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            let _ = sender.send(None);
            return JsValue::UNDEFINED;
        }
        let mut give_back = None;
        let held = Promise::new(&mut |resolve, _| give_back = Some(resolve));
        // Nobody may wait for it any more: then it is given back here.
        let _ = sender.send(Some(Turn(give_back)));
        held.into()
    });
    let name = format!("lemon-person-{person}");
    let Ok(ended) = locks.request(&name, options, &on_granted) else {
        return Some(Turn(None));
    };
    match select(granted, pin!(JsFuture::from(ended))).await {
        Either::Left((Ok(turn), _)) => turn,
        Either::Left((Err(_), _)) | Either::Right(_) => Some(Turn(None)),
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(give_back) = &self.0 {
            // Resolving a promise throws nothing.
            let _ = give_back.call0(&JsValue::UNDEFINED);
        }
    }
}

/// What tabs tell each other, each time with the person's id.
#[derive(Debug, Serialize, Deserialize)]
pub enum Word {
    /// So much is written down by now.
    Standing(String, Standing),
    /// Everything of this person is deleted.
    Forgotten(String),
}

/// What the other tabs say, and a way to tell them.
pub struct Tabs {
    channel: Option<BroadcastChannel>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Tabs {
    pub fn listen(heard: impl Fn(Word) + 'static) -> Self {
        let on_message = Closure::new(move |event: MessageEvent| {
            let word = event.data().as_string();
            // An older page may say what this one does not know.
            if let Some(word) = word.and_then(|word| serde_json::from_str(&word).ok()) {
                heard(word);
            }
        });
        // Without it a tab that follows shows no more than it has read itself.
        let channel = BroadcastChannel::new(CHANNEL).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        }
        Self {
            channel,
            _on_message: on_message,
        }
    }

    pub fn tell(&self, word: &Word) {
        if let (Some(channel), Ok(word)) = (&self.channel, serde_json::to_string(word)) {
            // Fails only once the channel is closed.
            let _ = channel.post_message(&word.into());
        }
    }
}
