//! Crashes amid a commit, and damage at random places.

use std::io;
use std::sync::{Arc, Mutex};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use redb::StorageBackend;

use super::schema_v2::tests as schema_v2;
use super::{Durability, MemoryBackend, Store, StoreError};
use crate::chain::Chain;
use crate::hash::{BlockHash, TxId};
use crate::node::OpenError;
use crate::params::Params;
use crate::testing::{author, block_on, branch, easy_network, empty_chain, entry, give, post};
use crate::units::Height;

// ---- crashes ----------------------------------------------------------------

#[derive(Debug, Clone)]
enum Write {
    Bytes(u64, Vec<u8>),
    Length(u64),
    Sync,
}

/// Memory that remembers every write, so that a crash can be staged after each.
#[derive(Debug, Clone, Default)]
struct Recorder {
    now: MemoryBackend,
    log: Arc<Mutex<Vec<Write>>>,
}

impl Recorder {
    fn note(&self, write: Write) {
        self.log.lock().unwrap().push(write);
    }

    fn writes(&self) -> usize {
        self.log.lock().unwrap().len()
    }
}

impl StorageBackend for Recorder {
    fn len(&self) -> io::Result<u64> {
        self.now.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.now.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.note(Write::Length(len));
        self.now.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.note(Write::Sync);
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.note(Write::Bytes(offset, data.to_vec()));
        self.now.write(offset, data)
    }
}

/// What a disk holds when the process is killed after `log`: all that was synced,
/// and of what came later what `reached` says.
fn disk_after(log: &[Write], mut reached: impl FnMut(usize) -> Reached) -> MemoryBackend {
    let synced = log.iter().rposition(|write| matches!(write, Write::Sync));
    let disk = MemoryBackend::default();
    for (place, write) in log.iter().enumerate() {
        let kept = match synced {
            Some(synced) if place <= synced => Reached::Whole,
            _ => reached(place),
        };
        match (write, kept) {
            // A disk that lost the new length lost what lies beyond it, too.
            (Write::Length(len), _) => disk.set_len(*len).unwrap(),
            (Write::Bytes(at, data), Reached::Whole) => disk.write(*at, data).unwrap(),
            (Write::Bytes(at, data), Reached::Half) => {
                disk.write(*at, &data[..data.len() / 2]).unwrap();
            }
            (Write::Bytes(..), Reached::Lost) | (Write::Sync, _) => {}
        }
    }
    disk
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    Whole,
    Half,
    Lost,
}

/// A chain with posts and two reorganisations, commit by commit; after each what
/// the store then held and how many writes it took.
fn history(params: &Params) -> (Recorder, Vec<(usize, Vec<String>)>) {
    let recorder = Recorder::default();
    let mut chain = Chain::open(params.clone(), recorder.clone()).unwrap();
    let mut states = vec![(recorder.writes(), chain.store().contents())];
    let mut other = empty_chain(params).0;
    let genesis = chain.tip().clone();
    let mut blocks = Vec::new();
    let mut parent = genesis.clone();
    for seq in 0..4 {
        let posts = vec![
            post(params, &author(1), seq, "hola"),
            post(params, &author(2), seq, &"largo ".repeat(300)),
        ];
        let block = block_on(params, &parent, 10, posts);
        other.insert_header(block.header).unwrap();
        parent = entry(&other, &block);
        blocks.push(vec![block]);
    }
    let rival = branch(&mut other, &genesis, 11, 6);
    blocks.push(rival[..3].to_vec());
    blocks.push(rival[3..].to_vec());
    blocks.push(crate::testing::branch_on(&mut other, &blocks[3][0], 10, 5));
    for batch in blocks {
        give(&mut chain, &batch);
        states.push((recorder.writes(), chain.store().contents()));
    }
    (recorder, states)
}

/// Open what a crash left; it must be one of the states that may be.
fn must_open_to(params: &Params, disk: MemoryBackend, allowed: &[&Vec<String>], what: &str) {
    let chain = match Chain::open(params.clone(), disk.clone()) {
        Ok(chain) => chain,
        Err(error) => panic!("{what}: {error}"),
    };
    let found = chain.store().contents();
    assert!(allowed.contains(&&found), "{what}: neither old nor new");
    for height in 1..=chain.tip().height.0 {
        let entry = chain.at(Height(height)).unwrap();
        chain
            .read()
            .unwrap()
            .body(entry.height, entry.header)
            .unwrap();
    }
    // And it can be written again.
    drop(chain);
    Chain::open(params.clone(), disk).unwrap();
}

