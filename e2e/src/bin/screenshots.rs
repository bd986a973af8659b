//! Pictures of the page: `cargo run -p tablon-e2e --bin screenshots -- FOLDER`.
//!
//! Opens two boards in three tabs of Chromium, posts, pays, joins and mines, and
//! writes every place as PNG in every size, theme and language, and what forms
//! and trouble look like once each.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use tablon_core::params::Params;
use tablon_e2e::browser::Browser;
use tablon_e2e::look::{LANGUAGES, PLACES, SIZES, THEMES, dress, show};
use tablon_e2e::network::{easy, zero_bits};
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::tab::{Tab, key};
use tablon_e2e::wait::{until, until_all, until_connected};

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
    first_minute(folder, &relay).await;
    questions(folder, &relay).await;
    let ana = chromium.open_board(&url, "Ana").await;
    // At first it says that it looks for others.
    ana.until_there(".alone.card").await;
    everywhere(folder, &ana, "alone", |_| true).await;

    let ben = chromium.open_board(&url, "Ben").await;
    let cleo = chromium.open_board(&url, "Cleo").await;
    let all = [&ana, &ben, &cleo];
    until_connected(&all, 2).await;
    ana.mine(1).await;
    until_all(&all, "some blocks are there", |status| status.height.0 >= 3).await;
    ana.mine(0).await;
    let first = talk(all).await;
    let files = tempfile::tempdir().expect("a temporary folder");
    let proof = files.path().join("roses.tablon-proof");
    let bytes = ana.file("proof.export", json!([first])).await;
    std::fs::write(&proof, bytes).expect("a temporary folder takes files");
    deal(all, &first).await;
    elsewhere(&ana, &ben, &easy("Taller de cerámica")).await;
    write(
        &cleo,
        "Has anybody seen a grey cat?",
        json!({"name": "Cleo"}),
    )
    .await;
    until_all(&all, "one note waits", |status| status.pending == 1).await;

    let with = ben.status().await.address;
    let conversation = format!("letters/{with}");
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
            show(&ana, (&conversation, ".conversation .letter")).await;
            for size in SIZES {
                take(folder, &ana, "conversation", language, theme, size).await;
            }
            verdict(&ana, &proof).await;
            for size in SIZES {
                take(folder, &ana, "verdict", language, theme, size).await;
            }
        }
    }

    // Forms and trouble, in English.
    dress(&ana, "en", "light").await;
    forms(folder, &ana).await;
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

/// A laptop at 200 %, in CSS pixels.
const HALF: (u32, u32) = (640, 400);

/// A note that waits where nobody else is, and what it looks like while it is sealed: on a
/// board whose blocks take minutes.
async fn first_minute(folder: &Path, relay: &Relay) {
    let mut network = easy("Primera nota");
    network.initial = zero_bits(28);
    let chromium = Browser::chromium().await;
    let tab = chromium.open_board(&relay.board(&network), "Ana").await;
    tab.post("Is anybody here?").await;
    for language in LANGUAGES {
        for theme in THEMES {
            dress(&tab, language, theme).await;
            tab.until_there(".note.own .seal-now").await;
            tab.until_there(".alone.card").await;
            for size in SIZES.into_iter().chain([HALF]) {
                take(folder, &tab, "waiting", language, theme, size).await;
            }
            tab.click(".seal-now").await;
            tab.until_there(".sealing progress").await;
            for size in SIZES.into_iter().chain([HALF]) {
                take(folder, &tab, "sealing", language, theme, size).await;
            }
            tab.click(".sealing button").await;
            tab.until_there(".note.own .seal-now").await;
        }
    }
    chromium.close().await;
}

/// What is asked before anything is done: the card of a board that is not known, the
/// disk that it may take, and who learns addresses. At 200 %, too, where a laptop
/// shows half as much.
async fn questions(folder: &Path, relay: &Relay) {
    let network = easy("Taller de los martes");
    let chromium = Browser::chromium().await;
    let tab = chromium.open(&relay.board(&network), "Eva").await;
    let dressed = async |language: &str, theme: &str| {
        let keep = "([language, theme]) => {
            localStorage.setItem('tablon.language', language);
            localStorage.setItem('tablon.theme', theme);
        }";
        tab.eval(keep, &json!([language, theme])).await;
        tab.load_anew().await;
    };
    let shots = async |name: &str, language: &str, theme: &str| {
        for size in SIZES.into_iter().chain([HALF]) {
            take(folder, &tab, name, language, theme, size).await;
        }
    };
    for language in LANGUAGES {
        for theme in THEMES {
            dressed(language, theme).await;
            tab.until_there(&format!("html[lang='{language}'] #offer .costs"))
                .await;
            shots("offer", language, theme).await;
        }
    }
    tab.click("#offer-join").await;
    tab.ready().await;
    for language in LANGUAGES {
        for theme in THEMES {
            dress(&tab, language, theme).await;
            show(&tab, ("network", "#addresses")).await;
            tab.click("#relay-only").await;
            let up = "() => document.querySelector('#addresses').scrollIntoView({block: 'center'})";
            tab.eval(up, &Value::Null).await;
            shots("addresses", language, theme).await;
            tab.click("#relay-only").await;
        }
    }
    let keep = "id => localStorage.setItem(`tablon.budget.${id}`, 1)";
    tab.eval(keep, &json!(network.network_id())).await;
    for language in LANGUAGES {
        for theme in THEMES {
            dress(&tab, language, theme).await;
            tab.visit("").await;
            tab.mine(1).await;
            let fill = "async () => {
                for (let n = 0; n < 2_000 && !document.querySelector('#budget'); n++)
                    try { await tablon.post(`${n} `.padEnd(3_900, 'x')); }
                    catch { await new Promise(done => setTimeout(done, 200)); }
                scrollTo(0, 0);
            }";
            tab.eval(fill, &Value::Null).await;
            tab.until_there("#budget").await;
            shots("budget", language, theme).await;
        }
    }
    chromium.close().await;
}

