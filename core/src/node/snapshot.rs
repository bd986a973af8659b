//! The chain at one moment, read apart from the node: by a driver's other threads, so
//! that whoever reads much delays neither peers nor blocks.

use std::fmt;

use crate::block::{Block, Coinbase};
use crate::command::MAX_PAGE;
use crate::encode::encode;
use crate::hash::{BlockHash, StateRoot, TxId};
use crate::header::Header;
use crate::keys::Address;
use crate::ledger::Accounts;
use crate::miner::leading_zero_bits;
use crate::store::{HistoryKind, StoreError, Views};
use crate::transaction::{Action, Transaction};
use crate::units::{Amount, Height};
use crate::view::{BlockView, Kind, NoteView, TransactionView};

/// Height and place of a transaction on the best chain.
pub(super) type Place = (Height, u32);

/// Where a block stands.
pub(super) struct BlockPlace {
    pub(super) height: Height,
    pub(super) hash: BlockHash,
    pub(super) on_best_chain: bool,
}

/// The best chain as one read transaction of the store sees it; made by
/// [`Node::snapshot`](super::Node::snapshot). What the node writes later does not show,
/// and the store keeps the pages of this moment until the snapshot is dropped: read
/// and drop it, do not keep it.
pub struct Snapshot {
    views: Views,
    me: Address,
    genesis: Header,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

impl Snapshot {
    pub(super) fn new(views: Views, me: Address, genesis: Header) -> Self {
        Self { views, me, genesis }
    }

    /// Blocks of the best chain from a height on, at most [`MAX_PAGE`].
    pub fn blocks(&self, from: Height, limit: u32) -> Result<Vec<BlockView>, StoreError> {
        let end = from.0.saturating_add(limit.min(MAX_PAGE));
        let mut blocks = Vec::new();
        for height in (from.0..end).map(Height) {
            let Some((hash, header)) = self.at(height)? else {
                break;
            };
            let place = BlockPlace {
                height,
                hash,
                on_best_chain: true,
            };
            let block = stored_block(&self.views, height, header)?;
            blocks.push(block_view(&self.views, self.me, place, &block)?);
        }
        Ok(blocks)
    }

    /// Posts of the best chain before a place, newest first, at most [`MAX_PAGE`].
    pub fn notes(
        &self,
        before: Option<(Height, u32)>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        let limit = limit.min(MAX_PAGE) as usize;
        self.noted(&self.views.notes_before(before, limit)?)
    }

    /// Transfers from and to an address before a place, newest first, at most
    /// [`MAX_PAGE`].
    pub fn transfers(
        &self,
        of: Address,
        before: Option<(Height, u32)>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        let limit = limit.min(MAX_PAGE) as usize;
        let places = (self.views).history_before(HistoryKind::Transfer, of, before, limit)?;
        self.noted(&places)
    }

    fn noted(&self, places: &[Place]) -> Result<Vec<NoteView>, StoreError> {
        let transactions = self.at_places(places)?;
        (places.iter().zip(&transactions))
            .map(|(&(height, place), transaction)| {
                let id = transaction.id();
                Ok(NoteView {
                    height,
                    place,
                    post: transaction_view(&self.views, self.me, id, transaction)?,
                })
            })
            .collect()
    }

    // Each body is read once for as long as its places follow each other.
    pub(super) fn at_places(&self, places: &[Place]) -> Result<Vec<Transaction>, StoreError> {
        let damaged = |reason: String| StoreError::Damaged {
            what: "index of transactions",
            reason,
        };
        let mut found = Vec::new();
        let mut body: Option<(Height, Block)> = None;
        for (height, place) in places {
            if body.as_ref().is_none_or(|(at, _)| at != height) {
                let at = self.at(*height)?;
                let (_, header) =
                    at.ok_or_else(|| damaged(format!("height {height} is above the tip")))?;
                body = Some((*height, self.views.body(*height, header)?));
            }
            let transaction = body
                .as_ref()
                .and_then(|(_, block)| block.transactions.get(*place as usize));
            let transaction = transaction
                .ok_or_else(|| damaged(format!("block {height} has no transaction {place}")))?;
            found.push(transaction.clone());
        }
        Ok(found)
    }

