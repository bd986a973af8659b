//! Everything a stranger can make the relay hold or do, with its bound.
//!
//! The defaults suit a machine with 1 GiB to spare and a classroom of 300
//! behind one address (NAT). Tests set smaller ones and try to pass them.

use std::time::Duration;

use tablon_core::relay::MAX_RELAY_FRAME;

/// WebSockets at once: 8,192 x 14 KiB idle (measured, 1,000 tabs) = 112 MiB. At
/// worst each also holds an unfinished message ([`MAX_MESSAGE`], 32 KiB): 256 MiB.
pub const MAX_SOCKETS: usize = 8_192;

/// WebSockets at once from one address: 300 pupils with two tabs each, and a
/// few that the relay has not yet noticed to be gone.
pub const MAX_SOCKETS_PER_ADDRESS: usize = 640;

/// TCP connections at once, upgraded or not: each socket, and as many that are
/// just fetching the page.
pub const MAX_CONNECTIONS: usize = 2 * MAX_SOCKETS;

/// TCP connections at once from one address: 300 pupils who open the page in
/// the same minute, six connections of each browser and two sockets: 2,400.
pub const MAX_CONNECTIONS_PER_ADDRESS: usize = 4 * MAX_SOCKETS_PER_ADDRESS;

/// Rooms at once. A room lives while it has a peer and costs about 300 bytes;
/// half the sockets, so that rooms of one do not keep out those with company.
pub const MAX_ROOMS: usize = MAX_SOCKETS / 2;

/// Peers in one room: half the sockets, so that no board takes the whole relay.
pub const MAX_PEERS_PER_ROOM: usize = MAX_SOCKETS / 2;

/// Largest message that is read at all, bytes. One above
/// [`MAX_RELAY_FRAME`] is refused either way; up to this size it is read to
/// its end, so that the refusal arrives instead of a reset connection.
pub const MAX_MESSAGE: usize = 2 * MAX_RELAY_FRAME;

/// Frames that a socket may send at once. A tab that joins makes 8 offers with
/// about 10 candidates each, 88 frames; twice, for a bad network; some spare.
pub const FRAME_BURST: u32 = 256;

/// Frames a second after the burst. Verifying a signature takes about 70 us:
/// 640 sockets of one address at this rate cost 0.36 of one core.
pub const FRAMES_PER_SECOND: u32 = 8;

/// Bytes that a socket may send at once: 16 descriptions of 6 KiB and 160
/// candidates of 700 bytes are 205 KiB.
pub const BYTE_BURST: u32 = 256 * 1024;

/// Bytes a second after the burst: one full frame.
pub const BYTES_PER_SECOND: u32 = MAX_RELAY_FRAME as u32;

/// Bytes a second that the relay carries for one tab whose direct links fail. A
/// block of 128 KiB takes 2 s, so the fullest chain with a block a minute takes 3 %
/// of it. A tab that uses it to the full all day costs 5.3 GiB in and as much out.
pub const TUNNEL_RATE: u32 = 64 * 1024;

/// Bytes a second that the relay carries for all tabs together: 128 tabs at
/// [`TUNNEL_RATE`], 67 Mbit/s in and as much out.
pub const TUNNEL_TOTAL: u32 = 8 * 1024 * 1024;

/// Bytes a second that the relay carries for one address, a quarter of
/// [`TUNNEL_TOTAL`]: 32 pupils of one school at [`TUNNEL_RATE`], and nobody with a
/// hundred keys takes the tunnel from everybody.
pub const TUNNEL_PER_ADDRESS: u32 = TUNNEL_TOTAL / 4;

/// Peers with whom a tab has spoken of a tunnel that are remembered, the last ones:
/// it holds two tunnels at once, and asks for them one after the other.
pub const TUNNEL_PARTNERS: usize = 16;

/// What a frame through the tunnel counts for at least, bytes, whatever its
/// size: 128 a second of one tab, 16,384 of all.
pub const TUNNEL_FRAME_COST: usize = 512;

