//! Which addresses are called for whom.

use std::net::IpAddr;

use tablon_core::links::Space;

/// How far a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Wherever the host, or who has its token, says.
    Anywhere,
    /// For somebody who may be a stranger, by the tutorial's operations: to what
    /// everybody can call, and to this machine, as the tutorial does. The network behind
    /// this machine is not theirs to probe.
    Tutorial,
    /// For a stranger: to what everybody can call.
    Public,
}

impl Reach {
    /// Whether this address may be called.
    pub(crate) fn includes(self, address: IpAddr) -> bool {
        match (self, Space::of(address)) {
            (Self::Anywhere, _) | (_, Space::Public) => true,
            (Self::Tutorial, Space::Loopback) => !address.is_unspecified(),
            (Self::Tutorial | Self::Public, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_has_no_machine_of_the_inner_network_called() {
        for (address, tutorial, public) in [
            ("8.8.8.8", true, true),
            ("2a00:1450::1", true, true),
            ("127.0.0.1", true, false),
            ("::1", true, false),
            ("0.0.0.0", false, false),
            ("::", false, false),
            ("10.0.0.1", false, false),
            ("169.254.169.254", false, false),
            ("::ffff:10.0.0.1", false, false),
            ("fd00::1", false, false),
        ] {
            let ip: IpAddr = address.parse().unwrap();
            assert_eq!(Reach::Tutorial.includes(ip), tutorial, "{address}");
            assert_eq!(Reach::Public.includes(ip), public, "{address}");
            assert!(Reach::Anywhere.includes(ip));
        }
    }
}
