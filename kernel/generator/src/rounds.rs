//! One round of SHA-256 and one step of its schedule, on words of any kind.

use crate::constants::INITIAL;
use crate::program::Program;
use crate::word::{
    Expr, Width, Word, and, big_sigma_0, big_sigma_1, choose, small_sigma_0, small_sigma_1, sum,
    xor,
};

/// The eight words a to h between two rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    pub(crate) words: [Word; 8],
    /// `b ^ c`, which was `a ^ b` a round ago: it saves the majority an operation.
    differing: Word,
}

impl State {
    pub(crate) const INITIAL: [Word; 8] = {
        let mut words = [Word::Known(0); 8];
        let mut at = 0;
        while at < 8 {
            words[at] = Word::Known(INITIAL[at]);
            at += 1;
        }
        words
    };

    pub(crate) fn new(program: &mut Program, width: Width, words: [Word; 8]) -> Self {
        let differing = program.hold(width, xor(words[1], words[2]));
        Self { words, differing }
    }

    /// One round with what it adds: its constant and its word, or their sum.
    pub(crate) fn round<const N: usize>(
        &mut self,
        program: &mut Program,
        width: Width,
        added: [Word; N],
    ) {
        let first = self.begin(program, width, added);
        self.end(program, width, first);
    }

    /// The first half of a round, which makes e. Gives what the other half needs.
    pub(crate) fn begin<const N: usize>(
        &mut self,
        program: &mut Program,
        width: Width,
        added: [Word; N],
    ) -> Word {
        let [_, _, _, d, e, f, g, h] = self.words;
        let mut terms = vec![h.into()];
        terms.extend(added.map(Expr::from));
        // Last what takes longest: e is what the next round waits for.
        terms.extend([choose(e, f, g), big_sigma_1(e)]);
        let first = program.hold(width, Expr::Sum(terms));
        program.drop(h);
        self.words[7] = program.hold(width, sum([d.into(), first.into()]));
        program.drop(d);
        first
    }

    /// The second half, which makes a.
    pub(crate) fn end(&mut self, program: &mut Program, width: Width, first: Word) {
        let [a, b, c, _, e, f, g, new_e] = self.words;
        let differing = program.hold(width, xor(a, b));
        let majority = xor(and(differing, self.differing), b);
        let new_a = program.hold(width, sum([first.into(), majority, big_sigma_0(a)]));
        program.drop(first);
        program.drop(self.differing);
        self.differing = differing;
        self.words = [new_a, a, b, c, new_e, e, f, g];
    }

    /// What [`Self::begin`] has made.
    pub(crate) fn new_e(&self) -> Word {
        self.words[7]
    }

    /// Into these locals, for the next turn of a loop.
    pub(crate) fn assign(self, program: &mut Program, width: Width, locals: [u32; 8]) {
        program.assign(width, &locals, &self.words);
        for word in self.words {
            program.drop(word);
        }
        program.drop(self.differing);
    }
}

/// The word of a round past the fifteenth, given where that of any earlier round
/// is, back from it.
pub(crate) fn scheduled(
    program: &mut Program,
    width: Width,
    back: impl Fn(u32) -> Word,
) -> (Expr, [Word; 2]) {
    let near = program.hold(width, back(2));
    let far = program.hold(width, back(15));
    let terms = [
        back(16).into(),
        back(7).into(),
        small_sigma_0(far),
        small_sigma_1(near),
    ];
    (sum(terms), [near, far])
}