/// A frame through the tunnel is held back so long at most; then it is refused.
/// A peer that sees none of the relay's answers for 15 s gives the link up, so
/// this must stay well below.
pub const TUNNEL_WITHIN: Duration = Duration::from_secs(4);

/// Smallest [`TUNNEL_RATE`] that carries a full frame within [`TUNNEL_WITHIN`].
pub const MIN_TUNNEL_RATE: u32 = MAX_RELAY_FRAME as u32 / TUNNEL_WITHIN.as_secs() as u32;

/// Tunnels that a tab agrees to at once. What comes for it through the tunnel is
/// held to so many times [`TUNNEL_RATE`], whoever sends it.
pub const TUNNELS_OF_A_TAB: u32 = 2;

/// Bytes that may wait for one peer through the tunnel, a part of
/// [`QUEUE_BYTES`] and, at [`TUNNEL_FRAME_COST`], 128 of its [`QUEUE_FRAMES`]:
/// a tunnel does not crowd out signals. A reader of 6.4 KiB/s empties it within
/// [`SEND_WITHIN`].
pub const QUEUE_TUNNEL: u32 = 64 * 1024;

/// Life of TURN credentials: a link that is open goes on after it, and a tab
/// that stays longer is given others before.
pub const TURN_FOR: Duration = Duration::from_secs(60 * 60);

/// Frames that may wait for one peer: twice what one socket may send at once, so
/// that one flood alone does not crowd out the peer's other correspondents.
pub const QUEUE_FRAMES: usize = 2 * FRAME_BURST as usize;

/// Bytes that may wait for one peer, by the same rule.
pub const QUEUE_BYTES: u32 = 2 * BYTE_BURST;

/// Bytes that may wait for all peers together. Without it 8,192 sockets that
/// never read would hold 8,192 x 512 KiB = 4 GiB.
pub const QUEUE_BYTES_OF_ALL: u32 = 64 * 1024 * 1024;

/// Unsent bytes that the kernel may hold for one connection. Its own rule lets
/// a reader who never reads pin up to 4 MiB.
pub const KERNEL_UNSENT: u32 = 64 * 1024;

/// Signals that may be refused before the socket is closed: a tab that has just
/// changed its network or key may have a few old ones under way.
pub const MAX_FAULTS: u32 = 8;

/// From the upgrade to a hello. A tab on a bad network needs 2 s, a phone that
/// wakes its radio 5.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// Pause between pings: proxies and NATs forget a silent connection after 30 s
/// to 60 s.
pub const PING_EVERY: Duration = Duration::from_secs(20);

/// A peer from whom nothing has come for so long is gone: three pings.
pub const SILENT_FOR: Duration = Duration::from_secs(60);

/// For one frame to leave towards its reader, from queue to kernel. A full queue
/// is no ground to drop a reader, since strangers fill it; time is. At worst,
/// with a full queue, this asks for 51 KiB/s.
pub const SEND_WITHIN: Duration = Duration::from_secs(10);

/// For the peer to answer our close, so that it has read why.
pub const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// For the head of a request, and between two requests on one connection: a
/// client that sends one byte a second (slowloris) is gone by then.
pub const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// Life of a connection that does not become a socket: 2 MiB of page at 3.5
/// KiB/s take ten minutes; a reader slower than that frees the place.
pub const PAGE_WITHIN: Duration = Duration::from_secs(600);

/// For the whole relay to stop, sockets closed first.
pub const STOP_WITHIN: Duration = Duration::from_millis(1_500);

/// Bytes of a request's head: browsers send under 2 KiB; hyper wants 8 or more.
pub const MAX_HEAD: usize = 16 * 1024;

/// Header lines of a request: browsers send about 20, a proxy adds a few.
pub const MAX_HEADERS: usize = 64;

/// Largest file of the page. The largest there is, the page's wasm, is about 4 MiB.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Bytes of the page held in memory. A folder that is rebuilt all day leaves
/// its old files in the cache until this is passed.
pub const MAX_CACHE: usize = 2 * MAX_FILE as usize;

