//! How far in an address lies: at everybody's reach, in a network behind somebody's
//! door, or on the very machine that calls it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a host is, further in last. The spaces of
/// [Private Network Access](https://wicg.github.io/private-network-access/), which
/// Local Network Access replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// Anybody can call it.
    Public,
    /// In a network of its own, or at an address that nobody is given (RFC 6890).
    Private,
    /// The machine that calls.
    Loopback,
}

impl Space {
    /// Of an address.
    pub fn of(address: IpAddr) -> Self {
        let (is_here, is_public) = match address.to_canonical() {
            IpAddr::V4(address) => (is_here_v4(address), is_public_v4(address)),
            IpAddr::V6(address) => (
                address.is_loopback() || address.is_unspecified(),
                is_public_v6(address),
            ),
        };
        match (is_here, is_public) {
            (true, _) => Self::Loopback,
            (false, true) => Self::Public,
            (false, false) => Self::Private,
        }
    }

    /// Of a host as a URL names it: an address, an IPv6 one in brackets, or a name. A
    /// name that looks public may lead anywhere: what it resolves to is looked at by
    /// [`Self::of`] again.
    pub fn of_host(host: &str) -> Self {
        let bare = host.strip_prefix('[').and_then(|six| six.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(host).parse() {
            return Self::of(address);
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        // RFC 6761; the names of inner networks are of RFC 6762, RFC 8375 and of habit.
        let (_, last) = name.rsplit_once('.').unwrap_or(("", &name));
        let has_dot = name.contains('.');
        // What ends with a number is an IPv4 address or none (WHATWG URL, 3.5), though
        // resolvers take `8.8.2056` and `0x8.8.8.8`.
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
        match last {
            "localhost" => Self::Loopback,
            _ if is_number => Self::Private,
            "local" | "internal" | "lan" | "home" | "corp" => Self::Private,
            _ if !has_dot || name.ends_with(".home.arpa") => Self::Private,
            _ => Self::Public,
        }
    }
}

// `0.0.0.0` leads to the machine itself, too, on most systems.
fn is_here_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_unspecified()
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
    fn hosts_lie_where_whoever_calls_them_would_come_to() {
        use Space::{Loopback, Private, Public};
        for (host, expected) in [
            ("203.0.114.7", Public),
            ("8.8.8.8", Public),
            ("[2a00:1450::1]", Public),
            ("board.example", Public),
            ("localhost.example", Public),
            ("127.0.0.1.example", Public),
            ("10.0.0.1", Private),
            ("172.16.0.1", Private),
            ("192.168.1.1", Private),
            ("169.254.169.254", Private),
            ("100.64.0.1", Private),
            ("0.1.2.3", Private),
            ("192.0.2.1", Private),
            ("224.0.0.1", Private),
            ("255.255.255.255", Private),
            ("[::ffff:10.0.0.1]", Private),
            ("fd00::1", Private),
            ("[fe80::1]", Private),
            ("64:ff9b::a00:1", Private),
            ("2002:a00:1::1", Private),
            ("2001:0:a00:1::1", Private),
            ("8.8.2056", Private),
            ("0x8.8.8.8", Private),
            ("010.8.8.8", Private),
            ("8.8.8.0x8", Private),
            ("134744072", Private),
            ("printer", Private),
            ("Printer.LOCAL.", Private),
            ("nas.home.arpa", Private),
            ("metadata.google.internal", Private),
            ("", Private),
            ("127.0.0.1", Loopback),
            ("127.9.9.9", Loopback),
            ("0.0.0.0", Loopback),
            ("[::1]", Loopback),
            ("[::]", Loopback),
            ("[::ffff:127.0.0.1]", Loopback),
            ("localhost", Loopback),
            ("LocalHost.", Loopback),
            ("board.localhost", Loopback),
        ] {
            assert_eq!(Space::of_host(host), expected, "{host}");
        }
        assert!(Public < Private && Private < Loopback);
    }
}
