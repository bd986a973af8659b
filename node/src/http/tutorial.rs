//! The operations of the tutorial, with its paths, fields and status codes.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::BlockHash;
use tablon_core::view::{Delta, MiningState, Status};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::answer::{MAX_BODY, Problem, read_json};
use super::api::MAX_PENDING_BYTES;
use super::guard::Credential;
use super::{CallerAddress, Served, chain, client};
use crate::PeerAddress;
use crate::driver::{Door, Event};
use crate::handle::News;
use crate::links::{Asker, DialState, Kept};
use crate::reach::Reach;
use crate::transcript::{Line, MAX_LINE};

/// `/mine` waits so long for a block. At 16 bits, the easiest of the default
/// network, a core needs a tenth of a second; at 32 bits, minutes.
const MINE_WITHIN: Duration = Duration::from_secs(120);

/// While it waits it looks this often whether there is anything left to wait for.
const LOOK: Duration = Duration::from_millis(250);

/// `/register_with` waits so long for the link, and so long for one chain.
const LINK_WITHIN: Duration = Duration::from_secs(12);
const AGREE_WITHIN: Duration = Duration::from_secs(15);

/// Addresses that are dialled, after which no more are without the token: half of all.
const MAX_WITHOUT_TOKEN: usize = 32;

type Shared = State<Arc<Served>>;

/// `{author, content}` -> 201. The post is signed by this node's wallet; `author` is
/// the name that it claims.
pub(super) async fn new_transaction(
    State(served): Shared,
    request: Request,
) -> Result<Response, Problem> {
    let fields: Value = read_json(request, MAX_BODY).await?;
    let (name, body) = (required(&fields, "author")?, required(&fields, "content")?);
    let post = Command::Post {
        body,
        name,
        topic: String::new(),
        reply_to: None,
    };
    match served.door.ask(post).await? {
        Reply::Posted(id) => {
            let place = [(header::LOCATION, format!("/api/v1/transactions/{id}"))];
            Ok((StatusCode::CREATED, place, "Success\n").into_response())
        }
        _ => Ok(StatusCode::CREATED.into_response()),
    }
}

// The tutorial says 404 to a field that is missing or empty.
fn required(fields: &Value, field: &'static str) -> Result<String, Problem> {
    let missing = |what: &str| {
        let message = format!("Invalid transaction data: `{field}` is {what}");
        Problem::new(StatusCode::NOT_FOUND, "missing_field", message)
    };
    if !fields.is_object() {
        let message = "the body must be an object with `author` and `content`";
        return Err(Problem::bad("bad_argument", message));
    }
    match &fields[field] {
        Value::Null => Err(missing("missing")),
        Value::String(text) if text.is_empty() => Err(missing("empty")),
        Value::String(text) => Ok(text.clone()),
        _ => Err(Problem::bad(
            "bad_argument",
            format!("Invalid transaction data: `{field}` must be a string"),
        )),
    }
}

/// Posts that wait for a block, at most 500.
pub(super) async fn pending_tx(
    State(served): Shared,
    Extension(caller): Extension<CallerAddress>,
) -> Result<Response, Problem> {
    let room = (served.budget)
        .reserve(caller.origin(), MAX_PENDING_BYTES)
        .await?;
    let Reply::Pending(pending) = served.reader.ask(Command::Pending).await? else {
        unreachable!("the reply to what waits is what waits");
    };
    let json = serde_json::to_vec(&chain::posts(pending)).expect("a view always has a JSON form");
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, room.hold(json)).into_response())
}

/// Which part of the chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    #[serde(default)]
    from: u32,
    limit: Option<u32>,
}

/// `{length, chain, peers}`; `from` and `limit` choose a part of the blocks.
pub(super) async fn chain(
    State(served): Shared,
    Extension(caller): Extension<CallerAddress>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(part) = part.map_err(|error| Problem::bad("bad_argument", error.body_text()))?;
    tell_chain(&served, caller, part.from, part.limit).await
}

async fn tell_chain(
    served: &Arc<Served>,
    caller: CallerAddress,
    from: u32,
    limit: Option<u32>,
) -> Result<Response, Problem> {
    let peers = served
        .linker
        .addresses()
        .iter()
        .map(PeerAddress::http)
        .collect();
    chain::stream(served, caller, from, limit, peers).await
}

