//! One RTCPeerConnection and its data channel. Dropping it closes it: Chrome
//! makes no new connections after about 500 that were not closed.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::timers::future::TimeoutFuture;
use js_sys::{Array, JsString, Uint8Array};
use tablon_core::chunks::Assembler;
use tablon_core::links::{UNANSWERED_MS, UNOPENED_MS};
use tablon_core::relay::{IceServer, SignalStep};
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MessageEvent, RtcConfiguration, RtcDataChannel, RtcDataChannelEvent, RtcDataChannelState,
    RtcDataChannelType, RtcIceCandidateInit, RtcIceConnectionState, RtcIceGatheringState,
    RtcIceServer, RtcIceTransportPolicy, RtcOfferOptions, RtcPeerConnection,
    RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit,
};

use super::outbox::{LOW, Outbox};
use super::path;
use crate::threads::LinkPolicy;
use crate::thrown::explain;

/// The channel's label: another one is not ours.
const LABEL: &str = "tablon";

const NOT_ANSWERED: &str = "the peer did not answer in 5 seconds";
const NOT_OPENED: &str = "the connection did not open in 15 seconds";

/// An invitation and the answer to one are open for so many milliseconds: people
/// carry them.
const INVITATION: u32 = 10 * 60_000;

/// Their candidates are waited for so many milliseconds at most: nothing can be
/// added to them later.
const GATHERING: u32 = 3_000;

/// Who has answered an invitation reaches nobody until people have carried the
/// answer. Firefox gives that up 5 seconds after the last candidate, for good
/// (measured, ESR 153); so it is given one more every so many milliseconds, of an
/// address that is nobody's (TEST-NET-1, RFC 5737).
const WAITING: u32 = 4_000;
const NOBODY: &str = "candidate:0 1 udp 1 192.0.2.1";

/// A silent loss shows as `disconnected` after about 5 s and often heals; after
/// so many milliseconds more another path is looked for.
const RESTART_AFTER_MS: u32 = 4_000;

/// When that has not helped in so many milliseconds, it is the end.
const MENDING: u32 = 10_000;

/// By which way an open connection goes is looked at after so many milliseconds:
/// at once, and when ICE has made up its mind.
const LOOKS: [u32; 2] = [0, 2_000];

/// Candidates of one peer kept until its description has come, at most. A
/// machine with many interfaces has about twenty.
const MAX_CANDIDATES: usize = 64;

/// What a connection tells the links.
pub(super) enum Happening {
    /// To be said to the peer by signal.
    Say(SignalStep),
    /// A check of connectivity has come through: somebody is there.
    Proven,
    /// The channel is open.
    Opened,
    /// The open connection goes by another way than was said; at first that is
    /// [`LinkKind::Webrtc`].
    By(LinkKind),
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
    /// We do, to whoever is given it by people.
    Invite,
    /// The peer did, and people carry the answer back.
    Accept(String),
}

