//! One RTCPeerConnection and its data channel. Dropping it closes it: Chrome
//! makes no new connections after about 500 that were not closed.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::{Array, JsString, Uint8Array};
use tablon_core::relay::{IceServer, SignalStep};
use tablon_core::wire::MAX_FRAME;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MessageEvent, RtcConfiguration, RtcDataChannel, RtcDataChannelEvent, RtcDataChannelState,
    RtcDataChannelType, RtcIceCandidateInit, RtcIceServer, RtcPeerConnection,
    RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit,
};

use super::chunks::Assembler;
use super::outbox::{LOW, Outbox};
use crate::structured::explain;

/// The channel's label: another one is not ours.
const LABEL: &str = "tablon";

/// An attempt that has not come so far in so many milliseconds is given up:
/// ICE itself fails at about 15 s.
const ATTEMPT: u32 = 15_000;

/// A silent loss shows as `disconnected` after about 5 s and often heals; after
/// so many milliseconds more it is taken for the end.
const PATIENCE: u32 = 10_000;

/// Candidates of one peer kept until its description has come, at most. A
/// machine with many interfaces has about twenty.
const MAX_CANDIDATES: usize = 64;

/// What a connection tells the links.
pub(super) enum Happening {
    /// To be said to the peer by signal.
    Say(SignalStep),
    /// The channel is open.
    Opened,
    /// A whole frame came.
    Received(Vec<u8>),
    /// It is over; why, for people.
    Closed(String),
}

/// Who makes the offer.
pub(super) enum Role {
    /// We do.
    Offer,
    /// The peer did, with this session description.
    Answer(String),
}

pub(super) struct Connection {
    pub(super) id: u64,
    pub(super) session: u32,
    /// Whether the offer is ours.
    pub(super) offers: bool,
    rtc: RtcPeerConnection,
    report: Box<dyn Fn(Happening)>,
    channel: OnceCell<RtcDataChannel>,
    opened: Cell<bool>,
    assembler: RefCell<Assembler>,
    outbox: RefCell<Outbox>,
    described: Cell<bool>,
    /// The peer's candidates that came before its description.
    early: RefCell<Vec<RtcIceCandidateInit>>,
    /// Our candidates until our description is said; `None` from then on.
    held_back: RefCell<Option<Vec<SignalStep>>>,
    timer: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<EventListener>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.timer.take();
        self.listeners.borrow_mut().clear();
        if let Some(channel) = self.channel.get() {
            channel.close();
        }
        self.rtc.close();
    }
}

impl Connection {
    /// Begin to connect. Nothing is reported before this returns.
    pub(super) fn start(
        id: u64,
        session: u32,
        role: Role,
        ice: &[IceServer],
        report: impl Fn(Happening) + 'static,
    ) -> Result<Rc<Self>, String> {
        let rtc = RtcPeerConnection::new_with_configuration(&configuration(ice))
            .map_err(|error| explain(&error))?;
        let this = Rc::new(Self {
            id,
            session,
            offers: matches!(role, Role::Offer),
            rtc,
            report: Box::new(report),
            channel: OnceCell::new(),
            opened: Cell::new(false),
            assembler: RefCell::new(Assembler::new(MAX_FRAME)),
            outbox: RefCell::default(),
            described: Cell::new(false),
            early: RefCell::default(),
            held_back: RefCell::new(Some(Vec::new())),
            timer: RefCell::default(),
            listeners: RefCell::default(),
        });
        this.listen_to_connection();
        this.close_after(ATTEMPT, "the connection did not open in 15 seconds");
        let weak = Rc::downgrade(&this);
        match role {
            Role::Offer => {
                this.adopt(this.rtc.create_data_channel(LABEL));
                this.then(offer(weak));
            }
            Role::Answer(sdp) => this.then(answer(weak, sdp)),
        }
        Ok(this)
    }

    /// The peer's answer to our offer.
    pub(super) fn answered(self: &Rc<Self>, sdp: String) {
        // A second answer changes nothing.
        if self.offers && !self.described.get() {
            self.then(take_answer(Rc::downgrade(self), sdp));
        }
    }

