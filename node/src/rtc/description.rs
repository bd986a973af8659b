//! Session descriptions: the version in the `o=` line tells a newer one of a peer
//! from a repeated one (RFC 8829, 5.2.2: each new one has a higher).

/// The version: the third word of the `o=` line.
pub(super) fn version(sdp: &str) -> Option<u64> {
    let origin = sdp.lines().find_map(|line| line.strip_prefix("o="))?;
    origin.split(' ').nth(2)?.parse().ok()
}

/// Whether it is of data alone. Sound and pictures are nothing that a node takes, and
/// a decoder that is never entered has no holes.
pub(super) fn is_of_data(sdp: &str) -> bool {
    let mut media = sdp.lines().filter(|line| line.starts_with("m="));
    let first = media.next();
    first.is_some_and(|line| line.starts_with("m=application ")) && media.next().is_none()
}

/// The description with another version: str0m gives all of them the same, and a tab
/// takes an answer to its `Restart` only when it is newer than the first.
pub(super) fn with_version(sdp: &str, version: u64) -> String {
    let numbered = |line: &str| {
        let mut words: Vec<&str> = line.split(' ').collect();
        let version = version.to_string();
        if line.starts_with("o=") && words.len() > 2 {
            words[2] = &version;
        }
        words.join(" ") + "\r\n"
    };
    sdp.lines().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_numbered_and_else_as_it_was() {
        let sdp = "v=0\r\no=- 42 2 IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2 10.0.0.1 9 typ host\r\n";
        assert_eq!(version(sdp), Some(2));
        let later = with_version(sdp, 7);
        assert_eq!(later, sdp.replace("42 2", "42 7"));
        assert_eq!(version(&later), Some(7));
    }

    #[test]
    fn whoever_offers_sound_or_pictures_is_at_the_wrong_door() {
        let data = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";
        assert!(is_of_data(data));
        for sdp in ["", "v=0\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"] {
            assert!(!is_of_data(sdp), "{sdp:?}");
            assert_eq!(is_of_data(&format!("{data}{sdp}")), !sdp.contains("m="));
        }
    }

    #[test]
    fn what_is_no_description_has_no_version() {
        for text in ["", "o=", "o=- 1", "o=- 1 x IN", "v=0"] {
            assert_eq!(version(text), None, "{text:?}");
        }
        assert_eq!(with_version("o=- 1", 3), "o=- 1\r\n");
    }
}
