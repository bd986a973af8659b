//! redb's panics. What it reads of a damaged file can break an invariant of its own, and
//! a node must not die of that: natively the panic is caught and becomes damage. In wasm
//! a panic ends the program, so whoever hears its last words asks here what they mean.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{AccessGuard, Range};

use super::StoreError;
use super::schema::Bytes;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Inside,
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place::Outside) };
    // A database whose write failed may be in disorder while its file is sound.
    static WRITES: Cell<Writes> = const { Cell::new(Writes::Sound) };
}

/// Whether the database that this thread opened last was let down by its backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writes {
    Sound,
    Failed,
}

/// Remember how the backend's writes go.
pub(super) fn note(writes: Writes) {
    WRITES.set(writes);
}

/// Whether a panic of this thread at this moment means that its store is damaged: for
/// panic hooks of programs that end with it. A program that starts again then puts the
/// store aside first.
pub fn panic_is_damage() -> bool {
    PLACE.get() == Place::Inside && WRITES.get() == Writes::Sound
}

/// Call redb; a panic within is a damaged store.
pub(super) fn guarded<T, E: Into<StoreError>>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, StoreError> {
    let before = PLACE.replace(Place::Inside);
    // What a panic leaves behind is only dropped, and that under this guard.
    let done = catch_unwind(AssertUnwindSafe(call));
    PLACE.set(before);
    match done {
        Ok(result) => result.map_err(Into::into),
        Err(panic) => Err(StoreError::damaged("database", text(&*panic))),
    }
}

/// Drop something of redb's, which may write and may panic.
pub(super) fn drop_guarded<T>(what: T) {
    let dropped = guarded(|| {
        drop(what);
        Ok::<_, StoreError>(())
    });
    // What it could not write belongs to no commit.
    let _ = dropped;
}

type Row<'t> = (AccessGuard<'t, Bytes>, AccessGuard<'t, Bytes>);

/// Rows of a table; reading on is guarded, too.
pub(super) struct GuardedRange<'t>(pub(super) Range<'t, Bytes, Bytes>);

impl<'t> Iterator for GuardedRange<'t> {
    type Item = Result<Row<'t>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        guarded(|| self.0.next().transpose()).transpose()
    }
}

impl DoubleEndedIterator for GuardedRange<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        guarded(|| self.0.next_back().transpose()).transpose()
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_the_database_is_damage_and_its_words_are_kept() {
        let found = guarded(|| -> Result<(), StoreError> { panic!("page 7 is no page") });
        let error = found.unwrap_err();
        assert!(error.is_corrupt());
        assert_eq!(
            error.to_string(),
            "the store's database is damaged: page 7 is no page"
        );
        assert!(
            !panic_is_damage(),
            "outside of it a panic means something else"
        );
    }

    #[test]
    fn a_panic_means_damage_within_the_database_alone_and_not_after_a_failed_write() {
        let asked = |writes| {
            note(writes);
            let inside = guarded(|| Ok::<_, StoreError>(panic_is_damage())).unwrap();
            (panic_is_damage(), inside)
        };
        assert_eq!(asked(Writes::Failed), (false, false));
        assert_eq!(asked(Writes::Sound), (false, true));
    }
}
