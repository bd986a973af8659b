//! Credentials for a TURN server that shares a secret with the relay
//! (draft-uberti-behave-turn-rest-00; coturn's `--use-auth-secret`): the name
//! says until when, the password is its HMAC, and the server keeps no list.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use tablon_core::relay::IceServer;

/// A TURN server and the secret shared with it.
#[derive(Clone)]
pub struct Turn {
    /// `turn:` and `turns:` addresses.
    pub urls: Vec<String>,
    /// Its `static-auth-secret`.
    pub secret: String,
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl Turn {
    /// Credentials that are good for `life` from `now`. The name tells a tab from
    /// others in the server's own bounds, and not who it is.
    pub(crate) fn server(&self, life: Duration, now: SystemTime) -> IceServer {
        let until = now + life;
        let until = until.duration_since(UNIX_EPOCH).unwrap_or_default();
        let tab = HEXLOWER.encode(&rand::random::<[u8; 4]>());
        let name = format!("{}:{tab}", until.as_secs());
        IceServer {
            urls: self.urls.clone(),
            credential: Some(self.password(&name)),
            username: Some(name),
        }
    }

    fn password(&self, name: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(name.as_bytes());
        BASE64.encode(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_what_coturn_works_out_itself() {
        let turn = Turn {
            urls: vec!["turn:turn.example:3478".into()],
            secret: "north".into(),
        };
        // printf 1600000000:ana | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(
            turn.password("1600000000:ana"),
            "J3W6sP9k3hRdDUlkejFzMZv16WE="
        );

        let now = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
        let server = turn.server(Duration::from_secs(3_600), now);
        let name = server.username.unwrap();
        assert!(name.starts_with("1600003600:"), "{name}");
        assert_eq!(server.credential, Some(turn.password(&name)));
        assert!(!format!("{turn:?}").contains("north"));
    }
}
