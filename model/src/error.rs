//! What can go wrong with a bot, as causes.

use serde::{Deserialize, Serialize};

/// Why a link or a bot's file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum BotError {
    /// The part of the link behind `#` is not a secret.
    #[error("the link is not whole")]
    Link,
    /// The file does not begin as a bot does.
    #[error("this is not a bot")]
    NotABot,
    /// A newer or older format.
    #[error("version {0} of the bot format is not known")]
    Version(u8),
    /// Another key, another bot's file, or changed on the way.
    #[error("the bot does not open with this link")]
    Sealed,
    /// It opened, and what is inside breaks the format's rules.
    #[error("the bot is damaged")]
    Damaged,
    /// More entries or bytes than the format allows.
    #[error("the bot is too large")]
    TooLarge,
}
