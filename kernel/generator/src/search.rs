//! The search: which nonces are hashed side by side, and in which loops.
//!
//! Code that does not fit the caches of the processor's decoder is slower than
//! any shortcut saves, so rounds are loops of [`TURN`] rounds, one for both
//! hashes; only what is special is written out. A lane keeps all words of its
//! schedules one after another, so that the counter of the loop finds them.

use wasm_encoder::{BlockType, Instruction};

use crate::constants::{INITIAL, K};
use crate::layout;
use crate::module::{LOCALS, ROUND};
use crate::program::{CELL, Program};
use crate::rounds::{State, scheduled};
use crate::word::{Expr, Width, Word, sum};

/// Rounds of a turn of a loop; after eight, each word is where it was.
const TURN: u32 = 8;
/// Where the second hash's rounds begin in the count that both share. Between
/// them lies nothing; its constants are not overwritten by the first's words.
const SECOND: u32 = 64;
/// The round after whose first half a hash's last word is known, which is its
/// most significant: e of this round is h three rounds later.
const LAST: u32 = SECOND + 60;
/// Rounds in all, up to a whole turn.
const ROUNDS: u32 = SECOND + 64;

/// Nonces of one version that are hashed together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lane {
    pub(crate) width: Width,
    /// How far they are from the first nonce of the pass.
    pub(crate) offset: u32,
    pub(crate) version: u32,
}

/// A search whose passes leave on the stack whether one of their hashes may meet
/// the target.
pub(crate) struct Search {
    pub(crate) program: Program,
    /// Nonces of a pass.
    pub(crate) nonces: u32,
}

/// A lane at work.
struct Work {
    lane: Lane,
    midstate: [Word; 8],
    /// Cells of its schedules, by round.
    words: u32,
    /// Its state at the head of a loop.
    state: [u32; 8],
}

/// The search that hashes these lanes side by side. If `shared`, they differ in
/// version alone and the first hash's schedule is the same for all.
pub(crate) fn search(lanes: &[Lane], shared: bool) -> Search {
    let vectors = lanes.iter().any(|lane| lane.width == Width::Four);
    let mut program = Program::new(vectors, layout::END, LOCALS);
    let constants = constants(&mut program);
    let tail: [Word; 3] = std::array::from_fn(|word| program.given(layout::TAIL + 4 * word as u32));
    let target = program.given(layout::TARGET);
    let work: Vec<Work> = lanes
        .iter()
        .map(|lane| Work::new(&mut program, *lane))
        .collect();

    for work in &work {
        program.put(Word::Known(0x8000_0000), work.cell(SECOND + 8));
        for round in 9..15 {
            program.put(Word::Known(0), work.cell(SECOND + round));
        }
        program.put(Word::Known(256), work.cell(SECOND + 15));
    }
    if shared {
        shared_first_hash(&mut program, &work, constants, tail);
        begin_second(&mut program, &work);
        set_round(&mut program, SECOND + 16);
    } else {
        for work in &work {
            program.hold_nonce(work.lane.width, work.lane.offset, work.cell(3));
            second_block(&mut program, tail, work.words);
        }
        begin_first(&mut program, &work, tail);
        set_round(&mut program, 16);
    }
    turns(&mut program, &work, constants, !shared);
    for (at, work) in work.iter().enumerate() {
        let last = [Word::Known(INITIAL[7]), Word::Held(work.state[7])];
        let last = program.hold(work.lane.width, sum(last.map(Expr::from)));
        program.push_meets(work.lane.width, last, target);
        if at > 0 {
            program.pass.push(Instruction::I32Or);
        }
    }
    let nonces = lanes.iter().map(|lane| lane.offset + lane.width.nonces());
    let nonces = nonces.max().expect("a search has lanes");
    Search { program, nonces }
}

impl Work {
    fn new(program: &mut Program, lane: Lane) -> Self {
        let midstate = layout::MIDSTATES + 32 * lane.version;
        Self {
            lane,
            midstate: std::array::from_fn(|word| program.given(midstate + 4 * word as u32)),
            words: program.cells(ROUNDS),
            state: std::array::from_fn(|_| program.fixed_local(lane.width.value_type())),
        }
    }

    fn cell(&self, round: u32) -> u32 {
        self.words + CELL * round
    }

