//! The kernels that the build wrote, as this browser runs them.
//!
//! A kernel looks at the most significant word of each hash alone and says in
//! which pass one may meet the target; the core's search then looks at that pass
//! again, so nothing is taken for found that the core does not find as well.

use js_sys::{Function, Object, Reflect, Uint8Array, WebAssembly};
use tablon_core::miner::{midstate, search};
use tablon_core::node::MiningJob;
use wasm_bindgen::{JsCast, JsValue};

include!(concat!(env!("OUT_DIR"), "/kernels.rs"));

/// A kernel as it was written.
struct Kernel {
    name: &'static str,
    /// Nonces of a pass.
    nonces: u32,
    /// What it turns over in the version, one after another for each nonce.
    rolled: &'static [u32],
    wasm: &'static [u8],
}

/// The name of the core's own search.
const PORTABLE: &str = "portable";

/// A kernel that runs.
pub struct Running(Kind);

enum Kind {
    /// The core's, where WebAssembly takes no module of ours.
    Portable,
    Loaded {
        kernel: &'static Kernel,
        search: Function,
        /// Its memory, as far as the job reaches.
        job: Uint8Array,
    },
}

/// A nonce that meets the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The nonce.
    pub nonce: u32,
    /// What was turned over in the version.
    pub rolled: u32,
}

/// Every kernel that runs here; the core's own where there is none. It takes
/// their modules to be compiled, the better part of it when they first run.
pub fn all() -> Vec<Running> {
    let loaded: Vec<Running> = KERNELS.iter().filter_map(load).collect();
    if loaded.is_empty() {
        return vec![Running(Kind::Portable)];
    }
    loaded
}

// A browser without simd128 refuses all but the scalar one.
fn load(kernel: &'static Kernel) -> Option<Running> {
    let code = Uint8Array::from(kernel.wasm);
    let module = WebAssembly::Module::new(&code).ok()?;
    let instance = WebAssembly::Instance::new(&module, &Object::new()).ok()?;
    let export = |name: &str| Reflect::get(&instance.exports(), &name.into()).ok();
    let search = export("search")?.dyn_into::<Function>().ok()?;
    let memory = export("memory")?.dyn_into::<WebAssembly::Memory>().ok()?;
    let job = Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), 0, JOB_END);
    Some(Running(Kind::Loaded {
        kernel,
        search,
        job,
    }))
}

impl Running {
    /// For people.
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Kind::Portable => PORTABLE,
            Kind::Loaded { kernel, .. } => kernel.name,
        }
    }

    /// Headers tried with each nonce.
    pub fn versions(&self) -> u32 {
        match &self.0 {
            Kind::Portable => 1,
            Kind::Loaded { kernel, .. } => kernel.rolled.len() as u32,
        }
    }

    /// Try `count` nonces from `first` on (wrapping): one that meets the target,
    /// if there is one.
    ///
    /// # Panics
    /// If the job's header is not 76 bytes: the node makes it, never a peer.
    pub fn search(&self, work: &MiningJob, first: u32, count: u32) -> Option<Found> {
        let Kind::Loaded {
            kernel,
            search: kernel_search,
            job,
        } = &self.0
        else {
            let nonce = search(&work.header, &work.target, first, count)?;
            return Some(Found { nonce, rolled: 0 });
        };
        job.copy_from(&layout(&work.header, &work.target, kernel.rolled));
        let mut tried = 0;
        while tried < count {
            let (at, left) = (first.wrapping_add(tried), count - tried);
            let pass = kernel_search
                .call2(&JsValue::NULL, &at.into(), &left.into())
                .expect("a kernel never traps");
            // -1: none. A count reaches no such distance.
            let pass = pass.as_f64().filter(|distance| *distance >= 0.0)? as u32;
            let at = at.wrapping_add(pass);
            let nonces = kernel.nonces.min(left - pass);
            if let Some(found) = look_again(work, kernel.rolled, at, nonces) {
                return Some(found);
            }
            tried += pass + nonces;
        }
        None
    }
}

fn look_again(work: &MiningJob, rolled: &[u32], first: u32, nonces: u32) -> Option<Found> {
    rolled.iter().find_map(|rolled| {
        let header = turned_over(&work.header, *rolled);
        let nonce = search(&header, &work.target, first, nonces)?;
        Some(Found {
            nonce,
            rolled: *rolled,
        })
    })
}

pub(super) fn turned_over(header: &[u8], rolled: u32) -> [u8; 76] {
    let mut header: [u8; 76] = header
        .try_into()
        .expect("a mining job's header is 76 bytes");
    for (byte, rolled) in header.iter_mut().zip(rolled.to_le_bytes()) {
        *byte ^= rolled;
    }
    header
}

/// The job as kernels read it: see the generator's `layout`.
fn layout(header: &[u8], target: &[u8; 32], rolled: &[u32]) -> [u8; JOB_END as usize] {
    let mut job = [0; JOB_END as usize];
    let mut put = |at: usize, word: u32| job[at..at + 4].copy_from_slice(&word.to_le_bytes());
    for (version, rolled) in rolled.iter().enumerate() {
        let header = turned_over(header, *rolled);
        let state = midstate(header[..64].try_into().expect("64 bytes"));
        for (word, value) in state.into_iter().enumerate() {
            put(MIDSTATES as usize + 32 * version + 4 * word, value);
        }
    }
    for (word, bytes) in header[64..76].chunks_exact(4).enumerate() {
        let value = u32::from_be_bytes(bytes.try_into().expect("four bytes"));
        put(TAIL as usize + 4 * word, value);
    }
    let top = target[28..].try_into().expect("four bytes");
    put(TARGET as usize, u32::from_le_bytes(top));
    job
}
