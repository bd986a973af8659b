//! `/api/v1`: the node's commands as resources, described by `openapi.json`. Values
//! are those of `docs/api.md`.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::json;
use tablon_core::command::{BlockAt, Command, MAX_PAGE, Reply};
use tablon_core::hash::{NotAnId, TxId};
use tablon_core::keys::Address;
use tablon_core::units::Height;
use tablon_core::view::BlockView;

use super::answer::{MAX_BODY, Problem, read_bytes, read_json};
use super::lists::{
    self, BlockForm, Blocks, BlocksAs, EveryParticipant, MAX_PIECE_BYTES, Notes, NotesOf,
    Participants,
};
use super::{CallerAddress, Served, events};

/// The description of all this.
const OPENAPI: &str = include_str!("openapi.json");

/// Entries of a list when no `limit` is given.
const LIMIT: u32 = 50;

/// Blocks of one answer, at most: 6.3 MiB of posts.
const MAX_BLOCKS: u32 = 50;

/// Bytes of a proof, at most: a transaction, paths and 101 headers are 13 KiB.
const MAX_PROOF: usize = MAX_BODY;

/// Bytes of what waits, at most: 500 posts of 4,096 bytes, each of which JSON may write
/// with six, and 1 KiB beside.
pub(super) const MAX_PENDING_BYTES: usize = 500 * (6 * 4_096 + 1_024);

type Shared = State<Arc<Served>>;
type Caller = Extension<CallerAddress>;
type Answer = Result<Response, Problem>;

pub(super) fn router() -> Router<Arc<Served>> {
    Router::new()
        .route("/openapi.json", get(openapi))
        .route("/status", get(status))
        .route("/blocks", get(blocks))
        .route("/blocks/{at}", get(block))
        .route("/transactions", get(posts).post(write))
        .route("/transactions/pending", get(pending))
        .route("/transactions/{id}", get(transaction))
        .route("/accounts/{address}", get(account))
        .route("/accounts/{address}/transfers", get(transfers))
        .route("/participants", get(participants))
        .route("/proofs", axum::routing::post(verify))
        .route("/proofs/{id}", get(proof))
        .route("/peers", get(peers))
        .route("/events", get(events::serve))
}

async fn ask(served: &Served, command: Command) -> Answer {
    Ok(Json(served.reader.ask(command).await?).into_response())
}

// As `ask`, for answers that are counted in the budget.
async fn ask_much(
    served: &Served,
    caller: CallerAddress,
    bytes: usize,
    command: Command,
) -> Answer {
    let room = served.budget.reserve(caller.origin(), bytes).await?;
    let reply = served.reader.ask(command).await?;
    let json = serde_json::to_vec(&reply).expect("a view always has a JSON form");
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, room.hold(json)).into_response())
}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    match query {
        Ok(Query(query)) => Ok(query),
        Err(error) => Err(Problem::bad("bad_argument", error.body_text())),
    }
}

/// What stands in a path.
type Named = Result<Path<String>, PathRejection>;

// What is no such thing does not exist.
fn named<T: FromStr>(name: Named, what: &str) -> Result<T, Problem> {
    let thing = name.ok().and_then(|Path(name)| name.parse().ok());
    thing.ok_or_else(|| {
        let message = format!("the path names no {what}");
        Problem::new(StatusCode::NOT_FOUND, "no_such_path", message)
    })
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

async fn status(State(served): Shared) -> Answer {
    ask(&served, Command::Status).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heights {
    #[serde(default)]
    from: Height,
    limit: Option<u32>,
}

/// Blocks with all that is known of them.
struct Whole;

impl BlockForm for Whole {
    fn head(&self) -> Vec<u8> {
        b"[".into()
    }

    fn block(block: BlockView) -> Vec<u8> {
        serde_json::to_vec(&block).expect("a view always has a JSON form")
    }

    fn tail(&self) -> Vec<u8> {
        b"]".into()
    }
}

async fn blocks(
    State(served): Shared,
    Extension(caller): Caller,
    heights: Result<Query<Heights>, QueryRejection>,
) -> Answer {
    let Heights { from, limit } = query(heights)?;
    let limit = limit.unwrap_or(LIMIT).min(MAX_BLOCKS);
    lists::answer(&served, caller, Blocks::new(from, limit), BlocksAs(Whole)).await
}

struct BlockName(BlockAt);

impl FromStr for BlockName {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.parse() {
            Ok(height) => Ok(Self(BlockAt::Height(Height(height)))),
            Err(_) => text.parse().map(|hash| Self(BlockAt::Hash(hash))),
        }
    }
}

async fn block(State(served): Shared, Extension(caller): Caller, at: Named) -> Answer {
    let BlockName(at) = named(at, "block")?;
    ask_much(&served, caller, MAX_PIECE_BYTES, Command::Block { at }).await
}

/// A page of a list that goes back in time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    before: Option<String>,
    limit: Option<u32>,
}

