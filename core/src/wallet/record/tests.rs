//! What a kill in the middle of a write leaves, and a file that refuses or lies.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

use super::*;
use crate::store::{PartialFile, Whole};

/// What becomes of one write or flush.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Refused,
    /// Nothing is done, and Chromium's count at its quota is told.
    Lie,
    /// A part is done, and that is said.
    Part,
    /// All is done, and less is said.
    Unsaid,
}

const FAULTS: [Fault; 4] = [Fault::Refused, Fault::Lie, Fault::Part, Fault::Unsaid];

#[derive(Debug, Default)]
struct Inner {
    bytes: Vec<u8>,
    /// In order.
    writes: Vec<(u64, Vec<u8>)>,
    /// Writes and flushes so far.
    operations: u32,
    faults: BTreeMap<u32, Fault>,
    /// What is there is written over, and nothing grows.
    full: bool,
}

/// A file that notes what is written and fails as it is told.
#[derive(Debug, Default)]
struct Disk(Mutex<Inner>);

impl Disk {
    fn of(bytes: Vec<u8>) -> Whole<Self> {
        let inner = Inner {
            bytes,
            ..Inner::default()
        };
        Whole(Self(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn image(&self) -> Vec<u8> {
        self.inner().bytes.clone()
    }

    // Of the operations from now on these fail.
    fn fail(&self, which: Range<u32>, fault: Fault) {
        let mut inner = self.inner();
        inner.operations = 0;
        inner.faults = which.map(|number| (number, fault)).collect();
    }
}

impl Inner {
    fn fault(&mut self) -> Option<Fault> {
        self.operations += 1;
        self.faults.get(&(self.operations - 1)).copied()
    }
}

fn put(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let (start, end) = (offset as usize, offset as usize + data.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(data);
}

impl PartialFile for Disk {
    fn size(&self) -> io::Result<u64> {
        Ok(self.inner().bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<u64> {
        let start = offset as usize;
        out.copy_from_slice(&self.inner().bytes[start..start + out.len()]);
        Ok(out.len() as u64)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<u64> {
        let mut inner = self.inner();
        let size = data.len() as u64;
        let grows = offset + size > inner.bytes.len() as u64;
        let (done, said) = match inner.fault() {
            None if inner.full && grows => return Ok(4_294_967_288),
            None => (data.len(), size),
            Some(Fault::Refused) => return Err(io::ErrorKind::StorageFull.into()),
            Some(Fault::Lie) => return Ok(4_294_967_288),
            Some(Fault::Part) => (data.len() / 2, size / 2),
            Some(Fault::Unsaid) => (data.len(), size / 2),
        };
        inner.writes.push((offset, data[..done].to_vec()));
        put(&mut inner.bytes, offset, &data[..done]);
        Ok(said)
    }

    fn truncate(&self, _: u64) -> io::Result<()> {
        panic!("a wallet's file is never cut");
    }

    fn flush(&self) -> io::Result<()> {
        match self.inner().fault() {
            None => Ok(()),
            Some(_) => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn close(&self) {}
}

fn bare(version: u64) -> Record {
    Record {
        version,
        backed_up: false,
        at_rest: AtRest::Bare(Zeroizing::new([version as u8; 16])),
    }
}

fn sealed(version: u64) -> Record {
    Record {
        version,
        backed_up: true,
        at_rest: AtRest::Sealed(vec![version as u8; 111]),
    }
}

fn version(image: Vec<u8>) -> Option<u64> {
    match read(&Disk::of(image)).unwrap() {
        Found::Whole(record, _) => Some(record.version),
        Found::Nothing => None,
        Found::Damaged => Some(u64::MAX),
    }
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_write_torn_at_any_byte_leaves_the_old_wallet_or_the_new_one() {
    let disk = Disk::of(Vec::new());
    let mut torn = 0;
    // Shorter over longer and longer over shorter, over either copy.
    for (old, new) in [
        (None, bare(1)),
        (Some(1), bare(2)),
        (Some(2), sealed(3)),
        (Some(3), sealed(4)),
        (Some(4), bare(5)),
        (Some(5), sealed(6)),
        (Some(6), bare(7)),
    ] {
        let mut image = disk.0.image();
        new.write(&disk).unwrap();
        let writes = disk.0.inner().writes.split_off(0);
        assert_eq!(writes.len(), 2);
        for (number, (offset, data)) in writes.iter().enumerate() {
            for cut in 0..=data.len() {
                let (start, end) = data.split_at(cut);
                for (at, part) in [(*offset, start), (offset + cut as u64, end)] {
                    let mut image = image.clone();
                    put(&mut image, at, part);
                    let found = version(image);
                    let fits = if number == 0 {
                        found == old || found == Some(new.version)
                    } else {
                        found == Some(new.version)
                    };
                    assert!(
                        fits,
                        "{old:?} -> {}: {found:?} after {} bytes at {at}",
                        new.version,
                        part.len()
                    );
                    torn += 1;
                }
            }
            put(&mut image, *offset, data);
        }
        assert_eq!(version(disk.0.image()), Some(new.version));
    }
    assert!(torn > 2_000, "{torn}");
}

// Nothing yet; a wallet in both copies; a kill came between the two; a bare wallet
// whose second copy had no room.
fn beginnings() -> Vec<(Option<u64>, Vec<u8>)> {
    let disk = Disk::of(Vec::new());
    bare(1).write(&disk).unwrap();
    let both = disk.0.image();
    let mut between = both.clone();
    put(&mut between, APART, &sealed(2).bytes());
    let mut other = both.clone();
    put(&mut other, 0, &sealed(2).bytes());
    vec![
        (None, Vec::new()),
        (Some(1), both.clone()),
        (Some(2), between),
        (Some(2), other),
        (Some(1), both[..MOST].to_vec()),
    ]
}

#[test]
fn a_write_that_is_refused_or_falls_short_leaves_the_old_wallet_and_says_so() {
    let mut refused = 0;
    for (old, image) in beginnings() {
        for fault in FAULTS {
            for operation in 0..4 {
                let disk = Disk::of(image.clone());
                disk.0.fail(operation..operation + 1, fault);
                let written = sealed(9).write(&disk).is_ok();
                // Written and flushed once is kept.
                assert_eq!(written, operation >= 2, "{fault:?} at {operation}");
                let expected = if written { Some(9) } else { old };
                let found = version(disk.0.image());
                assert_eq!(found, expected, "{fault:?} at {operation} over {old:?}");
                refused += u32::from(!written);
                // With room again it succeeds, whatever was there.
                disk.0.fail(0..0, fault);
                bare(10).write(&disk).unwrap();
                let found = read(&disk).unwrap();
                assert!(matches!(found, Found::Whole(record, true) if record.version == 10));
            }
        }
    }
    assert_eq!(refused, 40);
}

#[test]
fn a_file_that_does_not_grow_leaves_the_old_wallet_and_takes_what_fits() {
    for (old, image) in beginnings() {
        let grows = image.len() < 4_600;
        let disk = Disk::of(image);
        disk.0.inner().full = true;
        assert_eq!(sealed(9).write(&disk).is_err(), grows);
        let expected = if grows { old } else { Some(9) };
        assert_eq!(version(disk.0.image()), expected);
    }
}

#[test]
fn a_disk_that_fails_for_good_leaves_the_old_wallet_or_the_new_one() {
    for (old, image) in beginnings() {
        for fault in FAULTS {
            for operation in 0..4 {
                let disk = Disk::of(image.clone());
                disk.0.fail(operation..100, fault);
                let written = sealed(9).write(&disk).is_ok();
                let found = version(disk.0.image());
                let fits = found == Some(9) || (found == old && !written);
                assert!(fits, "{fault:?} from {operation}: {found:?} over {old:?}");
            }
        }
    }
}

#[test]
fn nothing_is_left_of_the_wallet_that_was_there_before() {
    let disk = Disk::of(Vec::new());
    bare(0x41).write(&disk).unwrap();
    assert!(has(&disk.0.image(), &[0x41; 16]));
    sealed(0x42).write(&disk).unwrap();
    assert!(!has(&disk.0.image(), &[0x41; 16]));
    bare(0x43).write(&disk).unwrap();
    let left = disk.0.image();
    let tail = &left[76..APART as usize];
    assert!(
        !has(tail, &[0x42; 16]),
        "a sealed one is longer: its end is wiped, too"
    );
}
