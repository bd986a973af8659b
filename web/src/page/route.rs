//! Where the page is, as the part of its address after `#`.
//!
//! ```text
//! #/               board          #/blocks        every block
//! #/b/<hash|n>     one block      #/node          my node
//! #/network        the network drawn
//! #/wall           for a projector #/networks      all boards of this tab
//! #/wallet         the identity    #/pay/<address> the same, to pay somebody
//! #/id/<base64url> the same, to take over the identity of a sealed file
//! #/people         who takes part  #/transfers     what was paid
//! #/letters        secrets         #/letters/<address> those with one person
//! #/proof          to check a proof of publication
//! ```
//! Any of them may stand behind `#/n/<network link>`, which stays in front
//! while one moves about, so that a reload finds the same board.

use tablon_core::command::BlockAt;
use tablon_core::units::Height;
use yew::prelude::*;

pub(crate) use super::place::Place;

/// A place, and the network link in front of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Route {
    /// What follows `#/n/`.
    pub(crate) network: Option<String>,
    /// Where.
    pub(crate) place: Place,
    /// A wallet file that the address brought: what follows `#/id/`.
    pub(crate) identity: Option<String>,
}

impl Route {
    /// Read `location.hash`. What is not understood is the board.
    pub(crate) fn parse(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_start_matches('/');
        let (network, path) = match path.strip_prefix("n/") {
            Some(rest) => match rest.split_once('/') {
                Some((network, path)) => (Some(network.to_owned()), path),
                None => (Some(rest.to_owned()), ""),
            },
            None => (None, path),
        };
        let mut identity = None;
        let place = match path.split_once('/') {
            Some(("b", at)) => block_at(at).map(Place::Block).unwrap_or_default(),
            Some(("letters", with)) => Place::Letters(with.parse().ok()),
            Some(("pay", to)) => to.parse().map_or(Place::Wallet, Place::Pay),
            Some(("id", file)) => {
                identity = Some(file.to_owned()).filter(|file| !file.is_empty());
                Place::Wallet
            }
            _ => {
                let found = Place::PLAIN
                    .into_iter()
                    .find(|place| place.spec().path == path);
                found.unwrap_or_default()
            }
        };
        Self {
            network,
            place,
            identity,
        }
    }

    /// The address of `place`, on the same network.
    pub(crate) fn href(&self, place: Place) -> String {
        let front = match &self.network {
            Some(network) => format!("#/n/{network}/"),
            None => "#/".to_owned(),
        };
        let path = front + place.spec().path;
        match place {
            Place::Block(BlockAt::Height(height)) => format!("{path}/{height}"),
            Place::Block(BlockAt::Hash(hash)) => format!("{path}/{hash}"),
            Place::Pay(to) => format!("{path}/{to}"),
            Place::Letters(Some(with)) => format!("{path}/{with}"),
            Place::Board
            | Place::Blocks
            | Place::Node
            | Place::Map
            | Place::Wall
            | Place::Wallet
            | Place::Networks
            | Place::People
            | Place::Letters(None)
            | Place::Transfers
            | Place::Proof => path,
        }
    }

    /// The address that brings a wallet file, as text, to the same network.
    pub(crate) fn identity_href(&self, file: &str) -> String {
        self.href(Place::Board) + "id/" + file
    }
}

fn block_at(text: &str) -> Option<BlockAt> {
    if let Ok(height) = text.parse() {
        // 64 digits are a hash even when all are decimal; they overflow a height.
        return Some(BlockAt::Height(Height(height)));
    }
    text.parse().ok().map(BlockAt::Hash)
}

/// The current route, from the nearest provider.
#[hook]
pub(crate) fn use_route() -> Route {
    use_context::<Route>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tablon_core::keys::Address;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn every_place_reads_back_on_any_network() {
        let hash = "00".repeat(31) + "ab";
        for network in [None, Some("AbC-_9".to_owned())] {
            for place in [
                Place::Board,
                Place::Blocks,
                Place::Node,
                Place::Map,
                Place::Wall,
                Place::Block(BlockAt::Height(Height(12))),
                Place::Wallet,
                Place::Pay(Address([7; 20])),
                Place::Networks,
                Place::People,
                Place::Letters(None),
                Place::Letters(Some(Address([7; 20]))),
                Place::Transfers,
                Place::Proof,
                Place::Block(BlockAt::Hash(hash.parse().unwrap())),
            ] {
                let route = Route {
                    network: network.clone(),
                    place,
                    identity: None,
                };
                assert_eq!(Route::parse(&route.href(place)), route);
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_not_understood_is_the_board() {
        for hash in ["", "#", "#/", "#/b/", "#/b/zz", "#/nowhere", "#/b/-1"] {
            assert_eq!(Route::parse(hash).place, Place::Board, "{hash}");
        }
        let bare = Route::parse("#/n/abc");
        assert_eq!(bare.network.as_deref(), Some("abc"));
        assert_eq!(bare.place, Place::Board);
        assert_eq!(Route::parse("#/pay/tablon1").place, Place::Wallet);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn an_address_brings_an_identity_to_the_wallet() {
        for (hash, network) in [("#/id/AAE-_w", None), ("#/n/abc/id/AAE-_w", Some("abc"))] {
            let route = Route::parse(hash);
            assert_eq!(route.place, Place::Wallet);
            assert_eq!(route.identity.as_deref(), Some("AAE-_w"));
            assert_eq!(route.network.as_deref(), network);
        }
        assert_eq!(Route::parse("#/id/").identity, None);
    }
}