/// Mine what waits now, or say that nothing does.
pub(super) async fn mine(State(served): Shared) -> Result<Response, Problem> {
    let mut news = served.door.watch();
    if status(&served.door).await?.pending == 0 {
        return Ok("No transactions to mine\n".into_response());
    }
    let _hurry = served.door.hurry().await;
    let mining = async {
        loop {
            let heard = timeout(LOOK, news.next()).await;
            if let Ok(Some(News::Delta(delta))) = &heard
                && let Delta::Tip { connected, .. } = &**delta
                && let Some(block) = connected
                    .iter()
                    .rev()
                    .find(|it| !it.transactions.is_empty())
            {
                return Ok(format!("Block #{} is mined.\n", block.index));
            }
            // Between two looks nothing that matters is missed but what is told.
            if matches!(heard, Ok(Some(News::Delta(_)))) {
                continue;
            }
            let status = status(&served.door).await?;
            if status.pending == 0 {
                return Ok(format!("Block #{} is mined.\n", status.height));
            }
            if status.mining.state == MiningState::StoreFailed {
                return Err(Refusal {
                    code: "store_failed".into(),
                    message: "a block that is mined now could not be stored".into(),
                });
            }
            if status.mining.state == MiningState::NothingToMine {
                return Ok("No transactions to mine: those that wait need earlier ones\n".into());
            }
        }
    };
    match timeout(MINE_WITHIN, mining).await {
        Ok(done) => Ok(done
            .map_err(|refusal: Refusal| Problem::from(refusal))?
            .into_response()),
        Err(_) => {
            let seconds = MINE_WITHIN.as_secs();
            let message = format!("no block was found within {seconds} s; ask again");
            Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_mined_yet",
                message,
            ))
        }
    }
}

async fn status(door: &Door) -> Result<Status, Refusal> {
    match door.ask(Command::Status).await? {
        Reply::Status(status) => Ok(*status),
        _ => unreachable!("the reply to a status is a status"),
    }
}

#[derive(Debug, Deserialize)]
struct Registration {
    #[serde(default)]
    node_address: String,
}

async fn registration(request: Request) -> Result<PeerAddress, Problem> {
    let Registration { node_address } = read_json(request, MAX_BODY).await?;
    if node_address.is_empty() {
        return Err(Problem::bad(
            "missing_field",
            "Invalid data: `node_address` is missing",
        ));
    }
    let address = node_address.parse();
    address.map_err(|error: crate::AddressError| Problem::bad("bad_address", error.to_string()))
}

fn reach_of(credential: Credential) -> Reach {
    match credential {
        Credential::Token => Reach::Anywhere,
        Credential::Loopback => Reach::Tutorial,
    }
}

// Whoever has no token may be a stranger behind a proxy that says nothing: the node
// dials no machine of its own network for it, and keeps places for others.
fn keep(served: &Served, credential: Credential, address: &PeerAddress) -> Result<Kept, Problem> {
    let reach = reach_of(credential);
    if reach == Reach::Tutorial {
        let known = served.linker.addresses();
        let refused = address.place().address().filter(|ip| !reach.includes(*ip));
        if let Some(refused) = refused.filter(|_| !known.contains(address)) {
            let message = format!(
                "without the token an address is public, a name or this machine's, received {refused}"
            );
            return Err(Problem::new(StatusCode::FORBIDDEN, "not_public", message));
        }
        if known.len() >= MAX_WITHOUT_TOKEN && !known.contains(address) {
            return Err(too_many());
        }
    }
    // With the token it is the host who asks.
    let asker = match credential {
        Credential::Token => Asker::Host,
        Credential::Loopback => Asker::Http,
    };
    let kept = served.linker.keep(address.clone(), asker, reach);
    kept.ok_or_else(too_many)
}

fn too_many() -> Problem {
    let message = "this node dials as many addresses as it can already";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_peers", message)
}

/// `{node_address}`: stay linked to that node from now on. The answer is the chain,
/// as in the tutorial.
pub(super) async fn register_node(
    State(served): Shared,
    Extension(caller): Extension<CallerAddress>,
    Extension(credential): Extension<Credential>,
    request: Request,
) -> Result<Response, Problem> {
    let address = registration(request).await?;
    keep(&served, credential, &address)?;
    tell_chain(&served, caller, 0, None).await
}

