//! Markup, scripts and what else a browser might take for more than text, in every
//! field that a stranger fills. What is wanted is that it is shown, letter by letter,
//! and that nothing else comes of it.

use serde_json::{Value, json};
use tablon_core::block::Block;
use tablon_core::encode::encode;
use tablon_core::hash::TxId;
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::relay::FromRelay;
use tablon_core::sealed;
use tablon_core::text::{Field, check_body, check_label, check_name};
use tablon_core::transaction::{Action, Draft, Join, Post, Secret, Transaction};
use tablon_core::units::Timestamp;
use tablon_core::wallet::Identity;
use tablon_core::wire::Message;
use tablon_core::{hash, miner};
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::fake_relay::FakeRelay;
use tablon_e2e::network::easy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all};

use super::Meeting;
use super::forge::{Forge, now};

/// Each line once; `@` stands for its number, by which `_` is called.
const PAYLOADS: &str = include_str!("payloads.json");

/// As many must get through the rules of each field.
const MIN_PAYLOADS: usize = 300;

/// Bytes of transactions in a block that a neighbour takes unasked.
const BLOCK_BYTES: usize = 14_000;

/// Seconds between blocks: those made here are a second apart, and a node takes
/// none that is two spacings ahead of its clock.
const SPACING: u32 = 30;

fn payloads() -> Vec<String> {
    let lines: Vec<String> = serde_json::from_str(PAYLOADS).expect("a list of texts");
    let numbered = lines.iter().enumerate();
    numbered
        .map(|(number, line)| line.replace('@', &number.to_string()))
        .collect()
}

/// In every document, before its own scripts.
const SENTINEL: &str = "() => {
    window.fired = [];
    window._ = number => { fired.push(number); return ''; };
    window.violations = [];
    addEventListener('securitypolicyviolation', event =>
        violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
    for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'])
        window[name] = () => { fired.push(name); };
}";

/// What of the page is none of its own: it draws with these elements and attributes
/// nowhere, and links to the web and to its own places alone.
const AUDIT: &str = "() => {
    const never = 'script iframe frame frameset object embed base link meta style template math '
        + 'foreignobject animate animatetransform animatemotion set use image img marquee video audio '
        + 'source track portal applet keygen isindex xss x slot area';
    const foreign = [];
    for (const element of document.querySelectorAll('#page *')) {
        if (never.split(' ').includes(element.localName.toLowerCase())) foreign.push(element.outerHTML);
        for (const {name, value} of element.attributes) {
            const scheme = /^(href|src|action|formaction|data|xlink:href|ping|background|poster)$/;
            const led = scheme.test(name) && !/^(https?:\\/\\/|#|blob:)/.test(value);
            if (/^on|^style$|^srcdoc$/.test(name) || led) foreign.push(`${element.localName} ${name}=${value}`);
        }
    }
    const forms = document.querySelectorAll('#page form[action], #page [formaction]').length;
    return {fired, violations, foreign, forms, page: document.querySelectorAll('#page').length};
}";

/// Nothing was run, nothing was blocked, nothing is there that the page did not draw.
async fn assert_untouched(tab: &Tab, what: &str) {
    let clean = json!({"fired": [], "violations": [], "foreign": [], "forms": 0, "page": 1});
    assert_eq!(tab.eval(AUDIT, &Value::Null).await, clean, "{tab}: {what}");
}

/// For each item: do it, then wait until the page shows its text there. Gives those
/// that it never showed.
async fn assert_each_shown(tab: &Tab, what: &str, act: &str, shown: &str, items: &[Value]) {
    let function = format!(
        "async items => {{
            const act = {act}, shown = {shown}, missing = [];
            const input = (field, text) => {{
                field.value = text;
                field.dispatchEvent(new InputEvent('input', {{bubbles: true}}));
            }};
            const choose = (field, bytes, name) => {{
                const files = new DataTransfer();
                files.items.add(new File([bytes], name));
                field.files = files.files;
                field.dispatchEvent(new Event('change', {{bubbles: true}}));
            }};
            for (const item of items) {{
                await act(item, {{input, choose}});
                const end = performance.now() + 5_000;
                while (!shown(item) && performance.now() < end) await new Promise(done => setTimeout(done));
                if (!shown(item)) missing.push([item, document.querySelector('#main').textContent.slice(0, 400)]);
                if (missing.length > 2) break;
            }}
            return missing;
        }}"
    );
    let missing = tab.eval(&function, &json!(items)).await;
    assert_eq!(missing, json!([]), "{tab}: {what}");
    assert_untouched(tab, what).await;
}

