//! One connection: a state machine around str0m's. It is told of signals, datagrams,
//! mail and the time; what it wants done stands in [`Connection::out`].

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig, RtcError};
use tablon_core::chunks::{self, Assembler};
use tablon_core::links;
use tablon_core::relay::SignalStep;
use tablon_core::wire::MAX_FRAME;

use super::description::{is_of_data, version, with_version};
use crate::links::{LinkId, Mail, Queued};

/// The channel's label: another one is not ours.
const LABEL: &str = "tablon";

const UNANSWERED: Duration = Duration::from_millis(links::UNANSWERED_MS as u64);
const UNOPENED: Duration = Duration::from_millis(links::UNOPENED_MS as u64);

/// A path that is silent often comes back; after so long another is looked for.
const SILENCE_UNTIL_RESTART: Duration = Duration::from_secs(4);

/// When that has not helped in so long, it is the end.
const MENDING: Duration = Duration::from_secs(10);

/// For the channel to take one chunk more: 1.6 KiB/s.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// Candidates of one peer, at most. A machine with many interfaces has about twenty.
const MAX_CANDIDATES: usize = 64;

/// Bytes that are on their way and not acknowledged, at most: 10 MB/s over 50 ms.
const IN_FLIGHT: usize = 512 * 1024;

/// What all connections of a node have in common.
#[derive(Debug, Clone)]
pub(super) struct Common {
    crypto: Arc<CryptoProvider>,
    /// Of one certificate, whose fingerprint the signed descriptions carry.
    certificate: DtlsCert,
    candidates: Vec<Candidate>,
}

impl Common {
    /// For sockets at these addresses.
    pub(super) fn new(addresses: &[SocketAddr]) -> Self {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = crypto.dtls_provider.generate_certificate();
        let host = |address: &SocketAddr| Candidate::host(*address, Protocol::Udp).ok();
        Self {
            certificate: certificate.expect("this provider makes certificates"),
            crypto,
            candidates: addresses.iter().filter_map(host).collect(),
        }
    }

    fn begin(&self, now: Instant) -> Rtc {
        let config = RtcConfig::new()
            .clear_codecs()
            .set_crypto_provider(Arc::clone(&self.crypto))
            .set_dtls_cert(self.certificate.clone())
            .set_sctp_max_buffered_amount(IN_FLIGHT);
        let mut rtc = config.build(now);
        for candidate in &self.candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        rtc
    }
}

/// What a connection wants done.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) datagrams: Vec<Transmit>,
    pub(super) happenings: VecDeque<Happening>,
}

/// What happens to it.
#[derive(Debug)]
pub(super) enum Happening {
    /// To be said to the peer by signal.
    Say(SignalStep),
    /// A check of connectivity has come through: somebody is there.
    Proven,
    /// The channel is open.
    Opened,
    /// A whole message came.
    Received(Vec<u8>),
    /// It is over; why, for people. Nothing follows.
    Closed(String),
}

/// What the node has for the peer.
pub(super) enum Letter {
    Frame(Queued),
    /// The node ends the link.
    End,
}

/// What is to be done when it is time.
#[derive(Debug, Clone, Copy)]
enum Timer {
    Mend,
    GiveUp(&'static str),
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: LinkId,
    pub(super) session: u32,
    /// Whether the offer is ours.
    pub(super) offers: bool,
    pub(super) out: Out,
    /// What the node has to say, once the channel is open.
    pub(super) mail: Option<Mail>,
    rtc: Rtc,
    channel: Option<ChannelId>,
    opened: bool,
    closed: bool,
    /// Our offer, until it is answered.
    pending: Option<SdpPendingOffer>,
    /// Version of our last description.
    said: u64,
    /// Of the peer's that was taken last.
    heard: Option<u64>,
    /// Of the peer: counted, and kept until its description has come.
    candidates: usize,
    early: Vec<Candidate>,
    assembler: Assembler,
    /// Of the message that is being sent.
    chunks: VecDeque<Vec<u8>>,
    /// Since when the channel takes no more.
    stuck: Option<Instant>,
    timer: Option<(Instant, Timer)>,
    /// When str0m wants to be told the time.
    due: Instant,
}

impl Connection {
    /// Offer a connection.
    pub(super) fn offer(session: u32, common: &Common, now: Instant) -> Self {
        let mut this = Self::new(session, true, common, now);
        let mut changes = this.rtc.sdp_api();
        this.channel = Some(changes.add_channel(LABEL.into()));
        let (offer, pending) = changes.apply().expect("a first channel is negotiated");
        this.pending = Some(pending);
        this.describe(&offer.to_sdp_string(), |sdp| SignalStep::Offer { sdp });
        this.drain(now);
        this
    }

    /// Answer an offer.
    pub(super) fn answer(session: u32, sdp: &str, common: &Common, now: Instant) -> Self {
        let mut this = Self::new(session, false, common, now);
        this.take_offer(sdp, now);
        this
    }

