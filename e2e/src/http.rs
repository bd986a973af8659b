//! One HTTP request to this machine, one connection each.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Send `body` as JSON, if any, and read a JSON answer. The error is a sentence.
pub async fn json(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, String> {
    json_as(address, method, path, body, None).await
}

/// As [`json`], with a token for what needs one.
pub async fn json_as(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
    token: Option<&str>,
) -> Result<Value, String> {
    let bytes = send(address, method, path, body, token)
        .await
        .map_err(|error| format!("{method} http://{address}{path}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let text = String::from_utf8_lossy(&bytes);
        format!("{method} http://{address}{path} gave no JSON ({error}): {text}")
    })
}

async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
    token: Option<&str>,
) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let text = body.map(Value::to_string).unwrap_or_default();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", address.to_string())
        .header("content-type", "application/json");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let request = request.body(Full::<Bytes>::from(text))?;
    let answer = sender.send_request(request).await?;
    let bytes = answer.into_body().collect().await?.to_bytes();
    connection.abort();
    Ok(bytes)
}
