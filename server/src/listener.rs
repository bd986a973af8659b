//! The socket that connections come to.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait until they are accepted: a thousand clients at once. Of the
/// library's own number, 128, a stranger makes more before the next look, and the system
/// lets whoever comes then try again after a second, or two, or four.
const BACKLOG: u32 = 1_024;

/// Listens at an address. Needs a tokio runtime with I/O.
///
/// # Errors
/// When the address is taken, or not of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A program that starts again takes its port at once. Elsewhere this would let another
    // program take it, too.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn five_hundred_connect_before_the_first_is_accepted() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let connect = |_| TcpStream::connect_timeout(&address, Duration::from_secs(1));
        let waiting: Vec<_> = (0..500).map(connect).collect();
        assert!(waiting.iter().all(Result::is_ok), "{waiting:?}");
        let accepted = listener.accept().await;
        assert!(accepted.is_ok(), "{accepted:?}");
    }
}