/// Notes of all three, each sealed by another one; gives the first.
async fn talk(all: [&Tab; 3]) -> Value {
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
    first
}

/// Two join and write to each other, coins go to and fro, a note is tipped.
async fn deal(all: [&Tab; 3], first: &Value) {
    let [ana, ben, cleo] = all;
    let seal = async |waiting: u32| {
        let what = format!("{waiting} transactions wait everywhere");
        until_all(&all, &what, |status| status.pending == waiting).await;
        cleo.mine(1).await;
        until_all(&all, "nothing waits", |status| status.pending == 0).await;
        cleo.mine(0).await;
    };
    let tell = async |tab: &Tab, method: &str, arguments: Value| {
        tab.told::<String>(method, arguments).await;
    };
    for tab in [ana, ben] {
        tell(tab, "join", json!([tab.name()])).await;
    }
    seal(2).await;
    let (to_ana, to_ben) = (ana.status().await.address, ben.status().await.address);
    tell(ben, "transfer", json!([to_ana, 3, {"tip": first}])).await;
    tell(ana, "transfer", json!([to_ben, 12])).await;
    tell(
        ana,
        "secret",
        json!([to_ben, "The key is under the third tile."]),
    )
    .await;
    seal(3).await;
    let answer = "Found it, thank you.\nI leave it there again tonight.";
    tell(ben, "secret", json!([to_ana, answer])).await;
    tell(cleo, "join", json!(["Cleo"])).await;
    seal(2).await;
}

/// Another board on which ben writes while ana looks at this one.
async fn elsewhere(ana: &Tab, ben: &Tab, network: &Params) {
    let here = ben.status().await.network;
    let there = network.network_id();
    for tab in [ana, ben] {
        tab.told::<Value>("networks.join", json!([network.to_link()]))
            .await;
    }
    until(
        &[ben],
        "two are connected on the second board",
        async || {
            let list = ben.networks().await;
            list.into_iter()
                .find(|network| network.id == there && network.peers > 0)
        },
    )
    .await;
    ben.told::<()>("networks.show", json!([there])).await;
    let kiln = json!({"name": "Ben"});
    write(ben, "El horno está libre el martes.", kiln).await;
    ben.told::<()>("networks.show", json!([here])).await;
    until(&[ana], "it is news for ana", async || {
        let list = ana.networks().await;
        list.into_iter().find(|network| network.unread > 0)
    })
    .await;
}

/// Have a proof checked.
async fn verdict(tab: &Tab, proof: &Path) {
    tab.visit("proof").await;
    let field = "() => document.querySelector('.drop label').innerText.trim()";
    tab.until_there(".drop label").await;
    let label = tab.eval(field, &Value::Null).await;
    tab.choose(".drop", label.as_str().unwrap_or_default(), proof)
        .await;
    tab.until_there(".proof-result .verdict.holds").await;
}

/// What opens where one clicks.
async fn forms(folder: &Path, tab: &Tab) {
    show(tab, PLACES[0]).await;
    let theirs = ".note[data-state='confirmed']:not(.own)";
    tab.click_on(&format!("{theirs} .actions button"), "Tip")
        .await;
    everywhere(folder, tab, "tip", |_| true).await;
    tab.click(&format!("{theirs} button.more")).await;
    tab.until_there(".menu button").await;
    everywhere(folder, tab, "menu", |_| true).await;
    tab.press(&[key::ESCAPE]).await;
    tab.click(".switcher-button").await;
    everywhere(folder, tab, "switcher", |_| true).await;
    tab.press(&[key::ESCAPE]).await;

    tab.visit("wallet").await;
    let lines = [
        ("#wallet-safety", "Set a password", "password"),
        ("#wallet-safety", "Write down the 12 words", "words"),
        (
            "#wallet-safety",
            "Keep a file, or move to a phone",
            "export",
        ),
        ("#wallet-other", "Take one over from 12 words", "import"),
        ("#wallet-other", "Forget this identity", "forget"),
    ];
    for (card, title, name) in lines {
        tab.click_on(&format!("{card} .fold h4 button"), title)
            .await;
        tab.until_there(&format!("{card} .fold-inside")).await;
        tab.click(&format!("{card} .fold-inside button:not(.quiet, .term)"))
            .await;
        let up = "() => document.querySelector('.fold.open').scrollIntoView({block: 'center'})";
        tab.eval(up, &Value::Null).await;
        everywhere(folder, tab, name, |_| true).await;
    }
    tab.told::<Value>("wallet.setPassword", json!(["correct horse"]))
        .await;
    tab.told::<Value>("wallet.lock", json!([])).await;
    tab.until_there("#wallet-unlock").await;
    tab.eval("() => scrollTo(0, 0)", &Value::Null).await;
    everywhere(folder, tab, "locked", |_| true).await;
    tab.told::<Value>("wallet.unlock", json!(["correct horse"]))
        .await;

    tab.visit("networks").await;
    tab.click_on(".network.current button", "Leave").await;
    tab.click_on(".network:not(.current) button", "Share").await;
    everywhere(folder, tab, "networks-open", |_| true).await;
    tab.visit("people").await;
    tab.click_on(".own-part button", "Leave…").await;
    everywhere(folder, tab, "people-leave", |_| true).await;
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
