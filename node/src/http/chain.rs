//! The chain as the tutorial shows it.

use std::sync::Arc;

use axum::response::Response;
use serde::Serialize;
use tablon_core::command::{Command, Reply};
use tablon_core::hash::BlockHash;
use tablon_core::units::{Height, Timestamp};
use tablon_core::view::{BlockView, Kind, TransactionView};

use super::answer::Problem;
use super::lists::{self, BlockForm, Blocks, BlocksAs};
use super::{CallerAddress, Served};

/// A post as the tutorial has it.
#[derive(Debug, Serialize)]
pub(super) struct PostView {
    author: String,
    content: String,
    timestamp: Timestamp,
}

/// A block as the tutorial has it.
#[derive(Debug, Serialize)]
struct TutorialBlock {
    index: Height,
    transactions: Vec<PostView>,
    timestamp: Timestamp,
    previous_hash: BlockHash,
    nonce: u32,
    hash: BlockHash,
}

/// The posts of a list of transactions. Who names nobody is shown by the address.
pub(super) fn posts(transactions: Vec<TransactionView>) -> Vec<PostView> {
    let posts = transactions.into_iter().filter(|it| it.kind == Kind::Post);
    let view = |post: TransactionView| PostView {
        author: match post.name.is_empty() {
            true => post.author.to_string(),
            false => post.name,
        },
        content: post.content,
        timestamp: post.timestamp,
    };
    posts.map(view).collect()
}

impl From<BlockView> for TutorialBlock {
    fn from(block: BlockView) -> Self {
        Self {
            index: block.index,
            transactions: posts(block.transactions),
            timestamp: block.timestamp,
            previous_hash: block.previous_hash,
            nonce: block.nonce,
            hash: block.hash,
        }
    }
}

/// `{length, chain, peers}`.
struct Tutorial {
    /// Of the whole chain.
    length: u32,
    peers: Vec<String>,
}

impl BlockForm for Tutorial {
    fn head(&self) -> Vec<u8> {
        format!("{{\"length\": {}, \"chain\": [", self.length).into_bytes()
    }

    fn block(block: BlockView) -> Vec<u8> {
        let block = TutorialBlock::from(block);
        serde_json::to_vec(&block).expect("a view always has a JSON form")
    }

    fn tail(&self) -> Vec<u8> {
        let peers = serde_json::to_string(&self.peers).expect("strings have a JSON form");
        format!("], \"peers\": {peers}}}\n").into_bytes()
    }
}

/// `{length, chain, peers}`: blocks from a height on, as many as asked for.
pub(super) async fn stream(
    served: &Arc<Served>,
    caller: CallerAddress,
    from: u32,
    limit: Option<u32>,
    peers: Vec<String>,
) -> Result<Response, Problem> {
    let length = match served.reader.ask(Command::Status).await? {
        Reply::Status(status) => status.height.0.saturating_add(1),
        _ => 0,
    };
    let left = length.saturating_sub(from).min(limit.unwrap_or(u32::MAX));
    let blocks = Blocks::new(Height(from), left);
    let form = BlocksAs(Tutorial { length, peers });
    lists::answer(served, caller, blocks, form).await
}