#[test]
fn a_crash_at_any_write_leaves_the_old_or_the_new_state() {
    let params = easy_network();
    let (recorder, states) = history(&params);
    let log = recorder.log.lock().unwrap().clone();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut crashes = 0;
    for (state, next) in states.iter().zip(&states[1..]) {
        let allowed = [&state.1, &next.1];
        for end in state.0..=next.0 {
            let log = &log[..end];
            let last = end.saturating_sub(1);
            // What came after the last sync: all of it but a torn last write, all
            // whole, nothing, and twice any part of it in any order.
            let torn = disk_after(log, |place| match place == last {
                true => Reached::Half,
                false => Reached::Whole,
            });
            must_open_to(&params, torn, &allowed, &format!("torn at {end}"));
            let whole = disk_after(log, |_| Reached::Whole);
            must_open_to(&params, whole, &allowed, &format!("killed at {end}"));
            let nothing = disk_after(log, |_| Reached::Lost);
            must_open_to(&params, nothing, &allowed, &format!("lost at {end}"));
            for part in 0..2 {
                let some = disk_after(log, |_| match rng.next_u32() % 3 {
                    0 => Reached::Whole,
                    1 => Reached::Half,
                    _ => Reached::Lost,
                });
                must_open_to(&params, some, &allowed, &format!("part {part} at {end}"));
            }
            crashes += 5;
        }
    }
    assert!(crashes > 300, "{crashes}");
}

#[test]
fn what_is_kept_with_the_next_commit_comes_with_it_or_not_at_all() {
    let params = easy_network();
    let recorder = Recorder::default();
    let chain = Chain::open(params.clone(), recorder.clone()).unwrap();
    let first = post(&params, &author(1), 0, "soon");
    let second = post(&params, &author(1), 1, "now");
    let keep = |keep, post: &crate::transaction::Transaction| {
        let put = |tables: &mut super::Tables<'_>| tables.put_pending(post.id(), post);
        chain.store().write::<_, StoreError>(keep, put).unwrap();
    };
    let waiting = |disk| {
        let chain = Chain::open(params.clone(), disk).unwrap();
        chain.read().unwrap().pending().unwrap().len()
    };
    let disk = |recorder: &Recorder| {
        let log = recorder.log.lock().unwrap();
        disk_after(&log, |_| Reached::Lost)
    };
    keep(Durability::Deferred, &first);
    assert_eq!(waiting(disk(&recorder)), 0);
    keep(Durability::Immediate, &second);
    assert_eq!(waiting(disk(&recorder)), 2);
}

// ---- the former schema --------------------------------------------------------

/// A chain with a stale branch and a waiting post.
fn grown(params: &Params) -> Chain {
    let (mut chain, _) = empty_chain(params);
    let mut parent = chain.tip().clone();
    let genesis = parent.clone();
    for seq in 0..12 {
        let posts = vec![
            post(params, &author(1), seq, "hola"),
            post(params, &author(2), seq, &"largo ".repeat(300)),
        ];
        let block = block_on(params, &parent, 10, posts);
        give(&mut chain, std::slice::from_ref(&block));
        parent = entry(&chain, &block);
    }
    let stale = branch(&mut chain, &genesis, 11, 3);
    give(&mut chain, &stale);
    let waiting = post(params, &author(1), 12, "soon");
    let put = |tables: &mut super::Tables<'_>| {
        tables.remember(&[crate::hash::PeerId([7; 32])])?;
        tables.put_pending(waiting.id(), &waiting)
    };
    (chain
        .store()
        .write::<_, StoreError>(Durability::Immediate, put))
    .unwrap();
    chain
}