    /// One of the peer's candidates.
    pub(super) fn candidate(&self, candidate: String, mid: Option<String>, line: Option<u16>) {
        let init = RtcIceCandidateInit::new(&candidate);
        init.set_sdp_mid(mid.as_deref());
        init.set_sdp_m_line_index(line);
        if self.described.get() {
            self.add_candidate(&init);
        } else if self.early.borrow().len() < MAX_CANDIDATES {
            self.early.borrow_mut().push(init);
        }
    }

    /// Whether the peer's description has come.
    pub(super) fn is_described(&self) -> bool {
        self.described.get()
    }

    /// Send a frame.
    pub(super) fn send(&self, frame: &[u8]) -> Result<(), String> {
        let channel = self
            .channel
            .get()
            .filter(|channel| channel.ready_state() == RtcDataChannelState::Open)
            .ok_or("the channel is closing")?;
        let mut outbox = self.outbox.borrow_mut();
        outbox.push(channel, frame)?;
        outbox.flush(channel)
    }

    fn add_candidate(&self, init: &RtcIceCandidateInit) {
        let added = self
            .rtc
            .add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(init));
        spawn_local(async move {
            // A candidate that this browser cannot use (an unknown transport, a
            // name that does not resolve) is no reason to give the peer up.
            let _ = JsFuture::from(added).await;
        });
    }

    // Weak in every callback and across every await: promises of a connection
    // that is closed never settle, and would keep it alive.
    fn then(self: &Rc<Self>, work: impl Future<Output = Result<(), JsValue>> + 'static) {
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let Err(error) = work.await
                && let Some(this) = weak.upgrade()
            {
                this.closed(format!(
                    "the session description was refused: {}",
                    explain(&error)
                ));
            }
        });
    }

    fn peer_described(&self) {
        self.described.set(true);
        for init in self.early.take() {
            self.add_candidate(&init);
        }
    }

    fn describe(&self, step: SignalStep) {
        (self.report)(Happening::Say(step));
        for candidate in self.held_back.take().into_iter().flatten() {
            (self.report)(Happening::Say(candidate));
        }
    }

    fn closed(&self, reason: String) {
        (self.report)(Happening::Closed(reason));
    }

    fn close_after(self: &Rc<Self>, milliseconds: u32, reason: &'static str) {
        let weak = Rc::downgrade(self);
        *self.timer.borrow_mut() = Some(Timeout::new(milliseconds, move || {
            if let Some(this) = weak.upgrade() {
                this.closed(reason.into());
            }
        }));
    }

    fn listen(
        self: &Rc<Self>,
        target: &web_sys::EventTarget,
        name: &'static str,
        hear: fn(&Rc<Self>, &web_sys::Event),
    ) {
        let weak = Rc::downgrade(self);
        let listener = EventListener::new(target, name, move |event| {
            if let Some(this) = weak.upgrade() {
                hear(&this, event);
            }
        });
        self.listeners.borrow_mut().push(listener);
    }

    fn listen_to_connection(self: &Rc<Self>) {
        self.listen(&self.rtc, "icecandidate", |this, event| {
            let event: &RtcPeerConnectionIceEvent = event.unchecked_ref();
            if let Some(candidate) = event.candidate()
                && !candidate.candidate().is_empty()
            {
                let step = SignalStep::Candidate {
                    candidate: candidate.candidate(),
                    mid: candidate.sdp_mid(),
                    line: candidate.sdp_m_line_index(),
                };
                if let Some(waiting) = this.held_back.borrow_mut().as_mut() {
                    return waiting.push(step);
                }
                (this.report)(Happening::Say(step));
            }
        });
        self.listen(&self.rtc, "connectionstatechange", |this, _| {
            match this.rtc.connection_state() {
                RtcPeerConnectionState::Connected if this.opened.get() => {
                    this.timer.take();
                }
                RtcPeerConnectionState::Disconnected if this.opened.get() => {
                    this.close_after(PATIENCE, "nothing came from the peer for 15 seconds");
                }
                RtcPeerConnectionState::Failed => {
                    this.closed("the network path to the peer is gone".into());
                }
                RtcPeerConnectionState::Closed => this.closed("the connection was closed".into()),
                _ => {}
            }
        });
        self.listen(&self.rtc, "datachannel", |this, event| {
            let event: &RtcDataChannelEvent = event.unchecked_ref();
            let channel = event.channel();
            if channel.label() == LABEL && this.channel.get().is_none() {
                this.adopt(channel);
            } else {
                channel.close();
            }
        });
    }

    fn adopt(self: &Rc<Self>, channel: RtcDataChannel) {
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW);
        self.listen(&channel, "open", |this, _| this.open());
        self.listen(&channel, "message", |this, event| {
            this.message(event.unchecked_ref());
        });
        self.listen(&channel, "bufferedamountlow", |this, _| {
            let flushed = match this.channel.get() {
                Some(channel) => this.outbox.borrow_mut().flush(channel),
                None => Ok(()),
            };
            if let Err(reason) = flushed {
                this.closed(reason);
            }
        });
        self.listen(&channel, "close", |this, _| {
            this.closed("the peer left".into());
        });
        let is_open = channel.ready_state() == RtcDataChannelState::Open;
        if self.channel.set(channel).is_ok() && is_open {
            self.open();
        }
    }

    fn open(&self) {
        if !self.opened.replace(true) {
            self.timer.take();
            (self.report)(Happening::Opened);
        }
    }

    fn message(&self, event: &MessageEvent) {
        self.open();
        let data = event.data();
        let Ok(chunk) = data.dyn_into::<js_sys::ArrayBuffer>() else {
            return self.closed("a message is bytes, the peer sent text".into());
        };
        let chunk = Uint8Array::new(&chunk).to_vec();
        let pushed = self.assembler.borrow_mut().push(&chunk);
        match pushed {
            Ok(Some(frame)) => (self.report)(Happening::Received(frame)),
            Ok(None) => {}
            Err(error) => self.closed(format!("the peer broke a rule: {error}")),
        }
    }
}

