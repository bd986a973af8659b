//! By which way a connection goes, as the browser's statistics have it.

use js_sys::{Array, Promise, Reflect, try_iter};
use tablon_core::view::LinkKind;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcStatsReport;

/// The kind of the connection with these statistics; none when no path is chosen,
/// or the browser does not say.
pub(super) async fn kind(stats: Promise) -> Option<LinkKind> {
    let report: RtcStatsReport = JsFuture::from(stats).await.ok()?.unchecked_into();
    let pair = chosen_pair(&report)?;
    let end = |name: &str| {
        let candidate = report.get(&text(&pair, name)?)?;
        text(&candidate, "candidateType")
    };
    let ends = [end("localCandidateId")?, end("remoteCandidateId")?];
    Some(match ends.iter().any(|kind| kind == "relay") {
        true => LinkKind::Turn,
        false => LinkKind::Webrtc,
    })
}

// Chrome names the pair in the transport; Firefox marks it.
fn chosen_pair(report: &RtcStatsReport) -> Option<JsValue> {
    let all: Array = try_iter(report.values().as_ref())
        .ok()??
        .flatten()
        .collect();
    let of = |kind: &str, is: &dyn Fn(&JsValue) -> bool| {
        all.iter()
            .find(|entry| text(entry, "type").as_deref() == Some(kind) && is(entry))
    };
    let named = |transport: &JsValue| text(transport, "selectedCandidatePairId");
    let transport = of("transport", &|entry| named(entry).is_some());
    match transport.and_then(|transport| named(&transport)) {
        Some(id) => report.get(&id).map(JsValue::from),
        None => of("candidate-pair", &|pair| is_true(pair, "selected")),
    }
}

fn text(object: &JsValue, name: &str) -> Option<String> {
    Reflect::get(object, &name.into()).ok()?.as_string()
}

fn is_true(object: &JsValue, name: &str) -> bool {
    Reflect::get(object, &name.into()).is_ok_and(|value| value.is_truthy())
}
