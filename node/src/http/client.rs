//! The little that a node asks another by HTTP: the tutorial's own requests.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::PeerAddress;
use crate::reach::Reach;
use crate::tls::Trust;

/// For the whole exchange.
const WITHIN: Duration = Duration::from_secs(5);

/// Bytes of an answer, at most: a page of one block, each byte of whose posts JSON
/// may write with six.
const MAX_ANSWER: usize = 1024 * 1024;

/// `GET` a path; its body.
pub(super) async fn get(
    trust: &Trust,
    reach: Reach,
    node: &PeerAddress,
    path: &str,
) -> Result<Vec<u8>, String> {
    let asking = async {
        let response = exchange(trust, reach, node, Method::GET, path, Body::empty()).await?;
        if response.status() != StatusCode::OK {
            return Err(format!("{} answers {}", node.http(), response.status()));
        }
        let body = to_bytes(response.into_body(), MAX_ANSWER).await;
        Ok(body.map_err(|error| error.to_string())?.to_vec())
    };
    timeout(WITHIN, asking).await.map_err(|_| late(node))?
}

/// `POST` JSON to a path; the status. The body of the answer is not read.
pub(super) async fn post(
    trust: &Trust,
    reach: Reach,
    node: &PeerAddress,
    path: &str,
    json: String,
) -> Result<StatusCode, String> {
    let asking = async {
        let response = exchange(trust, reach, node, Method::POST, path, Body::from(json)).await?;
        Ok(response.status())
    };
    timeout(WITHIN, asking).await.map_err(|_| late(node))?
}

fn late(node: &PeerAddress) -> String {
    format!(
        "{} did not answer within {} s",
        node.http(),
        WITHIN.as_secs()
    )
}

async fn exchange(
    trust: &Trust,
    reach: Reach,
    node: &PeerAddress,
    method: Method,
    path: &str,
    body: Body,
) -> Result<Response<Body>, String> {
    let explain = |error: &dyn std::fmt::Display| format!("{}: {error}", node.http());
    let stream = trust.connect(node.place(), reach).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| explain(&error))?;
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, node.place().authority())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .body(body)
        .map_err(|error| explain(&error))?;
    // It ends with the answer, or with this request.
    tokio::spawn(connection);
    let response = sender.send_request(request).await;
    Ok(response.map_err(|error| explain(&error))?.map(Body::new))
}
