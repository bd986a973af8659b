//! For everybody: what axe, Deque's checker, finds in every place and in the
//! states of its forms, and what the keyboard reaches.

use std::path::Path;

use serde_json::{Value, json};
use tablon_core::keys::Address;
use tablon_e2e::axe;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::look::{LANGUAGES, PLACES, SIZES, THEMES, dress, show};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::{Tab, key};
use tablon_e2e::wait::{until_all, until_connected};

use crate::support::{join, mine_until_settled, seal};

/// A board in use: notes, a tip, people, secrets, payments, a second network.
struct Lively {
    relay: Relay,
    chromium: Browser,
    ana: Tab,
    _other: Tab,
    with: Address,
}

impl Lively {
    async fn start(name: &str) -> Self {
        let relay = Relay::start().await;
        let url = relay.board(&easy(name));
        let chromium = Browser::chromium().await;
        let other = chromium.open_board(&url, "Other").await;
        let ana = chromium.open_board(&url, "Ana").await;
        let all = [&ana, &other];
        until_connected(&all, 1).await;
        join(&ana, &other, &all).await;
        join(&other, &ana, &all).await;
        let (me, with) = (ana.status().await.address, other.status().await.address);
        let options = json!({"name": "Ana", "topic": "garden"});
        let body = "The roses are out. https://example.org/";
        let first: String = ana.told("post", json!([body, options])).await;
        seal(&other, &all, 1).await;
        let reply = json!({"replyTo": first, "name": "Other"});
        other
            .told::<String>("post", json!(["Which ones?", reply]))
            .await;
        other
            .told::<String>("transfer", json!([me, 3, {"tip": first}]))
            .await;
        other
            .told::<String>("secret", json!([me, "Under the third tile."]))
            .await;
        ana.told::<String>("transfer", json!([with, 5])).await;
        seal(&other, &all, 4).await;
        ana.told::<String>("secret", json!([with, "Not any more."]))
            .await;
        ana.told::<String>("transfer", json!([with, 1])).await;
        other.post("one that waits").await;
        until_all(&all, "what waits has come", |status| status.pending == 3).await;
        ana.told::<Value>("networks.join", json!([easy("second").to_link()]))
            .await;
        Self {
            relay,
            chromium,
            ana,
            _other: other,
            with,
        }
    }

    async fn finish(self) {
        self.chromium.finish().await;
        self.relay.stop().await;
    }
}

/// axe's script; none, and the test is skipped, where there is no npm.
async fn script() -> Option<String> {
    match axe::script().await {
        Ok(script) => Some(script),
        Err(reason) if reason.contains("npm") => {
            eprintln!("skipped: {reason}");
            None
        }
        Err(reason) => panic!("{reason}"),
    }
}

fn assert_none(found: &[String]) {
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_violation_anywhere() {
    let Some(script) = script().await else { return };
    let lively = Lively::start("axe").await;
    let ana = &lively.ana;
    let conversation = format!("letters/{}", lively.with);
    let paying = format!("pay/{}", lively.with);
    let mut places = PLACES.to_vec();
    places.push((&conversation, ".conversation .letter"));
    places.push((&paying, "#pay"));
    let mut found = Vec::new();
    // Each size, theme and language once; the projector's layout is the laptop's.
    for (number, (width, height)) in [SIZES[0], SIZES[1]].into_iter().enumerate() {
        let (language, theme) = (LANGUAGES[number], THEMES[number]);
        dress(ana, language, theme).await;
        ana.resize(width, height).await;
        for place in &places {
            show(ana, *place).await;
            for line in axe::violations(ana, &script).await {
                let (place, _) = place;
                found.push(format!(
                    "{language} {theme} {width}x{height} #/{place}: {line}"
                ));
            }
        }
    }
    assert_none(&found);
    lively.finish().await;
}

/// A state of the page, checked in both themes and both layouts.
struct Checks<'a> {
    tab: &'a Tab,
    script: String,
    found: Vec<String>,
}

