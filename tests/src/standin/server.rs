//! A server that ends with whoever holds it.

use std::net::Ipv4Addr;

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use super::Error;

pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// A listener on 127.0.0.1, where 0 is any free port, and its address without a slash at the
/// end.
///
/// # Errors
/// [`Error::Listen`] if the port cannot be had.
pub(crate) async fn listen(port: u16) -> Result<(TcpListener, String), Error> {
    let cannot_listen = |source| Error::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    Ok((listener, format!("http://{address}")))
}

impl Server {
    pub fn start(listener: TcpListener, app: Router) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                // A dropped sender means stop as well.
                let _ = stopped.await;
            };
            // Accepting retries by itself; serving never ends with an error.
            let _ = axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .await;
        });
        Self {
            stop: Some(stop),
            task,
        }
    }

    /// Stops accepting, answers what was asked, and returns.
    pub async fn stop(mut self) {
        self.stop.take();
        self.ended().await;
    }

    /// Returns when the server has ended by itself.
    pub async fn ended(&mut self) {
        // The only error is a panic of the server's task, and that was printed.
        let _ = (&mut self.task).await;
    }
}