/// Who wrote the payload with this number.
fn stranger(number: usize) -> SecretKey {
    SecretKey::from_seed(hash::sha256(&[b"stranger", &number.to_le_bytes()]))
}

/// The one who reads: the test knows the key, so that it can seal secrets for it.
fn reader() -> Identity {
    Identity::from_entropy([7; 16])
}

fn stamped(params: &Params, by: &SecretKey, seq: u32, action: Action) -> Transaction {
    let time = Timestamp((now().0 / 1000) as u32);
    let draft = Draft::new(params.network_id(), by.public(), seq, time, action);
    let job = draft.stamp_job(|size| params.required_stamp_bits(size));
    let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("few bits");
    draft.finish(stamp, by)
}

/// What the strangers wrote, and what of it is to be seen where.
struct Writings {
    transactions: Vec<Transaction>,
    posts: Vec<(TxId, String)>,
    names: Vec<String>,
    topics: Vec<String>,
    letters: Vec<String>,
}

fn writings(params: &Params, payloads: &[String]) -> Writings {
    let mut writings = Writings {
        transactions: Vec::new(),
        posts: Vec::new(),
        names: Vec::new(),
        topics: Vec::new(),
        letters: Vec::new(),
    };
    let accepted = |accepted: bool, text: &String| match accepted {
        true => text.clone(),
        false => String::new(),
    };
    for (number, text) in payloads.iter().enumerate() {
        if check_body(text).is_err() {
            continue;
        }
        let author = stranger(number);
        let name = accepted(check_name(text).is_ok(), text);
        let topic = accepted(check_label(Field::Topic, text).is_ok(), text);
        // Threads of three, each note an answer to the one before.
        let before = writings.posts.last().map(|(id, _)| *id);
        let reply_to = before.filter(|_| !writings.posts.len().is_multiple_of(3));
        let post = Post {
            name: name.clone(),
            topic: topic.clone(),
            body: text.clone(),
            reply_to,
        };
        let post = stamped(params, &author, 0, Action::Post(post));
        writings.posts.push((post.id(), text.clone()));
        writings.transactions.push(post);
        if !name.is_empty() {
            let join = Action::Join(Join { name: name.clone() });
            writings
                .transactions
                .push(stamped(params, &author, 1, join));
            writings.names.push(name);
        }
        if !topic.is_empty() {
            writings.topics.push(topic);
        }
    }
    // All in letters of one stranger, as many in each as it holds.
    let author = SecretKey::from_seed([0x55; 32]);
    let mut text = String::new();
    let mut texts = Vec::new();
    for (_, line) in &writings.posts {
        if text.len() + line.len() > 1_900 {
            texts.push(std::mem::take(&mut text));
        }
        text.push_str(line);
        text.push('\n');
    }
    texts.push(text);
    for (seq, text) in (0..).zip(texts) {
        let text = text.trim_end().to_owned();
        let (network, to) = (params.network_id(), reader());
        let nonce = [seq as u8; 24];
        let sealed = sealed::seal(network, &author, to.key().public(), nonce, &text);
        let secret = Action::Secret(Secret {
            to: to.address(),
            sealed: sealed.expect("a short text"),
        });
        writings
            .transactions
            .push(stamped(params, &author, seq, secret));
        writings.letters.push(text);
    }
    writings
}

/// Puts transactions into blocks that are small enough to be taken unasked.
fn seal_all(forge: &mut Forge, transactions: Vec<Transaction>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for transaction in transactions {
        let size = encode(&transaction).len();
        if bytes + size > BLOCK_BYTES {
            blocks.push(forge.take(std::mem::take(&mut batch)));
            bytes = 0;
        }
        bytes += size;
        batch.push(transaction);
    }
    blocks.push(forge.take(batch));
    blocks
}

