//! Tabs of one browser without a relay: here several in one worker, which hear
//! each other as tabs do.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Array, Uint8Array};
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::links::MAX_LINKS;
use tablon_core::node::{LinkEvent, LinkOrigin};
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;
use tablon_web::worker::siblings::words::{self, OnLink, ToEveryone, ToOne, VERSION};
use tablon_web::worker::siblings::{Farewell, MAX_SIBLINGS, SiblingEvent, Siblings};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::BroadcastChannel;

struct Tab {
    id: PeerId,
    siblings: Siblings,
    heard: Rc<RefCell<Vec<SiblingEvent>>>,
}

fn id(number: u8) -> PeerId {
    PeerId([number; 32])
}

/// Each test has a network of its own.
fn tab(network: NetworkId, number: u8) -> Tab {
    let heard: Rc<RefCell<Vec<SiblingEvent>>> = Rc::default();
    let events = heard.clone();
    let siblings = Siblings::new(network, id(number), move |event| {
        events.borrow_mut().push(event);
    });
    Tab {
        id: id(number),
        siblings: siblings.unwrap(),
        heard,
    }
}

impl Tab {
    /// Wait until this is heard.
    async fn hears(&self, wanted: SiblingEvent) {
        for _ in 0..300 {
            if self.heard.borrow().contains(&wanted) {
                return;
            }
            TimeoutFuture::new(10).await;
        }
        panic!("{wanted:?} was not heard, but {:?}", self.heard.borrow());
    }

    fn takes(&self) -> Vec<SiblingEvent> {
        self.heard.take()
    }
}

async fn a_while() {
    TimeoutFuture::new(100).await;
}

/// Two tabs that have found each other, and a link that the first dialled.
async fn linked(network: NetworkId) -> (Tab, Tab) {
    let (a, b) = (tab(network, 1), tab(network, 2));
    a.siblings.find();
    a.hears(SiblingEvent::Heard(b.id)).await;
    b.hears(SiblingEvent::Heard(a.id)).await;
    a.siblings.dial(b.id);
    a.hears(up(b.id)).await;
    b.hears(up(a.id)).await;
    a.takes();
    b.takes();
    (a, b)
}

/// Frames that a tab received.
fn frames(events: Vec<SiblingEvent>) -> Vec<Vec<u8>> {
    let frame = |event| match event {
        SiblingEvent::Link(LinkEvent::Received { frame, .. }) => frame,
        other => panic!("{other:?}"),
    };
    events.into_iter().map(frame).collect()
}

fn up(peer: PeerId) -> SiblingEvent {
    SiblingEvent::Link(LinkEvent::Up {
        peer,
        link: LinkKind::Broadcast,
        origin: LinkOrigin::Inbound(None),
    })
}

fn full(peer: PeerId) -> SiblingEvent {
    SiblingEvent::Link(LinkEvent::DialFailed { peer })
}

fn gone(peer: PeerId, reason: &str) -> SiblingEvent {
    let reason = reason.into();
    SiblingEvent::Link(LinkEvent::Down { peer, reason })
}

#[wasm_bindgen_test]
async fn two_tabs_find_each_other_and_talk_in_order_with_no_relay() {
    let (a, b) = linked(BlockHash([1; 32])).await;
    let sent: Vec<Vec<u8>> = (0..100_u8).map(|number| vec![number; 1_000]).collect();
    for frame in &sent {
        a.siblings.send(b.id, frame.clone());
    }
    b.siblings.send(a.id, vec![7; MAX_FRAME]);
    a_while().await;
    assert_eq!(frames(b.takes()), sent);
    assert_eq!(frames(a.takes()), [vec![7; MAX_FRAME]]);
}

#[wasm_bindgen_test]
async fn tabs_of_another_network_are_not_heard() {
    let (a, b) = (tab(BlockHash([2; 32]), 1), tab(BlockHash([3; 32]), 2));
    a.siblings.find();
    b.siblings.find();
    a_while().await;
    assert_eq!((a.takes(), b.takes()), (vec![], vec![]));
}

