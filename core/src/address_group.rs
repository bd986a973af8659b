//! What counts as one address when places and work are shared out.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

/// An IPv4 address, or the /64 of an IPv6 one, within which any subscriber has 2^64 to
/// come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressGroup([u8; 9]);

impl AddressGroup {
    /// The group of an address.
    pub fn of(address: IpAddr) -> Self {
        let mut group = [0; 9];
        match address.to_canonical() {
            IpAddr::V4(address) => {
                group[0] = 4;
                group[1..5].copy_from_slice(&address.octets());
            }
            IpAddr::V6(address) => {
                group[0] = 6;
                group[1..].copy_from_slice(&address.octets()[..8]);
            }
        }
        Self(group)
    }
}

#[cfg(test)]
mod tests {
    use super::AddressGroup;

    fn group(text: &str) -> AddressGroup {
        AddressGroup::of(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_subscriber_are_one_and_of_two_are_two() {
        assert_eq!(group("2001:db8::1"), group("2001:db8::ffff:1:2:3"));
        assert_ne!(group("2001:db8::1"), group("2001:db8:0:1::1"));
        assert_eq!(group("::ffff:10.0.0.1"), group("10.0.0.1"));
        assert_ne!(group("10.0.0.1"), group("10.0.0.2"));
    }
}
