use std::io;

/// Why the stand-in could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken or may not be bound.
    #[error("cannot listen on port {port}")]
    Listen { port: u16, source: io::Error },
    /// A line of the demo account's posts is not of the form its head describes.
    #[error("line {line} of the demo account: {reason}")]
    Demo { line: usize, reason: &'static str },
    /// There is no account with this handle.
    #[error("no account is called {0}")]
    NoAccount(String),
}
