//! Two groups that cannot hear each other, and then can.

use tablon_core::units::Height;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::wait::{until_all, until_connected, until_one_tip};

use crate::support::{assert_posts, hashes, mine_until_settled, pending, sorted, work};

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_resolves_to_most_work_and_loses_no_post() {
    let relay = Relay::start().await;
    let elsewhere = Relay::start().await;
    let north = Proxy::start(relay.address()).await;
    let south = Proxy::start(relay.address()).await;
    let network = easy("fork");
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    firefox.console().expect("/signal");
    let to_north = board(north.address(), &network);
    let to_south = board(south.address(), &network);
    let ana = chromium.open_board(&to_north, "ana").await;
    let ben = chromium.open_board(&to_north, "ben").await;
    let cleo = chromium.open_board(&to_south, "cleo").await;
    let dora = firefox.open_board(&to_south, "dora").await;
    let (all, northern, southern) = ([&ana, &ben, &cleo, &dora], [&ana, &ben], [&cleo, &dora]);

    // All together first: the fork has a common past. Of four nobody is linked to
    // all the others.
    until_connected(&all, 1).await;
    let mut posts = vec![ana.post("before the cut").await];
    mine_until_settled(&[&cleo], &all, 2).await;
    let past = hashes(&ana.chain().await);

    // The south moves to another relay; a reload ends its connections.
    south.switch_to(elsewhere.address());
    for tab in southern {
        tab.reload().await;
    }
    until_connected(&southern, 1).await;
    until_all(&southern, "the south is by itself", |status| {
        status.peers == 1
    })
    .await;
    until_all(&northern, "the north is by itself", |status| {
        status.peers == 1
    })
    .await;

    // Both go on. The north makes more blocks; nobody is told of the other side.
    let southern_posts = vec![
        cleo.post("southern one").await,
        dora.post("southern two").await,
    ];
    let northern_posts = vec![ben.post("northern one").await];
    let base = past.len() as u32 - 1;
    mine_until_settled(&[&cleo], &southern, base + 2).await;
    let lost = cleo.chain().await;
    let still_waiting = dora.post("southern three, never in a southern block").await;
    mine_until_settled(&[&ana], &northern, lost.len() as u32 + 2).await;
    let won = ana.chain().await;
    assert!(work(&won) > work(&lost), "{won:#?}\n{lost:#?}");
    assert_eq!(hashes(&won)[..past.len()], past[..]);
    assert_ne!(hashes(&won)[..lost.len()], hashes(&lost)[..]);

    // Healed, without a block more.
    south.switch_to(relay.address());
    let tip = until_one_tip(&all).await;
    assert_eq!(
        tip.tip,
        *hashes(&won).last().expect("a chain has a genesis")
    );
    assert_eq!(tip.height, Height(won.len() as u32 - 1));
    until_all(&all, "the south's posts wait everywhere", |status| {
        status.pending == 3
    })
    .await;
    let mut loosened = southern_posts.clone();
    loosened.push(still_waiting.clone());
    for tab in all {
        assert_eq!(pending(tab).await, sorted(loosened.clone()), "{tab}");
    }
    // Who sees it happen is told why.
    for tab in southern {
        tab.until_shown(".notices", "gave way to a heavier branch")
            .await;
        for id in &southern_posts {
            let note = format!(".note[data-id='{id}'][data-state='loosened']");
            tab.until_shown(&note, "The note is not lost").await;
        }
    }

    // And the posts that came loose are in blocks again, each once.
    posts.extend(southern_posts);
    posts.extend(northern_posts);
    posts.push(still_waiting);
    mine_until_settled(&[&dora], &all, tip.height.0 + 1).await;
    assert_posts(&all, &posts).await;
    chromium.finish().await;
    firefox.finish().await;
}
