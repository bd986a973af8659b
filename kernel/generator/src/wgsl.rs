//! The search as a WebGPU compute shader: an invocation a nonce, and then the
//! next that is a grid further.
//!
//! Rounds are written out: a GPU's registers cannot be indexed, and an array that
//! is lives in slow memory.

use std::fmt::Write;

use crate::constants::{INITIAL, K};

/// Invocations of a workgroup: a multiple of every GPU's SIMD width.
pub const WORKGROUP: u32 = 64;

/// Words of the job, in order: midstate, bytes 64 to 76 of the header, the target
/// (all big-endian, the target's most significant word first), first nonce, count,
/// and nonces from one that an invocation tries to its next.
pub const JOB_WORDS: u32 = 8 + 3 + 8 + 3;

const HEAD: &str = "
struct Job {
    midstate: array<u32, 8>,
    tail: array<u32, 3>,
    limit: array<u32, 8>,
    first: u32,
    count: u32,
    stride: u32,
}

@group(0) @binding(0) var<storage, read> job: Job;
// How far after the first the nearest nonce is that meets the target.
@group(0) @binding(1) var<storage, read_write> found: atomic<u32>;

fn turn(x: u32, by: u32) -> u32 { return (x >> by) | (x << (32u - by)); }
fn sum0(x: u32) -> u32 { return turn(x, 2u) ^ turn(x, 13u) ^ turn(x, 22u); }
fn sum1(x: u32) -> u32 { return turn(x, 6u) ^ turn(x, 11u) ^ turn(x, 25u); }
fn low0(x: u32) -> u32 { return turn(x, 7u) ^ turn(x, 18u) ^ (x >> 3u); }
fn low1(x: u32) -> u32 { return turn(x, 17u) ^ turn(x, 19u) ^ (x >> 10u); }
fn choose(e: u32, f: u32, g: u32) -> u32 { return g ^ (e & (f ^ g)); }
fn most(a: u32, b: u32, c: u32) -> u32 { return (a & b) | (c & (a | b)); }
fn swap(x: u32) -> u32 { return (turn(x, 8u) & 0xff00ff00u) | (turn(x, 24u) & 0x00ff00ffu); }
";

const SEARCH: &str = "
    var at = id.x;
    loop {
        if (at >= job.count || at >= atomicLoad(&found)) { break; }
        if (meets(job.first + at)) {
            atomicMin(&found, at);
            break;
        }
        // The last of 2^32 - 1 nonces is not passed by wrapping around.
        if (job.count - at <= job.stride) { break; }
        at += job.stride;
    }
}
";

/// The shader's text; its entry point is `search`.
pub fn shader() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\nfn meets(nonce: u32) -> bool {\n");
    let midstate: [String; 8] = std::array::from_fn(|at| format!("job.midstate[{at}]"));
    let mut header: [String; 16] = std::array::from_fn(|_| "0u".to_owned());
    for (at, word) in header.iter_mut().take(3).enumerate() {
        *word = format!("job.tail[{at}]");
    }
    header[3] = "swap(nonce)".into();
    header[4] = "0x80000000u".into();
    header[15] = format!("{}u", 80 * 8);
    let inner = compress(&mut text, "i", &midstate, header);

    let mut digest: [String; 16] = std::array::from_fn(|_| "0u".to_owned());
    digest[..8].clone_from_slice(&inner);
    digest[8] = "0x80000000u".into();
    digest[15] = format!("{}u", 32 * 8);
    let hash = compress(
        &mut text,
        "o",
        &INITIAL.map(|word| format!("{word:#010x}u")),
        digest,
    );

    // Little-endian: the last word's last byte is the most significant one.
    for (place, word) in hash.iter().rev().enumerate() {
        let _ = writeln!(
            text,
            "    let v{place} = swap({word});\n    if (v{place} != job.limit[{place}]) {{ return v{place} < job.limit[{place}]; }}"
        );
    }
    text.push_str("    return true;\n}\n");
    let _ = writeln!(
        text,
        "\n@compute @workgroup_size({WORKGROUP})\nfn search(@builtin(global_invocation_id) id: vec3<u32>) {{{SEARCH}"
    );
    text
}

// One compression; names begin with `name`. Gives the names of the new state.
fn compress(
    text: &mut String,
    name: &str,
    state: &[String; 8],
    block: [String; 16],
) -> [String; 8] {
    let mut words: Vec<String> = Vec::with_capacity(64);
    for (at, word) in block.iter().enumerate() {
        let _ = writeln!(text, "    let {name}w{at} = {word};");
        words.push(format!("{name}w{at}"));
    }
    for at in 16..64 {
        let _ = writeln!(
            text,
            "    let {name}w{at} = low1({}) + {} + low0({}) + {};",
            words[at - 2],
            words[at - 7],
            words[at - 15],
            words[at - 16]
        );
        words.push(format!("{name}w{at}"));
    }
    let mut now: [String; 8] = state.clone();
    for (round, (word, constant)) in words.iter().zip(K).enumerate() {
        let [a, b, c, d, e, f, g, h] = &now;
        let _ = writeln!(
            text,
            "    let {name}t{round} = {h} + sum1({e}) + choose({e}, {f}, {g}) + {constant:#010x}u + {word};\n    \
             let {name}e{round} = {d} + {name}t{round};\n    \
             let {name}a{round} = {name}t{round} + sum0({a}) + most({a}, {b}, {c});"
        );
        let (a, e) = (format!("{name}a{round}"), format!("{name}e{round}"));
        let [old_a, b, c, _, old_e, f, g, _] = now;
        now = [a, old_a, b, c, e, old_e, f, g];
    }
    std::array::from_fn(|at| {
        let _ = writeln!(text, "    let {name}s{at} = {} + {};", state[at], now[at]);
        format!("{name}s{at}")
    })
}
