//! Lists of any length, streamed: a piece is in memory at once, counted in the budget
//! and made when the one before has left.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::keys::Address;
use tablon_core::units::Height;
use tablon_core::view::NoteView;

use super::answer::Problem;
use super::reader::store_failed;
use super::{CallerAddress, Served};

/// A piece is given away once it has so many bytes.
pub(super) const PIECE_BYTES: usize = 256 * 1024;

/// Bytes of a piece, at most: one block more, whose 128 KiB of posts JSON may write
/// with six times as many.
pub(super) const MAX_PIECE_BYTES: usize = PIECE_BYTES + 6 * 128 * 1024;

/// Posts of a piece: 4,096 bytes each, six times as many in JSON, and 1 KiB beside.
const NOTES: u32 = 16;

/// Participants of a piece: the node's own thread reads them.
const PARTICIPANTS: u32 = 32;

/// Part of a list, as JSON, and what is still to be said.
pub(super) struct Piece<S> {
    pub(super) json: Vec<u8>,
    pub(super) rest: Option<S>,
}

/// Answer with the pieces that `next` makes. What is refused before the first has left
/// is refused whole; an error later cuts the connection: half a list must not look like
/// a whole one.
pub(super) async fn answer<S, F>(
    served: &Arc<Served>,
    from: CallerAddress,
    first: S,
    next: F,
) -> Result<Response, Problem>
where
    S: Send + 'static,
    F: AsyncPieces<S>,
{
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let (piece, rest) = make(served, from, first, &next).await?;
    let Some(rest) = rest else {
        return Ok((kind, piece).into_response());
    };
    let state = (Arc::clone(served), next, Some(rest));
    let others = stream::try_unfold(state, move |(served, next, rest)| async move {
        let Some(rest) = rest else {
            return Ok::<_, std::io::Error>(None);
        };
        let made = make(&served, from, rest, &next).await;
        let (piece, rest) = made.map_err(|problem| std::io::Error::other(problem.message))?;
        Ok(Some((piece, (served, next, rest))))
    });
    let pieces = stream::iter([Ok(piece)]).chain(others);
    Ok((kind, Body::from_stream(pieces)).into_response())
}

/// Makes a list's pieces.
pub(super) trait AsyncPieces<S>: Send + Sync + 'static {
    /// The next piece.
    fn next(
        &self,
        served: &Served,
        state: S,
    ) -> impl Future<Output = Result<Piece<S>, Problem>> + Send;
}

async fn make<S: Send>(
    served: &Served,
    from: CallerAddress,
    state: S,
    next: &impl AsyncPieces<S>,
) -> Result<(Bytes, Option<S>), Problem> {
    let room = served
        .budget
        .reserve(from.origin(), MAX_PIECE_BYTES)
        .await?;
    let piece = next.next(served, state).await?;
    Ok((room.hold(piece.json), piece.rest))
}

/// Write the items of a JSON array: the bracket before the first, commas between.
pub(super) fn write_items<T: Serialize>(json: &mut Vec<u8>, begun: &mut bool, items: &[T]) {
    for item in items {
        json.extend_from_slice(if *begun { b"," } else { b"[" });
        *begun = true;
        serde_json::to_writer(&mut *json, item).expect("a view always has a JSON form");
    }
}

fn close(json: &mut Vec<u8>, begun: bool) {
    json.extend_from_slice(if begun { b"]" } else { b"[]" });
}

/// Whose posts.
#[derive(Debug, Clone, Copy)]
pub(super) enum NotesOf {
    Everybody,
    /// Transfers from and to an account.
    Transfers(Address),
}

/// Posts or transfers still to be said, newest first.
pub(super) struct Notes {
    pub(super) before: Option<(Height, u32)>,
    pub(super) left: u32,
    pub(super) begun: bool,
}

