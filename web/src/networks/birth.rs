//! What a network that is being made is born with.

use tablon_core::params::Birth;
use tablon_core::units::Millis;

use crate::random;

/// Fresh random bytes, and this computer's time.
pub(crate) fn now() -> Birth {
    Birth {
        salt: random::bytes(),
        born: Millis(js_sys::Date::now() as u64).timestamp(),
    }
}
