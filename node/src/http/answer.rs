//! Bodies that come, and errors that go: `{"error": {"code", "message"}}`.

use std::time::Duration;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tablon_core::command::Refusal;
use tokio::time::timeout;

/// Bytes of a request's body, at most: a post has 4,096 of text, each of which JSON
/// may write with six.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// For a body to come: 6.4 KiB/s at its largest.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// What a request is refused with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: String,
    pub(super) message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    pub(super) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.code.as_str() {
            "node_stopped" | "store_failed" | "busy" | "no_work" | "pool_full"
            | "pool_too_many" | "pool_too_large" => StatusCode::SERVICE_UNAVAILABLE,
            "wallet_locked" => StatusCode::FORBIDDEN,
            code if code.starts_with("no_such_") => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            code: refusal.code,
            message: refusal.message,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: Refusal,
        }
        let error = Refusal {
            code: self.code,
            message: self.message,
        };
        (self.status, Json(Body { error })).into_response()
    }
}

/// Read a body of at most `limit` bytes.
pub(super) async fn read_bytes(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let late = |_| {
        let seconds = BODY_WITHIN.as_secs();
        let message = format!("the body did not come within {seconds} s");
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_late", message)
    };
    let body = timeout(BODY_WITHIN, to_bytes(request.into_body(), limit)).await;
    body.map_err(late)?.map_err(|_| {
        let message = format!("a body has at most {limit} bytes, or it broke off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    })
}

/// Read a body of JSON, at most `limit` bytes.
pub(super) async fn read_json<T: DeserializeOwned>(
    request: Request,
    limit: usize,
) -> Result<T, Problem> {
    let body = read_bytes(request, limit).await?;
    serde_json::from_slice(&body).map_err(|error| {
        let code = match error.classify() {
            Category::Data => "bad_argument",
            _ => "bad_json",
        };
        Problem::bad(code, format!("the body is not what is needed: {error}"))
    })
}

pub(super) async fn no_such_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(80).collect();
    let message = format!("there is nothing at {path}");
    Problem::new(StatusCode::NOT_FOUND, "no_such_path", message)
}

pub(super) async fn no_such_method() -> Problem {
    let message = "method not allowed for this path";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", message)
}