/// The text of everything that a selector finds, sorted.
async fn contents(tab: &Tab, selector: &str) -> Vec<String> {
    let function =
        "selector => [...document.querySelectorAll(selector)].map(found => found.textContent)";
    let found = tab.eval(function, &json!(selector)).await;
    let mut found: Vec<String> = serde_json::from_value(found).expect("a list of texts");
    found.sort();
    found
}

/// Wait until the page shows just these texts there.
async fn until_contents(tab: &Tab, selector: &str, wanted: &[String]) {
    let mut wanted = wanted.to_vec();
    wanted.sort();
    let what = format!("{tab} shows {} texts in {selector}", wanted.len());
    until(&[tab], &what, async || {
        (contents(tab, selector).await == wanted).then_some(())
    })
    .await;
}

async fn markup_does_nothing(kind: Kind) {
    let payloads = payloads();
    let relay = Relay::start().await;
    let browser = Options::new(kind).start().await;
    browser.preload(SENTINEL).await;
    let mut params = easy("markup");
    params.spacing = SPACING;
    let mut meeting = Meeting::new(&relay, &browser, &params).await;
    let words = reader().words();
    meeting
        .ana
        .told::<Value>("wallet.importWords", json!([*words]))
        .await;

    let writings = writings(&params, &payloads);
    for (what, count) in [
        ("bodies", writings.posts.len()),
        ("names", writings.names.len()),
        ("topics", writings.topics.len()),
    ] {
        assert!(count >= MIN_PAYLOADS, "{count} {what} pass the rules");
    }
    for block in seal_all(&mut meeting.forge, writings.transactions.clone()) {
        let news = Message::NewBlock(Box::new(block));
        meeting.say(&[news.to_frame()]).await;
    }
    let tip = meeting.forge.chain.tip().clone();
    let ana = &meeting.ana;
    until_all(&[ana], "ana has all blocks", |status| {
        status.tip == tip.hash
    })
    .await;

    on_the_chain(ana, &writings, tip.height.0).await;
    in_links(ana, &params, &payloads).await;
    in_files_and_fields(ana, &params, &writings, &payloads).await;
    from_the_relay(&relay, &browser, &payloads).await;
    the_test_would_see_it(&browser, ana).await;
    browser.finish().await;
}

/// Every place that shows what is on the chain.
async fn on_the_chain(ana: &Tab, writings: &Writings, height: u32) {
    let bodies: Vec<String> = (writings.posts.iter())
        .map(|(_, body)| body.clone())
        .collect();
    ana.visit("").await;
    until_contents(ana, ".at-board .note .text", &bodies).await;
    until_contents(ana, ".at-board .note .author .name", &writings.names).await;
    until_contents(ana, ".at-board .note .topic", &writings.topics).await;
    assert_untouched(ana, "board").await;

    let mut joined = Vec::new();
    let (mut bodies_in_blocks, mut height_shown) = (Vec::new(), 0);
    while height_shown < height {
        height_shown += 1;
        ana.visit(&format!("b/{height_shown}")).await;
        let what = format!("{ana} shows block {height_shown}");
        let title = "n => document.querySelector('.block-dialog h2')?.textContent.includes(n)
            && !!document.querySelector('.block-dialog .header-fields')";
        until(&[ana], &what, async || {
            let there = ana.eval(title, &json!(height_shown.to_string())).await;
            (there == true).then_some(())
        })
        .await;
        assert_untouched(ana, &what).await;
        bodies_in_blocks.extend(contents(ana, ".block-dialog .note .text").await);
        joined.extend(contents(ana, ".block-dialog .entry-line[data-kind='join']").await);
    }
    assert_eq!(
        (bodies_in_blocks.len(), joined.len()),
        (bodies.len(), writings.names.len())
    );

    for place in ["wall", "blocks", "network", "node", "transfers"] {
        ana.visit(place).await;
        ana.until_gone(".block-dialog").await;
        assert_untouched(ana, place).await;
    }
    ana.visit("people").await;
    let more = "() => document.querySelector('.at-people button.older')?.click()";
    until(&[ana], "all participants are listed", async || {
        ana.eval(more, &Value::Null).await;
        (contents(ana, ".people .name").await.len() == writings.names.len()).then_some(())
    })
    .await;
    until_contents(ana, ".people .name", &writings.names).await;
    assert_untouched(ana, "people").await;

    ana.visit("letters").await;
    ana.click(".correspondent").await;
    until_contents(
        ana,
        ".letter .text",
        &unfolded(ana, &writings.letters).await,
    )
    .await;
    assert_untouched(ana, "letters").await;
}