    fn state(&self, program: &mut Program) -> State {
        State::new(program, self.lane.width, self.state.map(Word::Held))
    }
}

/// The rounds' constants, by round; the second hash's once more.
fn constants(program: &mut Program) -> u32 {
    let constants = program.cells(ROUNDS);
    for (round, constant) in (0..).zip(K) {
        for hash in [0, SECOND] {
            program.put(Word::Known(constant), constants + CELL * (hash + round));
        }
    }
    constants
}

/// The second block of a header, but for the nonce: 12 of its bytes, padding,
/// 640 bits.
fn second_block(program: &mut Program, tail: [Word; 3], words: u32) {
    for (round, word) in (0..).zip(tail) {
        program.put(word, words + CELL * round);
    }
    program.put(Word::Known(0x8000_0000), words + CELL * 4);
    for round in 5..15 {
        program.put(Word::Known(0), words + CELL * round);
    }
    program.put(Word::Known(640), words + CELL * 15);
}

/// The same as words. The nonce is in memory.
fn second_block_word(tail: [Word; 3], nonce: u32, round: u32) -> Word {
    match round {
        0..3 => tail[round as usize],
        3 => Word::Kept(nonce),
        4 => Word::Known(0x8000_0000),
        15 => Word::Known(640),
        _ => Word::Known(0),
    }
}

fn set_round(program: &mut Program, round: u32) {
    program.pass.extend([
        Instruction::I32Const((CELL * round) as i32),
        Instruction::LocalSet(ROUND),
    ]);
}

/// The rounds of the first hash that need no schedule; the first three, whose
/// words no nonce changes, come before the first pass.
fn begin_first(program: &mut Program, work: &[Work], tail: [Word; 3]) {
    let mut states: Vec<_> = work
        .iter()
        .map(|work| State::new(program, work.lane.width, work.midstate))
        .collect();
    for round in 0..16 {
        for (work, state) in work.iter().zip(&mut states) {
            let word = second_block_word(tail, work.cell(3), round);
            let constant = Word::Known(K[round as usize]);
            state.round(program, work.lane.width, [constant, word]);
        }
    }
    for (work, state) in work.iter().zip(states) {
        state.assign(program, work.lane.width, work.state);
    }
}

/// From the states after the first hash to those after the second's first
/// sixteen rounds.
fn begin_second(program: &mut Program, work: &[Work]) {
    for work in work {
        for at in 0..8 {
            let digest = [work.midstate[at], Word::Held(work.state[at])];
            let place = Word::Kept(work.cell(SECOND + at as u32));
            let word = program.keep(work.lane.width, sum(digest.map(Expr::from)), place);
            program.drop(word);
        }
    }
    let mut states: Vec<_> = work
        .iter()
        .map(|work| State::new(program, work.lane.width, State::INITIAL))
        .collect();
    for round in 0..16 {
        for (work, state) in work.iter().zip(&mut states) {
            let word = match round {
                0..8 => Word::Kept(work.cell(SECOND + round)),
                8 => Word::Known(0x8000_0000),
                15 => Word::Known(256),
                _ => Word::Known(0),
            };
            let constant = Word::Known(K[round as usize]);
            state.round(program, work.lane.width, [constant, word]);
        }
    }
    for (work, state) in work.iter().zip(states) {
        state.assign(program, work.lane.width, work.state);
    }
}

