//! How news spread among hundreds of nodes far apart: figures, not a test.
//! `cargo xtask bench` prints them.

use crate::net::{Content, MINUTE, Probe, World};

/// Blocks and posts before anything is measured: the tree of links that carry
/// news whole takes shape by them.
const WARM_UP: usize = 6;
/// Blocks and posts that are measured.
const ROUNDS: usize = 8;
/// For one of them to reach everybody, ms.
const SPREADS: u64 = 6_000;

#[test]
#[ignore = "figures for `cargo xtask bench`"]
#[allow(clippy::disallowed_methods)] // a knob of its own
fn figures() {
    match std::env::var("TABLON_SCALE")
        .ok()
        .and_then(|nodes| nodes.parse().ok())
    {
        Some(nodes) => measure(nodes),
        None => [100, 300, 1_000].into_iter().for_each(measure),
    }
}

/// What one block or post did.
struct Spread {
    /// Until each node had it, ms, in order.
    times: Vec<u64>,
    /// The same along the quickest way there is.
    bounds: Vec<u64>,
    hops: Vec<u64>,
    /// Links to the farthest node.
    farthest: u64,
    copies: u64,
    bytes: u64,
    size: u64,
}

#[allow(clippy::disallowed_methods, clippy::print_stderr)] // how long it takes is a figure, too
fn measure(nodes: usize) {
    let begun = std::time::Instant::now();
    let mut world = World::new(nodes as u64);
    world.far_apart = true;
    for _ in 0..nodes {
        world.tab();
        let pause = world.below(2 * MINUTE / nodes as u64);
        world.run(pause);
    }
    world.run(2 * MINUTE);
    let mut spreads = [Vec::new(), Vec::new()];
    for round in 0..WARM_UP + ROUNDS {
        for (content, spreads) in [Content::Post, Content::Block]
            .into_iter()
            .zip(&mut spreads)
        {
            let spread = spread(&mut world, content, round);
            if round >= WARM_UP {
                spreads.push(spread);
            }
        }
    }
    let [posts, blocks] = spreads;
    print(&format!("{nodes} nodes: post"), nodes, &posts);
    print(&format!("{nodes} nodes: block"), nodes, &blocks);
    let links: usize = (0..nodes).map(|who| world.links_of(who).len()).sum();
    line(
        nodes,
        "links a node",
        (links * 100 / nodes) as u64,
        "hundredths",
    );
    eprintln!("{nodes} nodes took {} s", begun.elapsed().as_secs());
}

fn spread(world: &mut World, content: Content, round: usize) -> Spread {
    let nodes = world.open_tabs().len() as u64;
    let origin = world.below(nodes) as usize;
    let bounds = world.quickest_from(origin);
    let farthest = world.links_to_farthest(origin);
    world.probe = Some(Probe::new(content));
    match content {
        Content::Post => {
            world.post(
                origin,
                &format!("round {round}, said to everybody who is here"),
            );
            world.run(500);
        }
        Content::Block => {
            let before = world.tip(origin);
            world.mine(origin, 10_000);
            while world.tip(origin) == before {
                world.run(1);
            }
            world.mine(origin, 0);
        }
    }
    world.run(SPREADS);
    let probe = world.probe.take().expect("it was put there");
    let told = probe.arrivals.len();
    assert_eq!(told as u64, nodes, "everybody has it\n");
    let start = probe.arrivals[&origin].at;
    let others = || probe.arrivals.iter().filter(|(who, _)| **who != origin);
    Spread {
        times: others().map(|(_, arrival)| arrival.at - start).collect(),
        bounds: others().map(|(who, _)| bounds[who].0).collect(),
        hops: others().map(|(_, arrival)| arrival.hops.into()).collect(),
        farthest: farthest.into(),
        copies: probe.copies,
        bytes: probe.bytes,
        size: probe.size,
    }
}

fn print(what: &str, nodes: usize, spreads: &[Spread]) {
    let all = |values: fn(&Spread) -> &Vec<u64>| {
        let mut all: Vec<u64> = spreads.iter().flat_map(|s| values(s).clone()).collect();
        all.sort_unstable();
        all
    };
    let (times, bounds, hops) = (all(|s| &s.times), all(|s| &s.bounds), all(|s| &s.hops));
    for (name, share) in [("p50", 50), ("p95", 95), ("p99", 99), ("most", 100)] {
        let at = |sorted: &[u64]| sorted[(sorted.len() - 1) * share / 100];
        say(what, name, at(&times), "ms");
        say(
            what,
            &format!("{name} of the quickest ways"),
            at(&bounds),
            "ms",
        );
    }
    let sum = |value: fn(&Spread) -> u64| spreads.iter().map(value).sum::<u64>();
    let count = (spreads.len() * nodes) as u64;
    let farthest = spreads.iter().map(|s| s.farthest).max().unwrap_or(0);
    say(what, "links to the farthest", farthest, "links");
    let mean = hops.iter().sum::<u64>() * 100 / hops.len() as u64;
    say(what, "hops", mean, "hundredths");
    say(what, "hops, most", hops[hops.len() - 1], "links");
    say(
        what,
        "copies a node",
        sum(|s| s.copies) * 100 / count,
        "hundredths",
    );
    let per_byte = sum(|s| s.bytes) * 100 / (sum(|s| s.size) * nodes as u64);
    say(
        what,
        "bytes a node for a byte of it",
        per_byte,
        "hundredths",
    );
    say(
        what,
        "its bytes",
        sum(|s| s.size) / spreads.len() as u64,
        "bytes",
    );
}

fn line(nodes: usize, what: &str, value: u64, unit: &str) {
    say(&format!("{nodes} nodes"), what, value, unit);
}

#[allow(clippy::print_stdout)] // what `cargo xtask bench` reads
fn say(what: &str, which: &str, value: u64, unit: &str) {
    println!("{what}, {which}\t{value}\t{unit}");
}
