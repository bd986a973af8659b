//! When to stop.

use std::io;

/// Ctrl-C, and on Unix SIGTERM, which is what a service manager or container sends.
pub struct StopSignals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl StopSignals {
    /// From now on such a signal no longer ends the process by itself: it is asked for
    /// before anybody is told that the program runs.
    ///
    /// # Errors
    /// When the system takes no handler.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Resolves at the first; says which.
    ///
    /// # Errors
    /// When signals cannot be waited for.
    pub async fn first(mut self) -> io::Result<&'static str> {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => Ok("SIGINT"),
            _ = self.terminate.recv() => Ok("SIGTERM"),
        }
        #[cfg(not(unix))]
        {
            let _ = &mut self;
            tokio::signal::ctrl_c().await.map(|()| "ctrl-c")
        }
    }
}

/// Resolves at the first signal.
pub async fn until_stopped(signals: io::Result<StopSignals>) {
    let first = match signals {
        Ok(signals) => signals.first().await,
        Err(error) => Err(error),
    };
    match first {
        Ok(signal) => tracing::info!(signal, "stopping"),
        Err(error) => {
            // Serve on: without signals the process can still be killed.
            tracing::warn!(%error, "signals cannot be waited for");
            std::future::pending().await
        }
    }
}