    fn new(session: u32, offers: bool, common: &Common, now: Instant) -> Self {
        Self {
            id: LinkId::fresh(),
            session,
            offers,
            out: Out::default(),
            mail: None,
            rtc: common.begin(now),
            channel: None,
            opened: false,
            closed: false,
            pending: None,
            said: 1,
            heard: None,
            candidates: 0,
            early: Vec::new(),
            assembler: Assembler::new(MAX_FRAME),
            chunks: VecDeque::new(),
            stuck: None,
            timer: Some(match offers {
                true => (now + UNANSWERED, Timer::GiveUp(NOT_ANSWERED)),
                false => (now + UNOPENED, Timer::GiveUp(NOT_OPENED)),
            }),
            due: now,
        }
    }

    /// The peer's answer to our offer.
    pub(super) fn answered(&mut self, sdp: &str, now: Instant) {
        // A second answer changes nothing, and one that was repeated is no newer.
        if self.pending.is_none() || !self.is_newer(sdp) {
            return;
        }
        let Some(pending) = self.pending.take() else {
            return;
        };
        if !self.opened {
            self.timer = Some((now + UNOPENED, Timer::GiveUp(NOT_OPENED)));
        }
        let answer = SdpAnswer::from_sdp_string(sdp);
        let taken = match answer {
            Ok(answer) if is_of_data(sdp) => self.rtc.sdp_api().accept_answer(pending, answer),
            _ => return self.close(NO_DESCRIPTION.into()),
        };
        self.check(taken);
        self.peer_described(now);
    }

    /// The peer, whose offer it was, looks for another path.
    pub(super) fn restarted(&mut self, sdp: &str, now: Instant) {
        if self.opened && !self.offers && version(sdp) > self.heard {
            self.timer = Some((now + MENDING, Timer::GiveUp(PATH_GONE)));
            self.candidates = 0;
            self.take_offer(sdp, now);
        }
    }

    /// One of the peer's candidates. One that cannot be used (TCP, a name that only
    /// browsers resolve) is no reason to give the peer up: it will call from there.
    pub(super) fn candidate(&mut self, text: &str, now: Instant) {
        let Ok(candidate) = Candidate::from_sdp_string(text) else {
            return;
        };
        self.candidates += 1;
        if self.candidates > MAX_CANDIDATES {
            return;
        }
        match self.heard {
            Some(_) => self.rtc.add_remote_candidate(candidate),
            None => self.early.push(candidate),
        }
        self.pass(now);
    }

    /// Whether the peer's description has come.
    pub(super) fn is_described(&self) -> bool {
        self.heard.is_some()
    }

    /// Whether a datagram is for this connection.
    pub(super) fn accepts(&self, input: &Input<'_>) -> bool {
        !self.closed && self.rtc.accepts(input)
    }

    /// A datagram that it accepts.
    pub(super) fn receive(&mut self, received: Receive<'_>, now: Instant) {
        let taken = self.rtc.handle_input(Input::Receive(now, received));
        self.check(taken);
        self.drain(now);
        self.send_chunks(now);
    }

    /// Whether it takes another message to send.
    pub(super) fn is_idle(&self) -> bool {
        self.opened && !self.closed && self.chunks.is_empty()
    }

    /// Something from the mail. Asked for when idle.
    pub(super) fn post(&mut self, letter: Letter, now: Instant) {
        match letter {
            Letter::Frame(queued) => {
                self.chunks.extend(chunks::split(&queued.frame));
                self.send_chunks(now);
            }
            Letter::End => self.close("this node ends the link".into()),
        }
    }

    /// The datagrams that tell the peer that this is the end.
    pub(super) fn say_goodbye(&mut self) -> Vec<Transmit> {
        let mut datagrams = std::mem::take(&mut self.out.datagrams);
        if self.rtc.close().is_ok() {
            loop {
                match self.rtc.poll_output() {
                    Ok(Output::Transmit(datagram)) => datagrams.push(datagram),
                    Ok(Output::Event(_)) => {}
                    Ok(Output::Timeout(_)) | Err(_) => break,
                }
            }
        }
        datagrams
    }

    /// When to call [`Self::pass`] at the latest.
    pub(super) fn due(&self) -> Instant {
        let timer = self.timer.map(|(at, _)| at);
        let stuck = self.stuck.map(|since| since + SEND_WITHIN);
        let wishes = [timer, stuck].into_iter().flatten();
        wishes.fold(self.due, Instant::min)
    }

    /// Time passes.
    pub(super) fn pass(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        let taken = self.rtc.handle_input(Input::Timeout(now));
        self.check(taken);
        self.drain(now);
        self.send_chunks(now);
        if self.stuck.is_some_and(|since| now >= since + SEND_WITHIN) {
            let seconds = SEND_WITHIN.as_secs();
            self.close(format!("it does not read within {seconds} s"));
        }
        if let Some((_, timer)) = self.timer.take_if(|(at, _)| now >= *at) {
            match timer {
                Timer::GiveUp(reason) => self.close(reason.into()),
                Timer::Mend => self.mend(now),
            }
        }
    }