impl AsyncPieces<Notes> for NotesOf {
    async fn next(&self, served: &Served, mut state: Notes) -> Result<Piece<Notes>, Problem> {
        let (of, before, limit) = (*self, state.before, state.left.min(NOTES));
        let read = move |snapshot: &tablon_core::node::Snapshot| match of {
            Self::Everybody => snapshot.notes(before, limit).map_err(store_failed),
            Self::Transfers(of) => snapshot.transfers(of, before, limit).map_err(store_failed),
        };
        let notes: Vec<NoteView> = served.reader.read(read).await?;
        let mut json = Vec::new();
        write_items(&mut json, &mut state.begun, &notes);
        state.left -= notes.len() as u32; // at most `limit`
        state.before = notes.last().map(|last| (last.height, last.place));
        let is_last = state.left == 0 || (notes.len() as u32) < limit;
        if is_last {
            close(&mut json, state.begun);
        }
        Ok(Piece {
            json,
            rest: (!is_last).then_some(state),
        })
    }
}

/// Participants still to be said.
pub(super) struct Participants {
    pub(super) after: Option<Address>,
    pub(super) left: u32,
    pub(super) begun: bool,
}

/// All participants.
pub(super) struct EveryParticipant;

impl AsyncPieces<Participants> for EveryParticipant {
    async fn next(
        &self,
        served: &Served,
        mut state: Participants,
    ) -> Result<Piece<Participants>, Problem> {
        let (after, limit) = (state.after, state.left.min(PARTICIPANTS));
        let reply = served
            .reader
            .ask(Command::Participants { after, limit })
            .await?;
        let Reply::Accounts(accounts) = reply else {
            unreachable!("the reply to participants is accounts");
        };
        let mut json = Vec::new();
        write_items(&mut json, &mut state.begun, &accounts);
        state.left -= accounts.len() as u32; // at most `limit`
        state.after = accounts.last().map(|last| last.address);
        let is_last = state.left == 0 || (accounts.len() as u32) < limit;
        if is_last {
            close(&mut json, state.begun);
        }
        Ok(Piece {
            json,
            rest: (!is_last).then_some(state),
        })
    }
}

/// How a list of blocks is written.
pub(super) trait BlockForm: Send + Sync + 'static {
    /// Before the first block.
    fn head(&self) -> Vec<u8>;
    /// One block.
    fn block(block: tablon_core::view::BlockView) -> Vec<u8>;
    /// After the last one.
    fn tail(&self) -> Vec<u8>;
}

/// Blocks still to be said, lowest first.
pub(super) struct Blocks {
    next: u32,
    left: u32,
    last: Option<tablon_core::hash::BlockHash>,
    begun: bool,
}

impl Blocks {
    pub(super) fn new(from: Height, limit: u32) -> Self {
        Self {
            next: from.0,
            left: limit,
            last: None,
            begun: false,
        }
    }
}

/// A list of blocks in some form.
pub(super) struct BlocksAs<F>(pub(super) F);

impl<F: BlockForm> AsyncPieces<Blocks> for BlocksAs<F> {
    async fn next(&self, served: &Served, mut state: Blocks) -> Result<Piece<Blocks>, Problem> {
        let mut json = match state.begun {
            true => Vec::new(),
            false => self.0.head(),
        };
        state.begun = true;
        let read = move |snapshot: &tablon_core::node::Snapshot| {
            let mut is_last = false;
            while json.len() < PIECE_BYTES && !is_last {
                let from = Height(state.next);
                let block = match state.left {
                    0 => None,
                    _ => snapshot.blocks(from, 1).map_err(store_failed)?.pop(),
                };
                let Some(block) = block else {
                    is_last = true;
                    continue;
                };
                // A reorganisation under way: what follows belongs to another chain.
                if state.last.is_some_and(|last| last != block.previous_hash) {
                    return Err(Refusal {
                        code: "chain_changed".into(),
                        message: "the chain changed while it was read".into(),
                    });
                }
                if state.last.is_some() {
                    json.extend_from_slice(b", ");
                }
                state.last = Some(block.hash);
                state.next = state.next.saturating_add(1);
                state.left -= 1;
                json.extend_from_slice(&F::block(block));
            }
            let rest = (!is_last).then_some(state);
            Ok(Piece { json, rest })
        };
        let mut piece = served.reader.read(read).await?;
        if piece.rest.is_none() {
            piece.json.extend_from_slice(&self.0.tail());
        }
        Ok(piece)
    }
}
