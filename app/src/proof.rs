//! What must hold before anything is called ready.

use lemon_model::protocol::Probe;

use crate::encoder::Encoder;
use crate::library::Library;
use crate::trouble::Trouble;

/// Asks what `library` holds for the entry that `probe` was taken from.
///
/// # Errors
/// [`Trouble::NotProven`] if it is not found; whatever the workers fail with.
pub async fn prove(library: &Library, encoder: &Encoder, probe: Probe) -> Result<(), Trouble> {
    let vector = encoder.embed_one(probe.text.clone()).await?;
    if library.holds(probe, vector).await? {
        Ok(())
    } else {
        Err(Trouble::NotProven)
    }
}
