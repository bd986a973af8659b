//! Connections whose other end must read: an answer that nobody takes holds memory
//! and a place.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How fast a reader must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// While there is something to write, so many bytes leave in each window. Sips of a
    /// byte at a time would hold an answer for ever.
    pub(super) bytes: usize,
    /// Also the most that a connection stands still.
    pub(super) window: Duration,
}

/// Of every connection: 6.4 KiB/s, as a body must come.
pub(super) const PACE: Pace = Pace {
    bytes: 64 * 1024,
    window: Duration::from_secs(10),
};

/// A connection that fails when its reader is too slow.
pub(super) struct Paced<S> {
    stream: S,
    pace: Pace,
    /// From the moment at which the system took no more.
    blocked: Option<Blocked>,
}

struct Blocked {
    until: Pin<Box<Sleep>>,
    /// Bytes that have left since.
    written: usize,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, pace: Pace) -> Self {
        Self {
            stream,
            pace,
            blocked: None,
        }
    }

    fn hold_to_pace(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Ready(Ok(written)) => {
                if let Some(blocked) = &mut self.blocked {
                    blocked.written += written;
                    // A window in which nothing was to be written says nothing.
                    let over = blocked.until.deadline() <= Instant::now();
                    if over || blocked.written >= self.pace.bytes {
                        self.blocked = None;
                    }
                }
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let window = self.pace.window;
                let blocked = self.blocked.get_or_insert_with(|| Blocked {
                    until: Box::pin(tokio::time::sleep(window)),
                    written: 0,
                });
                match blocked.until.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.hold_to_pace(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.hold_to_pace(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[test]
    fn a_reader_stands_still_for_ten_seconds_at_most() {
        assert_eq!((PACE.window.as_secs(), PACE.bytes), (10, 65_536));
    }

    #[tokio::test]
    async fn a_reader_that_never_reads_is_let_go() {
        let (near, _far) = duplex(1_024);
        let pace = Pace {
            bytes: 2_000,
            window: Duration::from_millis(200),
        };
        let written = Paced::new(near, pace).write_all(&[0; 10_000]).await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_sips_is_let_go_and_a_slow_one_is_not() {
        // 1,000 bytes are asked for each second.
        let pace = Pace {
            bytes: 2_000,
            window: Duration::from_secs(2),
        };
        for (sip, ends) in [(10, false), (1_000, true)] {
            let (near, mut far) = duplex(1_024);
            let reading = tokio::spawn(async move {
                let mut sip = vec![0; sip];
                while far.read_exact(&mut sip).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
            let written = Paced::new(near, pace).write_all(&[0; 60_000]).await;
            assert_eq!(written.is_ok(), ends, "{sip}: {written:?}");
            reading.abort();
        }
    }
}
