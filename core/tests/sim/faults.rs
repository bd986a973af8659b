//! Peers that follow a script instead of the protocol.

use tablon_core::hash::PeerId;
use tablon_core::wire::Message;

/// What a puppet does when a message arrives: push the answers.
pub type Script = Box<dyn FnMut(&Message, &mut Vec<Vec<u8>>)>;

/// A peer that is no node.
pub struct Puppet {
    pub id: PeerId,
    pub script: Script,
    /// Everything that it was sent.
    pub heard: Vec<Message>,
}

impl Puppet {
    pub fn new(number: u8, script: Script) -> Self {
        Self {
            id: PeerId([number; 32]),
            script,
            heard: Vec::new(),
        }
    }
}

/// Answers pings and nothing else.
pub fn only_pongs(message: &Message, answers: &mut Vec<Vec<u8>>) {
    if let Message::Ping(number) = message {
        answers.push(Message::Pong(*number).to_frame());
    }
}
