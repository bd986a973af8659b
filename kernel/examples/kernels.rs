//! How fast each kernel is here, on one core: a line each, in three columns divided
//! by tabs, for `cargo xtask bench`. The kernels take turns, the median of their
//! rounds counts, and time is the processor's, not the wall's: what else the machine
//! does meets them all alike.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::hint::black_box;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tablon_kernel::Kernel;

const ROUNDS: usize = 11;
/// How long one round of one kernel takes.
const SLICE: Duration = Duration::from_millis(100);
/// Nonces between two looks at the clock.
const NONCES: u32 = 1 << 14;

fn main() {
    let kernels = Kernel::available();
    let mut naive_rates = Vec::new();
    let mut rates = vec![Vec::new(); kernels.len()];
    for _ in 0..ROUNDS {
        naive_rates.push(rate(naive));
        for (kernel, rates) in kernels.iter().zip(&mut rates) {
            rates.push(rate(|| {
                // Nothing meets a target of 0.
                black_box(kernel.search(black_box(&[7; 76]), &[0; 32], 0, NONCES));
            }));
        }
    }
    tell("sha2 crate, naive", median(naive_rates));
    for (kernel, rates) in kernels.iter().zip(rates) {
        let chosen = match kernel.name() == Kernel::fastest().name() {
            true => ", chosen here",
            false => "",
        };
        tell(&format!("{}{chosen}", kernel.name()), median(rates));
    }
}

// All 80 bytes twice through the `sha2` crate, as who has read the rules does it.
fn naive() {
    let mut header = [7u8; 80];
    for nonce in 0..NONCES {
        header[76..].copy_from_slice(&nonce.to_le_bytes());
        black_box(Sha256::digest(Sha256::digest(black_box(&header))));
    }
}

fn rate(work: impl Fn()) -> u64 {
    let (start, mut done) = (spent(), 0);
    loop {
        work();
        done += u64::from(NONCES);
        let took = spent() - start;
        if took >= SLICE {
            return (done as f64 / took.as_secs_f64()) as u64;
        }
    }
}

// What this thread has had of a core.
#[cfg(unix)]
fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().expect("a thread's time is never negative")
}

#[cfg(not(unix))]
fn spent() -> Duration {
    static BEGUN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGUN.elapsed()
}

fn median(mut rates: Vec<u64>) -> u64 {
    rates.sort_unstable();
    rates[rates.len() / 2]
}

fn tell(what: &str, rate: u64) {
    println!("native kernel: {what}\t{rate}\thashes/s");
}
