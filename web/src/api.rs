//! `window.tablon`: the node for scripts and for the browser's console. It gives
//! the same commands as the page uses, as promises; `docs/api.md` describes it.
//!
//! Made of plain objects and closures, since exported functions would be
//! carried by the worker's wasm as well.

pub mod arguments;
mod events;
mod networks;
mod values;
mod wallet;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::units::Height;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::client::Event;
use crate::networks::Networks;
use arguments::{BadArgument, Options};

/// Blocks, notes or accounts in one answer when nobody says how many.
const USUAL_LIMIT: u32 = 50;

/// What a method makes of its arguments, of which none takes more than three.
type Parse<T> = fn([&JsValue; 3]) -> Result<T, BadArgument>;

/// Put `window.tablon` there, or take over the one that `before.js` made for
/// scripts that were there before the wasm. It acts on the network that is shown.
pub fn install(networks: &Networks) {
    let api = early().unwrap_or_default();
    let begin = Reflect::get(&api, &"begin".into()).ok();
    match begin.and_then(|begin| begin.dyn_into::<Function>().ok()) {
        Some(begin) => {
            // A promise that is resolved with a promise follows it.
            let _ = begin.call1(&JsValue::UNDEFINED, &ready(networks));
            let _ = Reflect::delete_property(&api, &"begin".into());
        }
        None => set(&api, "ready", &ready(networks).into()),
    }
    let on = |name: &str, parse: Parse<Command>| {
        set(&api, name, &asking(networks, parse));
    };
    on("status", |_| Ok(Command::Status));
    on("post", post);
    on("pending", |_| Ok(Command::Pending));
    on("chain", chain);
    on("block", |[at, ..]| {
        Ok(Command::Block {
            at: arguments::block_at(at, "hashOrIndex")?,
        })
    });
    on("branches", branches);
    on("notes", notes);
    on("join", |[name, ..]| {
        Ok(Command::Join {
            name: arguments::text(name, "name")?,
        })
    });
    on("leave", |_| Ok(Command::Leave));
    on("transfer", transfer);
    on("transfers", transfers);
    on("account", |[address, ..]| {
        Ok(Command::Account {
            address: arguments::optional(address, "address", arguments::address)?,
        })
    });
    on("participants", participants);
    on("secret", |[to, text, _]| {
        Ok(Command::Secret {
            to: arguments::address(to, "to")?,
            text: arguments::text(text, "text")?,
        })
    });
    on("secrets", secrets);
    on("mine", |[threads, ..]| {
        Ok(Command::Mine {
            threads: arguments::whole(threads, "threads")?,
        })
    });
    on("mineEmpty", |[allowed, ..]| {
        Ok(Command::MineEmpty {
            allowed: arguments::boolean(allowed, "allowed")?,
        })
    });
    let mine_duty = method(
        networks,
        |[percent, ..]| arguments::duty(percent, "percent"),
        async |networks, percent| {
            networks.current().set_duty(percent);
            Ok(JsValue::UNDEFINED)
        },
    );
    set(&api, "mineDuty", &mine_duty);
    let mine_gpu = method(
        networks,
        |[wanted, ..]| arguments::boolean(wanted, "wanted"),
        async |networks, wanted| {
            networks.current().set_gpu(wanted);
            Ok(JsValue::UNDEFINED)
        },
    );
    set(&api, "mineGpu", &mine_gpu);
    on("peers", |_| Ok(Command::Peers));
    on("resynchronise", |_| Ok(Command::Resynchronise));
    let invite = method(
        networks,
        |_| Ok(()),
        async |networks, ()| networks.current().invite().await.map(JsValue::from),
    );
    set(&api, "invite", &invite);
    let paste = method(
        networks,
        |[text, ..]| arguments::text(text, "text"),
        async |networks, text| {
            let answer = networks.current().paste(text).await?;
            Ok(answer.map_or(JsValue::NULL, JsValue::from))
        },
    );
    set(&api, "paste", &paste);
    set(&api, "proof", &proof(networks));
    set(&api, "wallet", &wallet::object(networks));
    set(&api, "networks", &networks::object(networks));
    set(&api, "on", &events::on(networks));
    set(&js_sys::global(), "tablon", &api);
}

fn early() -> Option<Object> {
    Reflect::get(&js_sys::global(), &"tablon".into())
        .ok()?
        .dyn_into()
        .ok()
}

fn post([body, options, _]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["name", "topic", "replyTo"])?;
    Ok(Command::Post {
        body: arguments::text(body, "body")?,
        name: options.text("name")?.unwrap_or_default(),
        topic: options.text("topic")?.unwrap_or_default(),
        reply_to: options.id("replyTo")?,
    })
}