/// The rounds that need a schedule, of both hashes or of the second alone. The
/// last e of each lane's second hash is in its last local after them.
fn turns(program: &mut Program, work: &[Work], constants: u32, both: bool) {
    program.pass.push(Instruction::Block(BlockType::Empty));
    program.pass.push(Instruction::Loop(BlockType::Empty));
    let mut states: Vec<_> = work.iter().map(|work| work.state(program)).collect();
    for round in 0..TURN {
        let mut halves = Vec::new();
        for (work, state) in work.iter().zip(&mut states) {
            let width = work.lane.width;
            let at = |back: u32| Word::Counted(work.cell(round).wrapping_sub(CELL * back));
            let (word, loaded) = scheduled(program, width, at);
            let word = program.keep(width, word, at(0));
            for word in loaded {
                program.drop(word);
            }
            let constant = Word::Counted(constants + CELL * round);
            halves.push(state.begin(program, width, [word, constant]));
            program.drop(word);
        }
        if round == LAST % TURN {
            for (work, state) in work.iter().zip(&states) {
                program.assign(work.lane.width, &work.state[7..], &[state.new_e()]);
            }
            program.pass.extend([
                Instruction::LocalGet(ROUND),
                Instruction::I32Const((CELL * (LAST - LAST % TURN)) as i32),
                Instruction::I32Eq,
                Instruction::BrIf(1),
            ]);
        }
        for ((work, state), first) in work.iter().zip(&mut states).zip(halves) {
            state.end(program, work.lane.width, first);
        }
    }
    for (work, state) in work.iter().zip(states) {
        state.assign(program, work.lane.width, work.state);
    }
    program.pass.extend([
        Instruction::LocalGet(ROUND),
        Instruction::I32Const((CELL * TURN) as i32),
        Instruction::I32Add,
        Instruction::LocalTee(ROUND),
    ]);
    if both {
        program.pass.extend([
            Instruction::I32Const((CELL * SECOND) as i32),
            Instruction::I32Ne,
            Instruction::BrIf(0),
        ]);
        begin_second(program, work);
        set_round(program, SECOND + 16);
    } else {
        program.pass.push(Instruction::Drop);
    }
    program
        .pass
        .extend([Instruction::Br(0), Instruction::End, Instruction::End]);
}

/// The first hash of lanes that differ in version: the schedule once, with the
/// constants added, then the rounds of all lanes.
fn shared_first_hash(program: &mut Program, work: &[Work], constants: u32, tail: [Word; 3]) {
    let width = work[0].lane.width;
    let words = program.cells(SECOND);
    let added = program.cells(SECOND);
    let nonce = words + 3 * CELL;
    program.hold_nonce(width, 0, nonce);
    second_block(program, tail, words);
    for round in 4..16 {
        let word = second_block_word(tail, nonce, round);
        let both = program.settle(&sum([Word::Known(K[round as usize]), word].map(Expr::from)));
        program.put(both, added + CELL * round);
    }

    set_round(program, 16);
    program.pass.push(Instruction::Loop(BlockType::Empty));
    for round in 0..TURN {
        let at = |back: u32| Word::Counted((words + CELL * round).wrapping_sub(CELL * back));
        let (word, loaded) = scheduled(program, width, at);
        let word = program.keep(width, word, at(0));
        for word in loaded {
            program.drop(word);
        }
        let constant = Word::Counted(constants + CELL * round);
        let both = sum([word, constant].map(Expr::from));
        let both = program.keep(width, both, Word::Counted(added + CELL * round));
        program.drop(word);
        program.drop(both);
    }
    next_turn(program, SECOND);
    program.pass.push(Instruction::End);

    // Rounds 0 to 7 written out, three of them before the first pass.
    let mut states: Vec<_> = work
        .iter()
        .map(|work| State::new(program, width, work.midstate))
        .collect();
    for round in 0..TURN {
        for state in &mut states {
            let word = second_block_word(tail, nonce, round);
            state.round(program, width, [Word::Known(K[round as usize]), word]);
        }
    }
    for (work, state) in work.iter().zip(states) {
        state.assign(program, width, work.state);
    }
    set_round(program, TURN);
    program.pass.push(Instruction::Loop(BlockType::Empty));
    let mut states: Vec<_> = work.iter().map(|work| work.state(program)).collect();
    for round in 0..TURN {
        for state in &mut states {
            state.round(program, width, [Word::Counted(added + CELL * round)]);
        }
    }
    for (work, state) in work.iter().zip(states) {
        state.assign(program, width, work.state);
    }
    next_turn(program, SECOND);
    program.pass.push(Instruction::End);
}

/// Count a turn, and go to the loop's head until the end is reached.
fn next_turn(program: &mut Program, end: u32) {
    program.pass.extend([
        Instruction::LocalGet(ROUND),
        Instruction::I32Const((CELL * TURN) as i32),
        Instruction::I32Add,
        Instruction::LocalTee(ROUND),
        Instruction::I32Const((CELL * end) as i32),
        Instruction::I32Ne,
        Instruction::BrIf(0),
    ]);
}
