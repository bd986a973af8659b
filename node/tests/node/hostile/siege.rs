//! A node that is attacked, one attack after another, and what is measured meanwhile.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use tablon_core::wire::Message;

use super::attacker::Attacker;
use super::forge::Forge;
use super::honest::{Honest, Sight};
use crate::common::{PATIENCE, Program, resident_mib, start};

/// What a stranger would try.
pub(super) struct Attack {
    name: &'static str,
    run: fn(&mut Attacker<'_>),
    /// What the node says, each at least once, when it cuts the attacker off.
    refusals: &'static [&'static str],
    /// On a node whose quotas for strangers are full, as before any attack.
    afresh: bool,
}

/// An attack of which what is measured is all that there is to see.
pub(super) const fn attack(name: &'static str, run: fn(&mut Attacker<'_>)) -> Attack {
    refused(name, run, &[])
}

/// One for which the node cuts off whoever tries it, and says so.
pub(super) const fn refused(
    name: &'static str,
    run: fn(&mut Attacker<'_>),
    refusals: &'static [&'static str],
) -> Attack {
    Attack {
        name,
        run,
        refusals,
        afresh: false,
    }
}

impl Attack {
    /// On a node of its own: others before it would have used up what strangers may take.
    pub(super) const fn afresh(self) -> Self {
        Self {
            afresh: true,
            ..self
        }
    }
}

/// Memory above rest, at most.
const MEMORY_MIB: usize = 64;
/// The median ping of an honest peer, at most. Measured alone: 0.3 ms.
const PING: Duration = Duration::from_millis(20);
/// What an honest peer is sent for a second of an attack, at most: ten megabits, a slow
/// line's second.
const CARRIED_BYTES: u64 = 4 << 20;
/// The machine runs other programs as well, which may delay pings once. What an attack
/// does to a node it does to the next one.
const TRIES: u32 = 3;
/// Between two looks at the node's memory.
const LOOK: Duration = Duration::from_millis(50);

/// Attacks are measured one at a time, and while those of other tests wait here they
/// leave the machine to it.
static ALONE: Mutex<()> = Mutex::new(());

/// Let a node withstand these attacks.
pub(super) fn withstand(attacks: &[Attack]) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    rlimit::increase_nofile_limit(4_096).unwrap();
    let mut siege = Siege::lay();
    for attack in attacks {
        if !siege.endures(attack) {
            break;
        }
    }
    let Siege {
        besieged,
        table,
        faults,
    } = siege;
    eprintln!("{table}");
    assert!(faults.is_empty(), "{faults:#?}\n{table}");
    let Besieged { node, watch, .. } = besieged;
    drop(watch); // before there is nothing to watch
    node.terminate();
}

struct Siege {
    besieged: Besieged,
    table: String,
    faults: Vec<String>,
}

/// A node, and what is needed to attack and watch it.
struct Besieged {
    watch: Watch,
    node: Program,
    forge: Forge,
    /// Of the node when nothing went on yet.
    rest_mib: usize,
    attackers: u8,
    _folder: TempDir,
}

/// The honest peer, and who looks at the node's memory.
pub(super) struct Watch {
    pub(super) honest: Honest,
    memory: Memory,
}

struct Memory {
    most_mib: Arc<AtomicUsize>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Measured {
    made: u64,
    /// What the node said last, and what it should have said.
    cut_off: String,
    unsaid: Option<&'static str>,
    above_rest_mib: usize,
    sight: Sight,
    /// What the attacker saw that must not be.
    seen: Option<String>,
    /// Why the node does not go on.
    end: Option<String>,
}

impl Siege {
    fn lay() -> Self {
        let heads = ["attack", "made", "MiB", "ping", "longest", "sent on"];
        let [attack, made, memory, ping, longest, bytes] = heads;
        let table = format!(
            "{attack:56} {made:>7} {memory:>4} {ping:>8} {longest:>8} {bytes:>8}  cut off last\n"
        );
        Self {
            besieged: Besieged::begin(),
            table,
            faults: Vec::new(),
        }
    }

