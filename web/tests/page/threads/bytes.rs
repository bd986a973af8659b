//! The bytes of a message: handed over, overwritten, and refused when they are foreign.

use std::fmt::Debug;

use js_sys::{Object, Uint8Array};
use tablon_core::node::{LinkEvent, RequestId};
use tablon_web::messages::{self, Message, NoMessage};
use tablon_web::threads::{FromMiner, FromNode, ToNode, WalletReply};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::samples::{peer, wallet_commands};

#[wasm_bindgen_test]
fn the_bytes_of_a_message_are_handed_over_not_copied() {
    let channel = web_sys::MessageChannel::new().unwrap();
    struct Port(web_sys::MessagePort, std::cell::Cell<u32>);
    impl messages::Target for Port {
        fn post(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue> {
            let bytes: &Uint8Array = message.unchecked_ref();
            self.0.post_message_with_transferable(message, transfer)?;
            self.1.set(bytes.length());
            Ok(())
        }
    }
    let port = Port(channel.port1(), std::cell::Cell::new(9));
    let message = ToNode::Link(LinkEvent::Received {
        peer: peer(),
        frame: vec![1; 1000],
    });
    messages::send(&port, &message);
    assert_eq!(port.1.get(), 0, "a transferred buffer is empty here");
}

#[wasm_bindgen_test]
fn no_log_shows_a_password_or_the_words() {
    let shown = format!("{:?}", wallet_commands());
    assert!(
        !shown.contains("contraseña") && !shown.contains("zoo"),
        "{shown}"
    );
    let reply = format!("{:?}", WalletReply::Words("zoo zoo".into()));
    assert!(!reply.contains("zoo"), "{reply}");
}

fn refused<T: Message + Debug>(message: &JsValue) -> String {
    messages::read::<T>(message).unwrap_err().to_string()
}

#[wasm_bindgen_test]
fn what_is_no_message_is_refused_with_what_came() {
    for value in [JsValue::NULL, "ready".into(), Object::new().into()] {
        assert_eq!(messages::read::<FromMiner>(&value), Err(NoMessage::NoBytes));
    }
    let foreign: JsValue = Uint8Array::from([1, 2, 3, 4, 0].as_slice()).into();
    let refusal = refused::<FromMiner>(&foreign);
    assert!(
        refusal.starts_with("5 bytes that begin with [01, 02, 03, 04], not with ["),
        "{refusal}"
    );
    assert!(refusal.ends_with("another version of this program"));
    let nothing: JsValue = Uint8Array::new_with_length(0).into();
    let refusal = refused::<FromMiner>(&nothing);
    assert!(refusal.starts_with("0 bytes that begin with [], not with ["));

    let ready = messages::write(&FromMiner::Ready).to_vec();
    let with = |more: &[u8]| -> JsValue {
        let bytes = [&ready[..4], more].concat();
        Uint8Array::from(bytes.as_slice()).into()
    };
    let left = refused::<FromMiner>(&with(&[0, 9, 9]));
    assert_eq!(left, "2 of 3 bytes are left over");
    let unknown = refused::<FromMiner>(&with(&[200, 1]));
    assert!(unknown.starts_with("2 bytes cannot be read: "), "{unknown}");
    // A text that says that it is longer than all there is.
    let endless = refused::<FromMiner>(&with(&[4, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert!(endless.starts_with("6 bytes cannot be read: "), "{endless}");
}

#[wasm_bindgen_test]
fn the_bytes_of_a_password_are_overwritten_once_they_are_read() {
    for command in wallet_commands() {
        let id = RequestId(1);
        let written = messages::write(&ToNode::Wallet { id, command });
        messages::read::<ToNode>(&written).unwrap();
        assert!(written.to_vec().iter().all(|byte| *byte == 0));
    }
    let result = Ok(WalletReply::Words("zoo zoo".into()));
    let written = messages::write(&FromNode::Wallet {
        id: RequestId(1),
        result,
    });
    messages::read::<FromNode>(&written).unwrap();
    assert!(written.to_vec().iter().all(|byte| *byte == 0));
}
