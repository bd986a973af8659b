//! 32-bit words as the generator knows them, and what is computed from them.

/// How many nonces a value stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// One, in an `i32`.
    One,
    /// Four, in the lanes of a `v128`.
    Four,
}

/// A word of a hash in the making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The same in every search: known now.
    Known(u32),
    /// The same for every nonce of a job: computed before the first, and kept at
    /// this address four times over.
    Settled(u32),
    /// Of the nonces at hand, in a local.
    Held(u32),
    /// Of the nonces at hand, in memory at this address.
    Kept(u32),
    /// In memory, so many bytes after where the counter of rounds points.
    Counted(u32),
}

/// When a value can be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// While the module is written.
    Now,
    /// Before the first nonce of a search.
    Before,
    /// For each nonce.
    Within,
}

/// What the rounds compute. Shifts and rotations are of words, since without a
/// rotation of lanes each reads its operand twice.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Word(Word),
    Sum(Vec<Expr>),
    Xor(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Right(Word, u32),
    RotatedRight(Word, u32),
}

impl From<Word> for Expr {
    fn from(word: Word) -> Self {
        Self::Word(word)
    }
}

impl Word {
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::Known(_) => Stage::Now,
            Self::Settled(_) => Stage::Before,
            Self::Held(_) | Self::Kept(_) | Self::Counted(_) => Stage::Within,
        }
    }
}

impl Expr {
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::Word(word) | Self::Right(word, _) | Self::RotatedRight(word, _) => word.stage(),
            Self::Sum(terms) => terms.iter().map(Self::stage).max().unwrap_or(Stage::Now),
            Self::Xor(a, b) | Self::And(a, b) => a.stage().max(b.stage()),
        }
    }

    /// The value of what is known now.
    pub(crate) fn known(&self) -> Option<u32> {
        Some(match self {
            Self::Word(Word::Known(value)) => *value,
            Self::Word(_) => return None,
            Self::Sum(terms) => terms
                .iter()
                .try_fold(0_u32, |sum, term| Some(sum.wrapping_add(term.known()?)))?,
            Self::Xor(a, b) => a.known()? ^ b.known()?,
            Self::And(a, b) => a.known()? & b.known()?,
            Self::Right(word, by) => Self::Word(*word).known()? >> by,
            Self::RotatedRight(word, by) => Self::Word(*word).known()?.rotate_right(*by),
        })
    }
}

pub(crate) fn sum<const N: usize>(terms: [Expr; N]) -> Expr {
    Expr::Sum(terms.into())
}

pub(crate) fn xor(a: impl Into<Expr>, b: impl Into<Expr>) -> Expr {
    Expr::Xor(Box::new(a.into()), Box::new(b.into()))
}

pub(crate) fn and(a: impl Into<Expr>, b: impl Into<Expr>) -> Expr {
    Expr::And(Box::new(a.into()), Box::new(b.into()))
}

/// The six functions of FIPS 180-4, section 4.1.2; the majority is in `rounds`.
pub(crate) fn choose(e: Word, f: Word, g: Word) -> Expr {
    xor(and(xor(f, g), e), g)
}

pub(crate) fn big_sigma_0(a: Word) -> Expr {
    rotations(a, [2, 13, 22])
}

pub(crate) fn big_sigma_1(e: Word) -> Expr {
    rotations(e, [6, 11, 25])
}

pub(crate) fn small_sigma_0(w: Word) -> Expr {
    shifted(w, [7, 18], 3)
}

pub(crate) fn small_sigma_1(w: Word) -> Expr {
    shifted(w, [17, 19], 10)
}

fn rotations(x: Word, [r, s, t]: [u32; 3]) -> Expr {
    let rotated = |by| Expr::RotatedRight(x, by);
    xor(xor(rotated(r), rotated(s)), rotated(t))
}

fn shifted(x: Word, [r, s]: [u32; 2], by: u32) -> Expr {
    let rotated = |by| Expr::RotatedRight(x, by);
    xor(xor(rotated(r), rotated(s)), Expr::Right(x, by))
}

impl Width {
    pub(crate) fn nonces(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Four => 4,
        }
    }
}