#[wasm_bindgen_test]
async fn both_dial_at_once_and_one_link_opens() {
    let network = BlockHash([4; 32]);
    let (a, b) = (tab(network, 1), tab(network, 2));
    a.siblings.dial(b.id);
    b.siblings.dial(a.id);
    a_while().await;
    let ups = |tab: &Tab, other: &Tab| {
        let events = tab.takes();
        let up = up(other.id);
        events.iter().filter(|event| **event == up).count()
    };
    assert_eq!((ups(&a, &b), ups(&b, &a)), (1, 1));
    a.siblings.send(b.id, b"there".to_vec());
    b.siblings.send(a.id, b"back".to_vec());
    a_while().await;
    assert_eq!(frames(b.takes()), [b"there"]);
    assert_eq!(frames(a.takes()), [b"back"]);
}

#[wasm_bindgen_test]
async fn a_tab_that_hangs_up_or_closes_is_gone_at_once() {
    let network = BlockHash([5; 32]);
    let (a, b) = linked(network).await;
    a.siblings.disconnect(b.id);
    b.hears(gone(a.id, "the peer left")).await;
    assert_eq!(a.takes(), [], "it was its own wish");

    a.siblings.dial(b.id);
    b.hears(up(a.id)).await;
    b.takes();
    let farewell = Farewell::new(network, a.id);
    drop(a);
    drop(farewell);
    b.hears(gone(id(1), "the peer left")).await;
    assert!(!b.siblings.knows(id(1)));
}

#[wasm_bindgen_test]
async fn a_tab_that_comes_back_replaces_its_link_and_its_old_life_is_not_heard() {
    let network = BlockHash([6; 32]);
    let (a, b) = linked(network).await;
    let a_again = tab(network, 1);
    a_again.siblings.dial(b.id);
    a_again.hears(up(b.id)).await;
    assert_eq!(b.takes().last(), Some(&up(a.id)));
    a.siblings.send(b.id, b"old".to_vec());
    a_again.siblings.send(b.id, b"new".to_vec());
    a.siblings.disconnect(b.id);
    a_while().await;
    assert_eq!(frames(b.takes()), [b"new"]);
}

#[wasm_bindgen_test]
async fn a_tab_without_room_says_so() {
    let network = BlockHash([7; 32]);
    let hub = tab(network, 200);
    let tabs: Vec<Tab> = (0..MAX_LINKS as u8)
        .map(|number| tab(network, number))
        .collect();
    for tab in &tabs {
        tab.siblings.dial(hub.id);
        tab.hears(up(hub.id)).await;
    }
    let newcomer = tab(network, 100);
    newcomer.siblings.dial(hub.id);
    newcomer.hears(full(hub.id)).await;
    // One that is linked already takes no other's place.
    let again = tab(network, 0);
    again.siblings.dial(hub.id);
    again.hears(up(hub.id)).await;
    // Nor has it room for a dial of its own.
    hub.takes();
    hub.siblings.dial(newcomer.id);
    assert_eq!(hub.takes(), [full(newcomer.id)]);
}

#[wasm_bindgen_test]
async fn a_tab_that_does_not_answer_is_forgotten_and_hears_that_it_is_too_late() {
    let network = BlockHash([8; 32]);
    let a = tab(network, 1);
    say(
        &words::room(network),
        &of_version(VERSION, ToEveryone::Hello { from: id(2) }),
    );
    a.hears(SiblingEvent::Heard(id(2))).await;
    assert!(a.siblings.knows(id(2)));
    let words_to_b: Rc<RefCell<Vec<ToOne>>> = Rc::default();
    let inbox = BroadcastChannel::new(&words::inbox(network, id(2))).unwrap();
    let heard = words_to_b.clone();
    let _listener = gloo::events::EventListener::new(&inbox, "message", move |event| {
        let data = js_sys::Reflect::get(event, &"data".into()).unwrap();
        heard.borrow_mut().extend(words::read::<ToOne>(&data));
    });
    a.siblings.dial(id(2));
    a.hears(SiblingEvent::Silent(id(2))).await;
    assert!(!a.siblings.knows(id(2)));
    a_while().await;
    let said = words_to_b.take();
    let [
        ToOne::Ask { session, .. },
        ToOne::Withdrawn { session: ended, .. },
    ] = &said[..]
    else {
        panic!("{said:?}");
    };
    assert_eq!(session, ended);
}