/// Unfolds what is folded, and gives the texts back.
async fn unfolded(tab: &Tab, texts: &[String]) -> Vec<String> {
    let unfold = "async () => {
        for (let n = 0; n < 50; n++) {
            for (const button of document.querySelectorAll('.letter .text + button')) button.click();
            await new Promise(done => setTimeout(done, 20));
        }
    }";
    tab.until_there(".letter .text").await;
    tab.eval(unfold, &Value::Null).await;
    texts.to_vec()
}

/// What a link carries: a board's name on the card, and nonsense for a place.
async fn in_links(ana: &Tab, params: &Params, payloads: &[String]) {
    let named = |name: &String| Params {
        name: name.clone(),
        ..params.clone()
    };
    let all: Vec<Params> = payloads.iter().map(named).collect();
    let boards: Vec<Value> = (all.iter())
        .filter(|params| Params::from_link(&params.to_link()).is_ok())
        .map(|params| json!([params.to_link(), params.name]))
        .collect();
    assert!(
        boards.len() >= MIN_PAYLOADS,
        "{} names of boards",
        boards.len()
    );
    let home = format!("#/n/{}/", params.to_link());
    assert_each_shown(
        ana,
        "names on the card",
        "([link]) => { location.hash = `#/n/${link}/`; }",
        "([_, name]) => document.querySelector('.terms-name bdi')?.textContent === name
            && document.title.includes(name)",
        &boards,
    )
    .await;
    assert_eq!(ana.networks().await.len(), 1, "none was joined");
    // A few are joined, to be seen in the lists.
    let some: Vec<&Value> = boards.iter().step_by(boards.len() / 2).take(2).collect();
    for board in &some {
        ana.told::<Value>("networks.join", json!([board[0]])).await;
    }
    let visit = "hash => { location.hash = hash; }";
    ana.eval(visit, &json!(format!("{home}networks"))).await;
    for board in &some {
        let name = board[1].as_str().unwrap_or_default();
        ana.until_shown(".network h3", name).await;
        ana.until_there(".switcher-list").await;
    }
    assert_untouched(ana, "lists of boards").await;

    for place in ["n/", "id/", "b/", "pay/", "letters/"] {
        let act = format!(
            "async text => {{ location.hash = {:?} + text; await new Promise(done => setTimeout(done, 3)); }}",
            match place {
                "n/" => "#/n/".to_owned(),
                place => format!("{home}{place}"),
            }
        );
        let items: Vec<Value> = payloads.iter().map(|text| json!(text)).collect();
        // Until it is no longer what stood there before: none of it is dropped.
        let shown = "() => !!document.querySelector('#main') && location.hash.length > 5";
        assert_each_shown(ana, place, &act, shown, &items).await;
    }
    ana.eval(visit, &json!(home)).await;
}