    fn at(&self, height: Height) -> Result<Option<(BlockHash, Header)>, StoreError> {
        match height {
            Height(0) => Ok(Some((self.genesis.hash(), self.genesis))),
            height => self.views.active_at(height),
        }
    }
}

pub(super) fn block_view(
    views: &Views,
    me: Address,
    place: BlockPlace,
    block: &Block,
) -> Result<BlockView, StoreError> {
    let header = &block.header;
    let transactions: Result<_, _> = block
        .transactions
        .iter()
        .map(|transaction| transaction_view(views, me, transaction.id(), transaction))
        .collect();
    Ok(BlockView {
        index: place.height,
        hash: place.hash,
        previous_hash: header.previous,
        merkle_root: header.merkle_root,
        version: header.version,
        timestamp: header.time,
        bits: header.bits.0,
        nonce: header.nonce,
        difficulty_bits: header
            .bits
            .target()
            .expect("a header in the tree names a target")
            .zero_bits(),
        zero_bits: leading_zero_bits(&place.hash.0),
        header: data_encoding::HEXLOWER.encode(&header.to_bytes()),
        miner: (place.height > Height(0)).then_some(block.coinbase.miner),
        state_root: block.coinbase.state_root,
        on_best_chain: place.on_best_chain,
        size: encode(block).len() as u32, // at most MAX_BLOCK
        transactions: transactions?,
    })
}

pub(super) fn transaction_view(
    views: &Views,
    me: Address,
    id: TxId,
    transaction: &Transaction,
) -> Result<TransactionView, StoreError> {
    let author = transaction.author.address();
    let mut view = TransactionView {
        id,
        kind: Kind::Post,
        author,
        key: transaction.author,
        name: String::new(),
        joined: false,
        topic: String::new(),
        content: String::new(),
        reply_to: None,
        tips: Amount::ZERO,
        to: None,
        amount: None,
        tip: None,
        sealed: None,
        timestamp: transaction.time,
        seq: transaction.seq,
        stamp_bits: leading_zero_bits(&id.0),
        own: author == me,
    };
    match &transaction.action {
        Action::Post(post) => {
            view.name.clone_from(&post.name);
            view.topic.clone_from(&post.topic);
            view.content.clone_from(&post.body);
            view.reply_to = post.reply_to;
            view.tips = views.tips(id, author)?;
            if !post.name.is_empty() {
                let account = views.account(author)?;
                let known = account.participant.filter(|known| !known.left);
                view.joined = known.is_some_and(|known| known.name == post.name);
            }
        }
        Action::Join(join) => {
            view.kind = Kind::Join;
            view.name.clone_from(&join.name);
        }
        Action::Leave => view.kind = Kind::Leave,
        Action::Transfer(transfer) => {
            view.kind = Kind::Transfer;
            view.to = Some(transfer.to);
            view.amount = Some(transfer.amount);
            view.tip = transfer.tip;
        }
        Action::Secret(secret) => {
            view.kind = Kind::Secret;
            view.to = Some(secret.to);
            view.sealed = Some(secret.sealed.len() as u32); // a rule bounds it
        }
    }
    Ok(view)
}

pub(super) fn stored_block(
    views: &Views,
    height: Height,
    header: Header,
) -> Result<Block, StoreError> {
    if height == Height(0) {
        // Genesis follows from the parameters and has no body.
        return Ok(Block {
            header,
            coinbase: Coinbase {
                height: Height(0),
                miner: Address::default(),
                state_root: StateRoot::default(),
                extra_nonce: 0,
            },
            transactions: Vec::new(),
        });
    }
    views.body(height, header)
}
