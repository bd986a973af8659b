//! Attempts to open a link: whose offer stands, how many are under way, and who gives
//! way to whom.
//!
//! When both offer at once (*glare*), the offer of the lower peer id stands: both sides
//! know which that is without another word. An offer from a peer whose link is open
//! replaces the link only when the new one opens: a relay that repeats an old signed offer
//! cannot take a link down.
//!
//! Offers cost who sends them nothing, so that strangers' never take the places of own
//! dials. An offer is answered in one of a few places, of which the oldest gives way, until
//! somebody is known to be behind it: until the first check of connectivity (RFC 8445)
//! has come through.

use std::collections::BTreeMap;

use crate::hash::PeerId;
use crate::relay::MAX_SAMPLE;
use crate::units::Millis;

/// Dials of this node under way, at most; offers of peers that it dials, too, are among
/// them. As many as the relay names at once: a node that reaches nobody comes to all.
pub const MAX_DIALS: usize = MAX_SAMPLE;
/// Strangers' offers that are answered and of which nothing has come yet, at most.
pub const MAX_UNPROVEN: usize = 4;
/// Strangers' attempts that a check has come of, at most.
pub const MAX_PROVEN: usize = 4;
/// Attempts, at most.
pub const MAX_ATTEMPTS: usize = MAX_DIALS + MAX_UNPROVEN + MAX_PROVEN;

/// One attempt.
#[derive(Debug)]
pub struct Attempt<C> {
    /// What the driver has of it.
    pub connection: C,
    /// Random number of whoever offers.
    pub session: u32,
    /// Whether the offer is this node's.
    pub offers: bool,
    /// The node asked for it, and is owed that it is up or has failed.
    pub dialled: bool,
    /// A person carried the offer here.
    by_person: bool,
    proven: bool,
    since: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Own,
    Unproven,
    Proven,
}

impl<C> Attempt<C> {
    /// One that begins now, as the node's own offer or as an answer.
    pub fn new(connection: C, session: u32, offers: bool, now: Millis) -> Self {
        Self {
            connection,
            session,
            offers,
            dialled: false,
            by_person: false,
            proven: false,
            since: now,
        }
    }

    /// The same; the node is owed what comes of it.
    pub fn dialled(self, dialled: bool) -> Self {
        Self { dialled, ..self }
    }

    /// The same; a person wants it.
    pub fn by_person(self) -> Self {
        Self {
            by_person: true,
            ..self
        }
    }

    fn place(&self) -> Place {
        let own = self.dialled || self.offers || self.by_person;
        match (own, self.proven) {
            (true, _) => Place::Own,
            (false, false) => Place::Unproven,
            (false, true) => Place::Proven,
        }
    }
}

/// What a dial asks of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialled {
    /// Offer the peer a connection, and [`Attempts::begin`].
    Offer,
    /// Nothing: an attempt is under way, and what comes of it is told.
    UnderWay,
    /// It has failed: all places are taken.
    Full,
}

/// What an offer asks of the driver.
#[derive(Debug, PartialEq, Eq)]
pub enum Offered<C> {
    /// Nothing: the own offer stands, or it is a repetition.
    Passed,
    /// Say that there is no room; whoever had dialled hears that it failed.
    Full {
        /// Whether the node had dialled the peer.
        dialled: bool,
        /// The connection of this peer that ends.
        former: Option<C>,
    },
    /// Answer it, and [`Attempts::begin`].
    Answer {
        /// Whether the node has dialled the peer.
        dialled: bool,
        /// The connection of this peer that ends.
        former: Option<C>,
        /// A stranger that gives way: it is told that there is no room.
        gave_way: Option<GaveWay<C>>,
    },
}

/// An attempt of a stranger that has given way.
#[derive(Debug, PartialEq, Eq)]
pub struct GaveWay<C> {
    /// Whose it was.
    pub peer: PeerId,
    /// Its session.
    pub session: u32,
    /// What the driver had of it.
    pub connection: C,
}

/// All attempts of a node over links of one kind; `C` is what the driver has of each.
#[derive(Debug)]
pub struct Attempts<C> {
    me: PeerId,
    /// At most [`MAX_ATTEMPTS`].
    by: BTreeMap<PeerId, Attempt<C>>,
}

impl<C> Attempts<C> {
    /// None yet, of the node `me`.
    pub fn new(me: PeerId) -> Self {
        Self {
            me,
            by: BTreeMap::new(),
        }
    }

