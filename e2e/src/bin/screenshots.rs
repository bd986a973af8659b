//! Pictures of the page: `cargo run -p tablon-e2e --bin screenshots -- FOLDER`.
//!
//! Opens a board in three tabs of Chromium, posts and mines, and writes every
//! place as PNG in every size, theme and language, and the states that come
//! from trouble once each.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;
use tablon_e2e::browser::Browser;
use tablon_e2e::look::{LANGUAGES, PLACES, SIZES, THEMES, dress, show};
use tablon_e2e::network::{easy, zero_bits};
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::tab::{Tab, key};
use tablon_e2e::wait::{until_all, until_connected};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("name the folder for the pictures");
        return ExitCode::FAILURE;
    };
    let made = std::fs::create_dir_all(&folder);
    made.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    take_all(&folder).await;
    ExitCode::SUCCESS
}

async fn take_all(folder: &Path) {
    let relay = Relay::start().await;
    let proxy = Proxy::start(relay.address()).await;
    let mut network = easy("Vecinos de la Calle Mayor");
    // As on a board in use, and slow enough that nothing changes between two
    // pictures of the same thing.
    network.spacing = 15;
    network.initial = zero_bits(18);
    let url = board(proxy.address(), &network);
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&url, "Ana").await;
    everywhere(folder, &ana, "alone", |_| true).await;

    let ben = chromium.open_board(&url, "Ben").await;
    let cleo = chromium.open_board(&url, "Cleo").await;
    let all = [&ana, &ben, &cleo];
    until_connected(&all, 2).await;
    ana.mine(1).await;
    until_all(&all, "some blocks are there", |status| status.height.0 >= 3).await;
    ana.mine(0).await;
    talk(all).await;
    write(
        &cleo,
        "Has anybody seen a grey cat?",
        json!({"name": "Cleo"}),
    )
    .await;
    until_all(&all, "one note waits", |status| status.pending == 1).await;

    for language in LANGUAGES {
        for theme in THEMES {
            dress(&ana, language, theme).await;
            until_connected(&[&ana], 2).await;
            for place in PLACES {
                show(&ana, place).await;
                let name = match place.0 {
                    "" => "board".to_owned(),
                    name => name.replace('/', ""),
                };
                for size in SIZES {
                    take(folder, &ana, &name, language, theme, size).await;
                }
            }
        }
    }

    // Trouble, in English on paper.
    dress(&ana, "en", "light").await;
    show(&ana, PLACES[0]).await;
    ana.click("#composer-body").await;
    ana.press(&[key::CONTROL, key::ENTER]).await;
    ana.until_there(".compose-status .refused").await;
    everywhere(folder, &ana, "refused", |theme| theme == "light").await;
    let empty = ana.call("mineEmpty", json!([true])).await;
    empty.unwrap_or_else(|refused| panic!("{ana}: {refused:?}"));
    ana.mine(1).await;
    until_all(&[&ana], "a rate is known", |status| {
        status.mining.hashrate > 0
    })
    .await;
    everywhere(folder, &ana, "mining", |theme| theme == "light").await;
    ana.mine(0).await;
    proxy.cut();
    ana.until_there(".notices .banner").await;
    everywhere(folder, &ana, "relay-away", |theme| theme == "light").await;
    chromium.close().await;
}

/// Notes of all three, each sealed by another one.
async fn talk(all: [&Tab; 3]) {
    let [ana, ben, cleo] = all;
    for tab in all {
        // A miner that rests when nothing waits seals one block for each note.
        let done = tab.call("mineEmpty", json!([false])).await;
        done.unwrap_or_else(|refused| panic!("{tab}: {refused:?}"));
    }
    let seal = async |miner: &Tab| {
        miner.mine(1).await;
        until_all(&all, "the note is in a block", |status| status.pending == 0).await;
        miner.mine(0).await;
    };
    let roses = "The roses in the courtyard are out. Who waters them in August?";
    let first = write(ana, roses, json!({"name": "Ana", "topic": "garden"})).await;
    seal(ben).await;
    let bicycle = "Se vende bicicleta de paseo, poco uso. Más en https://example.org/bici";
    write(cleo, bicycle, json!({"name": "Cleo", "topic": "market"})).await;
    seal(ben).await;
    let answer = json!({"name": "Ben", "replyTo": first});
    write(ben, "I can, until the 20th.", answer).await;
    seal(cleo).await;
    let agenda =
        "Meeting on Thursday at seven.\n\n1. The lift\n2. The lift, again\n3. Roof and gutters";
    write(ben, agenda, json!({"name": "Ben"})).await;
    seal(ana).await;
}

async fn write(tab: &Tab, body: &str, options: serde_json::Value) -> serde_json::Value {
    let posted = tab.call("post", json!([body, options])).await;
    posted.unwrap_or_else(|refused| panic!("{tab}: {refused:?}"))
}

/// The page as it stands, in every size and in the themes that are wanted.
async fn everywhere(folder: &Path, tab: &Tab, name: &str, wanted: impl Fn(&str) -> bool) {
    for theme in THEMES.into_iter().filter(|theme| wanted(theme)) {
        let set = "theme => document.documentElement.setAttribute('data-theme', theme)";
        tab.eval(set, &json!(theme)).await;
        for size in SIZES {
            take(folder, tab, name, "en", theme, size).await;
        }
    }
}

async fn take(
    folder: &Path,
    tab: &Tab,
    name: &str,
    language: &str,
    theme: &str,
    (width, height): (u32, u32),
) {
    tab.resize(width, height).await;
    tab.drawn().await;
    let file = folder.join(format!("{name}-{width}x{height}-{theme}-{language}.png"));
    let written = tokio::fs::write(&file, tab.screenshot().await).await;
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    eprintln!("{}", file.display());
}