#[wasm_bindgen_test]
async fn a_link_that_was_given_up_by_the_one_who_asked_is_down() {
    let network = BlockHash([9; 32]);
    let b = tab(network, 2);
    let (from, session) = (id(1), 5);
    let inbox = words::inbox(network, b.id);
    say(&inbox, &of_version(VERSION, ToOne::Ask { from, session }));
    say(
        &inbox,
        &of_version(VERSION, ToOne::Withdrawn { from, session }),
    );
    b.hears(gone(from, "the peer dialled in vain")).await;
}

#[wasm_bindgen_test]
async fn garbage_and_other_versions_on_any_channel_are_ignored() {
    let network = BlockHash([10; 32]);
    let (room, inbox) = (words::room(network), words::inbox(network, id(2)));
    let b = tab(network, 2);
    let (from, session) = (id(1), 5);
    say(&inbox, &of_version(VERSION, ToOne::Ask { from, session }));
    b.hears(up(from)).await;
    b.takes();
    let link = words::link(network, from, session);
    let later = of_version(VERSION + 1, ToEveryone::Hello { from: id(3) });
    let garbage = [
        JsValue::NULL,
        JsValue::from("hola"),
        JsValue::from(7),
        raw(&[1; 40]),
        Array::of1(&JsValue::TRUE).into(),
        js_sys::eval("({version: 1, word: {on_link: 'frame', bytes: 7}})").unwrap(),
        raw(&[]),
        raw(&[VERSION]),
        // No such word, an id that is cut off, a frame that promises more than there is.
        raw(&[VERSION, 9]),
        raw(&[VERSION, 1, 7, 7, 7]),
        raw(&[VERSION, 2, 0xff, 0xff, 0xff, 0x7f, 1]),
        // A good word, and a byte after it.
        raw(&[[VERSION, 3].as_slice(), &[7; 4]].concat()),
        later,
    ];
    for value in garbage {
        for channel in [&room, &inbox, &link] {
            say(channel, &value);
        }
    }
    // Nor does a tab talk to itself.
    say(
        &room,
        &of_version(VERSION, ToEveryone::Hello { from: b.id }),
    );
    say(
        &inbox,
        &of_version(
            VERSION,
            ToOne::Ask {
                from: b.id,
                session,
            },
        ),
    );
    a_while().await;
    assert_eq!(b.takes(), []);

    let bytes = vec![0; MAX_FRAME + 1];
    say(&link, &of_version(VERSION, OnLink::Frame { bytes }));
    let (at_most, received) = (MAX_FRAME, MAX_FRAME + 1);
    let reason = format!("a frame is at most {at_most} bytes, received {received}");
    b.hears(gone(from, &reason)).await;
}

#[wasm_bindgen_test]
async fn of_more_siblings_than_are_remembered_the_oldest_goes() {
    let network = BlockHash([11; 32]);
    let a = tab(network, 0);
    let room = words::room(network);
    for number in 1..=MAX_SIBLINGS as u8 + 1 {
        say(
            &room,
            &of_version(VERSION, ToEveryone::Hello { from: id(number) }),
        );
    }
    a.hears(SiblingEvent::Heard(id(MAX_SIBLINGS as u8 + 1)))
        .await;
    assert!(!a.siblings.knows(id(1)));
    assert!(a.siblings.knows(id(2)));
}

fn of_version<T: serde::Serialize>(version: u8, word: T) -> JsValue {
    let value = words::write(&word);
    value.set_index(0, version);
    value.into()
}

fn raw(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// As another tab.
fn say(channel: &str, value: &JsValue) {
    let channel = BroadcastChannel::new(channel).unwrap();
    channel.post_message(value).unwrap();
    channel.close();
}
