//! The product's encoder in a browser, for programs that need many vectors.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lemon_model::protocol::{self, FromEncoder, Others, Parts, Text, ToEncoder};
use lemon_model::vector::Vector;

use crate::browser::{Browser, Kind};
use crate::folders;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Texts that are embedded at once.
const BATCH: usize = 64;

/// Loading the model takes a second or two.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts the worker; done once it says hello.
const START: &str = "
    const [script, done] = arguments;
    const worker = new Worker(script, { type: 'module' });
    worker.onerror = (event) => done(event.message || 'it does not start');
    worker.onmessage = () => { window.encoder = worker; done(null); };";

/// Asks it, and gives its answer; what it says unasked has the number 0.
const ASK: &str = "
    const [question, done] = arguments;
    const worker = window.encoder;
    worker.onerror = () => done(null);
    worker.onmessage = ({ data }) => {
        const answer = new Uint8Array(data);
        if (new DataView(answer.buffer).getUint32(0, true) === 0) { return; }
        let text = '';
        for (const byte of answer) { text += String.fromCharCode(byte); }
        done(btoa(text));
    };
    worker.postMessage(Uint8Array.from(atob(question), (c) => c.charCodeAt(0)));";

/// One worker of the encoder.
pub struct Embedder {
    browser: Browser,
}

impl Embedder {
    /// Starts Chromium, and in it the encoder of the product that was built into `dist`.
    ///
    /// # Errors
    /// If the product is not there, or the browser or the encoder fails.
    pub async fn start(dist: &Path) -> Outcome<Self> {
        let (engine, model) = (only(&dist.join("engine"))?, only(&dist.join("model"))?);
        let origin = folders::serve(BTreeMap::from([("dist", dist.into())])).await?;
        let browser = Browser::open(Kind::Chromium).await?;
        browser.set_script_timeout(PATIENCE).await?;
        let script = format!("/dist/engine/{engine}/encoder-relaxed/worker.js");
        // Any page of this origin will do.
        browser.goto(format!("{origin}{script}")).await?;
        let started = browser.execute_async(START, vec![script.into()]).await?;
        if let Some(why) = started.json().as_str() {
            return Err(why.into());
        }
        let embedder = Self { browser };
        let load = ToEncoder::Load {
            folder: format!("/dist/model/{model}/"),
            others: Others::Keep,
            parts: Parts::All,
        };
        match embedder.ask(&load).await? {
            FromEncoder::Loaded { .. } => Ok(embedder),
            other => Err(format!("the model was not loaded: {other:?}").into()),
        }
    }

    /// The vectors of `texts`, in their order.
    ///
    /// # Errors
    /// If the browser or the encoder fails.
    pub async fn embed(&self, texts: &[Text]) -> Outcome<Vec<Vector>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            match self.ask(&ToEncoder::Embed(batch.to_vec())).await? {
                FromEncoder::Vectors(more) if more.len() == batch.len() => vectors.extend(more),
                other => return Err(format!("nothing was embedded: {other:?}").into()),
            }
        }
        Ok(vectors)
    }

    /// Closes the browser.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn close(self) -> Outcome<()> {
        Ok(self.browser.close().await?)
    }

    async fn ask(&self, question: &ToEncoder) -> Outcome<FromEncoder> {
        let message = protocol::write(protocol::UNASKED + 1, question)?;
        let arguments = vec![STANDARD.encode(message).into()];
        let answer = self.browser.execute_async(ASK, arguments).await?;
        let answer = answer.json().as_str().ok_or("the encoder fell over")?;
        let answer = STANDARD.decode(answer)?;
        let answer = protocol::split(&answer).and_then(|(_, value)| protocol::read(value));
        answer.ok_or_else(|| "the encoder's answer cannot be read".into())
    }
}

/// The name of the only folder in `folder`.
fn only(folder: &Path) -> Outcome<String> {
    let there: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    match &there[..] {
        [one] => Ok(one.file_name().to_string_lossy().into_owned()),
        more => Err(format!("{} has {} folders", folder.display(), more.len()).into()),
    }
}
