//! Who holds a key that a token is good for alone: the key cannot be taken out of the browser,
//! and waits there while the person is away.

use std::iter;

use idb::{Database, DatabaseEvent, Factory, ObjectStore, ObjectStoreParams, TransactionMode};
use js_sys::{Array, Object, Reflect};
use lemon_model::sources::bluesky::sign_in::{Proof, signed, wants_nonce};
use lemon_model::sources::exchange::Refusal;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

use crate::ask::{self, Answer};

/// The database, and the store of keys by what names an attempt.
const DATABASE: &str = "lemon-proofs";
const KEYS: &str = "keys";

/// How often a request is sent: a nonce may be asked for, and be old by then.
const TIMES: usize = 3;

pub struct Holder {
    /// Both halves, as they are kept.
    pair: JsValue,
    secret: CryptoKey,
    /// Its public half, as in [`Proof`].
    x: String,
    y: String,
    nonce: Option<String>,
}

impl Holder {
    /// Holds a new key.
    pub async fn new() -> Result<Self, Refusal> {
        let pair = generated().await.map_err(|_| Refusal::NothingKept)?;
        Self::with(pair).await.ok_or(Refusal::NothingKept)
    }

    /// Holds the key that is kept under `state`.
    pub async fn of(state: &str) -> Result<Self, Refusal> {
        let found = with_keys(TransactionMode::ReadOnly, async |store| {
            store.get(JsValue::from(state))?.await
        });
        let pair = found.await.map_err(|_| Refusal::NothingKept)?;
        let pair = pair.ok_or(Refusal::Elsewhere)?;
        Self::with(pair).await.ok_or(Refusal::Elsewhere)
    }

    /// Keeps it under `state`, and none of those whose owners have not come back.
    pub async fn keep(&self, state: &str) -> Result<(), Refusal> {
        let kept = with_keys(TransactionMode::ReadWrite, async |store| {
            store.clear()?.await?;
            store.put(&self.pair, Some(&state.into()))?.await?;
            Ok(())
        });
        kept.await.map_err(|_| Refusal::NothingKept)
    }

    async fn with(pair: JsValue) -> Option<Self> {
        let half = |name: &str| {
            let half = Reflect::get(&pair, &name.into()).ok()?;
            half.dyn_into::<CryptoKey>().ok()
        };
        let (secret, public) = (half("privateKey")?, half("publicKey")?);
        let exported = subtle()?.export_key("jwk", &public).ok()?;
        let jwk = JsFuture::from(exported).await.ok()?;
        let part = |name: &str| Reflect::get(&jwk, &name.into()).ok()?.as_string();
        Some(Self {
            x: part("x")?,
            y: part("y")?,
            secret,
            nonce: None,
            pair,
        })
    }

    /// `POST` of a form, with a proof.
    pub async fn post(&mut self, url: &str, form: &str) -> Result<Answer, Refusal> {
        let mut left = TIMES;
        loop {
            left -= 1;
            let proof = self.proof(url).await.ok_or(Refusal::NothingKept)?;
            let answer = ask::post_proven(url, form, Some(&proof)).await?;
            self.nonce = answer.nonce.clone().or(self.nonce.take());
            if left == 0 || !wants_nonce(answer.status, &answer.body) {
                return Ok(answer);
            }
        }
    }

    async fn proof(&self, url: &str) -> Option<String> {
        let unsigned = Proof {
            x: &self.x,
            y: &self.y,
            id: &crypto()?.random_uuid(),
            method: "POST",
            address: url,
            now: ask::now(),
            nonce: self.nonce.as_deref(),
        }
        .unsigned();
        let how = object(&[("name", "ECDSA"), ("hash", "SHA-256")]);
        let signing =
            subtle()?.sign_with_object_and_u8_array(&how, &self.secret, unsigned.as_bytes());
        let signature = JsFuture::from(signing.ok()?).await.ok()?;
        let signature = js_sys::Uint8Array::new(&signature).to_vec();
        Some(signed(&unsigned, &signature))
    }
}

async fn generated() -> Result<JsValue, JsValue> {
    let how = object(&[("name", "ECDSA"), ("namedCurve", "P-256")]);
    let uses: Array = iter::once(JsValue::from("sign")).collect();
    let subtle = subtle().ok_or(JsValue::NULL)?;
    let generating = subtle.generate_key_with_object(&how, false, &uses)?;
    JsFuture::from(generating).await
}

fn crypto() -> Option<Crypto> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
    crypto.dyn_into().ok()
}

fn subtle() -> Option<SubtleCrypto> {
    Some(crypto()?.subtle())
}

fn object(pairs: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in pairs {
        // An object of ours takes everything.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}

async fn opened() -> Result<Database, idb::Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(1))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            // A failure here aborts the upgrade, and with it the request.
            let _ = database.create_object_store(KEYS, ObjectStoreParams::new());
        }
    });
    request.await
}

/// Does `work` with the store of keys, and lets go of the database in any case.
async fn with_keys<T>(
    mode: TransactionMode,
    work: impl AsyncFnOnce(&ObjectStore) -> Result<T, idb::Error>,
) -> Result<T, idb::Error> {
    let database = opened().await?;
    let done = async {
        let transaction = database.transaction(&[KEYS], mode)?;
        let done = work(&transaction.object_store(KEYS)?).await?;
        transaction.commit()?.await?;
        Ok(done)
    };
    let done = done.await;
    database.close();
    done
}

/// Forgets all keys.
pub async fn forget() {
    let cleared = with_keys(TransactionMode::ReadWrite, async |store| {
        store.clear()?.await
    });
    // What is left is cleared with the next key.
    let _ = cleared.await;
}
