//! Names that offer links and never come: each costs its owner a signature, and a tab a
//! connection that waits.

use tablon_core::keys::SecretKey;
use tablon_core::links::MAX_ATTEMPTS;
use tablon_core::node::Input;
use tablon_core::relay::{Signal, SignalStep, SignedSignal};

use crate::net::World;
use crate::node::secret;

/// Twenty names say 14 signals a second each, one of them every 3 to 4 ms.
const NAMES: u32 = 20;
const EVERY_MS: [u64; 2] = [3, 4];

fn offer(world: &World, key: &SecretKey, to: usize, session: u32) -> SignedSignal {
    let signal = Signal {
        network: world.params.network_id(),
        from: key.public(),
        to: world.id(to),
        session,
        step: SignalStep::Offer {
            sdp: "v=0 offer".into(),
        },
    };
    SignedSignal::sign(signal, key)
}

#[test]
fn twenty_names_that_offer_without_end_do_not_keep_two_tabs_apart() {
    for seed in 1..=10 {
        let mut world = World::new(seed);
        let tabs = [world.closed_tab(), world.closed_tab()];
        world.relay.names = Some(tabs.iter().map(|tab| world.id(*tab)).collect());
        let keys: Vec<SecretKey> = (0..NAMES).map(|name| secret(7, name)).collect();
        for tab in tabs {
            world.open(tab);
        }
        let (begun, mut session) = (world.now, 0);
        // Before either has dialled all places that strangers can take are taken.
        while !world.linked(tabs[0], tabs[1]) {
            let waited = world.now - begun;
            assert!(waited < 2_000, "seed {seed}: not linked after {waited} ms");
            session += 1;
            let key = &keys[(session % NAMES) as usize];
            for tab in tabs {
                let signed = Box::new(offer(&world, key, tab, session));
                world.feed(tab, Input::Signalled(signed));
                assert!(world.at(tab).attempts.iter().count() <= MAX_ATTEMPTS);
            }
            world.run(EVERY_MS[(session % 2) as usize]);
        }
    }
}