#[test]
fn a_store_of_the_former_schema_becomes_this_one_row_by_row_whenever_it_is_killed() {
    let params = easy_network();
    let chain = grown(&params);
    let whole = chain.store().contents();
    let recorder = Recorder::default();
    schema_v2::write(&chain, 2, recorder.clone());
    let written = recorder.writes();
    let migrated = Chain::open(params.clone(), recorder.clone()).unwrap();
    assert_eq!(migrated.tip().hash, chain.tip().hash);
    assert!(migrated.store().contents() == whole);
    drop(migrated);
    let log = recorder.log.lock().unwrap().clone();
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for end in written..=log.len() {
        let some = disk_after(&log[..end], |_| match rng.next_u32() % 3 {
            0 => Reached::Whole,
            1 => Reached::Half,
            _ => Reached::Lost,
        });
        must_open_to(&params, some, &[&whole], &format!("killed at {end}"));
    }
}

#[test]
fn a_former_store_of_another_network_is_left_and_one_before_it_is_refused() {
    let params = easy_network();
    let chain = grown(&params);
    let other = Params {
        name: "another".into(),
        ..params.clone()
    };
    let backend = MemoryBackend::default();
    schema_v2::write(&chain, 2, backend.clone());
    match Chain::open(other, backend.clone()) {
        Err(OpenError::OtherNetwork { stored, .. }) => assert_eq!(stored, params.network_id()),
        other => panic!("{other:?}"),
    }
    let migrated = Chain::open(params.clone(), backend).unwrap();
    assert!(migrated.store().contents() == chain.store().contents());

    let backend = MemoryBackend::default();
    schema_v2::write(&chain, 1, backend.clone());
    match Chain::open(params, backend) {
        Err(OpenError::Store(error)) => {
            assert!(error.is_corrupt());
            assert!(error.to_string().contains("reads 2"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

// ---- the index of transactions ------------------------------------------------

#[test]
fn transactions_whose_ids_begin_alike_are_told_apart() {
    let params = easy_network();
    let (chain, _) = empty_chain(&params);
    let post = post(&params, &author(1), 0, "hola");
    let id = |last: u8| {
        let mut bytes = [5; 32];
        bytes[31] = last;
        TxId(bytes)
    };
    let block = |number: u8| BlockHash([number; 32]);
    let undo = super::Undo::new();
    let store = chain.store();
    store
        .write::<_, StoreError>(Durability::Immediate, |tables| {
            let first = [(id(1), &post), (id(2), &post)];
            tables.activate(Height(1), block(1), &first, &undo)?;
            tables.activate(Height(2), block(2), &[(id(3), &post)], &undo)
        })
        .unwrap();
    let place = |last| chain.read().unwrap().place(id(last)).unwrap();
    assert_eq!(place(1), Some((Height(1), 0)));
    assert_eq!(place(2), Some((Height(1), 1)));
    assert_eq!(place(3), Some((Height(2), 0)));
    assert_eq!(place(4), None);
    store
        .write::<_, StoreError>(Durability::Immediate, |tables| {
            tables.deactivate(Height(2), &[(id(3), &post)]).map(|_| ())
        })
        .unwrap();
    assert_eq!(place(3), None);
    assert_eq!(place(2), Some((Height(1), 1)));
}

#[test]
fn posts_are_paged_backwards_within_a_block_and_beyond_it() {
    let params = easy_network();
    let (chain, _) = empty_chain(&params);
    let said = post(&params, &author(1), 0, "hola");
    let mut left = said.clone();
    left.action = crate::transaction::Action::Leave;
    // Blocks 1, 3 and 5 have posts, at the places 0 and 2.
    let write = |tables: &mut super::Tables<'_>| {
        (1..=6u8).try_for_each(|height| {
            let odd = [&said, &left, &said];
            let actions = if height % 2 == 1 { odd } else { [&left; 3] };
            let ids = (0..3).map(|place| TxId([height * 3 + place; 32]));
            let transactions: Vec<_> = ids.zip(actions).collect();
            let (at, hash) = (Height(height.into()), BlockHash([height; 32]));
            tables.activate(at, hash, &transactions, &super::Undo::new())
        })
    };
    chain
        .store()
        .write::<_, StoreError>(Durability::Immediate, write)
        .unwrap();
    let views = chain.read().unwrap();
    let all = [(5, 2), (5, 0), (3, 2), (3, 0), (1, 2), (1, 0)];
    let all = all.map(|(height, place)| (Height(height), place));
    assert_eq!(views.notes_before(None, 10).unwrap(), all);
    for limit in 0..=6 {
        for (start, before) in all.iter().enumerate() {
            let page = views.notes_before(Some(*before), limit).unwrap();
            let rest = &all[start + 1..];
            assert_eq!(page, rest[..limit.min(rest.len())]);
        }
    }
    assert_eq!(
        views.notes_before(Some((Height(4), 1)), 1).unwrap(),
        all[2..3]
    );
}

// ---- damage -----------------------------------------------------------------

/// A store of sixty blocks with posts of all lengths, killed rather than closed.
fn sixty_blocks(params: &Params) -> MemoryBackend {
    let (mut chain, backend) = empty_chain(params);
    let mut parent = chain.tip().clone();
    for seq in 0..60u32 {
        let body = "hola ".repeat((seq as usize % 9) * 50 + 1);
        let posts = vec![post(params, &author(1), seq, &body)];
        let block = block_on(params, &parent, 10, posts);
        give(&mut chain, std::slice::from_ref(&block));
        parent = entry(&chain, &block);
    }
    backend.snapshot()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Same,
    Damage,
}

/// Spoil a copy and look: what opens must be what was stored, row by row; what
/// fails must be told as damage; and nothing may panic. redb itself trusts some pages
/// before it checks them and panics on garbage in them: that is damage, too.
fn look(
    params: &Params,
    image: &MemoryBackend,
    whole: &[String],
    spoil: impl FnOnce(&mut Vec<u8>),
) -> Found {
    let copy = image.snapshot();
    copy.spoil(spoil);
    match Chain::open(params.clone(), copy) {
        Ok(chain) => {
            assert!(chain.store().contents() == whole);
            Found::Same
        }
        Err(OpenError::Store(error)) => {
            assert!(error.is_corrupt(), "told as something else: {error}");
            Found::Damage
        }
        Err(OpenError::OtherNetwork { .. }) => Found::Damage,
    }
}

// Panics that become damage are not printed; those of other tests are.
fn silence_redb() {
    let printing = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if !place.contains("/redb-") {
            printing(info);
        }
    }));
}

#[test]
fn damage_anywhere_is_told_as_damage_or_does_no_harm() {
    silence_redb();
    let params = easy_network();
    let image = sixty_blocks(&params);
    let whole = Chain::open(params.clone(), image.snapshot()).unwrap();
    let whole = whole.store().contents();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut found = [0; 2];
    for run in 0..900 {
        let seen = look(&params, &image, &whole, |bytes| {
            let at = (rng.next_u64() % bytes.len() as u64) as usize;
            match run % 3 {
                0 => bytes[at] ^= 1 << (rng.next_u64() % 8),
                1 => bytes[at..].iter_mut().take(16).for_each(|byte| *byte = 0),
                _ => bytes.truncate(at),
            }
        });
        found[seen as usize] += 1;
    }
    let [same, damage] = found;
    assert!(same > 0 && damage > 300, "{found:?}");
}

#[test]
fn a_file_that_is_no_store_is_told_as_damage() {
    silence_redb();
    let params = easy_network();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for length in [1, 100, 4_096, 40_960, 400_000] {
        let backend = MemoryBackend::default();
        backend.spoil(|bytes| bytes.extend((0..length).map(|_| rng.next_u32() as u8)));
        match Store::open(backend) {
            Err(error) => assert!(error.is_corrupt(), "{length} bytes: {error}"),
            Ok(_) => panic!("{length} random bytes opened"),
        }
    }
    // An empty one is new.
    assert!(Chain::open(params, MemoryBackend::default()).is_ok());
}

#[test]
fn a_record_that_does_not_read_is_named() {
    let params = easy_network();
    let (mut chain, backend) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let blocks = branch(&mut chain, &genesis, 10, 2);
    give(&mut chain, &blocks);
    drop(chain);
    let store = Store::open(backend.clone()).unwrap();
    store
        .write::<_, StoreError>(Durability::Immediate, |tables| {
            tables.remove_block(Height(2), blocks[1].header.hash())
        })
        .unwrap();
    drop(store);
    let error = Chain::open(params, backend).unwrap_err().to_string();
    let name = blocks[1].header.hash().to_string();
    assert!(
        error.contains("best chain is damaged") && error.contains(&name),
        "{error}"
    );
}