    /// The node wants a link to a peer that it has none to.
    pub fn dial(&mut self, peer: PeerId) -> Dialled {
        if let Some(attempt) = self.by.get_mut(&peer) {
            attempt.dialled = true;
            return Dialled::UnderWay;
        }
        match peer != self.me && self.count(Place::Own) < MAX_DIALS {
            true => Dialled::Offer,
            false => Dialled::Full,
        }
    }

    /// A peer offers a connection. `has_room` says whether one more link to it could be
    /// held open.
    pub fn offered(&mut self, from: PeerId, session: u32, has_room: bool) -> Offered<C> {
        if let Some(attempt) = self.by.get(&from) {
            let ours_stands = attempt.offers && self.me < from;
            if ours_stands || attempt.session == session {
                return Offered::Passed;
            }
        }
        // Glare that the other side wins, or its second try: ours ends without a word.
        let former = self.by.remove(&from);
        let dialled = former.as_ref().is_some_and(|former| former.dialled);
        let former = former.map(|former| former.connection);
        if !has_room || from == self.me {
            return Offered::Full { dialled, former };
        }
        let gave_way = match dialled {
            true => None,
            false => self.make_room(Place::Unproven, MAX_UNPROVEN),
        };
        Offered::Answer {
            dialled,
            former,
            gave_way,
        }
    }

    /// The driver has begun what [`Self::dial`] or [`Self::offered`] asked for, or what
    /// people brought. Returns the connection of an attempt whose place it takes.
    pub fn begin(&mut self, peer: PeerId, attempt: Attempt<C>) -> Option<C> {
        let former = self.by.insert(peer, attempt);
        former.map(|former| former.connection)
    }

    /// A check of connectivity has come through: somebody is there. Returns the
    /// one that gives way to it.
    pub fn proven(&mut self, peer: PeerId, session: u32) -> Option<GaveWay<C>> {
        let attempt = self.get(peer, session)?;
        if attempt.place() != Place::Unproven {
            return None;
        }
        let gave_way = self.make_room(Place::Proven, MAX_PROVEN);
        if let Some(attempt) = self.by.get_mut(&peer) {
            attempt.proven = true;
        }
        gave_way
    }

    /// The peer has no room: the attempt, if the offer was this node's.
    pub fn refused(&mut self, peer: PeerId, session: u32) -> Option<Attempt<C>> {
        let attempt = self.by.get(&peer)?;
        match attempt.offers && attempt.session == session {
            true => self.by.remove(&peer),
            false => None,
        }
    }

    /// The attempt is over, one way or the other.
    pub fn take(&mut self, peer: PeerId) -> Option<Attempt<C>> {
        self.by.remove(&peer)
    }

    /// The attempt at a peer.
    pub fn of(&self, peer: PeerId) -> Option<&Attempt<C>> {
        self.by.get(&peer)
    }

    /// The same, if it is of this session.
    pub fn get(&mut self, peer: PeerId, session: u32) -> Option<&mut Attempt<C>> {
        let attempt = self.by.get_mut(&peer);
        attempt.filter(|attempt| attempt.session == session)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (PeerId, &Attempt<C>)> {
        self.by.iter().map(|(peer, attempt)| (*peer, attempt))
    }

    /// All of them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (PeerId, &mut Attempt<C>)> {
        self.by.iter_mut().map(|(peer, attempt)| (*peer, attempt))
    }

    fn count(&self, place: Place) -> usize {
        let same = |attempt: &&Attempt<C>| attempt.place() == place;
        self.by.values().filter(same).count()
    }

