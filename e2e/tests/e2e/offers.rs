//! Names that offer links and never come.

use std::time::Duration;

use tablon_core::hash::PeerId;
use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::stranger::Stranger;

use crate::support::until_linked;

const NAMES: u8 = 20;
const SIGNALS_PER_SECOND: u32 = 14;

// Before they had places of their own, the dials of two tabs found none free for as long
// as this went on. Each tab must find the other among 21 names, too.
#[tokio::test(flavor = "multi_thread")]
async fn twenty_names_that_offer_without_end_do_not_keep_two_browsers_apart() {
    let relay = Relay::start().await;
    let network = easy("offers");
    let url = relay.board(&network);
    let (one, other) = (Browser::chromium().await, Browser::firefox().await);
    let ana = one.open_board(&url, "ana").await;
    let mut floods = Vec::new();
    let node = async |tab: &tablon_e2e::tab::Tab| -> PeerId { tab.status().await.node };
    let to = vec![node(&ana).await];
    for seed in 1..=NAMES {
        let stranger = Stranger::enters(relay.address(), &network, seed).await;
        floods.push(tokio::spawn(
            stranger.offers_for_ever(to.clone(), SIGNALS_PER_SECOND),
        ));
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ben = other.open_board(&url, "ben").await;
    until_linked(&ana, &ben, LinkKind::Webrtc).await;
    for flood in floods {
        assert!(!flood.is_finished(), "a stranger gave up");
        flood.abort();
    }
    for browser in [one, other] {
        browser.finish().await;
    }
}
