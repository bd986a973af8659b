//! Keys that are made once: to make one takes as long as twenty moves of a driver.

use std::sync::OnceLock;

use tablon_core::keys::SecretKey;

/// Whoever acts: 0 is the fuzzed node's wallet.
pub(crate) fn key(who: u8) -> SecretKey {
    static KEYS: [OnceLock<SecretKey>; 256] = [const { OnceLock::new() }; 256];
    let key = KEYS[usize::from(who)].get_or_init(|| SecretKey::from_seed([who; 32]));
    key.clone()
}
