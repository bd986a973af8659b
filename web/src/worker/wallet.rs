//! The slot's wallet: the one place where its keys and passwords are. A new one
//! is bare, so that nobody must choose a password before the first post; one
//! with a password is locked at each start.

mod refusals;
mod shelf;

use std::io;

use gloo::timers::future::TimeoutFuture;
use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use tablon_core::keys::Address;
use tablon_core::node;
use tablon_core::wallet::record::{AtRest, Record};
use tablon_core::wallet::{self, Cost, FileError, Identity};
use zeroize::Zeroizing;

use super::files::Files;
use super::now;
use crate::random;
use crate::threads::{Notice, WalletCommand, WalletReply, WalletState};
use refusals::{no_password, not_kept, password_needed, unfit, unread};
use shelf::Shelf;

/// The wallet of a slot.
pub struct Wallet {
    /// None where the browser keeps nothing.
    shelf: Option<Shelf>,
    record: Record,
    address: Address,
    /// While it is open.
    identity: Option<Identity>,
}

impl Wallet {
    /// The slot's wallet; where there is none, a copy of the one that another
    /// network's slot has, or a new one.
    pub async fn load(
        files: &Files,
        from: Option<(NetworkId, u32)>,
        notices: &mut Vec<Notice>,
    ) -> io::Result<Self> {
        let shelf = Shelf::new(files.clone());
        let found = shelf.load().await.and_then(|found| match found {
            // A sealed file that a later version wrote is as good as damaged.
            Some(record) => Self::of(record).map(Some).map_err(Shelf::unreadable),
            None => Ok(None),
        });
        let found = match found {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                shelf.put_aside().await?;
                notices.push(Notice::WalletReplaced {
                    reason: error.to_string(),
                });
                None
            }
            found => found?,
        };
        let mut wallet = match (found, from) {
            (Some(wallet), _) => wallet,
            (None, from) => {
                let wallet = match from {
                    Some((network, slot)) => Self::copied(network, slot).await,
                    None => None,
                }
                .unwrap_or_else(Self::in_memory);
                shelf.keep(&wallet.record).await?;
                wallet
            }
        };
        wallet.shelf = Some(shelf);
        Ok(wallet)
    }

    /// A new wallet, which is lost with the tab.
    pub fn in_memory() -> Self {
        Self::bare(Identity::from_entropy(random::bytes()), 0)
    }

    fn bare(identity: Identity, after: u64) -> Self {
        Self {
            shelf: None,
            record: Record {
                version: now().0.max(after + 1),
                backed_up: false,
                at_rest: AtRest::Bare(identity.entropy()),
            },
            address: identity.address(),
            identity: Some(identity),
        }
    }

    /// The wallet of a record, locked when it is sealed.
    fn of(record: Record) -> Result<Self, FileError> {
        let (address, identity) = match &record.at_rest {
            AtRest::Bare(entropy) => {
                let identity = Identity::from_entropy(**entropy);
                (identity.address(), Some(identity))
            }
            AtRest::Sealed(file) => (wallet::address_in(file)?, None),
        };
        Ok(Self {
            shelf: None,
            record,
            address,
            identity,
        })
    }

    async fn copied(network: NetworkId, slot: u32) -> Option<Self> {
        let files = Files::open(network, slot).await.ok()?;
        let record = Shelf::new(files).look().await?;
        Self::of(record).ok()
    }

    /// How it is.
    pub fn state(&self) -> WalletState {
        WalletState {
            address: self.address,
            locked: self.identity.is_none(),
            has_password: self.sealed().is_some(),
            backed_up: self.record.backed_up,
            durable: self.shelf.is_some(),
        }
    }

    /// What the node may know of it.
    pub fn for_node(&self) -> node::Wallet {
        match &self.identity {
            Some(identity) => node::Wallet::Open(identity.key()),
            None => node::Wallet::Locked(self.address),
        }
    }

    /// Do what a person or a program asks.
    pub async fn obey(&mut self, command: WalletCommand) -> Result<WalletReply, Refusal> {
        match command {
            WalletCommand::State => {}
            WalletCommand::SetPassword { old, new } => {
                let (old, new) = (old.map(Zeroizing::new), Zeroizing::new(new));
                self.set_password(old, &new).await?;
            }
            WalletCommand::Unlock { password } => {
                let password = Zeroizing::new(password);
                let sealed = self.sealed().ok_or_else(no_password)?;
                self.identity = Some(open(sealed, &password).await?);
            }
            WalletCommand::Lock => {
                self.sealed().ok_or_else(no_password)?;
                self.identity = None;
            }
            WalletCommand::Words { password } => {
                let identity = self.shown_to(password.map(Zeroizing::new)).await?;
                return Ok(WalletReply::Words(identity.words()));
            }
            WalletCommand::BackedUp => {
                let record = Record {
                    version: self.next_version(),
                    backed_up: true,
                    ..self.record.clone()
                };
                self.keep(record).await?;
            }
            WalletCommand::Export { password } => {
                let password = Zeroizing::new(password);
                return self.export(&password).await.map(WalletReply::File);
            }
            WalletCommand::Import { file, password } => {
                self.import(&file, &Zeroizing::new(password)).await?;
            }
            WalletCommand::ImportWords { words } => {
                let words = Zeroizing::new(words);
                let identity = Identity::from_words(&words).map_err(refusals::words)?;
                let at_rest = AtRest::Bare(identity.entropy());
                self.replace(identity, at_rest).await?;
            }
            WalletCommand::Forget => self.forget().await?,
        }
        Ok(WalletReply::State(self.state()))
    }

    /// Another network of this tab has this account too, and its wallet may be
    /// the newer one. Gives whether it was.
    pub async fn follow(&mut self, network: NetworkId, slot: u32) -> bool {
        let Some(other) = Self::copied(network, slot).await else {
            return false;
        };
        if other.address != self.address || other.record.version <= self.record.version {
            return false;
        }
        // What cannot be kept is read again at the next start.
        if self.keep(other.record).await.is_err() {
            return false;
        }
        // A key that is in use stays in use.
        self.identity = self.identity.take().or(other.identity);
        true
    }

    fn sealed(&self) -> Option<&[u8]> {
        match &self.record.at_rest {
            AtRest::Sealed(file) => Some(file),
            AtRest::Bare(_) => None,
        }
    }

    fn next_version(&self) -> u64 {
        now().0.max(self.record.version + 1)
    }

    /// The identity, for one who knows the password, if there is one.
    async fn shown_to(&self, password: Option<Zeroizing<String>>) -> Result<Identity, Refusal> {
        match (&self.record.at_rest, password) {
            (AtRest::Bare(entropy), _) => Ok(Identity::from_entropy(**entropy)),
            (AtRest::Sealed(file), Some(password)) => open(file, &password).await,
            (AtRest::Sealed(_), None) => Err(password_needed()),
        }
    }

    async fn set_password(
        &mut self,
        old: Option<Zeroizing<String>>,
        new: &str,
    ) -> Result<(), Refusal> {
        let identity = self.shown_to(old).await?;
        let record = Record {
            version: self.next_version(),
            at_rest: AtRest::Sealed(seal(&identity, new).await?),
            ..self.record.clone()
        };
        self.keep(record).await?;
        self.identity = Some(identity);
        Ok(())
    }

    async fn export(&self, password: &str) -> Result<Vec<u8>, Refusal> {
        match &self.record.at_rest {
            AtRest::Bare(entropy) => seal(&Identity::from_entropy(**entropy), password).await,
            AtRest::Sealed(file) => {
                open(file, password).await?;
                Ok(file.clone())
            }
        }
    }

    async fn import(&mut self, file: &[u8], password: &str) -> Result<(), Refusal> {
        let file = refusals::as_bytes(file)?;
        let identity = open(&file, password).await?;
        self.replace(identity, AtRest::Sealed(file)).await
    }

    /// Take another identity, of which its owner has the words or a file; the
    /// former one is put aside.
    async fn replace(&mut self, identity: Identity, at_rest: AtRest) -> Result<(), Refusal> {
        if let Some(shelf) = &self.shelf
            && identity.address() != self.address
        {
            shelf.keep_former(&self.record).await.map_err(not_kept)?;
        }
        let record = Record {
            version: self.next_version(),
            backed_up: true,
            at_rest,
        };
        self.keep(record).await?;
        self.address = identity.address();
        self.identity = Some(identity);
        Ok(())
    }

    async fn forget(&mut self) -> Result<(), Refusal> {
        // The former ones first: as long as one of them is left, the address
        // shows that nothing has been forgotten yet.
        if let Some(shelf) = &self.shelf {
            shelf.forget_former().await.map_err(not_kept)?;
        }
        let new = Self::bare(Identity::from_entropy(random::bytes()), self.record.version);
        self.keep(new.record).await?;
        (self.address, self.identity) = (new.address, new.identity);
        Ok(())
    }

    async fn keep(&mut self, record: Record) -> Result<(), Refusal> {
        if let Some(shelf) = &self.shelf {
            shelf.keep(&record).await.map_err(not_kept)?;
        }
        self.record = record;
        Ok(())
    }
}

/// Argon2id takes a good part of a second, in which the node does nothing else:
/// what waits already goes first.
async fn open(file: &[u8], password: &str) -> Result<Identity, Refusal> {
    TimeoutFuture::new(0).await;
    wallet::open(file, password).map_err(unread)
}

async fn seal(identity: &Identity, password: &str) -> Result<Vec<u8>, Refusal> {
    TimeoutFuture::new(0).await;
    wallet::seal(
        identity,
        password,
        random::bytes(),
        random::bytes(),
        Cost::STANDARD,
    )
    .map_err(unfit)
}
