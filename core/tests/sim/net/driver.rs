//! What a driver does for its node: clocks, sends, workers.

use rand_chacha::rand_core::Rng;
use tablon_core::command::Reply;
use tablon_core::miner;
use tablon_core::node::{Input, MinerReport, MiningJob, Output};
use tablon_core::wire::MAX_FRAME;

use super::{Acknowledged, Closed, Event, World};

impl World {
    /// Give a node an input and do what it asks for.
    pub(crate) fn feed(&mut self, who: usize, input: Input) {
        let now = self.now;
        let tab = self.at_mut(who);
        let time = tab.time(now);
        let Some(node) = &mut tab.node else { return };
        if tab.frozen.is_some() {
            // Of what its timers wanted it is told once, when it thaws.
            if !matches!(input, Input::Tick) {
                tab.inbox.push(input);
            }
            return;
        }
        tab.inputs += 1;
        let recorded = tab.record.is_some().then(|| input.clone());
        let outputs = node.step(time, input);
        if let (Some(record), Some(input)) = (&mut tab.record, recorded) {
            record.steps.push((time, input, outputs.clone()));
        }
        // Nobody heard what was said after the power had failed.
        if tab.disk.has_failed() {
            self.note(format!("the power of tab {who} fails in mid-write"));
            self.cut_power(who);
            return;
        }
        let life = tab.life;
        for output in outputs {
            // What it is owed may lead to its next step, and that to its end.
            if self.life(who) == life {
                self.handle_output(who, output);
            }
        }
    }

    pub(super) fn handle_output(&mut self, who: usize, output: Output) {
        let life = self.life(who);
        match output {
            Output::Send { peer, frame } => {
                assert!(frame.len() <= MAX_FRAME, "{} bytes", frame.len());
                let to = self.by_id[&peer];
                self.carry(who, to, frame);
            }
            Output::Disconnect { peer, reason } => {
                let whom = self.by_id[&peer];
                self.trace(|| format!("{who} closes its link to {whom}: {reason}"));
                self.closed.push(Closed {
                    at: self.now,
                    by: who,
                    whom,
                    reason,
                });
                self.at_mut(who).attempts.take(peer);
                self.unlink(who, whom);
                self.tell_down(whom, who, 20, "closed by the peer");
            }
            Output::Dial { peer, tunnel } => self.dial(who, peer, tunnel),
            Output::Signal {
                from,
                session,
                step,
                ..
            } => self.hears_step(who, from, session, &step),
            Output::Relay(signed) => self.hand_to_relay(who, signed),
            Output::Paste(_) => {}
            Output::Unreachable { peer } => self.no_way_to(who, peer),
            Output::FindPeers => self.find_peers(who),
            Output::Mine { job } => self.mine_job(who, life, job),
            Output::Stamp { job, work } => {
                let delay = 20 + self.below(300);
                let event = Event::Stamp {
                    who,
                    life,
                    job,
                    work,
                };
                self.schedule(self.now + delay, event);
            }
            Output::Reply { id, result } => {
                if let Ok(Reply::Posted(id)) = &result {
                    self.acknowledged.push(Acknowledged { by: who, id: *id });
                }
                self.at_mut(who).replies.insert(id, result);
            }
            Output::Show(delta) => {
                self.note_shown(who, &delta);
                if let Some(probe) = &mut self.probe {
                    probe.shows(self.now, who, &delta);
                }
                self.at_mut(who).show(delta);
            }
            Output::Stop { reason, .. } => panic!("tab {who} stopped: {reason}"),
            Output::WakeAt(time) => {
                let now = self.now;
                let tab = self.at_mut(who);
                assert!(time > tab.time(now), "a wake-up must lie ahead");
                tab.wake += 1;
                let number = tab.wake;
                let at = now + time.since(tab.time(now));
                self.schedule(at, Event::Wake { who, life, number });
            }
        }
    }

    pub(super) fn mine_job(&mut self, who: usize, life: u32, job: Option<MiningJob>) {
        let tab = self.at_mut(who);
        tab.mining += 1;
        tab.has_work = job.is_some();
        let (number, rate) = (tab.mining, tab.rate);
        let Some(job) = job.filter(|_| rate > 0) else {
            return;
        };
        let wait = self.exponential(expected_hashes(&job.target) * 1000.0 / rate as f64);
        let job = Box::new(job);
        self.schedule(
            self.now + wait,
            Event::Solve {
                who,
                life,
                number,
                job,
            },
        );
    }

    pub(super) fn solve(&mut self, who: usize, job: &MiningJob) {
        let first = self.rng.next_u32();
        let nonce = miner::search(&job.header, &job.target, first, u32::MAX)
            .expect("targets of a simulation are easy");
        let job = job.job;
        self.feed(
            who,
            Input::Miner(MinerReport::Solved {
                job,
                nonce,
                rolled: 0,
            }),
        );
    }
}

fn expected_hashes(target: &[u8; 32]) -> f64 {
    let share = target
        .iter()
        .rev()
        .fold((0.0, 1.0), |(sum, scale): (f64, f64), byte| {
            let scale = scale / 256.0;
            (sum + f64::from(*byte) * scale, scale)
        })
        .0;
    1.0 / share
}