    // False when nothing more can be learnt.
    fn endures(&mut self, attack: &Attack) -> bool {
        let name = attack.name;
        if attack.afresh {
            self.besieged = Besieged::begin();
        }
        let mut measured = self.besieged.measure(attack);
        for _ in 1..TRIES {
            if measured.sight.median <= PING || measured.end.is_some() {
                break;
            }
            self.besieged = Besieged::begin();
            let again = self.besieged.measure(attack);
            let sight = Sight {
                median: measured.sight.median.min(again.sight.median),
                ..again.sight
            };
            measured = Measured {
                above_rest_mib: measured.above_rest_mib.max(again.above_rest_mib),
                sight,
                unsaid: measured.unsaid.or(again.unsaid),
                seen: measured.seen.or(again.seen),
                ..again
            };
        }
        let Measured {
            made,
            cut_off,
            unsaid,
            above_rest_mib,
            sight,
            seen,
            end,
        } = measured;
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let (ping, longest, kib) = (ms(sight.median), ms(sight.longest), sight.bytes / 1_024);
        writeln!(
            self.table,
            "{name:56} {made:>7} {above_rest_mib:>4} {ping:>8} {longest:>8} {kib:>4} KiB  {cut_off}"
        )
        .unwrap();
        let mut fault = |what: String| self.faults.push(format!("{name}: {what}"));
        if above_rest_mib > MEMORY_MIB {
            fault(format!("{above_rest_mib} MiB above rest"));
        }
        if sight.median > PING {
            fault(format!("the median ping took {ping}"));
        }
        if sight.bytes > CARRIED_BYTES {
            fault(format!("the honest peer was sent {kib} KiB"));
        }
        if made == 0 {
            fault("nothing was tried".into());
        }
        if let Some(unsaid) = unsaid {
            fault(format!("{unsaid:?} was not said, but {cut_off:?}"));
        }
        if let Some(seen) = seen {
            fault(seen);
        }
        let lost = self.besieged.watch.honest.lost();
        if let Some(reason) = &lost {
            fault(format!("the honest link is lost: {reason}"));
        }
        if let Some(reason) = &end {
            fault(reason.clone());
        }
        lost.is_none() && end.is_none()
    }
}

impl Besieged {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store");
        let forge = Forge::with_store(&store);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let honest = format!("http://{}", listener.local_addr().unwrap());
        // The addresses that attackers come from are what the proxy says.
        let node = start(&store, &["--behind-proxy", "--peer", &honest]);
        let honest = Honest::take(&listener, &forge.hello());
        let status = node.get("/api/v1/status").json();
        assert_eq!(status["height"], forge.chain.tip().height.0, "{status}");
        Self {
            rest_mib: resident_mib(node.id()),
            watch: Watch {
                memory: Memory::watch(&node),
                honest,
            },
            node,
            forge,
            attackers: 0,
            _folder: folder,
        }
    }

    fn measure(&mut self, attack: &Attack) -> Measured {
        self.attackers += 1;
        let mut attacker = Attacker::new(
            self.node.address,
            &mut self.forge,
            &self.watch,
            self.attackers,
            attack.refusals,
        );
        (attack.run)(&mut attacker);
        let (made, seen) = (attacker.made, attacker.fault.take());
        let (cut_off, unsaid) = (attacker.refusals.last().cloned(), attacker.unsaid());
        let sight = self.watch.honest.saw();
        let end = self.goes_on().err();
        Measured {
            made,
            cut_off: cut_off.unwrap_or_default(),
            unsaid,
            above_rest_mib: self.watch.memory.most_mib().saturating_sub(self.rest_mib),
            sight,
            seen,
            end,
        }
    }

    // Whether the node is on the honest chain, takes the next block of it, and says so.
    fn goes_on(&mut self) -> Result<(), String> {
        let tip = self.forge.chain.tip().hash.to_string();
        let told = self.tip()?;
        if told != tip {
            return Err(format!("its tip is {told}, the honest chain's {tip}"));
        }
        let block = self.forge.next();
        let next = block.header.hash().to_string();
        self.watch.honest.say(Message::NewBlock(Box::new(block)));
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.watch.honest.lost().is_none() {
            if self.tip()? == next {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err("it does not take the honest peer's block".into())
    }

    fn tip(&self) -> Result<String, String> {
        let status = self.node.try_send("GET", "/api/v1/status", &[], "");
        let status = status.map_err(|error| format!("it does not answer: {error}"))?;
        match status.json()["tip"].as_str() {
            Some(tip) => Ok(tip.to_owned()),
            None => Err(format!("it answers {status:?}")),
        }
    }
}

impl Watch {
    /// Measure from now on.
    pub(super) fn begins(&self) {
        self.honest.begins();
        self.memory.most_mib.store(0, Ordering::Relaxed);
    }
}

impl Memory {
    fn watch(node: &Program) -> Self {
        let (most_mib, done) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let (most, ended, id) = (Arc::clone(&most_mib), Arc::clone(&done), node.id());
        let thread = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                most.fetch_max(resident_mib(id), Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        Self {
            most_mib,
            done,
            thread: Some(thread),
        }
    }

    fn most_mib(&self) -> usize {
        self.most_mib.load(Ordering::Relaxed)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