/// `{node_address}`: both nodes know each other and hold one chain afterwards.
pub(super) async fn register_with(
    State(served): Shared,
    Extension(credential): Extension<Credential>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let address = registration(request).await?;
    let mut kept = keep(&served, credential, &address)?;
    let unreachable = |reason: String| {
        let reason = match credential {
            Credential::Token => reason,
            // Which ports of this machine are open is not for everybody.
            Credential::Loopback => {
                "the node there cannot be linked; with the token it is said why".into()
            }
        };
        Problem::new(StatusCode::BAD_GATEWAY, "not_linked", reason)
    };
    match timeout(LINK_WITHIN, linked(&mut kept.state)).await {
        Ok(Ok(())) => {}
        Ok(Err(reason)) => {
            // The tutorial, too, does not keep an address that did not answer.
            if kept.is_new {
                served.linker.forget(&address);
            }
            return Err(unreachable(reason));
        }
        Err(_) => {
            let seconds = LINK_WITHIN.as_secs();
            return Err(unreachable(format!(
                "no link within {seconds} s; it is tried on"
            )));
        }
    }
    let reach = reach_of(credential);
    introduce(&served, reach, &headers, &address).await;
    match timeout(AGREE_WITHIN, agree(&served, reach, &address)).await {
        Ok(Ok(())) => Ok("Registration successful\n".into_response()),
        Ok(Err(refusal)) => Err(refusal.into()),
        Err(_) => {
            let sync = status(&served.door).await?.sync;
            let (have, want) = (sync.have, sync.want);
            let text = format!(
                "Registration successful; the chain is being fetched, {have} of {want} blocks are here\n"
            );
            Ok(text.into_response())
        }
    }
}

async fn linked(state: &mut watch::Receiver<DialState>) -> Result<(), String> {
    loop {
        match state.borrow_and_update().clone() {
            DialState::Linked(_) => return Ok(()),
            DialState::Failed(reason) => return Err(reason),
            DialState::Trying => {}
        }
        if state.changed().await.is_err() {
            return Err("the node stops".into());
        }
    }
}

// The other node may take no registrations from here: the link is there all the
// same, and it is this node that dials again.
async fn introduce(served: &Served, reach: Reach, headers: &HeaderMap, other: &PeerAddress) {
    let called = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let own = match called {
        Some(host) => format!("http://{host}"),
        None => format!("http://{}", served.address),
    };
    let json = serde_json::json!({ "node_address": own }).to_string();
    match client::post(served.linker.trust(), reach, other, "/register_node", json).await {
        Ok(StatusCode::OK) => {}
        Ok(status) => tracing::debug!(%other, %status, "not registered there"),
        Err(reason) => tracing::debug!(%other, reason, "not registered there"),
    }
}

// Until the other node's block at our height is our tip, and its last one.
async fn agree(served: &Served, reach: Reach, other: &PeerAddress) -> Result<(), Refusal> {
    #[derive(Deserialize)]
    struct Block {
        hash: BlockHash,
    }
    #[derive(Deserialize)]
    struct Answer {
        length: u32,
        chain: Vec<Block>,
    }
    loop {
        let ours = status(&served.door).await?;
        let path = format!("/chain?from={}&limit=1", ours.height);
        let answer = client::get(served.linker.trust(), reach, other, &path).await;
        let answer = answer
            .ok()
            .and_then(|body| serde_json::from_slice::<Answer>(&body).ok());
        let same = answer.is_some_and(|answer| {
            answer.length == ours.height.0.saturating_add(1)
                && answer
                    .chain
                    .first()
                    .is_some_and(|block| block.hash == ours.tip)
        });
        if same {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}

/// Verify a block and append it: 201, or 400 with the rule that it breaks. It is
/// written as `tablon-node export` writes it.
pub(super) async fn add_block(
    State(served): Shared,
    request: Request,
) -> Result<Response, Problem> {
    let line: Line = read_json(request, MAX_LINE).await?;
    let block = line
        .block()
        .map_err(|error| Problem::bad("bad_argument", error.to_string()))?;
    let block = Box::new(block);
    let added = served
        .door
        .request(|answer| Event::AddBlock { block, answer })
        .await;
    match added {
        Ok(true) => Ok((StatusCode::CREATED, "Block added to the chain\n").into_response()),
        Ok(false) => Ok("The block is known\n".into_response()),
        Err(mut refusal) => {
            if refusal.code.starts_with("block_") {
                let reason = std::mem::take(&mut refusal.message);
                refusal.message = format!("The block was discarded by the node: {reason}");
            }
            Err(refusal.into())
        }
    }
}