/// What a stranger sends beside the board: proofs, names of files, texts to paste.
async fn in_files_and_fields(ana: &Tab, params: &Params, writings: &Writings, payloads: &[String]) {
    let texts: Vec<Value> = payloads.iter().map(|text| json!(text)).collect();
    ana.visit("proof").await;
    ana.until_there(".drop input").await;
    assert_each_shown(
        ana,
        "names of proof files",
        "(name, {choose}) => choose(document.querySelector('.drop input'), 'x', name)",
        // Browsers put another character for what no file system takes.
        "name => { const said = document.querySelector('.verdict.wrong h3')?.textContent ?? '';
            return said.includes(name) || said.includes(name.replaceAll('/', ':')); }",
        &texts,
    )
    .await;
    let posts: Vec<Value> = (writings.posts.iter())
        .map(|(id, body)| json!([id, body]))
        .collect();
    assert_each_shown(
        ana,
        "what proofs prove",
        "async ([id], {choose}) =>
            choose(document.querySelector('.drop input'), await tablon.proof.export(id), 'a')",
        "([_, body]) => document.querySelector('.verdict.holds ~ .proven .text')?.textContent === body",
        &posts,
    )
    .await;

    ana.visit("networks").await;
    ana.until_there("#networks-join input").await;
    let named = |name: &String| Params {
        name: name.clone(),
        ..params.clone()
    };
    let boards: Vec<Params> = payloads.iter().map(named).collect();
    let boards: Vec<Value> = (boards.iter())
        .filter(|params| Params::from_link(&params.to_link()).is_ok())
        .map(|params| json!([params.to_link(), params.name]))
        .collect();
    assert_each_shown(
        ana,
        "a pasted link says what it leads to",
        "([link], {input}) => input(document.querySelector('#networks-join input'), link)",
        "([_, name]) => document.querySelector('#networks-join .terms-name')?.textContent === name",
        &boards,
    )
    .await;
    assert_each_shown(
        ana,
        "a pasted link that is none",
        "(text, {input}) => {
            input(document.querySelector('#networks-join input'), text);
            document.querySelector('#networks-join button[type=submit]').click(); }",
        "() => !!document.querySelector('#networks-join .refused')",
        &texts,
    )
    .await;
    ana.visit("network").await;
    ana.until_there("#by-hand").await;
    assert_each_shown(
        ana,
        "an invitation that is none",
        "(text, {input}) => {
            input(document.querySelector('.by-hand-text'), text);
            document.getElementById('by-hand-take').click(); }",
        "() => !!document.querySelector('.by-hand-status .refused')",
        &texts,
    )
    .await;
}

/// What a relay says of why it lets nobody in.
async fn from_the_relay(relay: &Relay, browser: &Browser, payloads: &[String]) {
    let mut fake = FakeRelay::start(relay.address()).await;
    let url = board(fake.address(), &easy("a relay with words"));
    let eve = browser.open_board(&url, "eve").await;
    let mut caller = fake.next_caller().await;
    let reason = payloads.join(" ");
    let refused = FromRelay::Refused {
        reason: reason.clone(),
    };
    caller.say(&refused).await;
    until(&[&eve], "the page says what the relay said", async || {
        let said = contents(&eve, ".notices small").await;
        said.iter().any(|said| said.contains(&reason)).then_some(())
    })
    .await;
    assert_untouched(&eve, "the relay's reason").await;
    eve.close().await;
}

/// The sentinel is called where a script runs, and a policy that stops one is
/// counted: else all of this would show nothing.
async fn the_test_would_see_it(browser: &Browser, ana: &Tab) {
    browser.console().expect("content security policy");
    browser.console().expect("Content Security Policy");
    browser.console().expect("Content-Security-Policy");
    let inject = "async () => {
        const place = document.querySelector('#main');
        place.insertAdjacentHTML('beforeend', '<img src=x onerror=_(1)>');
        _(2);
        for (let n = 0; n < 100 && !violations.length; n++) await new Promise(done => setTimeout(done, 20));
    }";
    ana.eval(inject, &Value::Null).await;
    let seen = ana.eval(AUDIT, &Value::Null).await;
    assert_eq!(seen["fired"], json!([2]), "the policy stops what is inline");
    assert_eq!(
        seen["violations"].as_array().map(Vec::len),
        Some(1),
        "{seen}"
    );
    assert!(
        !seen["foreign"].as_array().is_none_or(Vec::is_empty),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_every_field_of_a_stranger_is_text_in_chromium() {
    markup_does_nothing(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_in_every_field_of_a_stranger_is_text_in_firefox() {
    markup_does_nothing(Kind::Firefox).await;
}
