//! What `window.tablon` says to wrong arguments. Right ones are asked of a real
//! node in `e2e/`.

use js_sys::{Array, JSON, Promise, Reflect};
use tablon_web::client::Client;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

// Its worker's script is not there in a test, so the node never runs.
fn client() -> Client {
    thread_local!(static CLIENT: Client = Client::start());
    CLIENT.with(Clone::clone)
}

/// The code and the message with which this expression rejects or throws.
async fn refusal(expression: &str) -> (String, String) {
    client();
    let caught = match js_sys::eval(expression) {
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
            "tablon.on('block', () => {})",
            "event must be one of tip, post, peer, received \"block\"",
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
async fn a_long_wrong_value_is_shown_in_part() {
    let (_, message) = refusal("tablon.mine('x'.repeat(1000))").await;
    assert!(message.ends_with('…'), "{message}");
    assert!(message.len() < 200, "{message}");
}

#[wasm_bindgen_test]
fn every_method_of_the_documentation_is_there() {
    client();
    let tablon = Reflect::get(&js_sys::global(), &"tablon".into()).unwrap();
    let names = js_sys::Object::keys(tablon.unchecked_ref::<js_sys::Object>());
    let wanted: Array = [
        "ready",
        "status",
        "post",
        "pending",
        "chain",
        "block",
        "notes",
        "mine",
        "mineEmpty",
        "peers",
        "resynchronise",
        "on",
    ]
    .into_iter()
    .map(JsValue::from_str)
    .collect();
    let text = |array: &Array| JSON::stringify(array).unwrap();
    assert_eq!(text(&names), text(&wanted));
}

#[wasm_bindgen_test]
async fn on_gives_a_function_that_ends_the_watching() {
    client();
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
    client();
    assert!(examples().len() > 5);
    let check = js_sys::Function::new_with_args(
        "code",
        "new (async () => {}).constructor(code);
        for (const [, name] of code.matchAll(/tablon\\.(\\w+)/g))
            if (!(name in tablon)) throw new Error(`tablon.${name} is not there`);",
    );
    for example in examples() {
        let checked = check.call1(&JsValue::UNDEFINED, &example.into());
        assert!(checked.is_ok(), "{checked:?} in {example}");
    }
}
