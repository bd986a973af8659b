//! Every kernel, run by an interpreter, against another's SHA-256.

use sha2::{Digest, Sha256};
use tablon_kernel_generator::{Kernel, kernels, layout, version_bits};
use wasmi::{Engine, Instance, Linker, Memory, Module, Store, TypedFunc};

struct Running {
    kernel: Kernel,
    store: Store<()>,
    memory: Memory,
    search: TypedFunc<(i32, i32), i32>,
}

fn running() -> Vec<Running> {
    kernels().into_iter().map(Running::new).collect()
}

impl Running {
    fn new(kernel: Kernel) -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, &kernel.wasm).expect("a valid module");
        assert_eq!(module.imports().len(), 0, "{}", kernel.name);
        let mut store = Store::new(&engine, ());
        let instance: Instance = Linker::new(&engine)
            .instantiate_and_start(&mut store, &module)
            .expect("a module without imports starts");
        let memory = instance.get_memory(&store, "memory").expect("its memory");
        let search = instance
            .get_typed_func(&store, "search")
            .expect("its function");
        Self {
            kernel,
            store,
            memory,
            search,
        }
    }

    /// The first pass, counted in nonces from `first`, that may have a hit.
    fn search(&mut self, header: &[u8; 76], target: u32, first: u32, count: u32) -> Option<u32> {
        for version in 0..self.kernel.versions {
            let mut rolled = *header;
            let bits = version_bits(version) ^ u32::from_le_bytes(word(header, 0));
            rolled[..4].copy_from_slice(&bits.to_le_bytes());
            let mut state = INITIAL;
            sha2::block_api::compress256(&mut state, &[rolled[..64].try_into().unwrap()]);
            for (at, word) in (0..).zip(state) {
                self.write(layout::MIDSTATES + 32 * version + 4 * at, word);
            }
        }
        for at in 0..3 {
            let word = u32::from_be_bytes(word(header, 64 + 4 * at as usize));
            self.write(layout::TAIL + 4 * at, word);
        }
        self.write(layout::TARGET, target);
        let found = self
            .search
            .call(&mut self.store, (first as i32, count as i32))
            .expect("it never traps");
        u32::try_from(found).ok()
    }

    fn write(&mut self, address: u32, word: u32) {
        self.memory
            .write(&mut self.store, address as usize, &word.to_le_bytes())
            .expect("within its memory");
    }

    /// Whether any hash of this pass is at most the target in its top word.
    fn has_hit(&self, header: &[u8; 76], target: u32, first: u32) -> bool {
        (0..self.kernel.nonces).any(|nonce| {
            (0..self.kernel.versions).any(|version| {
                let top = top_word(header, version, first.wrapping_add(nonce));
                top <= target
            })
        })
    }
}

const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

fn word(bytes: &[u8], at: usize) -> [u8; 4] {
    bytes[at..at + 4].try_into().expect("four bytes")
}

/// The most significant 32 bits of the hash as a number.
fn top_word(header: &[u8; 76], version: u32, nonce: u32) -> u32 {
    let mut bytes = [header.as_slice(), &nonce.to_le_bytes()].concat();
    let bits = version_bits(version) ^ u32::from_le_bytes(word(&bytes, 0));
    bytes[..4].copy_from_slice(&bits.to_le_bytes());
    let hash = Sha256::digest(Sha256::digest(&bytes));
    u32::from_le_bytes(word(&hash, 28))
}

/// Headers that look random and are the same each time.
fn header(seed: u8) -> [u8; 76] {
    let mut header = [0; 76];
    for (at, piece) in (0_u8..).zip(header.chunks_mut(32)) {
        piece.copy_from_slice(&Sha256::digest([seed, at])[..piece.len()]);
    }
    header
}

#[test]
fn a_pass_is_reported_exactly_if_one_of_its_hashes_may_meet_the_target() {
    // One hash in 256: in 600 nonces the hits fall into every lane and version.
    let target = 0x00ff_ffff;
    for running in &mut running() {
        let nonces = running.kernel.nonces;
        for seed in 0..4 {
            // The last also wraps around the end of the nonces.
            let first = [0, 1, 0x7fff_ff00, u32::MAX - 99][usize::from(seed)];
            let header = header(seed);
            for pass in 0..200 / nonces {
                let at = first.wrapping_add(pass * nonces);
                let found = running.search(&header, target, at, nonces);
                let expected = running.has_hit(&header, target, at).then_some(0);
                assert_eq!(found, expected, "{} at {at}", running.kernel.name);
            }
        }
    }
}

#[test]
fn a_hit_planted_in_any_lane_is_found_with_a_target_that_only_it_meets() {
    for running in &mut running() {
        let (nonces, versions) = (running.kernel.nonces, running.kernel.versions);
        for seed in 10..13 {
            let header = header(seed);
            for lane in 0..nonces {
                for version in 0..versions {
                    let first = 1_000 * u32::from(seed);
                    let planted = top_word(&header, version, first + lane);
                    // Just the one: no other in the pass may be as good by chance.
                    let others = (0..nonces)
                        .flat_map(|n| (0..versions).map(move |v| (n, v)))
                        .filter(|other| *other != (lane, version));
                    let best = others.map(|(n, v)| top_word(&header, v, first + n)).min();
                    let alone = best.is_none_or(|best| best > planted);
                    let name = running.kernel.name;
                    let found = running.search(&header, planted, first, nonces);
                    assert_eq!(found, Some(0), "{name}, nonce {lane}, version {version}");
                    if alone {
                        let found = running.search(&header, planted - 1, first, nonces);
                        assert_eq!(found, None, "{name}, nonce {lane}, version {version}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_count_ends_the_search_after_the_pass_that_reaches_it() {
    for running in &mut running() {
        let nonces = running.kernel.nonces;
        let header = header(20);
        assert_eq!(running.search(&header, u32::MAX, 5, 0), None);
        for count in [1, nonces, nonces + 1] {
            // Anything meets this target, so the first pass does.
            assert_eq!(running.search(&header, u32::MAX, 5, count), Some(0));
            assert_eq!(running.search(&header, 0, 5, count), None);
        }
        // The hit is in the third pass: found with a count that begins it, and not before.
        let at = (0_u32..)
            .map(|at| at * 3)
            .find(|first| {
                let hit = |pass| running.has_hit(&header, 0x0fff_ffff, first + pass * nonces);
                !hit(0) && !hit(1) && hit(2)
            })
            .expect("a pass hits once in a few");
        let short = running.search(&header, 0x0fff_ffff, at, 2 * nonces);
        assert_eq!(short, None, "{}", running.kernel.name);
        let long = running.search(&header, 0x0fff_ffff, at, 2 * nonces + 1);
        assert_eq!(long, Some(2 * nonces), "{}", running.kernel.name);
    }
}

// Bitcoin's blocks 0, 1 and 125,552.
const REAL: [&str; 3] = [
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299",
    "0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695",
];

#[test]
fn the_nonces_of_real_bitcoin_headers_are_found_in_every_place_of_a_pass() {
    for running in &mut running() {
        for hex in REAL {
            let bytes: Vec<u8> = (0..160)
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect();
            let header: [u8; 76] = bytes[..76].try_into().unwrap();
            let nonce = u32::from_le_bytes(word(&bytes, 76));
            for before in 0..2 * running.kernel.nonces {
                let first = nonce.wrapping_sub(before);
                let found = running.search(&header, 0, first, 100);
                let pass = before / running.kernel.nonces * running.kernel.nonces;
                assert_eq!(found, Some(pass), "{}", running.kernel.name);
            }
        }
    }
}
