//! `getwork`, as Bitcoin's CPU miners speak it: JSON-RPC by `POST /`.
//!
//! Without parameters it gives work: `data` is the header in 128 bytes, padded as
//! SHA-256 pads it, each word of four bytes turned around (the byte order in which
//! miners load it); `target` is 32 bytes, the lowest first. With `data` as the one
//! parameter it takes a solution, and says whether it is a block now. Reference:
//! Bitcoin Core 0.9, `src/rpcmining.cpp`; pooler's cpuminer 2.5, `cpu-miner.c`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde_json::{Value, json};
use tablon_core::header::{HEADER_BYTES, Header};
use tablon_core::node::MiningJob;

use super::Served;
use super::answer::{MAX_BODY, Problem, read_json};
use crate::driver::Event;

/// Bytes of work: two blocks of SHA-256.
const DATA: usize = 128;

/// Codes of JSON-RPC and of Bitcoin Core.
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMETER: i32 = -8;
const NO_WORK: i32 = -10;

#[derive(Debug, Deserialize)]
pub(super) struct Call {
    method: String,
    #[serde(default)]
    params: Vec<Value>,
    #[serde(default)]
    id: Value,
}

struct Failure {
    code: i32,
    message: String,
}

/// One call.
pub(super) async fn serve(
    State(served): State<Arc<Served>>,
    request: Request,
) -> Result<Response, Problem> {
    let call: Call = read_json(request, MAX_BODY).await?;
    let done = match (call.method.as_str(), call.params.as_slice()) {
        ("getwork", []) => give(&served).await,
        ("getwork", [data]) => take(&served, data).await,
        ("getwork", _) => Err(Failure {
            code: INVALID_PARAMETER,
            message: "getwork takes one parameter or none".into(),
        }),
        _ => Err(Failure {
            code: METHOD_NOT_FOUND,
            message: "this node speaks getwork alone".into(),
        }),
    };
    let id = call.id;
    Ok(Json(match done {
        Ok(result) => json!({ "result": result, "error": null, "id": id }),
        Err(Failure { code, message }) => {
            json!({ "result": null, "error": { "code": code, "message": message }, "id": id })
        }
    })
    .into_response())
}

async fn give(served: &Served) -> Result<Value, Failure> {
    let job = served
        .door
        .request(|answer| Event::GetWork { answer })
        .await;
    let job = job.map_err(|refusal| Failure {
        code: NO_WORK,
        message: refusal.message,
    })?;
    Ok(json!({
        "data": HEXLOWER_PERMISSIVE.encode(&padded(&job)),
        "target": HEXLOWER_PERMISSIVE.encode(&job.target),
    }))
}

async fn take(served: &Served, data: &Value) -> Result<Value, Failure> {
    let refuse = || Failure {
        code: INVALID_PARAMETER,
        message: format!("the parameter must be {DATA} bytes as hexadecimal digits"),
    };
    let bytes = data.as_str().ok_or_else(refuse)?;
    let bytes = HEXLOWER_PERMISSIVE
        .decode(bytes.as_bytes())
        .map_err(|_| refuse())?;
    let bytes: [u8; DATA] = bytes.try_into().map_err(|_| refuse())?;
    let bytes = turned(bytes);
    let header = bytes
        .first_chunk::<HEADER_BYTES>()
        .expect("128 bytes begin with 80");
    let header = Box::new(Header::from_bytes(header));
    let taken = served
        .door
        .request(|answer| Event::Submit { header, answer })
        .await;
    taken.map(Value::Bool).map_err(|refusal| Failure {
        code: NO_WORK,
        message: refusal.message,
    })
}

// Header, nonce 0, the bit that ends a message, zeros, its length of 640 bits.
fn padded(job: &MiningJob) -> [u8; DATA] {
    let mut data = [0; DATA];
    data[..job.header.len()].copy_from_slice(&job.header);
    data[HEADER_BYTES] = 0x80;
    data[DATA - 8..].copy_from_slice(&640_u64.to_be_bytes());
    turned(data)
}

fn turned(mut data: [u8; DATA]) -> [u8; DATA] {
    for word in data.chunks_exact_mut(4) {
        word.reverse();
    }
    data
}

#[cfg(test)]
mod tests {
    use tablon_core::node::JobId;

    use super::*;

    // Bitcoin's genesis header, and the work that Bitcoin Core would give for it:
    // the digits from byte 160 on are those that cpuminer and the wiki show.
    #[test]
    fn work_is_written_as_bitcoin_writes_it() {
        let header = "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d";
        let job = MiningJob {
            job: JobId(1),
            header: HEXLOWER_PERMISSIVE.decode(header.as_bytes()).unwrap(),
            target: [0; 32],
            threads: 1,
        };
        let data = HEXLOWER_PERMISSIVE.encode(&padded(&job));
        assert!(data.starts_with("00000001"), "{data}");
        assert_eq!(&data[128..160], "4a5e1e4b495fab291d00ffff00000000");
        assert_eq!(
            &data[160..],
            "000000800000000000000000000000000000000000000000000000000000000000000000000000000000000080020000"
        );
        assert_eq!(turned(turned([7; DATA])), [7; DATA]);
    }
}
