//! Server-sent events: what changes, as it does.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tablon_core::view::Delta;

use super::Served;
use super::answer::Problem;
use crate::handle::News;

/// A comment is sent so often when nothing changes, for proxies that cut silent
/// connections.
const ALIVE: Duration = Duration::from_secs(20);

/// Streams at once: each takes a connection for as long as its reader pleases.
pub(super) const MAX_WATCHERS: usize = 512;

/// Events `tip`, `post`, `dropped`, `peer`, `peer_gone` and `missed`, until either
/// side ends.
pub(super) async fn serve(State(served): State<Arc<Served>>) -> Result<Response, Problem> {
    let Ok(place) = Arc::clone(&served.watchers).try_acquire_owned() else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            format!("at most {MAX_WATCHERS} streams of events are open at once"),
        ));
    };
    let state = (served.door.watch(), place);
    let events = stream::unfold(state, |(mut watch, place)| async move {
        loop {
            let event = match watch.next().await? {
                News::Missed(missed) => Some(event("missed", &json!({ "missed": missed }))),
                News::Delta(delta) => told(&delta),
            };
            if let Some(event) = event {
                return Some((Ok::<_, Infallible>(event), (watch, place)));
            }
        }
    });
    let alive = KeepAlive::new().interval(ALIVE);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

// Of the rest a page draws its strips; a program asks for the status.
fn told(delta: &Delta) -> Option<Event> {
    let name = match delta {
        Delta::Tip { .. } => "tip",
        Delta::Post { .. } => "post",
        Delta::Dropped { .. } => "dropped",
        Delta::Peer(_) => "peer",
        Delta::PeerGone { .. } => "peer_gone",
        Delta::Status(_)
        | Delta::Branch { .. }
        | Delta::Unverified { .. }
        | Delta::Passed { .. } => return None,
    };
    let mut value = serde_json::to_value(delta).expect("a delta always has a JSON form");
    if let Value::Object(fields) = &mut value {
        fields.remove("show"); // the event's name says it
    }
    Some(event(name, &value))
}

fn event(name: &str, value: &Value) -> Event {
    // JSON has no line breaks, which would end the event.
    Event::default().event(name).data(value.to_string())
}
