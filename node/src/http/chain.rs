//! The chain as the tutorial shows it, streamed: a page of blocks is in memory at
//! once, however long the chain.

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::BlockHash;
use tablon_core::units::{Height, Timestamp};
use tablon_core::view::{BlockView, Kind, TransactionView};

use super::answer::Problem;
use crate::driver::Door;

/// Blocks asked of the node at once: at most 2 MiB of posts, which JSON may write
/// with six times as many bytes.
const PAGE: u32 = 16;

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

// What is still to be said.
struct Telling {
    door: Door,
    /// Blocks from here on, so many.
    next: u32,
    left: u32,
    last: Option<BlockHash>,
    begun: bool,
    peers: Vec<String>,
    /// Of the whole chain.
    length: u32,
    done: bool,
}

/// `{length, chain, peers}`: blocks from a height on, as many as asked for.
pub(super) async fn stream(
    door: Door,
    from: u32,
    limit: Option<u32>,
    peers: Vec<String>,
) -> Result<Response, Problem> {
    let length = match door.ask(Command::Status).await? {
        Reply::Status(status) => status.height.0.saturating_add(1),
        _ => 0,
    };
    let telling = Telling {
        door,
        next: from,
        left: length.saturating_sub(from).min(limit.unwrap_or(u32::MAX)),
        last: None,
        begun: false,
        peers,
        length,
        done: false,
    };
    let pieces = stream::try_unfold(telling, |telling| async move {
        if telling.done {
            return Ok::<_, std::io::Error>(None);
        }
        let (piece, telling) = telling.say().await?;
        Ok(Some((Bytes::from(piece), telling)))
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, Body::from_stream(pieces)).into_response())
}

impl Telling {
    // An error cuts the connection: half a chain must not look like a whole one.
    async fn say(mut self) -> std::io::Result<(Vec<u8>, Self)> {
        let mut piece = Vec::new();
        if !self.begun {
            piece = format!("{{\"length\": {}, \"chain\": [", self.length).into_bytes();
        }
        let limit = self.left.min(PAGE);
        if limit > 0 {
            let blocks = self.page(limit).await.map_err(std::io::Error::other)?;
            for block in blocks {
                // A reorganisation under way: what follows belongs to another chain.
                if self.last.is_some_and(|last| last != block.previous_hash) {
                    return Err(std::io::Error::other("the chain changed while it was read"));
                }
                self.last = Some(block.hash);
                if self.begun {
                    piece.extend_from_slice(b", ");
                }
                self.begun = true;
                serde_json::to_writer(&mut piece, &TutorialBlock::from(block))?;
            }
        }
        self.next += limit;
        self.left -= limit;
        if self.left == 0 {
            let peers = serde_json::to_string(&self.peers)?;
            piece.extend_from_slice(format!("], \"peers\": {peers}}}\n").as_bytes());
            self.done = true;
        }
        Ok((piece, self))
    }

    async fn page(&self, limit: u32) -> Result<Vec<BlockView>, Refusal> {
        let from = Height(self.next);
        match self.door.ask(Command::Chain { from, limit }).await? {
            Reply::Blocks(blocks) => Ok(blocks),
            _ => Ok(Vec::new()),
        }
    }
}
