//! ICE servers as bytes: the relay's JSON leaves out a user that is not needed,
//! which bytes cannot.

use serde::{Deserialize, Deserializer, Serializer};
use tablon_core::relay::IceServer;

type Whole = (Vec<String>, Option<String>, Option<String>);

pub(super) fn serialize<S: Serializer>(servers: &[IceServer], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(
        (servers.iter()).map(|server| (&server.urls, &server.username, &server.credential)),
    )
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IceServer>, D::Error> {
    let servers = Vec::<Whole>::deserialize(from)?.into_iter();
    let server = |(urls, username, credential)| IceServer {
        urls,
        username,
        credential,
    };
    Ok(servers.map(server).collect())
}
