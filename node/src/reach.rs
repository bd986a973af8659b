//! Which addresses are called for whom.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Wherever the host, or who has its token, says.
    Anywhere,
    /// For somebody who may be a stranger: to what everybody can call, and to this
    /// machine, as the tutorial does. The network behind this machine is not theirs to
    /// probe.
    Public,
}

impl Reach {
    /// Whether this address may be called.
    pub(crate) fn includes(self, address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Public => match address.to_canonical() {
                IpAddr::V4(address) => address.is_loopback() || is_public_v4(address),
                IpAddr::V6(address) => address.is_loopback() || is_public_v6(address),
            },
        }
    }
}

// Against the IANA registry of special-purpose addresses (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_link_local()
        || a == 0
        || (a == 100 && (64..128).contains(&b)) // shared by a provider's customers
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)) // benchmarks
        || address.is_documentation()
        || a == 127
        || a >= 224; // multicast, reserved, broadcast
    !is_special
}

// Of what is given out, 2000::/3, all but documentation and what carries an IPv4
// address inside: Teredo and 6to4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let carries_v4 = (a == 0x2001 && b == 0) || a == 0x2002;
    let is_documentation = a == 0x2001 && b == 0xdb8;
    a & 0xe000 == 0x2000 && !carries_v4 && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_has_no_machine_of_the_inner_network_called() {
        for (address, expected) in [
            ("203.0.114.7", true),
            ("8.8.8.8", true),
            ("2a00:1450::1", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::ffff:10.0.0.1", false),
            ("::", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::1", false),
            ("2001:0:a00:1::1", false),
        ] {
            let ip: IpAddr = address.parse().unwrap();
            assert_eq!(Reach::Public.includes(ip), expected, "{address}");
            assert!(Reach::Anywhere.includes(ip));
        }
    }
}