/// The bounds in force. [`Default`] gives the constants of this module.
#[derive(Debug, Clone)]
pub struct Limits {
    /// [`MAX_SOCKETS`].
    pub sockets: usize,
    /// [`MAX_SOCKETS_PER_ADDRESS`].
    pub sockets_per_address: usize,
    /// [`MAX_CONNECTIONS`].
    pub connections: usize,
    /// [`MAX_CONNECTIONS_PER_ADDRESS`].
    pub connections_per_address: usize,
    /// [`MAX_ROOMS`].
    pub rooms: usize,
    /// [`MAX_PEERS_PER_ROOM`].
    pub peers_per_room: usize,
    /// [`FRAME_BURST`].
    pub frame_burst: u32,
    /// [`FRAMES_PER_SECOND`].
    pub frames_per_second: u32,
    /// [`BYTE_BURST`].
    pub byte_burst: u32,
    /// [`BYTES_PER_SECOND`].
    pub bytes_per_second: u32,
    /// [`TUNNEL_RATE`]; 0 carries nothing.
    pub tunnel_rate: u32,
    /// [`TUNNEL_TOTAL`].
    pub tunnel_total: u32,
    /// [`TUNNEL_PER_ADDRESS`].
    pub tunnel_per_address: u32,
    /// [`TUNNEL_WITHIN`].
    pub tunnel_within: Duration,
    /// [`QUEUE_TUNNEL`].
    pub queue_tunnel: u32,
    /// [`TURN_FOR`].
    pub turn_for: Duration,
    /// [`QUEUE_FRAMES`].
    pub queue_frames: usize,
    /// [`QUEUE_BYTES`].
    pub queue_bytes: u32,
    /// [`QUEUE_BYTES_OF_ALL`].
    pub queue_bytes_of_all: u32,
    /// [`KERNEL_UNSENT`].
    pub kernel_unsent: u32,
    /// [`MAX_FAULTS`].
    pub faults: u32,
    /// [`HELLO_WITHIN`].
    pub hello_within: Duration,
    /// [`PING_EVERY`].
    pub ping_every: Duration,
    /// [`SILENT_FOR`].
    pub silent_for: Duration,
    /// [`SEND_WITHIN`].
    pub send_within: Duration,
    /// [`CLOSE_WITHIN`].
    pub close_within: Duration,
    /// [`HEAD_WITHIN`].
    pub head_within: Duration,
    /// [`PAGE_WITHIN`].
    pub page_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sockets: MAX_SOCKETS,
            sockets_per_address: MAX_SOCKETS_PER_ADDRESS,
            connections: MAX_CONNECTIONS,
            connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
            rooms: MAX_ROOMS,
            peers_per_room: MAX_PEERS_PER_ROOM,
            frame_burst: FRAME_BURST,
            frames_per_second: FRAMES_PER_SECOND,
            byte_burst: BYTE_BURST,
            bytes_per_second: BYTES_PER_SECOND,
            tunnel_rate: TUNNEL_RATE,
            tunnel_total: TUNNEL_TOTAL,
            tunnel_per_address: TUNNEL_PER_ADDRESS,
            tunnel_within: TUNNEL_WITHIN,
            queue_tunnel: QUEUE_TUNNEL,
            turn_for: TURN_FOR,
            queue_frames: QUEUE_FRAMES,
            queue_bytes: QUEUE_BYTES,
            queue_bytes_of_all: QUEUE_BYTES_OF_ALL,
            kernel_unsent: KERNEL_UNSENT,
            faults: MAX_FAULTS,
            hello_within: HELLO_WITHIN,
            ping_every: PING_EVERY,
            silent_for: SILENT_FOR,
            send_within: SEND_WITHIN,
            close_within: CLOSE_WITHIN,
            head_within: HEAD_WITHIN,
            page_within: PAGE_WITHIN,
        }
    }
}
