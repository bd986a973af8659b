//! A whole chain as text: one JSON object a line, genesis left out, in order.
//! `block` has all; the other fields are for people, and must agree with it.

use std::io::{self, BufRead, Read, Write};
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};
use tablon_core::block::{Block, MAX_BLOCK};
use tablon_core::chain::{Chain, InsertError};
use tablon_core::encode::{DecodeError, decode, encode};
use tablon_core::hash::BlockHash;
use tablon_core::node::OpenError;
use tablon_core::params::Params;
use tablon_core::rules::{RuleError, time_not_ahead};
use tablon_core::store::StoreError;
use tablon_core::units::{Height, Millis};

use crate::store::{StoreFile, StoreFileError};

/// Bytes of a line, at most: a full block in hexadecimal and the fields around it.
pub(crate) const MAX_LINE: usize = 2 * MAX_BLOCK + 1024;

/// Blocks of one store transaction: 8 MiB of memory, and as few syncs.
const BATCH: usize = 64;

/// A block on its way as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<Height>,
    /// Its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hash: Option<BlockHash>,
    /// Hash of the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous_hash: Option<BlockHash>,
    /// The canonical bytes, in hexadecimal.
    pub(crate) block: String,
}

/// A line that is no block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    /// Not hexadecimal.
    #[error("`block` must be the bytes of a block as hexadecimal digits")]
    NotHex,
    /// Other bytes.
    #[error("`block`: {0}")]
    Bytes(#[from] DecodeError),
    /// The fields around it speak of another.
    #[error("`{field}` is {stated}, the block's is {actual}")]
    Disagrees {
        /// Which.
        field: &'static str,
        /// What the line says.
        stated: String,
        /// What the block has.
        actual: String,
    },
}

impl Line {
    pub(crate) fn of(block: &Block) -> Self {
        Self {
            index: Some(block.coinbase.height),
            hash: Some(block.header.hash()),
            previous_hash: Some(block.header.previous),
            block: HEXLOWER_PERMISSIVE.encode(&encode(block)),
        }
    }

    /// The block. No rule is checked yet.
    pub(crate) fn block(&self) -> Result<Block, LineError> {
        let bytes = HEXLOWER_PERMISSIVE.decode(self.block.as_bytes());
        let bytes = bytes.map_err(|_| LineError::NotHex)?;
        let block: Block = decode("a block", &bytes, MAX_BLOCK)?;
        agrees("index", self.index, block.coinbase.height)?;
        agrees("hash", self.hash, block.header.hash())?;
        agrees("previous_hash", self.previous_hash, block.header.previous)?;
        Ok(block)
    }
}

fn agrees<T: PartialEq + ToString>(
    field: &'static str,
    stated: Option<T>,
    actual: T,
) -> Result<(), LineError> {
    match stated.filter(|stated| *stated != actual) {
        None => Ok(()),
        Some(stated) => Err(LineError::Disagrees {
            field,
            stated: stated.to_string(),
            actual: actual.to_string(),
        }),
    }
}

/// Why an export or import ended. Blocks that were imported before stay.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TranscriptError {
    #[error(transparent)]
    File(#[from] StoreFileError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("line {line}: {error}")]
    Line { line: usize, error: LineError },
    #[error("line {line} is no JSON object with a `block`: {error}")]
    Json {
        line: usize,
        error: serde_json::Error,
    },
    #[error("line {line} has more than {MAX_LINE} bytes")]
    TooLong { line: usize },
    #[error("line {line}: block {hash}: {rule}")]
    Rule {
        line: usize,
        hash: BlockHash,
        rule: RuleError,
    },
    #[error("line {line}: {error}")]
    Header { line: usize, error: InsertError },
    #[error("a block of the file is invalid in its ledger: block {hash}: {rule}")]
    Ledger { hash: BlockHash, rule: RuleError },
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) new: usize,
    pub(crate) known: usize,
    /// Of the best chain afterwards.
    pub(crate) height: Height,
}

/// Write the best chain; how many blocks it was.
pub(crate) fn export(
    path: &Path,
    params: Params,
    to: &mut impl Write,
) -> Result<usize, TranscriptError> {
    if !path.exists() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        return Err(StoreFileError::Io(path.into(), missing).into());
    }
    let chain = Chain::open(params, StoreFile::take(path)?.into_backend()?)?;
    let views = chain.read()?;
    let mut blocks = 0;
    for height in 1.. {
        let Some(entry) = chain.at(Height(height)) else {
            break;
        };
        let line = Line::of(&views.body(entry.height, entry.header)?);
        serde_json::to_writer(&mut *to, &line).map_err(io::Error::from)?;
        to.write_all(b"\n")?;
        blocks += 1;
    }
    to.flush()?;
    Ok(blocks)
}

/// Read blocks, verify them as if a peer had sent them, and keep them.
pub(crate) fn import(
    path: &Path,
    params: Params,
    from: &mut impl BufRead,
) -> Result<Imported, TranscriptError> {
    let mut chain = Chain::open(params, StoreFile::take(path)?.into_backend()?)?;
    let (mut new, mut known) = (0, 0);
    let mut batch = Vec::new();
    for line in 1.. {
        let Some(text) = read_line(from, line)? else {
            break;
        };
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let json = |error| TranscriptError::Json { line, error };
        let parsed: Line = serde_json::from_slice(&text).map_err(json)?;
        let block = parsed
            .block()
            .map_err(|error| TranscriptError::Line { line, error })?;
        let hash = block.header.hash();
        if chain.tree().contains(hash) {
            known += 1;
            continue;
        }
        let rule = |rule| TranscriptError::Rule { line, hash, rule };
        time_not_ahead(chain.params(), now(), block.header.time).map_err(rule)?;
        chain
            .insert_header(block.header)
            .map_err(|error| TranscriptError::Header { line, error })?;
        let checked = chain.check_body(block).expect("its header is in the tree");
        batch.push(checked.map_err(rule)?);
        if batch.len() >= BATCH {
            new += keep(&mut chain, &mut batch)?;
        }
    }
    new += keep(&mut chain, &mut batch)?;
    Ok(Imported {
        new,
        known,
        height: chain.tip().height,
    })
}

fn keep(
    chain: &mut Chain,
    batch: &mut Vec<tablon_core::rules::CheckedBlock>,
) -> Result<usize, TranscriptError> {
    let blocks = std::mem::take(batch);
    let count = blocks.len();
    let change = chain.extend(blocks)?;
    match change.invalid.into_iter().next() {
        Some((hash, rule)) => Err(TranscriptError::Ledger { hash, rule }),
        None => Ok(count),
    }
}

// A line that never ends must not fill the memory.
fn read_line(from: &mut impl BufRead, line: usize) -> Result<Option<Vec<u8>>, TranscriptError> {
    let mut text = Vec::new();
    let mut bounded = from.take(MAX_LINE as u64 + 1);
    if bounded.read_until(b'\n', &mut text)? == 0 {
        return Ok(None);
    }
    if text.len() > MAX_LINE {
        return Err(TranscriptError::TooLong { line });
    }
    Ok(Some(text))
}

fn now() -> Millis {
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Millis(time.map_or(0, |time| time.as_millis() as u64)) // for 584 million years
}
