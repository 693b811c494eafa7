//! Starting workers.

use gloo_timers::future::sleep;
use lemon_desk::caller::Caller;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::edge::RETRIES;
use crate::trouble::Trouble;

/// Starts the worker at `url`, and once more after a moment if it does not start: its files
/// may have been lost on the way. `unasked` hears what it says by itself.
///
/// # Errors
/// [`Trouble::NotStarted`].
pub async fn start<Q, A>(
    url: &str,
    unasked: impl Fn(A) + Clone + 'static,
) -> Result<Caller<Q, A>, Trouble>
where
    Q: Serialize,
    A: DeserializeOwned + 'static,
{
    if let Ok(worker) = Caller::start(url, unasked.clone()).await {
        return Ok(worker);
    }
    let [moment, ..] = RETRIES;
    sleep(moment).await;
    Ok(Caller::start(url, unasked).await?)
}
