//! What a write transaction has read and changed of the ledger, before it goes to
//! the tables. The blocks of one batch change the same accounts and the top of the
//! same state tree again and again: each row is read once and written once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::StoreError;

/// Rows held of a table, at most: 32,768 of some 120 bytes are 4 MB, as much as the
/// database's cache. A batch that touches more writes them out in between.
const MAX_STAGED: usize = 32_768;

/// Rows of one table.
#[derive(Debug)]
pub(super) struct Staged<K, V>(RefCell<BTreeMap<K, Row<V>>>);

#[derive(Debug)]
struct Row<V> {
    value: V,
    changed: bool,
}

impl<K: Ord + Copy, V: Clone> Staged<K, V> {
    pub(super) fn new() -> Self {
        Self(RefCell::new(BTreeMap::new()))
    }

    /// The row, read by `read` when it is not here.
    pub(super) fn get(
        &self,
        key: K,
        read: impl FnOnce() -> Result<V, StoreError>,
    ) -> Result<V, StoreError> {
        let mut rows = self.0.borrow_mut();
        let room = rows.len() < MAX_STAGED;
        match rows.entry(key) {
            Entry::Occupied(row) => Ok(row.get().value.clone()),
            Entry::Vacant(place) => {
                let value = read()?;
                if room {
                    let row = Row {
                        value: value.clone(),
                        changed: false,
                    };
                    place.insert(row);
                }
                Ok(value)
            }
        }
    }

    pub(super) fn set(&mut self, key: K, value: V) {
        let changed = Row {
            value,
            changed: true,
        };
        self.0.get_mut().insert(key, changed);
    }

    /// Whether it is time to write the rows out.
    pub(super) fn is_full(&self) -> bool {
        self.0.borrow().len() >= MAX_STAGED
    }

    /// What has changed, by key; nothing is held any more.
    pub(super) fn take_changed(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        let rows = std::mem::take(self.0.get_mut());
        let changed = rows.into_iter().filter(|(_, row)| row.changed);
        changed.map(|(key, row)| (key, row.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_once_and_written_once_as_it_was_last() {
        let mut rows: Staged<u32, u32> = Staged::new();
        assert_eq!(rows.get(1, || Ok(10)), Ok(10));
        assert_eq!(rows.get(1, || panic!("it is here")), Ok(10));
        rows.set(2, 20);
        rows.set(2, 21);
        assert_eq!(rows.get(2, || panic!("it is here")), Ok(21));
        assert_eq!(rows.take_changed().collect::<Vec<_>>(), [(2, 21)]);
        assert_eq!(rows.take_changed().count(), 0);
    }

    #[test]
    fn no_more_rows_are_held_for_reading_than_the_bound() {
        let mut rows: Staged<usize, usize> = Staged::new();
        for key in 0..2 * MAX_STAGED {
            assert_eq!(rows.get(key, || Ok(key)), Ok(key));
        }
        assert!(rows.is_full());
        assert_eq!(rows.0.borrow().len(), MAX_STAGED);
        assert_eq!(rows.take_changed().count(), 0);
        assert!(!rows.is_full());
    }
}