    // The side that offered looks for another path; the other waits for that.
    fn mend(&mut self, now: Instant) {
        self.timer = Some((now + MENDING, Timer::GiveUp(PATH_GONE)));
        if !self.offers {
            return;
        }
        let mut changes = self.rtc.sdp_api();
        changes.ice_restart(true);
        if let Some((offer, pending)) = changes.apply() {
            self.pending = Some(pending);
            self.candidates = 0;
            self.describe(&offer.to_sdp_string(), |sdp| SignalStep::Restart { sdp });
            self.drain(now);
        }
    }

    fn take_offer(&mut self, sdp: &str, now: Instant) {
        if !self.is_newer(sdp) || !is_of_data(sdp) {
            return self.close(NO_DESCRIPTION.into());
        }
        let Ok(offer) = SdpOffer::from_sdp_string(sdp) else {
            return self.close(NO_DESCRIPTION.into());
        };
        match self.rtc.sdp_api().accept_offer(offer) {
            Ok(answer) => {
                self.describe(&answer.to_sdp_string(), |sdp| SignalStep::Answer { sdp });
                self.peer_described(now);
            }
            Err(error) => self.close(error.to_string()),
        }
    }

    fn peer_described(&mut self, now: Instant) {
        for candidate in std::mem::take(&mut self.early) {
            self.rtc.add_remote_candidate(candidate);
        }
        self.pass(now);
    }

    // Our candidates are known from the start: each description has them all.
    fn describe(&mut self, sdp: &str, step: impl FnOnce(String) -> SignalStep) {
        self.said += 1;
        let step = step(with_version(sdp, self.said));
        self.out.happenings.push_back(Happening::Say(step));
    }

    // A relay that repeats an old signed description must not break the link.
    fn is_newer(&mut self, sdp: &str) -> bool {
        let version = version(sdp);
        let newer = version > self.heard;
        if newer {
            self.heard = version;
        }
        newer
    }

    // As much as the channel takes. Each write is drained before the next.
    fn send_chunks(&mut self, now: Instant) {
        while let Some(chunk) = self.chunks.front()
            && !self.closed
            && let Some(mut channel) = self.channel.and_then(|id| self.rtc.channel(id))
        {
            match channel.write(true, chunk) {
                Ok(true) => {
                    self.chunks.pop_front();
                    self.stuck = None;
                    self.drain(now);
                }
                Ok(false) => {
                    self.stuck.get_or_insert(now);
                    return;
                }
                Err(error) => self.close(error.to_string()),
            }
        }
    }

    fn drain(&mut self, now: Instant) {
        while !self.closed {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(due)) => {
                    self.due = due;
                    return;
                }
                Ok(Output::Transmit(datagram)) => self.out.datagrams.push(datagram),
                Ok(Output::Event(event)) => self.hear(event, now),
                Err(error) => self.close(error.to_string()),
            }
        }
    }

    fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::IceConnectionStateChange(state) if !self.opened && state.is_connected() => {
                self.out.happenings.push_back(Happening::Proven);
            }
            Event::IceConnectionStateChange(_) if !self.opened => {}
            Event::IceConnectionStateChange(state) => {
                if !state.is_disconnected() {
                    self.timer = None;
                } else if self.timer.is_none() {
                    self.timer = Some((now + SILENCE_UNTIL_RESTART, Timer::Mend));
                }
            }
            Event::ChannelOpen(id, label) => {
                let ours = label == LABEL && self.channel.is_none_or(|channel| channel == id);
                if !ours || self.opened {
                    let reason = format!("one channel is opened, called {LABEL:?}");
                    return self.close(reason);
                }
                self.channel = Some(id);
                self.opened = true;
                self.timer = None;
                self.out.happenings.push_back(Happening::Opened);
            }
            Event::ChannelData(data) if !data.binary => {
                self.close("a message is bytes, the peer sent text".into());
            }
            Event::ChannelData(data) => match self.assembler.push(&data.data) {
                Ok(Some(frame)) => self.out.happenings.push_back(Happening::Received(frame)),
                Ok(None) => {}
                Err(error) => self.close(format!("the peer broke a rule: {error}")),
            },
            Event::ChannelClose(_) | Event::Closed => self.close("the peer left".into()),
            _ => {}
        }
    }

    fn check(&mut self, taken: Result<(), RtcError>) {
        if let Err(error) = taken {
            self.close(error.to_string());
        }
    }

    fn close(&mut self, reason: String) {
        if !self.closed {
            self.closed = true;
            self.out.happenings.push_back(Happening::Closed(reason));
        }
    }
}

const NOT_ANSWERED: &str = "the peer did not answer in 5 seconds";
const NOT_OPENED: &str = "the connection did not open in 15 seconds";
const PATH_GONE: &str = "the network path to the peer is gone";
const NO_DESCRIPTION: &str = "that is no session description of data alone";
