//! A WebSocket whose every byte is the attacker's: no library keeps to the protocol for
//! it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Kinds of frames, RFC 6455 section 5.2.
pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;
/// The bit of a message's last frame.
pub(super) const LAST: u8 = 0x80;

/// A call to the system waits no longer, so that an attack ends in time.
const CALL: Duration = Duration::from_millis(20);

/// One connection.
pub(super) struct Socket {
    stream: TcpStream,
    /// Read, and how much of it was used.
    input: Vec<u8>,
    used: usize,
}

/// A frame; the mask is zero, which is as good as any and costs its sender nothing.
pub(super) fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = announced(kind, payload.len() as u64);
    bytes.extend_from_slice(payload);
    bytes
}

/// The head of a frame that says how long it is.
pub(super) fn announced(kind: u8, length: u64) -> Vec<u8> {
    const MASKED: u8 = 0x80;
    let mut bytes = vec![kind];
    match length {
        0..126 => bytes.push(MASKED | length as u8),
        126..65_536 => {
            bytes.push(MASKED | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(MASKED | 127);
            bytes.extend_from_slice(&length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

/// Asks for a WebSocket as a proxy does that has been called from `from`.
pub(super) fn upgrade(node: SocketAddr, from: IpAddr) -> String {
    format!(
        "GET /peer HTTP/1.1\r\nhost: {node}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         x-forwarded-for: {from}\r\n\r\n"
    )
}

fn closed(reason: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::ConnectionAborted, reason.into())
}

fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Socket {
    /// A connection on which nothing has been said.
    pub(super) fn connect(node: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&node, Duration::from_secs(1))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(CALL))?;
        stream.set_write_timeout(Some(CALL))?;
        Ok(Self {
            stream,
            input: Vec::new(),
            used: 0,
        })
    }

    /// A WebSocket.
    pub(super) fn open(node: SocketAddr, from: IpAddr, until: Instant) -> io::Result<Self> {
        let mut socket = Self::connect(node)?;
        socket.write(upgrade(node, from).as_bytes(), until)?;
        loop {
            let end = socket.input.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                if !socket.input.starts_with(b"HTTP/1.1 101") {
                    return Err(closed(String::from_utf8_lossy(&socket.input)));
                }
                socket.used = end + 4;
                return Ok(socket);
            }
            socket.read_more(until)?;
        }
    }

    /// Write all, as fast as the node takes it.
    pub(super) fn write(&mut self, mut bytes: &[u8], until: Instant) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(0) => return Err(closed("nothing was written")),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if waits(&error) && Instant::now() < until => {}
                Err(error) if waits(&error) => return Err(error),
                Err(error) => return Err(self.reason().unwrap_or(error)),
            }
        }
        Ok(())
    }

    // Why the node closed, if it said so before.
    fn reason(&mut self) -> Option<io::Error> {
        loop {
            match self.heard() {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    /// The same a byte at a time.
    pub(super) fn write_slowly(&mut self, bytes: &[u8], until: Instant) -> io::Result<()> {
        for byte in bytes {
            self.write(&[*byte], until)?;
            thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Say one message.
    pub(super) fn say(&mut self, message: &[u8], until: Instant) -> io::Result<()> {
        self.write(&frame(LAST | BINARY, message), until)
    }

    /// The next message; an error says why the node closed.
    pub(super) fn hear(&mut self, until: Instant) -> io::Result<Vec<u8>> {
        loop {
            if let Some(message) = self.next_message()? {
                return Ok(message);
            }
            self.read_more(until)?;
        }
    }

    /// The next message, if it is there.
    pub(super) fn heard(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(message) = self.next_message()? {
            return Ok(Some(message));
        }
        let mut input = self.unused();
        let end = self.read_what_is_there(|bytes| input.extend_from_slice(bytes));
        self.input = input;
        match self.next_message()? {
            Some(message) => Ok(Some(message)),
            None => end.map(|()| None),
        }
    }

    fn read_what_is_there(&mut self, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        let mut bytes = [0; 65_536];
        self.stream.set_nonblocking(true)?;
        let end = loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => break Err(closed("the node closed")),
                Ok(read) => take(&bytes[..read]),
                Err(error) if waits(&error) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.stream.set_nonblocking(false)?;
        end
    }

    fn next_message(&mut self) -> io::Result<Option<Vec<u8>>> {
        while let Some((kind, payload)) = self.next_frame() {
            match kind & 0xf {
                BINARY => return Ok(Some(payload)),
                CLOSE => {
                    let reason = payload.get(2..).unwrap_or_default();
                    return Err(closed(String::from_utf8_lossy(reason)));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    // The node's frames are whole messages and have no mask.
    fn next_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let input = &self.input[self.used..];
        let (kind, short) = (*input.first()?, *input.get(1)?);
        let (length, begin) = match short {
            126 => {
                let long = input.get(2..4)?.try_into().unwrap();
                (u64::from(u16::from_be_bytes(long)), 4)
            }
            127 => {
                let long = input.get(2..10)?.try_into().unwrap();
                (u64::from_be_bytes(long), 10)
            }
            short => (u64::from(short), 2),
        };
        let end = begin + usize::try_from(length).unwrap();
        let payload = input.get(begin..end)?.to_vec();
        self.used += end;
        Some((kind, payload))
    }

    fn unused(&mut self) -> Vec<u8> {
        let mut input = std::mem::take(&mut self.input);
        input.drain(..std::mem::take(&mut self.used));
        input
    }

    fn read_more(&mut self, until: Instant) -> io::Result<()> {
        let mut bytes = [0; 65_536];
        self.input = self.unused();
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return Err(closed("the node closed")),
                Ok(read) => {
                    self.input.extend_from_slice(&bytes[..read]);
                    return Ok(());
                }
                Err(error) if waits(&error) && Instant::now() < until => {}
                Err(error) => return Err(error),
            }
        }
    }
}
