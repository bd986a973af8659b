//! How much of the time a worker works.

/// Percent of the time, at least and at most.
pub const DUTIES: std::ops::RangeInclusive<u32> = 10..=100;

/// Milliseconds of rest that are paid back in one go, at least: browsers let a
/// timer wait 4 ms or more, whatever is asked for.
const NAP: f64 = 20.0;

/// Keeps work and rest in proportion.
#[derive(Debug)]
pub(super) struct Duty {
    percent: u32,
    /// Milliseconds of rest that are due.
    owed: f64,
}

impl Default for Duty {
    fn default() -> Self {
        Self {
            percent: *DUTIES.end(),
            owed: 0.0,
        }
    }
}

impl Duty {
    /// What is owed by the old share is forgiven.
    pub(super) fn set(&mut self, percent: u32) {
        self.percent = percent.clamp(*DUTIES.start(), *DUTIES.end());
        self.owed = 0.0;
    }

    /// The share.
    pub(super) fn percent(&self) -> u32 {
        self.percent
    }

    /// So many milliseconds of work are done; gives how many to rest now, if it
    /// is worth a timer.
    pub(super) fn worked(&mut self, ms: f64) -> Option<f64> {
        let share = f64::from(self.percent) / 100.0;
        self.owed += ms * (1.0 - share) / share;
        (self.owed >= NAP).then_some(self.owed)
    }

    /// So many milliseconds of rest have passed. One that lasted longer than was
    /// owed counts against the next, within a bound: a machine that slept owes
    /// nobody a night of work.
    pub(super) fn rested(&mut self, ms: f64) {
        self.owed = (self.owed - ms).max(-NAP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn rest_stands_in_proportion_to_work_although_timers_come_late() {
        for percent in [10, 25, 50, 75, 90, 100] {
            let mut duty = Duty::default();
            duty.set(percent);
            let (mut worked, mut rested) = (0.0, 0.0);
            while worked + rested < 60_000.0 {
                worked += 10.0;
                if let Some(nap) = duty.worked(10.0) {
                    let late = nap + 5.0;
                    duty.rested(late);
                    rested += late;
                }
            }
            let share = worked / (worked + rested) * 100.0;
            assert!(
                (share - f64::from(percent)).abs() < 1.0,
                "{percent}: {share}"
            );
        }
    }

    #[wasm_bindgen_test]
    fn a_share_out_of_bounds_is_the_nearest_within() {
        let mut duty = Duty::default();
        duty.set(0);
        assert_eq!(duty.worked(10.0), Some(90.0));
        duty.set(1_000);
        assert_eq!(duty.worked(10.0), None);
    }
}
