//! Where a wallet's files lie: the wallet, and the last few that it replaced.

use std::fmt::Display;
use std::io;

use redb::StorageBackend;
use tablon_core::wallet::record::{self, AtRest, FILE, Found, Record};

use crate::worker::files::Files;

const WALLET: &str = "wallet";

/// Wallets put aside by an import, at most: the oldest is forgotten.
const FORMER: u32 = 3;

/// The files of one slot's wallet.
pub(super) struct Shelf {
    files: Files,
}

impl Shelf {
    pub(super) fn new(files: Files) -> Self {
        Self { files }
    }

    /// The wallet; none when there never was one. [`io::ErrorKind::InvalidData`]
    /// when there is something else.
    pub(super) async fn load(&self) -> io::Result<Option<Record>> {
        let file = self.files.file(WALLET).await?;
        match record::read(&file)? {
            Found::Whole(wallet, true) => Ok(Some(wallet)),
            Found::Whole(wallet, false) => {
                // A kill came in between: what was begun is finished, when there is room.
                let _ = wallet.write(&file);
                Ok(Some(wallet))
            }
            Found::Nothing => Ok(None),
            Found::Damaged => Err(Self::unreadable(
                "neither of its two copies has the checksum that it should have",
            )),
        }
    }

    /// What is there is no wallet.
    pub(super) fn unreadable(why: impl Display) -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the wallet cannot be read: {why}"),
        )
    }

    /// The wallet of a slot that a node has, which may be writing just now.
    pub(super) async fn look(&self) -> Option<Record> {
        self.look_into(WALLET).await
    }

    async fn look_into(&self, kind: &str) -> Option<Record> {
        let bytes = self.files.snapshot(kind, FILE).await.ok()?;
        match record::read(&Snapshot(bytes)).ok()? {
            Found::Whole(wallet, _) => Some(wallet),
            Found::Nothing | Found::Damaged => None,
        }
    }

    pub(super) async fn keep(&self, wallet: &Record) -> io::Result<()> {
        wallet.write(&self.files.file(WALLET).await?)
    }

    /// A file that does not read is kept, like a damaged store.
    pub(super) async fn put_aside(&self) -> io::Result<()> {
        self.files.put_aside(WALLET).await
    }

    /// Put a copy of this wallet aside.
    pub(super) async fn keep_former(&self, wallet: &Record) -> io::Result<()> {
        let mut oldest = (u64::MAX, 1);
        for number in 1..=FORMER {
            let former = self.look_into(&former_name(number)).await;
            if former.as_ref().is_some_and(|former| same(former, wallet)) {
                return Ok(());
            }
            let version = former.map_or(0, |former| former.version);
            oldest = oldest.min((version, number));
        }
        // Over the oldest, which stays when there is no room: this one is of a later
        // version.
        wallet.write(&self.files.file(&former_name(oldest.1)).await?)
    }

    /// Delete whatever was put aside.
    pub(super) async fn forget_former(&self) -> io::Result<()> {
        for kind in self.files.kinds().await? {
            if kind.starts_with("wallet.") {
                self.files.delete(&kind).await?;
            }
        }
        Ok(())
    }
}

fn former_name(number: u32) -> String {
    format!("{WALLET}.former-{number}")
}

fn same(one: &Record, other: &Record) -> bool {
    match (&one.at_rest, &other.at_rest) {
        (AtRest::Bare(one), AtRest::Bare(other)) => one == other,
        (AtRest::Sealed(one), AtRest::Sealed(other)) => one == other,
        _ => false,
    }
}

/// A file as it was at one moment.
#[derive(Debug)]
struct Snapshot(Vec<u8>);

impl StorageBackend for Snapshot {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(out.len());
        let bytes = self.0.get(start..end);
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}