impl Checks<'_> {
    async fn check(&mut self, state: &str) {
        for (width, height) in [SIZES[0], SIZES[1]] {
            self.tab.resize(width, height).await;
            for theme in THEMES {
                let set = "theme => document.documentElement.setAttribute('data-theme', theme)";
                self.tab.eval(set, &json!(theme)).await;
                self.tab.drawn().await;
                for line in axe::violations(self.tab, &self.script).await {
                    self.found
                        .push(format!("{state}, {theme} {width}x{height}: {line}"));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_violation_in_forms_and_what_they_say() {
    let Some(script) = script().await else { return };
    let lively = Lively::start("axe in forms").await;
    let ana = &lively.ana;
    let mut checks = Checks {
        tab: ana,
        script,
        found: Vec::new(),
    };

    // On the board.
    show(ana, PLACES[0]).await;
    let theirs = ".note[data-state='confirmed']:not(.own)";
    ana.click_on(&format!("{theirs} .actions button"), "Tip")
        .await;
    ana.write(".tip-form", "Coins", "0").await;
    ana.click(".tip-form button[type='submit']").await;
    ana.until_there(".tip-form .refused").await;
    ana.click(&format!("{theirs} button.more")).await;
    ana.until_there(".menu button").await;
    checks.check("tip form and menu of a note").await;
    ana.press(&[key::ESCAPE]).await;
    ana.click(".switcher-button").await;
    checks.check("the list of boards").await;
    ana.press(&[key::ESCAPE]).await;

    // The wallet's lines, one after the other.
    ana.visit("wallet").await;
    ana.paste("#pay", "To", "nobody").await;
    ana.click("#pay button[type='submit']").await;
    ana.until_there("#pay .refused").await;
    let lines = [
        ("#wallet-safety", "Set a password"),
        ("#wallet-safety", "Write down the 12 words"),
        ("#wallet-safety", "Keep a file, or move to a phone"),
        ("#wallet-other", "Take one over from a file"),
        ("#wallet-other", "Take one over from 12 words"),
        ("#wallet-other", "Forget this identity"),
    ];
    for (card, title) in lines {
        ana.click_on(&format!("{card} .fold h4 button"), title)
            .await;
        ana.until_there(&format!("{card} .fold-inside")).await;
        // Empty, most of them are refused.
        let send = format!("{card} .fold-inside button:not(.quiet, .term)");
        ana.click(&send).await;
        checks.check(title).await;
    }
    ana.told::<Value>("wallet.setPassword", json!(["correct horse"]))
        .await;
    ana.told::<Value>("wallet.lock", json!([])).await;
    for (place, name) in [
        ("wallet", "the locked wallet"),
        ("people", "people, locked"),
        ("letters", "letters, locked"),
    ] {
        ana.visit(place).await;
        ana.until_there("#main form.unlock").await;
        ana.write("form.unlock", "Password", "wrong horse").await;
        ana.click("form.unlock button[type='submit']").await;
        ana.until_there("form.unlock .refused").await;
        checks.check(name).await;
    }
    ana.told::<Value>("wallet.unlock", json!(["correct horse"]))
        .await;

    // People, networks, proofs.
    ana.visit("people").await;
    ana.click_on(".own-part button", "Leave…").await;
    checks.check("leaving").await;
    ana.visit("networks").await;
    ana.click_on(".network.current button", "Leave").await;
    ana.click_on(".network:not(.current) button", "Share").await;
    ana.click("#networks-create button[type='submit']").await;
    ana.click("#networks-join button[type='submit']").await;
    ana.until_there("#networks-join .refused").await;
    checks.check("boards with everything open").await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let note = ana.confirmed().await[2].clone();
    let proof = ana.file("proof.export", json!([note])).await;
    for (name, bytes) in [("true", proof.as_slice()), ("false", b"GIF89a")] {
        judge(ana, folder.path(), name, bytes).await;
        checks.check(&format!("a {name} proof")).await;
    }
    assert_none(&checks.found);
    lively.finish().await;
}

async fn judge(tab: &Tab, folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(format!("{name}.tablon-proof"));
    std::fs::write(&path, bytes).expect("a temporary folder takes files");
    tab.visit("proof").await;
    let field = "Choose a .tablon-proof file, or drop it here";
    tab.choose(".drop", field, &path).await;
    tab.until_shown(".proof-result .verdict h3", name).await;
}

/// What the keyboard should reach: the page's controls, or those of the dialog
/// that is open, in the order in which they stand. The focus is before them all.
const CONTROLS: &str = "() => {
    const root = document.querySelector('dialog:modal') ?? document.body;
    const all = [...root.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex]')];
    const wanted = all.filter(element => element.tabIndex >= 0 && !element.disabled
        && element.checkVisibility({visibilityProperty: true}));
    document.querySelectorAll('[data-number]').forEach(element => delete element.dataset.number);
    wanted.forEach((element, number) => element.dataset.number = number);
    root.tabIndex = -1;
    root.focus();
    return wanted.map(element => element.outerHTML.slice(0, 160));
}";

/// Presses beyond the number of controls: what scrolls takes the focus, too.
const MORE: usize = 16;

/// The control that has the focus, and whether one sees that.
const FOCUS: &str = "() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const seen = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return element.dataset.number === undefined ? null : [Number(element.dataset.number), seen];
}";

async fn reached_by_keyboard(kind: Kind, language: &str) {
    let relay = Relay::start().await;
    let browser = Options::new(kind).languages(language).start().await;
    let url = relay.board(&easy("keyboard everywhere"));
    let ana = browser.open_board(&url, "Ana").await;
    join(&ana, &ana, &[&ana]).await;
    ana.post("here").await;
    mine_until_settled(&[&ana], &[&ana], 2).await;
    // Its news stand for a while, and go at any moment.
    ana.reload().await;
    let mut missed = Vec::new();
    for place in PLACES {
        show(&ana, place).await;
        ana.drawn().await;
        let controls = ana.eval(CONTROLS, &json!(null)).await;
        let controls: Vec<String> = serde_json::from_value(controls).expect("a list");
        let mut reached = vec![false; controls.len()];
        let mut last = None;
        for _ in 0..controls.len() + MORE {
            if reached.iter().all(|reached| *reached) {
                break;
            }
            ana.press(&[key::TAB]).await;
            let focus = ana.eval(FOCUS, &json!(null)).await;
            let (Some(number), Some(seen)) = (focus[0].as_u64(), focus[1].as_bool()) else {
                continue;
            };
            let number = number as usize;
            if std::mem::replace(&mut reached[number], true) {
                continue;
            }
            if !seen {
                missed.push(format!("{place:?}: no focus is seen: {}", controls[number]));
            }
            if last.is_some_and(|last| number < last) {
                missed.push(format!("{place:?}: out of order: {}", controls[number]));
            }
            last = Some(number);
        }
        for (control, reached) in controls.iter().zip(reached) {
            if !reached {
                missed.push(format!("{place:?}: not reached: {control}"));
            }
        }
        if place.0.starts_with("b/") {
            ana.press(&[key::ESCAPE]).await;
            ana.until_gone(".block-dialog").await;
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_of_every_place_is_reached_by_tab_in_chromium() {
    reached_by_keyboard(Kind::Chromium, "es-ES,es").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_of_every_place_is_reached_by_tab_in_firefox() {
    reached_by_keyboard(Kind::Firefox, "en-US,en").await;
}
