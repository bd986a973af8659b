//! The newest posts of a chain that is still being fetched: shown at once, marked
//! as not yet checked against the ledger.

use super::{Node, Output};
use crate::hash::BlockHash;
use crate::store::StoreError;
use crate::transaction::Action;
use crate::units::Height;
use crate::view::{Delta, MAX_UNVERIFIED, NoteView};

/// Blocks at the end of a long chain that are fetched first.
pub(super) const PREVIEWED: usize = 8;
/// A chain is long when it lacks so many blocks.
pub(super) const LONG: usize = 64;

/// The blocks whose posts are shown so.
#[derive(Debug, Default)]
pub(super) struct Preview(Vec<BlockHash>);

impl Node {
    /// Show what came of the newest blocks, or that the ledger has reached them.
    pub(super) fn show_unverified(&mut self) -> Result<(), StoreError> {
        let shown = self.newest_bodies();
        if shown == self.preview.0 {
            return Ok(());
        }
        let views = self.chain.read()?;
        let mut posts = Vec::new();
        for hash in &shown {
            let Some((height, body)) = self.fetch.body(*hash) else {
                continue;
            };
            for (place, checked) in body.transactions().iter().enumerate().rev() {
                if !matches!(checked.get().action, Action::Post(_)) {
                    continue;
                }
                posts.push(NoteView {
                    height,
                    place: place as u32, // bounded by a block's bytes
                    post: self.transaction_view(&views, checked.id(), checked.get())?,
                });
            }
        }
        posts.truncate(MAX_UNVERIFIED);
        self.preview.0 = shown;
        self.out.push(Output::Show(Delta::Unverified { posts }));
        Ok(())
    }

    // Of a chain that is well ahead, the newest first.
    fn newest_bodies(&self) -> Vec<BlockHash> {
        let tip = self.chain.tip().height;
        let target = match self.target() {
            Some(target) if target.height.above(tip) > PREVIEWED as u32 => target,
            _ => return Vec::new(),
        };
        let oldest = Height(target.height.0 + 1 - PREVIEWED as u32);
        self.fetch.bodies_from(oldest)
    }
}
