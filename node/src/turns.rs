//! Connections that let others have their turn. What comes on one can be a hundred
//! thousand frames without a message among them; whoever reads them would keep its thread
//! for as long as there are more, and everybody else waiting.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read before it is somebody else's turn: 700 of the smallest frames,
/// some 50 us of work, and a full block in 32 turns.
const TURN_BYTES: usize = 4 * 1024;

/// A connection that is read in turns.
pub(crate) struct Turns<S> {
    stream: S,
    /// Bytes read in this turn.
    read: usize,
}

impl<S> Turns<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, read: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Turns<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read >= TURN_BYTES {
            self.read = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        match polled {
            Poll::Ready(_) => self.read += buffer.filled().len() - before,
            Poll::Pending => self.read = 0,
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Turns<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
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
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn who_has_much_to_read_gives_way_after_every_few_kib_and_reads_it_all() {
        let endless = vec![7; 1_000_000];
        let mut turns = Turns::new(&endless[..]);
        let (mut all, mut most) = (0, 0);
        while all < endless.len() {
            // What is read before the task must wait.
            let read = poll_fn(|context| {
                let mut read = 0;
                loop {
                    let mut bytes = [0; 1_000];
                    let mut buffer = ReadBuf::new(&mut bytes);
                    match Pin::new(&mut turns).poll_read(context, &mut buffer) {
                        Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                            read += buffer.filled().len();
                        }
                        Poll::Pending if read == 0 => return Poll::Pending,
                        _ => return Poll::Ready(read),
                    }
                }
            });
            let read = read.await;
            all += read;
            most = most.max(read);
        }
        assert_eq!(all, 1_000_000);
        assert_eq!(most, 5_000);
    }
}