fn configuration(ice: &[IceServer]) -> RtcConfiguration {
    let servers = Array::new();
    for server in ice {
        let entry = RtcIceServer::new();
        let urls: Array = server
            .urls
            .iter()
            .map(|url| JsString::from(url.as_str()))
            .collect();
        entry.set_urls(&urls);
        if let Some(username) = &server.username {
            entry.set_username(username);
        }
        if let Some(credential) = &server.credential {
            entry.set_credential(credential);
        }
        servers.push(&entry);
    }
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&servers);
    configuration
}

fn alive(weak: &Weak<Connection>) -> Result<Rc<Connection>, JsValue> {
    // Nobody hears this error: the connection it is about is gone.
    weak.upgrade()
        .ok_or_else(|| JsValue::from_str("the connection was closed"))
}

async fn offer(weak: Weak<Connection>) -> Result<(), JsValue> {
    let created = alive(&weak)?.rtc.create_offer();
    let offer: RtcSessionDescriptionInit = JsFuture::from(created).await?.unchecked_into();
    let set = alive(&weak)?.rtc.set_local_description(&offer);
    JsFuture::from(set).await?;
    let sdp = offer.get_sdp().unwrap_or_default();
    alive(&weak)?.describe(SignalStep::Offer { sdp });
    Ok(())
}

async fn take_answer(weak: Weak<Connection>, sdp: String) -> Result<(), JsValue> {
    let answer = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
    answer.set_sdp(&sdp);
    let set = alive(&weak)?.rtc.set_remote_description(&answer);
    JsFuture::from(set).await?;
    alive(&weak)?.peer_described();
    Ok(())
}

async fn answer(weak: Weak<Connection>, sdp: String) -> Result<(), JsValue> {
    let offer = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
    offer.set_sdp(&sdp);
    let set = alive(&weak)?.rtc.set_remote_description(&offer);
    JsFuture::from(set).await?;
    let this = alive(&weak)?;
    this.peer_described();
    let created = this.rtc.create_answer();
    drop(this);
    let answer: RtcSessionDescriptionInit = JsFuture::from(created).await?.unchecked_into();
    let set = alive(&weak)?.rtc.set_local_description(&answer);
    JsFuture::from(set).await?;
    let sdp = answer.get_sdp().unwrap_or_default();
    alive(&weak)?.describe(SignalStep::Answer { sdp });
    Ok(())
}
