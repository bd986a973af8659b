//! The places of the page, each said once: its address, its title, the class under which
//! it is styled, and which entry of the navigation leads there.

use tablon_core::command::BlockAt;
use tablon_core::keys::Address;

/// A place of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// The board; home.
    #[default]
    Board,
    /// All blocks, newest first.
    Blocks,
    /// One block.
    Block(BlockAt),
    /// My node (on wide screens it is always there).
    Node,
    /// The network, as far as this node sees it.
    Map,
    /// Wall view.
    Wall,
    /// The wallet.
    Wallet,
    /// The wallet, with the one to pay filled in.
    Pay(Address),
    /// All networks that this tab is part of.
    Networks,
    /// Who takes part.
    People,
    /// Secrets, all or those with one person.
    Letters(Option<Address>),
    /// What was paid to the wallet and from it.
    Transfers,
    /// Where a proof of publication is checked.
    Proof,
}

/// What the parts of the page must agree on about a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Its part of the address, before whatever it holds.
    pub(crate) path: &'static str,
    /// The page's class while it is shown.
    pub(crate) class: &'static str,
    /// Key of its name.
    pub(crate) title: &'static str,
    /// The entry of the navigation under which it stands, on a wide screen and on a phone.
    pub(crate) nav: [Place; 2],
}

/// An entry of the navigation.
pub(crate) struct Entry {
    pub(crate) place: Place,
    /// Key of its name, which may be shorter than the place's.
    pub(crate) name: &'static str,
    /// Whether it is there on a wide screen, and on a phone.
    pub(crate) shown: [bool; 2],
}

const fn entry(place: Place, name: &'static str, shown: [bool; 2]) -> Entry {
    Entry { place, name, shown }
}

/// In their order. On a phone the strip leads to the blocks, "My node" to the network, and
/// nobody hangs it on a wall.
pub(crate) const NAVIGATION: [Entry; 8] = [
    entry(Place::Board, "place-board", [true, true]),
    entry(Place::Blocks, "place-blocks", [true, false]),
    entry(Place::Map, "place-map-short", [true, false]),
    entry(Place::People, "place-people", [true, true]),
    entry(Place::Letters(None), "place-letters", [true, true]),
    entry(Place::Wallet, "wallet", [true, true]),
    entry(Place::Node, "my-node", [false, true]),
    entry(Place::Wall, "place-wall", [true, false]),
];

impl Place {
    /// Those that are told by their path alone; a test holds it against [`Self::spec`].
    pub(crate) const PLAIN: [Self; 11] = [
        Self::Board,
        Self::Blocks,
        Self::Node,
        Self::Map,
        Self::Wall,
        Self::Wallet,
        Self::Networks,
        Self::People,
        Self::Letters(None),
        Self::Transfers,
        Self::Proof,
    ];

    /// What everybody knows of it.
    pub(crate) fn spec(self) -> Spec {
        let (path, class, title, nav) = match self {
            Self::Board => ("", "at-board", "place-board", [Self::Board; 2]),
            // A block lies over what is behind it.
            Self::Block(_) => ("b", "at-board", "place-board", [Self::Board; 2]),
            Self::Blocks => ("blocks", "at-blocks", "place-blocks", [Self::Blocks; 2]),
            Self::Node => ("node", "at-node", "place-board", [Self::Node; 2]),
            Self::Map => {
                let nav = [Self::Map, Self::Node];
                ("network", "at-map", "place-map", nav)
            }
            Self::Wall => ("wall", "at-wall", "place-board", [Self::Wall; 2]),
            Self::Wallet => ("wallet", "at-wallet", "wallet", [Self::Wallet; 2]),
            Self::Pay(_) => ("pay", "at-wallet", "wallet", [Self::Wallet; 2]),
            Self::Networks => ("networks", "at-networks", "networks", [Self::Networks; 2]),
            Self::People => ("people", "at-people", "place-people", [Self::People; 2]),
            Self::Letters(_) => {
                let nav = [Self::Letters(None); 2];
                ("letters", "at-letters", "place-letters", nav)
            }
            Self::Transfers => {
                let nav = [Self::Wallet; 2];
                ("transfers", "at-transfers", "place-transfers", nav)
            }
            Self::Proof => ("proof", "at-proof", "place-proof", [Self::Proof; 2]),
        };
        Spec {
            path,
            class,
            title,
            nav,
        }
    }
}