pub(super) struct Connection {
    pub(super) id: u64,
    pub(super) session: u32,
    /// Whether the offer is ours.
    pub(super) offers: bool,
    /// Whether people carry offer and answer: each is whole, and late.
    pub(super) by_people: bool,
    rtc: RtcPeerConnection,
    report: Box<dyn Fn(Happening)>,
    channel: OnceCell<RtcDataChannel>,
    opened: Cell<bool>,
    assembler: RefCell<Assembler>,
    outbox: RefCell<Outbox>,
    link: Cell<LinkKind>,
    /// Our offer has been said and not been answered.
    unanswered: Cell<bool>,
    /// Our description is to be said when it is whole.
    gathering: Cell<bool>,
    /// The path was lost; it is mended once.
    mending: Cell<bool>,
    described: Cell<bool>,
    /// Of the peer's description that was taken last.
    version: Cell<Option<u64>>,
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
        policy: LinkPolicy,
        report: impl Fn(Happening) + 'static,
    ) -> Result<Rc<Self>, String> {
        let rtc = RtcPeerConnection::new_with_configuration(&configuration(ice, policy))
            .map_err(|error| explain(&error))?;
        let this = Rc::new(Self {
            id,
            session,
            offers: matches!(role, Role::Offer | Role::Invite),
            by_people: matches!(role, Role::Invite | Role::Accept(_)),
            rtc,
            report: Box::new(report),
            channel: OnceCell::new(),
            opened: Cell::new(false),
            assembler: RefCell::new(Assembler::new(MAX_FRAME)),
            outbox: RefCell::default(),
            link: Cell::new(LinkKind::Webrtc),
            unanswered: Cell::new(false),
            gathering: Cell::new(false),
            mending: Cell::new(false),
            described: Cell::new(false),
            version: Cell::default(),
            early: RefCell::default(),
            held_back: RefCell::new(Some(Vec::new())),
            timer: RefCell::default(),
            listeners: RefCell::default(),
        });
        this.listen_to_connection();
        match role {
            Role::Invite | Role::Accept(_) => {
                this.close_after(INVITATION, "nobody came in 10 minutes");
            }
            Role::Offer => this.close_after(UNANSWERED_MS, NOT_ANSWERED),
            Role::Answer(_) => this.close_after(UNOPENED_MS, NOT_OPENED),
        }
        let weak = Rc::downgrade(&this);
        match role {
            Role::Offer | Role::Invite => {
                this.adopt(this.rtc.create_data_channel(LABEL));
                this.then(offer(weak));
            }
            Role::Answer(sdp) | Role::Accept(sdp) => {
                this.is_newer(&sdp);
                this.then(answer(weak, sdp));
            }
        }
        Ok(this)
    }

    /// The peer's answer to our offer.
    pub(super) fn answered(self: &Rc<Self>, sdp: String) {
        // A second answer changes nothing.
        if self.unanswered.get() && self.is_newer(&sdp) {
            self.unanswered.set(false);
            if !self.opened.get() {
                self.close_after(UNOPENED_MS, NOT_OPENED);
            }
            self.then(take_answer(Rc::downgrade(self), sdp));
        }
    }

    /// The path to the peer is lost: the side that offered looks for another, once
    /// a loss; the other waits for that as long.
    pub(super) fn mend(self: &Rc<Self>) {
        if !self.opened.get() || self.mending.replace(true) {
            return;
        }
        self.await_mending();
        if self.offers {
            self.held_back.replace(Some(Vec::new()));
            self.then(offer(Rc::downgrade(self)));
        }
    }

    /// The peer, whose offer it was, looks for another path.
    pub(super) fn restarted(self: &Rc<Self>, sdp: String) {
        if self.opened.get() && !self.offers && self.is_newer(&sdp) {
            self.mending.set(true);
            self.await_mending();
            self.held_back.replace(Some(Vec::new()));
            self.then(answer(Rc::downgrade(self), sdp));
        }
    }

    fn await_mending(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        *self.timer.borrow_mut() = Some(Timeout::new(MENDING, move || {
            let Some(this) = weak.upgrade() else { return };
            match this.rtc.connection_state() {
                RtcPeerConnectionState::Connected => this.mending.set(false),
                _ => this.closed("the network path to the peer is gone".into()),
            }
        }));
    }

    // Whoever repeats an old signed description, to break the link, has one with a
    // version of then (RFC 8829, 5.2.2: each new one has a higher).
    fn is_newer(&self, sdp: &str) -> bool {
        let version = version(sdp);
        let newer = version > self.version.get();
        if newer {
            self.version.set(version);
        }
        newer
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

    // Our description is set: say it, or wait until it is whole.
    fn describe(self: &Rc<Self>, sdp: String) {
        self.unanswered.set(self.offers);
        if self.by_people && !self.opened.get() {
            self.gathering.set(true);
            return self.await_gathering();
        }
        self.say(match (self.offers, self.opened.get()) {
            (true, false) => SignalStep::Offer { sdp },
            (true, true) => SignalStep::Restart { sdp },
            (false, _) => SignalStep::Answer { sdp },
        });
        self.say_held_back();
    }

    fn await_gathering(self: &Rc<Self>) {
        if self.rtc.ice_gathering_state() == RtcIceGatheringState::Complete {
            return self.gathered();
        }
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            TimeoutFuture::new(GATHERING).await;
            if let Some(this) = weak.upgrade() {
                this.gathered();
            }
        });
    }

    fn gathered(self: &Rc<Self>) {
        if !self.gathering.replace(false) {
            return;
        }
        self.held_back.take();
        if !self.offers {
            self.wait_for_people();
        }
        let description = self.rtc.local_description();
        let sdp = description.map(|description| description.sdp());
        let sdp = sdp.unwrap_or_default();
        self.say(match self.offers {
            true => SignalStep::Invitation { sdp },
            false => SignalStep::Acceptance { sdp },
        });
    }

    fn wait_for_people(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            // A candidate that is known is no news: each has a port of its own.
            for port in 1024..=u16::MAX {
                TimeoutFuture::new(WAITING).await;
                let waiting = weak.upgrade().filter(|this| !this.opened.get());
                let Some(this) = waiting else { return };
                let init = RtcIceCandidateInit::new(&format!("{NOBODY} {port} typ host"));
                init.set_sdp_m_line_index(Some(0));
                this.add_candidate(&init);
            }
        });
    }

    fn say(&self, step: SignalStep) {
        (self.report)(Happening::Say(step));
    }

    fn say_held_back(&self) {
        for candidate in self.held_back.take().into_iter().flatten() {
            self.say(candidate);
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

    fn mend_after(self: &Rc<Self>, milliseconds: u32) {
        if self.mending.get() {
            return;
        }
        let weak = Rc::downgrade(self);
        *self.timer.borrow_mut() = Some(Timeout::new(milliseconds, move || {
            if let Some(this) = weak.upgrade() {
                this.mend();
            }
        }));
    }

    fn look_at_the_path(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            for wait in LOOKS {
                TimeoutFuture::new(wait).await;
                let Some(stats) = weak.upgrade().map(|this| this.rtc.get_stats()) else {
                    return;
                };
                let link = path::kind(stats).await;
                if let (Some(this), Some(link)) = (weak.upgrade(), link)
                    && this.link.replace(link) != link
                {
                    (this.report)(Happening::By(link));
                }
            }
        });
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
                // People carry no more than one word each way.
                if this.opened.get() || !this.by_people {
                    this.say(step);
                }
            }
        });
        self.listen(&self.rtc, "icegatheringstatechange", |this, _| {
            if this.rtc.ice_gathering_state() == RtcIceGatheringState::Complete {
                this.gathered();
            }
        });
        self.listen(&self.rtc, "iceconnectionstatechange", |this, _| {
            let connected = this.rtc.ice_connection_state() == RtcIceConnectionState::Connected;
            if connected && !this.opened.get() {
                (this.report)(Happening::Proven);
            }
        });
        self.listen(&self.rtc, "connectionstatechange", |this, _| {
            match this.rtc.connection_state() {
                RtcPeerConnectionState::Connected if this.opened.get() => {
                    this.timer.take();
                    this.mending.set(false);
                    this.look_at_the_path();
                }
                RtcPeerConnectionState::Disconnected if this.opened.get() => {
                    this.mend_after(RESTART_AFTER_MS);
                }
                RtcPeerConnectionState::Failed if this.opened.get() => this.mend(),
                // The person has not brought our answer yet.
                RtcPeerConnectionState::Failed if this.by_people && !this.offers => {}
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

    fn open(self: &Rc<Self>) {
        if !self.opened.replace(true) {
            self.timer.take();
            (self.report)(Happening::Opened);
            self.look_at_the_path();
        }
    }

    fn message(self: &Rc<Self>, event: &MessageEvent) {
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

fn configuration(ice: &[IceServer], policy: LinkPolicy) -> RtcConfiguration {
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
    configuration.set_ice_transport_policy(match policy {
        LinkPolicy::Direct => RtcIceTransportPolicy::All,
        LinkPolicy::RelayOnly => RtcIceTransportPolicy::Relay,
    });
    configuration
}

/// The version of a session description: the third word of its `o=` line.
fn version(sdp: &str) -> Option<u64> {
    let origin = sdp.lines().find_map(|line| line.strip_prefix("o="))?;
    origin.split(' ').nth(2)?.parse().ok()
}

fn alive(weak: &Weak<Connection>) -> Result<Rc<Connection>, JsValue> {
    // Nobody hears this error: the connection it is about is gone.
    weak.upgrade()
        .ok_or_else(|| JsValue::from_str("the connection was closed"))
}

// The first one, or one that restarts ICE.
async fn offer(weak: Weak<Connection>) -> Result<(), JsValue> {
    let this = alive(&weak)?;
    let options = RtcOfferOptions::new();
    options.set_ice_restart(this.opened.get());
    let created = this.rtc.create_offer_with_rtc_offer_options(&options);
    drop(this);
    let offer: RtcSessionDescriptionInit = JsFuture::from(created).await?.unchecked_into();
    let set = alive(&weak)?.rtc.set_local_description(&offer);
    JsFuture::from(set).await?;
    let sdp = offer.get_sdp().unwrap_or_default();
    alive(&weak)?.describe(sdp);
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
    alive(&weak)?.describe(sdp);
    Ok(())
}
