//! A store that has reached its budget of disk: the node rests, or reads on, until
//! the person has decided.

use std::rc::Rc;

use super::life::Phase;
use super::{Client, Event, Inner, refusal, surroundings};
use crate::threads::{OverBudget, ToNode};
use tablon_core::command::Refusal;

impl Client {
    /// Let the store grow to so many bytes, and go on.
    pub fn raise_budget(&self, bytes: u64) {
        self.0.raise_budget(bytes);
    }
}

impl Inner {
    pub(super) fn over_budget(&self, over: OverBudget) {
        // It was said before the person's answer arrived, or another tab has it.
        let agreed = (self.network.as_ref()).map(|network| surroundings::budget(network.id));
        if let Some(bytes) = agreed.filter(|agreed| *agreed > over.budget_bytes) {
            return self.send(&ToNode::Budget { bytes });
        }
        self.over_budget.set(Some(over));
        self.emit(Event::OverBudget(Some(over)));
    }

    pub(super) fn refuse_over_budget(&self) -> Result<(), Refusal> {
        match self.over_budget.get() {
            Some(over) if self.node.borrow().is_none() => Err(resting(over)),
            _ => Ok(()),
        }
    }

    /// The node has ended: it is not started before the person has decided, since it
    /// would only ask for the same again.
    pub(super) fn rest(&self, over: OverBudget) {
        let refusal = resting(over);
        self.calls.refuse_all(&refusal);
        self.emit(Event::Fatal {
            reason: refusal.message,
            retry: false,
        });
    }

    fn raise_budget(self: &Rc<Self>, bytes: u64) {
        let Some(network) = &self.network else { return };
        surroundings::keep_budget(network.id, bytes);
        self.over_budget.take();
        self.emit(Event::OverBudget(None));
        let phase = self.node.borrow().as_ref().map(|node| node.phase);
        match phase {
            // It grows when it next has something to write.
            Some(Phase::Running) => self.send(&ToNode::Budget { bytes }),
            // It is told with its start, or asks once more.
            Some(Phase::Loading | Phase::Opening) => {}
            None => self.spawn(),
        }
    }
}

fn resting(over: OverBudget) -> Refusal {
    let OverBudget {
        wanted_bytes,
        budget_bytes,
    } = over;
    let message = format!(
        "the store may take {budget_bytes} bytes of disk, it needs {wanted_bytes}: the page asks before the node goes on"
    );
    refusal("disk_budget", message)
}
