//! Frames on their way out: the browser's send queue is kept short, because it
//! overflows with an exception at 16 MiB, and what waits here is bounded too.

use std::collections::VecDeque;

use tablon_core::chunks;
use web_sys::RtcDataChannel;

use crate::thrown::explain;

/// Bytes handed to the browser before waiting for it to send, at most.
const HIGH: u32 = 1024 * 1024;

/// The browser asks for more when so few bytes are left.
pub(super) const LOW: u32 = 256 * 1024;

/// Bytes that wait here and in the browser, at most: 16 frames of the largest
/// size. A peer that takes them more slowly than they arise is dropped.
pub(super) const MAX_WAITING: usize = 4 * 1024 * 1024;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    chunks: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Outbox {
    /// Add a frame; refused when too much waits.
    pub(super) fn push(&mut self, channel: &RtcDataChannel, frame: &[u8]) -> Result<(), String> {
        let waiting = self.bytes + channel.buffered_amount() as usize + frame.len();
        if waiting > MAX_WAITING {
            return Err(format!(
                "the peer takes data too slowly: at most {MAX_WAITING} bytes may wait for it, {waiting} do"
            ));
        }
        for chunk in chunks::split(frame) {
            self.bytes += chunk.len();
            self.chunks.push_back(chunk);
        }
        Ok(())
    }

    /// Hand over as much as the browser should hold.
    pub(super) fn flush(&mut self, channel: &RtcDataChannel) -> Result<(), String> {
        while channel.buffered_amount() < HIGH
            && let Some(chunk) = self.chunks.pop_front()
        {
            self.bytes -= chunk.len();
            channel
                .send_with_u8_array(&chunk)
                .map_err(|error| format!("the browser does not send: {}", explain(&error)))?;
        }
        Ok(())
    }
}
