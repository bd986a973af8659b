//! Blocks that programs bring.

use tablon_core::block::Block;
use tablon_core::command::{BlockAt, Command, Refusal};
use tablon_core::node::{Input, LinkEvent, LinkOrigin, Snapshot};
use tablon_core::view::LinkKind;

use super::{Core, Driver, now, refusal};
use crate::courier::Courier;

impl Driver {
    /// The chain as it is now, for whoever reads it on another thread.
    pub(super) fn snapshot(&self) -> Result<Snapshot, Refusal> {
        match &self.core {
            Core::Open(node) => node
                .snapshot()
                .map_err(|error| refusal("store_failed", error.to_string())),
            Core::Failed { .. } => Err(store_failed()),
        }
    }

    // Whether it is new, or the rule that it breaks.
    pub(super) fn add_block(&mut self, block: Block) -> Result<bool, Refusal> {
        let at = BlockAt::Hash(block.header.hash());
        match self.ask_now(Command::Block { at }) {
            Ok(_) => return Ok(false),
            Err(error) if error.code == "no_such_block" => {}
            Err(error) => return Err(error),
        }
        let previous = BlockAt::Hash(block.header.previous);
        if self.ask_now(Command::Block { at: previous }).is_err() {
            let message = format!(
                "no block here has the hash {} of the one before it",
                block.header.previous
            );
            return Err(refusal("block_unknown_parent", message));
        }
        let courier = Courier::new(block);
        let (peer, link) = (courier.peer, LinkKind::Local);
        let greeting = courier.greeting(self.config.params.network_id(), now());
        self.courier = Some(courier);
        let origin = LinkOrigin::Inbound(None);
        self.feed(Input::Link(LinkEvent::Up { peer, link, origin }));
        let turned_away = self
            .courier
            .as_ref()
            .is_some_and(|it| it.dismissed.is_some());
        let mut messages = if turned_away { Vec::new() } else { greeting };
        while !messages.is_empty() {
            for message in messages {
                let frame = message.to_frame();
                self.feed(Input::Link(LinkEvent::Received { peer, frame }));
            }
            messages = self
                .courier
                .as_mut()
                .map(Courier::answers)
                .unwrap_or_default();
        }
        self.feed(Input::Link(LinkEvent::Down {
            peer,
            reason: "it has brought its block".into(),
        }));
        let dismissed = self.courier.take().and_then(|courier| courier.dismissed);
        if self.ask_now(Command::Block { at }).is_ok() {
            return Ok(true);
        }
        Err(match dismissed {
            Some(reason) if turned_away => refusal("busy", reason),
            Some(reason) => refusal("block_refused", reason),
            None => refusal(
                "block_not_taken",
                "it breaks no rule, and its branch has no more work than the chain",
            ),
        })
    }
}

pub(super) fn store_failed() -> Refusal {
    let message = "the node's store failed; it is opened again as soon as the disk lets it";
    refusal("store_failed", message)
}
