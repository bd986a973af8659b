//! When a tab stops mining to spare the battery.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::EventTarget;

/// Charge below which an unplugged machine mines no more.
const LOW: f64 = 0.2;

/// Why miners rest although somebody wants to mine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// The battery is nearly empty.
    LowBattery,
    /// The machine runs on its battery and nobody looks at the tab.
    HiddenOnBattery,
}

/// The battery, where the browser tells of it (Chromium's do), and the tab.
#[derive(Default)]
pub(super) struct Power {
    battery: RefCell<Option<EventTarget>>,
    pause: Cell<Option<Pause>>,
    listeners: RefCell<Vec<EventListener>>,
}

impl Power {
    /// Call `changed` whenever miners are to rest, or to go on.
    pub(super) fn watch(changed: impl Fn(Option<Pause>) + 'static) -> Rc<Self> {
        let this = Rc::new(Self::default());
        let weak = Rc::downgrade(&this);
        let changed = Rc::new(changed);
        spawn_local(async move {
            let Some(battery) = battery().await else {
                return;
            };
            let Some(this) = weak.upgrade() else { return };
            let listen = |target: &EventTarget, event: &'static str| {
                let (weak, changed) = (weak.clone(), changed.clone());
                EventListener::new(target, event, move |_| {
                    if let Some(this) = weak.upgrade() {
                        this.look(&*changed);
                    }
                })
            };
            let document = gloo::utils::document();
            *this.listeners.borrow_mut() = vec![
                listen(&battery, "chargingchange"),
                listen(&battery, "levelchange"),
                listen(&document, "visibilitychange"),
            ];
            *this.battery.borrow_mut() = Some(battery);
            this.look(&*changed);
        });
        this
    }

    fn look(&self, changed: &dyn Fn(Option<Pause>)) {
        let Some(battery) = self.battery.borrow().clone() else {
            return;
        };
        let get = |name: &str| Reflect::get(&battery, &name.into()).ok();
        let charging = get("charging").is_none_or(|value| value.is_truthy());
        let level = get("level").and_then(|level| level.as_f64()).unwrap_or(1.0);
        let pause = judge(charging, level, gloo::utils::document().hidden());
        if self.pause.replace(pause) != pause {
            changed(pause);
        }
    }

    pub(super) fn pause(&self) -> Option<Pause> {
        self.pause.get()
    }
}

async fn battery() -> Option<EventTarget> {
    let navigator = gloo::utils::window().navigator();
    let get = Reflect::get(&navigator, &"getBattery".into()).ok()?;
    let get: Function = get.dyn_into().ok()?;
    let promise: Promise = get.call0(&navigator).ok()?.dyn_into().ok()?;
    // Refused by a policy, or on an insecure page: then nothing is known.
    let battery: JsValue = JsFuture::from(promise).await.ok()?;
    battery.dyn_into().ok()
}

fn judge(charging: bool, level: f64, hidden: bool) -> Option<Pause> {
    if charging {
        None
    } else if level <= LOW {
        Some(Pause::LowBattery)
    } else {
        hidden.then_some(Pause::HiddenOnBattery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn mining_stops_on_a_low_battery_and_on_any_that_nobody_watches() {
        let (low, hidden) = (Some(Pause::LowBattery), Some(Pause::HiddenOnBattery));
        for (charging, level, unseen, expected) in [
            (true, 0.05, true, None),
            (false, 0.9, false, None),
            (false, 0.21, false, None),
            (false, 0.2, false, low),
            (false, 0.1, true, low),
            (false, 0.9, true, hidden),
        ] {
            assert_eq!(
                judge(charging, level, unseen),
                expected,
                "{charging} {level} {unseen}"
            );
        }
    }
}
