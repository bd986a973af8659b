//! Several networks in one tab, each with a node and a board of its own.

use serde_json::{Value, json};
use tablon_core::hash::NetworkId;
use tablon_core::params::Params;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::{Tab, key, tablon::Network};
use tablon_e2e::wait::{until, until_all, until_connected};

use crate::support::{files, mine_until_settled};

/// Wait until one of the tab's networks is as described, and give it.
async fn until_network(
    tab: &Tab,
    id: NetworkId,
    what: &str,
    holds: impl Fn(&Network) -> bool,
) -> Network {
    let what = format!("{tab}: network {id}: {what}");
    until(&[tab], &what, async || {
        let list = tab.networks().await;
        list.into_iter()
            .find(|network| network.id == id && holds(network))
    })
    .await
}

/// Bodies of all notes that the board shows.
async fn notes(tab: &Tab) -> Vec<String> {
    let mut notes = tab.texts(".at-board .note .text").await;
    notes.sort();
    notes
}

/// Make a network in the page; gives its parameters, from the link that is
/// offered to others.
async fn create(tab: &Tab, name: &str) -> (Params, String) {
    const FORM: &str = "#networks-create";
    tab.visit("networks").await;
    tab.write(FORM, "Seconds between blocks", "0").await;
    tab.click(&format!("{FORM} button[type='submit']")).await;
    tab.until_shown(&format!("{FORM} .refused"), "Give the board a name.")
        .await;
    tab.write(FORM, "Name", name).await;
    tab.click(&format!("{FORM} button[type='submit']")).await;
    tab.until_shown(&format!("{FORM} .refused"), "It must lie from 5 to 3")
        .await;
    for (field, value) in [
        ("Seconds between blocks", "5"),
        ("First difficulty, in zero bits", "14"),
        ("Stamp, in zero bits", "4"),
    ] {
        tab.write(FORM, field, value).await;
    }
    tab.click(&format!("{FORM} button[type='submit']")).await;
    tab.until_shown(FORM, &format!("{name} is there")).await;
    let address = tab.written(FORM, "Link to this board").await;
    let (_, link) = address.split_once("#/n/").expect("a link to a board");
    let params = Params::from_link(link.trim_end_matches('/'));
    (params.expect("the page makes good links"), address)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_networks_run_at_once_and_each_note_is_on_its_own_board_alone() {
    let relay = Relay::start().await;
    let street = easy("street");
    let url = relay.board(&street);
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    until_connected(&[&ana, &ben], 1).await;
    let address = ana.wallet().await.address;

    let (workshop, invitation) = create(&ana, "Workshop").await;
    assert_eq!(
        (workshop.name.as_str(), workshop.spacing, workshop.reward),
        ("Workshop", 5, 50)
    );
    let (street, workshop) = (street.network_id(), workshop.network_id());
    let running = |network: &Network| network.state == "running";
    until_network(&ana, workshop, "runs", running).await;
    let list = ana.networks().await;
    let told: Vec<_> = list
        .iter()
        .map(|network| (network.id, network.current, network.state.as_str()))
        .collect();
    assert_eq!(
        told,
        [(street, true, "running"), (workshop, false, "running")]
    );

    // Each has a board of its own; the identity is the same.
    ana.click_on("#networks-create a", "To the board").await;
    until_all(&[&ana], "the workshop is shown", |status| {
        status.network == workshop
    })
    .await;
    assert_eq!(ana.wallet().await.address, address);
    ana.until_there(".at-board #composer-body").await;
    ana.click("#composer-body").await;
    ana.type_text("glue is in the cupboard").await;
    ana.press(&[key::CONTROL, key::ENTER]).await;
    ana.until_shown(".note .text", "glue is in the cupboard")
        .await;
    ben.post("parking is free on Sundays").await;
    ana.mine(1).await;
    until_all(&[&ana], "the note has a block", |status| {
        status.pending == 0 && status.height.0 > 0
    })
    .await;
    ana.mine(0).await;
    until_network(&ana, street, "has not grown, and has news", |network| {
        network.height == 0 && network.unread == 1 && network.peers == 1
    })
    .await;
    assert_eq!(notes(&ana).await, ["glue is in the cupboard"]);
    // The masthead counts what came elsewhere, and leads there.
    ana.until_shown(".switcher-button .badge", "1").await;
    ana.click(".switcher-button").await;
    ana.until_shown(".switcher-list a", "1 new note").await;
    ana.click_on(".switcher-list li a", "street").await;
    ana.until_shown(".note .text", "parking is free on Sundays")
        .await;
    assert_eq!(notes(&ana).await, ["parking is free on Sundays"]);
    until_network(&ana, street, "is read", |network| {
        network.current && network.unread == 0
    })
    .await;
    ana.until_gone(".switcher-button .badge").await;

    // Others come by the link: one pastes it, one opens it.
    ben.visit("networks").await;
    const JOIN: &str = "#networks-join";
    ben.paste(JOIN, "Link to the board", "#/n/nonsense").await;
    ben.click(&format!("{JOIN} button[type='submit']")).await;
    ben.until_shown(
        &format!("{JOIN} .refused"),
        "This is not the link of a board.",
    )
    .await;
    ben.paste(JOIN, "Link to the board", &invitation).await;
    ben.click(&format!("{JOIN} button[type='submit']")).await;
    ben.until_shown(JOIN, "You have joined Workshop.").await;
    ben.click_on(&format!("{JOIN} a"), "Show this board").await;
    ben.until_shown(".note .text", "glue is in the cupboard")
        .await;
    let cleo = chromium.open_board(&invitation, "cleo").await;
    cleo.until_shown(".note .text", "glue is in the cupboard")
        .await;
    // Cleo's browser knows both networks, since ana's tab is in it.
    assert_eq!(cleo.status().await.network, workshop);

    // What ben writes there is news for ana, who looks at the street.
    ben.post("and where are the brushes?").await;
    until_network(&ana, workshop, "has one post unread", |network| {
        network.unread == 1
    })
    .await;
    ana.until_shown(".switcher-button .badge", "1").await;
    ana.visit("networks").await;
    ana.until_shown(
        &format!(".network[data-network='{workshop}'] .unread"),
        "1 new note",
    )
    .await;
    ana.visit("").await;
    ana.until_shown(".note .text", "parking is free on Sundays")
        .await;
    assert_eq!(notes(&ana).await, ["parking is free on Sundays"]);
    ana.call("networks.show", json!([workshop])).await.unwrap();
    ana.until_shown(".note .text", "and where are the brushes?")
        .await;
    assert_eq!(
        notes(&ana).await,
        ["and where are the brushes?", "glue is in the cupboard"]
    );
    // Nothing of this came to the street.
    ben.call("networks.show", json!([street])).await.unwrap();
    ben.until_shown(".note .text", "parking is free on Sundays")
        .await;
    assert_eq!(notes(&ben).await, ["parking is free on Sundays"]);

    // After a reload both run again.
    ana.reload().await;
    for id in [street, workshop] {
        until_network(&ana, id, "runs again", running).await;
    }
    chromium.finish().await;
    firefox.finish().await;
}

/// Leave a network in the page.
async fn leave(tab: &Tab, id: NetworkId, choice: &str) {
    tab.visit("networks").await;
    let row = format!(".network[data-network='{id}']");
    tab.click_on(&format!("{row} button[aria-expanded]"), "Leave")
        .await;
    tab.click_on(&format!("{row} label.choice"), choice).await;
    tab.click(&format!("{row} form button[type='submit']"))
        .await;
    let what = format!("{tab} has left {id}");
    until(&[tab], &what, async || {
        let list = tab.networks().await;
        list.iter().all(|network| network.id != id).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_and_comes_back_finds_everything_unless_its_data_was_deleted() {
    let relay = Relay::start().await;
    let (street, workshop) = (easy("street to stay on"), easy("workshop to leave"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&relay.board(&street), "ana").await;
    let street = street.network_id();
    let made: Value = ana
        .told("networks.join", json!([relay.board(&workshop)]))
        .await;
    assert_eq!(made["name"], "workshop to leave");
    let (link, workshop) = (workshop.to_link(), workshop.network_id());
    let running = |network: &Network| network.state == "running";
    until_network(&ana, workshop, "runs", running).await;
    ana.call("networks.show", json!([workshop])).await.unwrap();
    let posts = [ana.post("kept while I am away").await];
    mine_until_settled(&[&ana], &[&ana], 3).await;
    let before = ana.status().await;
    assert_eq!(before.network, workshop);

    // Nobody else has it: what is there later was kept here.
    leave(&ana, workshop, "Keep its data here").await;
    let list = ana.networks().await;
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].id, list[0].current), (street, true));
    ana.refused("networks.show", json!([workshop]), "no_such_network")
        .await;
    // Nor is it joined at the next start.
    ana.reload().await;
    assert_eq!(ana.networks().await.len(), 1);
    let come_back = async || {
        ana.call("networks.join", json!([link])).await.unwrap();
        until_network(&ana, workshop, "runs again", running).await;
        ana.call("networks.show", json!([workshop])).await.unwrap();
        ana.status().await
    };
    let again = come_back().await;
    assert_eq!(
        (again.height, again.tip, again.address, again.balance),
        (before.height, before.tip, before.address, before.balance)
    );
    assert_eq!(ana.confirmed().await, posts);
    ana.visit("").await;
    ana.until_shown(".note.own .text", "kept while I am away")
        .await;

    let ours = |files: Vec<String>| {
        let mut files = files;
        files.retain(|name| name.starts_with(&workshop.to_string()));
        files
    };
    assert!(!ours(files(&ana).await).is_empty());
    leave(&ana, workshop, "Delete its data here").await;
    ana.until_shown("#main .banner", "You have left workshop to leave.")
        .await;
    ana.until_shown("#main .banner", "files were deleted").await;
    assert_eq!(ours(files(&ana).await), Vec::<String>::new());
    let afresh = come_back().await;
    assert_eq!(afresh.height.0, 0);
    assert!(ana.confirmed().await.is_empty());
    // Its copy of the identity went; that of the other network is taken anew.
    ana.call("networks.show", json!([street])).await.unwrap();
    assert_eq!(ana.status().await.address, afresh.address);
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_set_on_one_network_counts_on_all_of_the_tab() {
    let relay = Relay::start().await;
    let (street, workshop) = (easy("street with a lock"), easy("workshop with a lock"));
    let firefox = Browser::firefox().await;
    let ana = firefox.open_board(&relay.board(&street), "ana").await;
    ana.told::<Value>("networks.join", json!([workshop.to_link()]))
        .await;
    let (street, workshop) = (street.network_id(), workshop.network_id());
    let running = |network: &Network| network.state == "running";
    until_network(&ana, workshop, "runs", running).await;
    ana.told::<Value>("wallet.setPassword", json!(["niebla trompeta"]))
        .await;
    ana.call("networks.show", json!([workshop])).await.unwrap();
    until(&[&ana], "the workshop's wallet has it too", async || {
        ana.wallet().await.has_password.then_some(())
    })
    .await;

    ana.reload().await;
    for id in [street, workshop] {
        until_network(&ana, id, "runs again", running).await;
        ana.call("networks.show", json!([id])).await.unwrap();
        assert!(ana.status().await.locked, "{id}");
        ana.refused("post", json!(["locked"]), "wallet_locked")
            .await;
    }
    // Asked for once, it opens both.
    ana.visit("wallet").await;
    ana.write("form.unlock", "Password", "niebla trompeta")
        .await;
    ana.click("form.unlock button[type='submit']").await;
    ana.until_gone("#wallet-unlock").await;
    for id in [street, workshop] {
        ana.call("networks.show", json!([id])).await.unwrap();
        until_all(&[&ana], "both are open", |status| !status.locked).await;
    }
    firefox.finish().await;
}

/// Each time it is left at another moment after its node's start was asked for:
/// before its worker runs, while the files are opened, and soon after.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_left_with_its_data_while_its_node_starts_leaves_no_files() {
    let relay = Relay::start().await;
    let (street, workshop) = (easy("street again"), easy("workshop in a hurry"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&relay.board(&street), "ana").await;
    let id = workshop.network_id();
    let ours = async || {
        let mut files = files(&ana).await;
        files.retain(|name| name.starts_with(&id.to_string()));
        files
    };
    // Something to delete is there from before.
    let link = workshop.to_link();
    ana.told::<Value>("networks.join", json!([link])).await;
    until_network(&ana, id, "runs", |network| network.state == "running").await;
    ana.told::<Value>("networks.leave", json!([id])).await;
    assert!(!ours().await.is_empty());

    let in_a_hurry = "async ([link, wait]) => {
        const joined = await tablon.networks.join(link);
        await new Promise(done => setTimeout(done, wait));
        const [entry] = (await tablon.networks.list()).filter(entry => entry.id === joined.id);
        const deleted = await tablon.networks.leave(joined.id, {deleteData: true});
        return [entry.state, deleted];
    }";
    for wait in [0, 50, 100, 150, 200, 300, 500] {
        let told = ana.eval(in_a_hurry, &json!([link, wait])).await;
        let left = ours().await;
        assert!(left.is_empty(), "after {wait} ms, {told}: {left:?}");
    }
    chromium.finish().await;
}