impl Back {
    // `HEIGHT-PLACE`, as in the last entry of the page before.
    fn before(&self) -> Result<Option<(Height, u32)>, Problem> {
        let Some(text) = &self.before else {
            return Ok(None);
        };
        let place = text
            .split_once('-')
            .and_then(|(height, place)| Some((Height(height.parse().ok()?), place.parse().ok()?)));
        let message = "`before` is HEIGHT-PLACE, as in 12-0";
        place
            .map(Some)
            .ok_or_else(|| Problem::bad("bad_argument", message))
    }

    fn notes(&self) -> Result<Notes, Problem> {
        Ok(Notes {
            before: self.before()?,
            left: self.limit.unwrap_or(LIMIT).min(MAX_PAGE),
            begun: false,
        })
    }
}

async fn posts(
    State(served): Shared,
    Extension(caller): Caller,
    back: Result<Query<Back>, QueryRejection>,
) -> Answer {
    let notes = query(back)?.notes()?;
    lists::answer(&served, caller, notes, NotesOf::Everybody).await
}

async fn pending(State(served): Shared, Extension(caller): Caller) -> Answer {
    ask_much(&served, caller, MAX_PENDING_BYTES, Command::Pending).await
}

/// What can be written: the commands of that name.
async fn write(State(served): Shared, request: Request) -> Answer {
    let command: Command = read_json(request, MAX_BODY).await?;
    let writes = matches!(
        command,
        Command::Post { .. }
            | Command::Join { .. }
            | Command::Leave
            | Command::Transfer { .. }
            | Command::Secret { .. }
    );
    if !writes {
        let message = "`command` is one of post, join, leave, transfer and secret";
        return Err(Problem::bad("bad_argument", message));
    }
    match served.door.ask(command).await? {
        Reply::Posted(id) => {
            let place = [(header::LOCATION, format!("/api/v1/transactions/{id}"))];
            Ok((StatusCode::CREATED, place, Json(json!({ "id": id }))).into_response())
        }
        other => Ok((StatusCode::CREATED, Json(other)).into_response()),
    }
}

// Where a transaction stands is what its proof says.
async fn transaction(State(served): Shared, id: Named) -> Answer {
    let id: TxId = named(id, "transaction")?;
    if let Reply::Pending(waiting) = served.reader.ask(Command::Pending).await?
        && let Some(found) = waiting.into_iter().find(|waiting| waiting.id == id)
    {
        return Ok(
            Json(json!({ "height": null, "block": null, "transaction": found })).into_response(),
        );
    }
    let Reply::Proof(file) = served.reader.ask(Command::Proof { id }).await? else {
        unreachable!("the reply to a proof is a proof");
    };
    let proof = file.proof;
    let Reply::Verified(view) = served.reader.ask(Command::VerifyProof { proof }).await? else {
        unreachable!("the reply to a verification is what it proves");
    };
    let (height, block) = (view.height, view.block);
    let found = json!({ "height": height, "block": block, "transaction": view.transaction });
    Ok(Json(found).into_response())
}

async fn account(State(served): Shared, address: Named) -> Answer {
    let address = Some(named::<Address>(address, "account")?);
    ask(&served, Command::Account { address }).await
}

async fn transfers(
    State(served): Shared,
    Extension(caller): Caller,
    address: Named,
    back: Result<Query<Back>, QueryRejection>,
) -> Answer {
    let of = named::<Address>(address, "account")?;
    let notes = query(back)?.notes()?;
    lists::answer(&served, caller, notes, NotesOf::Transfers(of)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    after: Option<Address>,
    limit: Option<u32>,
}

async fn participants(
    State(served): Shared,
    Extension(caller): Caller,
    after: Result<Query<After>, QueryRejection>,
) -> Answer {
    let After { after, limit } = query(after)?;
    let participants = Participants {
        after,
        left: limit.unwrap_or(LIMIT).min(MAX_PAGE),
        begun: false,
    };
    lists::answer(&served, caller, participants, EveryParticipant).await
}

async fn proof(State(served): Shared, id: Named) -> Answer {
    let id: TxId = named(id, "transaction")?;
    let Reply::Proof(file) = served.reader.ask(Command::Proof { id }).await? else {
        unreachable!("the reply to a proof is a proof");
    };
    let name = format!("attachment; filename=\"{id}.tablon-proof\"");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, file.proof).into_response())
}

async fn verify(State(served): Shared, request: Request) -> Answer {
    let proof = read_bytes(request, MAX_PROOF).await?;
    let proof = proof.to_vec();
    ask(&served, Command::VerifyProof { proof }).await
}

async fn peers(State(served): Shared) -> Answer {
    ask(&served, Command::Peers).await
}