    // The oldest gives way.
    fn make_room(&mut self, place: Place, limit: usize) -> Option<GaveWay<C>> {
        if self.count(place) < limit {
            return None;
        }
        let there = (self.by.iter()).filter(|(_, attempt)| attempt.place() == place);
        let oldest = there.min_by_key(|(_, attempt)| attempt.since);
        let peer = oldest.map(|(peer, _)| *peer)?;
        self.by.remove(&peer).map(|attempt| GaveWay {
            peer,
            session: attempt.session,
            connection: attempt.connection,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: PeerId = PeerId([100; 32]);

    fn peer(number: u16) -> PeerId {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        PeerId(id)
    }

    /// The driver's part; its connections are numbers.
    fn dial(attempts: &mut Attempts<u32>, to: PeerId, session: u32) -> Dialled {
        let dialled = attempts.dial(to);
        if dialled == Dialled::Offer {
            let attempt = Attempt::new(session, session, true, Millis(session.into()));
            attempts.begin(to, attempt.dialled(true));
        }
        dialled
    }

    fn offer(attempts: &mut Attempts<u32>, from: PeerId, session: u32) -> Offered<u32> {
        let offered = attempts.offered(from, session, true);
        if let Offered::Answer { dialled, .. } = offered {
            let attempt = Attempt::new(session, session, false, Millis(session.into()));
            attempts.begin(from, attempt.dialled(dialled));
        }
        offered
    }

    #[test]
    fn when_both_offer_the_lower_ids_stands() {
        for (other, stands) in [(peer(1), false), (PeerId([200; 32]), true)] {
            let mut attempts = Attempts::new(ME);
            assert_eq!(dial(&mut attempts, other, 1), Dialled::Offer);
            let offered = offer(&mut attempts, other, 2);
            let expected = match stands {
                true => Offered::Passed,
                false => Offered::Answer {
                    dialled: true,
                    former: Some(1),
                    gave_way: None,
                },
            };
            assert_eq!(offered, expected);
            let attempt = attempts.of(other).expect("one of them");
            assert!(attempt.dialled, "the node is owed an end");
            assert_eq!(attempt.offers, stands);
        }
    }

    #[test]
    fn an_offer_that_is_repeated_changes_nothing() {
        let mut attempts = Attempts::new(ME);
        offer(&mut attempts, peer(1), 5);
        assert_eq!(offer(&mut attempts, peer(1), 5), Offered::Passed);
        let second = offer(&mut attempts, peer(1), 6);
        assert!(matches!(
            second,
            Offered::Answer {
                former: Some(5),
                ..
            }
        ));
    }

    #[test]
    fn a_thousand_offers_of_strangers_take_four_places_and_no_dial_of_ones_own() {
        let mut attempts = Attempts::new(ME);
        for number in 0..24 {
            let dialled = dial(&mut attempts, peer(number), number.into());
            assert_eq!(dialled, Dialled::Offer, "{number}");
        }
        assert_eq!(dial(&mut attempts, peer(24), 24), Dialled::Full);
        for number in 100..1_100 {
            let Offered::Answer { gave_way, .. } =
                offer(&mut attempts, peer(number), number.into())
            else {
                panic!("{number} is not answered");
            };
            let oldest = (number >= 104).then(|| u32::from(number) - 4);
            assert_eq!(gave_way.map(|one| one.session), oldest);
        }
        assert_eq!(attempts.iter().count(), 28);
        assert!((0..24).all(|number| attempts.of(peer(number)).is_some()));
        // Whom this node dials itself is answered in the dial's own place.
        attempts.take(peer(0));
        let other = PeerId([200; 32]);
        dial(&mut attempts, other, 5_000);
        assert!(attempts.of(peer(1_099)).is_some());
    }

    #[test]
    fn who_is_there_gives_way_only_to_others_who_are() {
        let mut attempts = Attempts::new(ME);
        for number in 0..6 {
            offer(&mut attempts, peer(number), number.into());
            let gave_way = attempts.proven(peer(number), number.into());
            let oldest = (number >= 4).then(|| u32::from(number) - 4);
            assert_eq!(gave_way.map(|one| one.connection), oldest);
        }
        for number in 10..500 {
            offer(&mut attempts, peer(number), number.into());
        }
        assert_eq!(attempts.iter().count(), 8);
        assert!((2..6).all(|number| attempts.of(peer(number)).is_some()));
        assert_eq!(attempts.proven(peer(5), 5), None, "said twice");
        assert_eq!(attempts.proven(peer(499), 1), None, "of another session");
    }

    #[test]
    fn a_refusal_ends_the_own_offer_of_that_session_alone() {
        let mut attempts = Attempts::new(ME);
        dial(&mut attempts, peer(1), 7);
        assert!(attempts.refused(peer(1), 8).is_none());
        assert!(
            attempts
                .refused(peer(1), 7)
                .is_some_and(|attempt| attempt.dialled)
        );
        offer(&mut attempts, peer(2), 9);
        assert!(attempts.refused(peer(2), 9).is_none());
    }

    #[test]
    fn without_room_an_offer_is_refused_and_a_dial_has_failed() {
        let mut attempts = Attempts::new(ME);
        dial(&mut attempts, peer(1), 1);
        let full = |dialled, former| Offered::Full { dialled, former };
        assert_eq!(attempts.offered(peer(1), 2, false), full(true, Some(1)));
        assert_eq!(attempts.offered(peer(1), 3, false), full(false, None));
        assert_eq!(attempts.dial(ME), Dialled::Full);
        assert_eq!(attempts.offered(ME, 4, true), full(false, None));
    }
}
