//! Networks that a browser on a slow machine mines in seconds.

use tablon_core::params::{Engine, Params, RULES_VERSION};
use tablon_core::target::CompactTarget;
use tablon_core::units::Timestamp;

/// A few blocks at once and then one about every two seconds, whoever mines, and stamps
/// that take no time to speak of. Each name is a network of its own.
pub fn easy(name: &str) -> Params {
    Params {
        salt: [0; 16],
        born: Timestamp(1_700_000_000),
        rules: RULES_VERSION,
        name: name.to_owned(),
        engine: Engine::ProofOfWork,
        spacing: 5,
        initial: zero_bits(14),
        easiest: zero_bits(10),
        reward: 50,
        stamp_bits: 4,
        margin: 0,
    }
}

/// The easiest target under which every hash starts with `bits` zero bits.
pub fn zero_bits(bits: u32) -> CompactTarget {
    assert!((9..=31).contains(&bits), "{bits} needs another exponent");
    // 31 bytes, of which the first three are the mantissa: 8 zero bits before.
    CompactTarget(0x1f00_0000 | ((1 << (32 - bits)) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_one_and_its_targets_are_as_named() {
        for bits in [9, 10, 14, 16, 20] {
            assert_eq!(zero_bits(bits).target().unwrap().zero_bits(), bits);
        }
        let network = easy("here");
        assert_eq!(Params::from_link(&network.to_link()), Ok(network));
    }
}
