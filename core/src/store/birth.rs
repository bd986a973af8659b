//! A store that was cut off while it was made.
//!
//! redb writes the first bytes of a file last, when all else of it is on the disk, and
//! takes a file without them for something else. One whose disk was full at that moment
//! has held nothing: it is no damage, and is made anew.

use std::io;

use redb::StorageBackend;

/// First bytes of every redb file.
const MAGIC: [u8; 9] = *b"redb\x1a\x0a\xa9\x0d\x0a";

/// The header's page, alone written before them.
const HEADER_BYTES: u64 = 4_096;

/// A new file has 1 MiB of pages and what counts them; one with more has lived.
const MAX_NEWBORN_BYTES: u64 = 4 * 1024 * 1024;

/// Empties the file of such a store.
pub(super) fn begin_anew_if_cut_off(backend: &dyn StorageBackend) -> io::Result<()> {
    let length = backend.len()?;
    if length == 0 || length > MAX_NEWBORN_BYTES {
        return Ok(());
    }
    let mut first = [0; MAGIC.len()];
    let there = first.len().min(length as usize);
    backend.read(0, &mut first[..there])?;
    if first != [0; MAGIC.len()] {
        return Ok(());
    }
    let rest = length.saturating_sub(HEADER_BYTES) as usize;
    let mut bytes = vec![0; rest];
    if rest > 0 {
        backend.read(HEADER_BYTES, &mut bytes)?;
    }
    if bytes.iter().all(|byte| *byte == 0) {
        backend.set_len(0)?;
    }
    Ok(())
}
