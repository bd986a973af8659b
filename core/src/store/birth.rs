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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryBackend, Store};
    use crate::testing::Disk;

    #[test]
    fn a_store_cut_off_at_any_moment_of_its_birth_is_made_anew_and_is_no_damage() {
        let mut begun_anew = 0;
        for left in 0.. {
            let memory = MemoryBackend::default();
            let born = Store::open(Disk::over(memory.clone(), left));
            assert!(born.as_ref().err().is_none_or(|error| !error.is_corrupt()));
            drop(born);
            let length = memory.len().unwrap();
            begin_anew_if_cut_off(&memory).unwrap();
            begun_anew += u32::from(memory.len().unwrap() < length);
            let store = Store::open(memory).unwrap();
            assert_eq!(store.failure(), None);
            if left > 200 {
                break;
            }
        }
        assert!(begun_anew > 0);
    }

    #[test]
    fn what_holds_anything_is_left_as_it_is() {
        // Magic, a page beyond the header, more than a newborn has.
        let files: [(u64, u64, &[u8]); 3] = [
            (9, 0, b"redb\x1a"),
            (8_192, 5_000, &[1]),
            (4_194_305, 0, &[]),
        ];
        for (length, at, bytes) in files {
            let memory = MemoryBackend::default();
            memory.set_len(length).unwrap();
            memory.write(at, bytes).unwrap();
            begin_anew_if_cut_off(&memory).unwrap();
            assert_eq!(memory.len().unwrap(), length);
        }
        // A header without its first bytes is what a full disk leaves.
        let memory = MemoryBackend::default();
        memory.set_len(8_192).unwrap();
        memory.write(9, &[7; 100]).unwrap();
        begin_anew_if_cut_off(&memory).unwrap();
        assert_eq!(memory.len().unwrap(), 0);
    }
}
