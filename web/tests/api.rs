//! What `window.tablon` says to wrong arguments. Right ones are asked of a real
//! node in `e2e/`.

use js_sys::{Promise, Reflect};
use tablon_core::keys::Address;
use tablon_web::networks::Networks;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

// Its worker's script is not there in a test, so the node never runs.
fn page() -> Networks {
    thread_local!(static NETWORKS: Networks = Networks::start());
    NETWORKS.with(Clone::clone)
}

/// The code and the message with which this expression rejects or throws.
async fn refusal(expression: &str) -> (String, String) {
    page();
    let own = Address([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    let expression = format!("globalThis.own = '{own}'; {expression}");
    let caught = match js_sys::eval(&expression) {
        Ok(promise) => JsFuture::from(promise.unchecked_into::<Promise>())
            .await
            .expect_err("it should be refused"),
        Err(thrown) => thrown,
    };
    assert!(caught.is_instance_of::<js_sys::Error>(), "{caught:?}");
    let field = |name: &str| {
        Reflect::get(&caught, &name.into())
            .unwrap()
            .as_string()
            .unwrap_or_default()
    };
    (field("code"), field("message"))
}

#[wasm_bindgen_test]
async fn networks_are_refused_with_their_rule() {
    for (expression, code, words) in [
        ("tablon.networks.join('!!')", "network_link", "base64url"),
        (
            "tablon.networks.create('')",
            "network_link",
            "the network's name is refused",
        ),
        (
            "tablon.networks.create('x', {spacing: 0})",
            "network_link",
            "the spacing in seconds must lie from 5 to 3600, received 0",
        ),
        (
            "tablon.networks.show('00'.repeat(32))",
            "no_such_network",
            "this tab is not part of network 0000",
        ),
        (
            "tablon.networks.leave('00'.repeat(32))",
            "no_such_network",
            "this tab is not part of network 0000",
        ),
    ] {
        let (received, message) = refusal(expression).await;
        assert_eq!(received, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[wasm_bindgen_test]
async fn a_network_is_made_listed_shown_and_left() {
    page();
    let scene = "(async () => {
        const before = await tablon.networks.list();
        const made = await tablon.networks.create(' Taller ', {
            spacing: 5, firstBits: 16, reward: 10, stampBits: 0, margin: 2,
        });
        const again = await tablon.networks.join(`${location.origin}/#/n/${made.link}/blocks`);
        await tablon.networks.show(made.id);
        const [home, shown] = await tablon.networks.list();
        await tablon.networks.show(home.id);
        const gone = await tablon.networks.leave(made.id);
        const after = await tablon.networks.list();
        return JSON.stringify([before, made, again, home, shown, gone, after].map((part) =>
            JSON.parse(JSON.stringify(part), (name, value) =>
                ['id', 'link', 'state'].includes(name) ? typeof value : value)));
    })()";
    let promise: Promise = js_sys::eval(scene).unwrap().unchecked_into();
    let outcome = JsFuture::from(promise).await.unwrap();
    let entry = |name: &str, current| {
        format!(
            "{{\"id\":\"string\",\"link\":\"string\",\"name\":\"{name}\",\"current\":{current},\
             \"state\":\"string\",\"height\":0,\"peers\":0,\"unread\":0}}"
        )
    };
    let (home, made) = (entry("Tablón", true), entry("Taller", false));
    let (hidden, shown) = (entry("Tablón", false), entry("Taller", true));
    assert_eq!(
        outcome.as_string().unwrap(),
        format!("[[{home}],{made},{made},{hidden},{shown},[],[{home}]]")
    );
}

#[wasm_bindgen_test]
async fn a_wrong_argument_is_refused_by_name_and_with_what_came() {
    for (expression, message) in [
        ("tablon.post()", "body must be a string, received nothing"),
        ("tablon.post(5)", "body must be a string, received 5"),
        ("tablon.post(null)", "body must be a string, received null"),
        (
            "tablon.post('hola', 'ana')",
            "options must be an object with no fields but name, topic, replyTo, received \"ana\"",
        ),
        (
            "tablon.post('hola', {reply_to: 1})",
            "options must be an object with no fields but name, topic, replyTo, received {\"reply_to\":1}",
        ),
        (
            "tablon.post('hola', {name: ['ana']})",
            "name must be a string, received [\"ana\"]",
        ),
        (
            "tablon.post('hola', {replyTo: 'abc'})",
            "replyTo must be a post's id (64 hexadecimal digits), received \"abc\"",
        ),
        ("tablon.join()", "name must be a string, received nothing"),
        (
            "tablon.transfer('ana', 5)",
            "to must be an address (tablon1...), received \"ana\"",
        ),
        (
            "tablon.transfer(own, 0.5)",
            "amount must be a whole number from 0 to 9007199254740991, received 0.5",
        ),
        (
            "tablon.transfer(own, 5n)",
            "amount must be a whole number from 0 to 9007199254740991, received a BigInt",
        ),
        (
            "tablon.transfer(own, 2 ** 53)",
            "amount must be a whole number from 0 to 9007199254740991, received 9007199254740992",
        ),
        (
            "tablon.transfer(own, 5, {tip: 7})",
            "tip must be a post's id (64 hexadecimal digits), received 7",
        ),
        (
            "tablon.transfer(own, 5, 'tip')",
            "options must be an object with no fields but tip, received \"tip\"",
        ),
        (
            "tablon.transfers({from: own})",
            "options must be an object with no fields but of, before, limit, received {\"from\":\"tablon1qqqsyqcyq5rqwzqfpg9scrgwpugpzysng6djj3\"}",
        ),
        (
            "tablon.account(7)",
            "address must be an address (tablon1...), received 7",
        ),
        (
            "tablon.participants({after: 'ana'})",
            "after must be an address (tablon1...), received \"ana\"",
        ),
        (
            "tablon.secret(own)",
            "text must be a string, received nothing",
        ),
        (
            "tablon.secrets({limit: -1})",
            "limit must be a whole number from 0 to 4294967295, received -1",
        ),
        (
            "tablon.proof.export('abc')",
            "id must be a post's id (64 hexadecimal digits), received \"abc\"",
        ),
        (
            "tablon.proof.verify([1, 2])",
            "bytes must be a Uint8Array of at most 1048576 bytes, received [1,2]",
        ),
        (
            "tablon.proof.verify(new Uint8Array(2 ** 21))",
            "bytes must be a Uint8Array of at most 1048576 bytes, received a Uint8Array of 2097152 bytes",
        ),
        (
            "tablon.wallet.unlock()",
            "password must be a string, received nothing",
        ),
        (
            "tablon.wallet.unlock(12345678)",
            "password must be a string, received something else",
        ),
        (
            "tablon.wallet.setPassword('correct horse', {old: 'staple'})",
            "old must be a string, received something else",
        ),
        (
            "tablon.wallet.import('file', 'correct horse')",
            "file must be a Uint8Array of at most 1048576 bytes, received \"file\"",
        ),
        (
            "tablon.wallet.importWords(['zoo', 'zoo'])",
            "words must be a string, received something else",
        ),
        (
            "tablon.networks.create()",
            "name must be a string, received nothing",
        ),
        (
            "tablon.networks.create('x', {margin: 256})",
            "margin must be a whole number from 0 to 255, received 256",
        ),
        (
            "tablon.networks.create('x', {difficulty: 2})",
            "options must be an object with no fields but spacing, firstBits, reward, stampBits, margin, received {\"difficulty\":2}",
        ),
        (
            "tablon.networks.join(7)",
            "link must be a string, received 7",
        ),
        (
            "tablon.networks.show('home')",
            "id must be a network's id (64 hexadecimal digits), received \"home\"",
        ),
        (
            "tablon.networks.leave('00'.repeat(32), {deleteData: 'yes'})",
            "deleteData must be true or false, received \"yes\"",
        ),
        (
            "tablon.mine('many')",
            "threads must be a whole number from 0 to 4294967295, received \"many\"",
        ),
        (
            "tablon.mine(1.5)",
            "threads must be a whole number from 0 to 4294967295, received 1.5",
        ),
        (
            "tablon.mine(-1)",
            "threads must be a whole number from 0 to 4294967295, received -1",
        ),
        (
            "tablon.mine(2n)",
            "threads must be a whole number from 0 to 4294967295, received a BigInt",
        ),
        (
            "tablon.mineEmpty('yes')",
            "allowed must be true or false, received \"yes\"",
        ),
        (
            "tablon.mineGpu(1)",
            "wanted must be true or false, received 1",
        ),
        (
            "tablon.mineDuty(5)",
            "percent must be a whole number from 10 to 100, received 5",
        ),
        (
            "tablon.chain({from: NaN})",
            "from must be a whole number from 0 to 4294967295, received NaN",
        ),
        (
            "tablon.block('tip')",
            "hashOrIndex must be a block's hash (64 hexadecimal digits) or its index, received \"tip\"",
        ),
        (
            "tablon.block({})",
            "hashOrIndex must be a block's hash (64 hexadecimal digits) or its index, received {}",
        ),
        (
            "tablon.notes({before: 3})",
            "before must be an object with height and place, like a note, received 3",
        ),
        (
            "tablon.branches({from: -1})",
            "from must be a whole number from 0 to 4294967295, received -1",
        ),
        ("tablon.paste()", "text must be a string, received nothing"),
        (
            "tablon.on('block', () => {})",
            "event must be one of tip, branch, post, unverified, passed, peer, wallet, received \"block\"",
        ),
        (
            "tablon.on('tip', 'log')",
            "fn must be a function, received \"log\"",
        ),
    ] {
        assert_eq!(
            refusal(expression).await,
            ("bad_argument".to_owned(), message.to_owned()),
            "{expression}"
        );
    }
}

#[wasm_bindgen_test]
async fn values_that_cannot_be_shown_are_refused_all_the_same() {
    for expression in [
        "tablon.post(Symbol('x'))",
        "tablon.post(() => 1)",
        "{ const loop = {}; loop.loop = loop; tablon.post(loop) }",
        "tablon.post('hola', new Proxy({}, { ownKeys() { throw 1 } }))",
        "tablon.post('hola', { get name() { throw 1 }, topic: 7 })",
        "tablon.mine({ toJSON() { throw 1 } })",
    ] {
        let (code, message) = refusal(expression).await;
        assert_eq!(code, "bad_argument", "{expression}: {message}");
    }
}

#[wasm_bindgen_test]
async fn values_of_another_frame_are_as_good_as_the_pages_own() {
    let in_a_frame = |expression: &str| {
        format!(
            "const frame = document.createElement('iframe');
             document.body.append(frame);
             const there = frame.contentWindow;
             {expression}"
        )
    };
    // What is wrong with them is not what they are.
    for (expression, message) in [
        (
            "tablon.post('hola', there.eval('({name: 5})'))",
            "name must be a string, received 5",
        ),
        (
            "tablon.proof.verify(new there.Uint8Array(2 ** 21))",
            "bytes must be a Uint8Array of at most 1048576 bytes, received a Uint8Array of 2097152 bytes",
        ),
        (
            "tablon.post('hola', there.eval('[]'))",
            "options must be an object with no fields but name, topic, replyTo, received []",
        ),
        (
            "tablon.proof.verify(new there.Uint16Array(2))",
            "bytes must be a Uint8Array of at most 1048576 bytes, received {\"0\":0,\"1\":0}",
        ),
    ] {
        let (code, received) = refusal(&format!("{{ {} }}", in_a_frame(expression))).await;
        assert_eq!(
            (&*code, &*received),
            ("bad_argument", message),
            "{expression}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_long_wrong_value_is_shown_in_part() {
    let (_, message) = refusal("tablon.mine('x'.repeat(1000))").await;
    assert!(message.ends_with('…'), "{message}");
    assert!(message.len() < 200, "{message}");
}

#[wasm_bindgen_test]
fn every_method_of_the_documentation_is_there() {
    page();
    for (object, names) in [
        (
            "tablon",
            "ready status post pending chain block branches notes join leave transfer transfers \
             account participants secret secrets mine mineEmpty mineDuty mineGpu peers resynchronise invite paste \
             proof wallet networks on",
        ),
        ("tablon.proof", "export verify"),
        (
            "tablon.wallet",
            "state setPassword unlock lock words backedUp export import importWords forget",
        ),
        ("tablon.networks", "list create join show leave"),
    ] {
        let there = js_sys::eval(&format!("Object.keys({object}).join(' ')")).unwrap();
        assert_eq!(there.as_string().unwrap(), names);
        for name in names.split(' ') {
            let types = include_str!("../tablon.d.ts");
            assert!(
                [format!("{name}("), format!("readonly {name}:")]
                    .iter()
                    .any(|text| types.contains(text)),
                "{object}.{name} is not in tablon.d.ts"
            );
            let documented = include_str!("../../docs/api.md");
            assert!(
                documented.contains(name),
                "{object}.{name} is not in api.md"
            );
        }
    }
}

#[wasm_bindgen_test]
async fn on_gives_a_function_that_ends_the_watching() {
    page();
    let end = js_sys::eval("tablon.on('tip', () => {})").unwrap();
    let end: js_sys::Function = end.unchecked_into();
    end.call0(&JsValue::UNDEFINED).unwrap();
    end.call0(&JsValue::UNDEFINED).unwrap();
}

/// The JavaScript examples of the documentation.
fn examples() -> Vec<&'static str> {
    include_str!("../../docs/api.md")
        .split("```js\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[wasm_bindgen_test]
fn every_example_of_the_documentation_is_javascript_and_calls_what_is_there() {
    page();
    assert!(examples().len() > 5);
    let check = js_sys::Function::new_with_args(
        "code",
        "new (async () => {}).constructor(code);
        for (const [path] of code.matchAll(/tablon(\\.\\w+)+/g)) {
            let part = globalThis;
            for (const name of path.split('.'))
                if ((part = part[name]) === undefined) throw new Error(`${path} is not there`);
        }",
    );
    for example in examples() {
        let checked = check.call1(&JsValue::UNDEFINED, &example.into());
        assert!(checked.is_ok(), "{checked:?} in {example}");
    }
}
