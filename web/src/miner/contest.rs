//! Which kernel is the fastest here: found out by mining with each in turn.
//!
//! What they hash meanwhile is work on the job like any other, so the contest
//! costs no more than the slower kernels are slower. Processors and browsers
//! differ: a kernel that wins by a tenth in one loses by a third in the next.

use super::kernel::Running;
use super::pace::Pace;

/// Slices that each kernel gets. Browsers compile what runs long a second time
/// and better, beside the running code; later slices show what came of it.
const SLICES: usize = 24;
/// The last of them count.
const COUNTED: usize = 8;

/// The kernels that are still in the running; at last one.
pub(super) struct Contest {
    entrants: Vec<Entrant>,
    /// Whose turn it is.
    turn: usize,
    /// Slices that each has had.
    rounds: usize,
}

struct Entrant {
    kernel: Running,
    pace: Pace,
    /// Hashes a millisecond, of the best slice that counts. Not the mean: what
    /// else runs on the machine makes slices slower, never faster.
    best: f64,
}

impl Contest {
    /// Among at least one.
    pub(super) fn new(kernels: Vec<Running>) -> Self {
        assert!(!kernels.is_empty(), "the core's own search is always there");
        let entrant = |kernel| Entrant {
            kernel,
            pace: Pace::default(),
            best: 0.0,
        };
        Self {
            entrants: kernels.into_iter().map(entrant).collect(),
            turn: 0,
            rounds: 0,
        }
    }

    /// The kernel for the next slice, and its pace.
    pub(super) fn next(&mut self) -> (&Running, &mut Pace) {
        let entrant = &mut self.entrants[self.turn];
        (&entrant.kernel, &mut entrant.pace)
    }

    /// What the slice came to. Gives the winner's name when that settles it.
    pub(super) fn tried(&mut self, hashes: u64, took: f64) -> Option<&'static str> {
        if self.entrants.len() == 1 {
            return None;
        }
        // A timer that is too coarse for the slice makes nobody win.
        if self.rounds + COUNTED >= SLICES && took > 1.0 {
            let entrant = &mut self.entrants[self.turn];
            entrant.best = entrant.best.max(hashes as f64 / took);
        }
        self.turn += 1;
        if self.turn < self.entrants.len() {
            return None;
        }
        self.turn = 0;
        self.rounds += 1;
        (self.rounds >= SLICES).then(|| self.settle())
    }

    fn settle(&mut self) -> &'static str {
        let best = |a: &Entrant, b: &Entrant| a.best.total_cmp(&b.best);
        let winner = self.entrants.drain(..).max_by(best);
        let winner = winner.expect("nobody has left it before");
        let name = winner.kernel.name();
        self.entrants.push(winner);
        name
    }

    /// The name of the only one left.
    pub(super) fn winner(&self) -> Option<&'static str> {
        match &self.entrants[..] {
            [winner] => Some(winner.kernel.name()),
            _ => None,
        }
    }
}