fn chain([options, ..]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["from", "limit"])?;
    Ok(Command::Chain {
        from: Height(options.whole("from")?.unwrap_or(0)),
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

fn branches([options, ..]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["from", "limit"])?;
    Ok(Command::Branches {
        from: Height(options.whole("from")?.unwrap_or(0)),
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

fn notes([options, ..]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["before", "limit"])?;
    Ok(Command::Notes {
        before: options.place("before")?,
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

fn transfer([to, amount, options]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["tip"])?;
    Ok(Command::Transfer {
        to: arguments::address(to, "to")?,
        amount: arguments::amount(amount, "amount")?,
        tip: options.id("tip")?,
    })
}

fn transfers([options, ..]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["of", "before", "limit"])?;
    Ok(Command::Transfers {
        of: options.address("of")?,
        before: options.place("before")?,
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

fn participants([options, ..]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["after", "limit"])?;
    Ok(Command::Participants {
        after: options.address("after")?,
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

fn secrets([options, ..]: [&JsValue; 3]) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["before", "limit"])?;
    Ok(Command::Secrets {
        before: options.place("before")?,
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

/// `tablon.proof`.
fn proof(networks: &Networks) -> Object {
    let proof = Object::new();
    let on = |name: &str, parse: Parse<Command>| {
        set(&proof, name, &asking(networks, parse));
    };
    on("export", |[id, ..]| {
        Ok(Command::Proof {
            id: arguments::id(id, "id")?,
        })
    });
    on("verify", |[bytes, ..]| {
        Ok(Command::VerifyProof {
            proof: arguments::bytes(bytes, "bytes")?,
        })
    });
    proof
}

/// A method that asks the node of the network that is shown.
fn asking(networks: &Networks, parse: Parse<Command>) -> JsValue {
    method(networks, parse, async |networks, command| {
        let reply = networks.current().call(command).await?;
        Ok(shown(&reply))
    })
}

/// A method that reads its arguments, and promises what comes of them.
fn method<T: 'static>(
    networks: &Networks,
    parse: Parse<T>,
    act: impl AsyncFn(Networks, T) -> Result<JsValue, Refusal> + Copy + 'static,
) -> JsValue {
    let networks = networks.clone();
    let method = move |first: JsValue, second: JsValue, third: JsValue| -> Promise {
        let networks = networks.clone();
        let parsed = parse([&first, &second, &third]).map_err(Refusal::from);
        future_to_promise(async move {
            let answer = match parsed {
                Ok(wanted) => act(networks, wanted).await,
                Err(refusal) => Err(refusal),
            };
            answer.map_err(|refusal| error(&refusal))
        })
    };
    Closure::<dyn Fn(JsValue, JsValue, JsValue) -> Promise>::new(method).into_js_value()
}

fn shown(reply: &Reply) -> JsValue {
    match reply {
        Reply::Status(status) => values::status(status),
        Reply::Posted(id) => JsValue::from(id.to_string()),
        Reply::Pending(list) => values::plain(list),
        Reply::Blocks(list) => values::plain(list),
        Reply::Block(block) => values::plain(block),
        Reply::Branches(list) => values::plain(list),
        Reply::Notes(list) => values::plain(list),
        Reply::Account(account) => values::plain(account),
        Reply::Accounts(list) => values::plain(list),
        Reply::Secrets(list) => values::plain(list),
        Reply::Proof(file) => Uint8Array::from(file.proof.as_slice()).into(),
        Reply::Verified(proof) => values::plain(proof),
        Reply::Peers(list) => values::plain(list),
        Reply::Done(()) => JsValue::UNDEFINED,
    }
}

/// Settles when the node runs, or when it is certain that it never will.
fn ready(networks: &Networks) -> Promise {
    let networks = networks.clone();
    let promise = Promise::new(&mut |resolve, reject| {
        let follow = networks.follow(move |event| {
            // Settling a second time does nothing; nobody catches what these throw.
            let _ = match event {
                Event::Started { .. } => resolve.call0(&JsValue::UNDEFINED),
                Event::Fatal {
                    reason,
                    retry: false,
                } => reject.call1(&JsValue::UNDEFINED, &stopped(reason)),
                _ => return,
            };
        });
        // As long as the page: restarts are none of its concern.
        std::mem::forget(follow);
    });
    // A page that never asks is not to be told of an unhandled rejection.
    let heard = JsFuture::from(promise.clone());
    wasm_bindgen_futures::spawn_local(async move {
        let _ = heard.await;
    });
    promise
}

fn stopped(reason: &str) -> JsValue {
    error(&Refusal {
        code: "node_stopped".into(),
        message: reason.into(),
    })
}

/// An `Error` with the refusal's `message` and `code`.
fn error(refusal: &Refusal) -> JsValue {
    let error = js_sys::Error::new(&refusal.message);
    set(&error, "code", &JsValue::from_str(&refusal.code));
    error.into()
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &JsValue::from_str(name), value)
        .expect("a plain object takes any property");
}
