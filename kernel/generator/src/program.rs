//! A search in the making: memory, locals, and two lists of instructions, those
//! before the first nonce and those of each pass.
//!
//! Instructions come out in the order in which they are asked for. A compiler
//! that orders them anew hoists loads until the registers do not suffice.

use std::collections::BTreeMap;

use wasm_encoder::{Instruction, MemArg, MemArgTarget, ValType};

use crate::module::ROUND;
use crate::word::{Expr, Stage, Width, Word};

type Code = Vec<Instruction<'static>>;

/// Bytes of a value in memory: four lanes.
pub(crate) const CELL: u32 = 16;

/// The search as far as it is written.
pub(crate) struct Program {
    /// Whether what is settled is needed in four lanes.
    vectors: bool,
    pub(crate) before: Code,
    pub(crate) pass: Code,
    next_address: u32,
    /// Where vectors find what is known now: in four lanes.
    pool: BTreeMap<u32, u32>,
    /// What else is in memory from the beginning: value and cell.
    filled: Vec<(u32, u32)>,
    first_local: u32,
    locals: Vec<ValType>,
    /// Locals that nothing reads now.
    free: Vec<u32>,
    /// Locals that are never free: a loop's head reads them.
    fixed: Vec<u32>,
}

impl Program {
    /// Memory is free from `address` on, locals from `first_local` on.
    pub(crate) fn new(vectors: bool, address: u32, first_local: u32) -> Self {
        Self {
            vectors,
            before: Code::new(),
            pass: Code::new(),
            next_address: address.next_multiple_of(CELL),
            pool: BTreeMap::new(),
            filled: Vec::new(),
            first_local,
            locals: Vec::new(),
            free: Vec::new(),
            fixed: Vec::new(),
        }
    }

    /// Cells of memory, one after another.
    pub(crate) fn cells(&mut self, count: u32) -> u32 {
        let address = self.next_address;
        self.next_address += count * CELL;
        address
    }

    /// Bytes of memory in use.
    pub(crate) fn memory(&self) -> u32 {
        self.next_address
    }

    /// Types of the locals, in order.
    pub(crate) fn locals(&self) -> &[ValType] {
        &self.locals
    }

    /// What the memory holds before the first search: value and address.
    pub(crate) fn constants(&self) -> impl Iterator<Item = (u32, u32)> {
        let pool = self.pool.iter().map(|(value, cell)| (*value, *cell));
        pool.chain(self.filled.iter().copied())
    }

    pub(crate) fn local(&mut self, ty: ValType) -> u32 {
        let reused = self
            .free
            .iter()
            .position(|local| self.type_of(*local) == ty);
        if let Some(at) = reused {
            return self.free.swap_remove(at);
        }
        self.locals.push(ty);
        self.first_local + self.locals.len() as u32 - 1
    }

    /// A local that [`Self::assign`] sets, and whose words may be dropped.
    pub(crate) fn fixed_local(&mut self, ty: ValType) -> u32 {
        let local = self.local(ty);
        self.fixed.push(local);
        local
    }

    fn type_of(&self, local: u32) -> ValType {
        self.locals[(local - self.first_local) as usize]
    }

    /// Nothing reads the word any more.
    pub(crate) fn drop(&mut self, word: Word) {
        if let Word::Held(local) = word
            && !self.fixed.contains(&local)
        {
            self.free.push(local);
        }
    }

    /// Compute it as soon as it can be.
    pub(crate) fn hold(&mut self, width: Width, expr: impl Into<Expr>) -> Word {
        let expr = expr.into();
        match (expr.stage(), &expr) {
            (Stage::Within, Expr::Word(Word::Held(local))) => Word::Held(*local),
            (Stage::Within, _) => {
                let expr = self.hoisted(expr);
                self.push(width, &expr);
                let local = self.local(width.value_type());
                self.pass.push(Instruction::LocalSet(local));
                Word::Held(local)
            }
            _ => self.settle(&expr),
        }
    }

    /// The same of what differs by nonce, and store it in `place` as well.
    pub(crate) fn keep(&mut self, width: Width, expr: impl Into<Expr>, place: Word) -> Word {
        let expr = self.hoisted(expr.into());
        let cell = self.push_place(place);
        self.push(width, &expr);
        let local = self.local(width.value_type());
        self.pass.push(Instruction::LocalTee(local));
        self.pass.push(width.store(cell));
        Word::Held(local)
    }

    /// Push the address that a store to `place` takes; gives its offset.
    pub(crate) fn push_place(&mut self, place: Word) -> u32 {
        let (base, cell) = match place {
            Word::Kept(cell) => (Instruction::I32Const(0), cell),
            Word::Counted(cell) => (Instruction::LocalGet(ROUND), cell),
            other => panic!("{other:?} is no place in memory"),
        };
        self.pass.push(base);
        cell
    }

    /// Put the words into these locals, all at once.
    pub(crate) fn assign(&mut self, width: Width, locals: &[u32], words: &[Word]) {
        for word in words {
            self.push(width, &Expr::Word(*word));
        }
        for local in locals.iter().rev() {
            self.pass.push(Instruction::LocalSet(*local));
        }
    }

    /// Fill a cell before the first nonce.
    pub(crate) fn put(&mut self, word: Word, cell: u32) {
        match word {
            Word::Known(value) => self.filled.push((value, cell)),
            word => {
                let pass = std::mem::replace(&mut self.pass, std::mem::take(&mut self.before));
                self.pass.push(Instruction::I32Const(0));
                self.push(Width::One, &word.into());
                self.store_settled(cell);
                self.before = std::mem::replace(&mut self.pass, pass);
            }
        }
    }

    /// Compute it before the first nonce, or now.
    pub(crate) fn settle(&mut self, expr: &Expr) -> Word {
        match expr {
            Expr::Word(word) => *word,
            _ if expr.stage() == Stage::Now => {
                Word::Known(expr.known().expect("what is known now has a value"))
            }
            _ => {
                assert_eq!(expr.stage(), Stage::Before, "nonces are not known yet");
                let cell = self.cells(1);
                let pass = std::mem::replace(&mut self.pass, std::mem::take(&mut self.before));
                self.pass.push(Instruction::I32Const(0));
                self.push(Width::One, expr);
                self.store_settled(cell);
                self.before = std::mem::replace(&mut self.pass, pass);
                Word::Settled(cell)
            }
        }
    }

    /// In the cell from now on: the `i32` on the stack, above the address 0.
    fn store_settled(&mut self, cell: u32) {
        if self.vectors {
            self.pass.push(Instruction::I32x4Splat);
            self.pass.push(Width::Four.store(cell));
        } else {
            self.pass.push(Width::One.store(cell));
        }
    }

    /// A word of the job, which lies at `address`.
    pub(crate) fn given(&mut self, address: u32) -> Word {
        let cell = self.cells(1);
        let pass = std::mem::take(&mut self.pass);
        self.pass.push(Instruction::I32Const(0));
        self.pass.push(Instruction::I32Const(0));
        self.pass.push(Width::One.load(address));
        self.store_settled(cell);
        let given = std::mem::replace(&mut self.pass, pass);
        self.before.extend(given);
        Word::Settled(cell)
    }

    /// Push the value on the stack, within a pass.
    pub(crate) fn push(&mut self, width: Width, expr: &Expr) {
        match expr {
            Expr::Word(word) => self.push_word(width, *word),
            Expr::Right(word, by) => {
                self.push_word(width, *word);
                self.pass.push(Instruction::I32Const(*by as i32));
                self.pass.push(width.right());
            }
            Expr::RotatedRight(word, by) => self.push_rotated(width, *word, *by),
            Expr::Xor(a, b) => self.push_two(width, a, b, width.xor()),
            Expr::And(a, b) => self.push_two(width, a, b, width.and()),
            Expr::Sum(terms) => self.push_sum(width, terms),
        }
    }

    fn push_word(&mut self, width: Width, word: Word) {
        match (word, width) {
            (Word::Held(local), _) => self.pass.push(Instruction::LocalGet(local)),
            (Word::Known(value), Width::One) => self.pass.push(Instruction::I32Const(value as i32)),
            (Word::Known(value), Width::Four) => {
                let address = self.pooled(value);
                self.push_cell(width, address);
            }
            (Word::Settled(cell) | Word::Kept(cell), _) => self.push_cell(width, cell),
            (Word::Counted(cell), _) => {
                self.pass.push(Instruction::LocalGet(ROUND));
                self.pass.push(width.load(cell));
            }
        }
    }

    fn pooled(&mut self, value: u32) -> u32 {
        if let Some(address) = self.pool.get(&value) {
            return *address;
        }
        let address = self.cells(1);
        self.pool.insert(value, address);
        address
    }

    pub(crate) fn push_cell(&mut self, width: Width, cell: u32) {
        self.pass.push(Instruction::I32Const(0));
        self.pass.push(width.load(cell));
    }

    // WebAssembly rotates no lanes: two shifts, whose bits do not overlap.
    fn push_rotated(&mut self, width: Width, word: Word, by: u32) {
        self.push_word(width, word);
        self.pass.push(Instruction::I32Const(by as i32));
        match width {
            Width::One => self.pass.push(Instruction::I32Rotr),
            Width::Four => {
                self.pass.push(Instruction::I32x4ShrU);
                self.push_word(width, word);
                self.pass.push(Instruction::I32Const(32 - by as i32));
                self.pass.push(Instruction::I32x4Shl);
                self.pass.push(Instruction::V128Xor);
            }
        }
    }

    fn push_two(&mut self, width: Width, a: &Expr, b: &Expr, then: Instruction<'static>) {
        self.push(width, a);
        self.push(width, b);
        self.pass.push(then);
    }

    fn push_sum(&mut self, width: Width, terms: &[Expr]) {
        for (at, term) in terms.iter().enumerate() {
            self.push(width, term);
            if at > 0 {
                self.pass.push(width.add());
            }
        }
    }

    /// The same with every part that no nonce changes computed before them.
    fn hoisted(&mut self, expr: Expr) -> Expr {
        if expr.stage() < Stage::Within {
            return self.settle(&expr).into();
        }
        match expr {
            Expr::Sum(terms) => {
                let (early, late): (Vec<_>, Vec<_>) = terms
                    .into_iter()
                    .partition(|term| term.stage() < Stage::Within);
                let mut terms: Vec<_> = late.into_iter().map(|term| self.hoisted(term)).collect();
                let early = self.settle(&Expr::Sum(early));
                if early != Word::Known(0) {
                    // Second, for it is there early, and so is the first.
                    terms.insert(1, early.into());
                }
                Expr::Sum(terms)
            }
            Expr::Xor(a, b) => Expr::Xor(self.hoisted(*a).into(), self.hoisted(*b).into()),
            Expr::And(a, b) => Expr::And(self.hoisted(*a).into(), self.hoisted(*b).into()),
            word => word,
        }
    }
}

impl Width {
    pub(crate) fn value_type(self) -> ValType {
        match self {
            Self::One => ValType::I32,
            Self::Four => ValType::V128,
        }
    }

    pub(crate) fn load(self, address: u32) -> Instruction<'static> {
        match self {
            Self::One => Instruction::I32Load(at(address)),
            Self::Four => Instruction::V128Load(at(address)),
        }
    }

    pub(crate) fn store(self, address: u32) -> Instruction<'static> {
        match self {
            Self::One => Instruction::I32Store(at(address)),
            Self::Four => Instruction::V128Store(at(address)),
        }
    }

    pub(crate) fn add(self) -> Instruction<'static> {
        match self {
            Self::One => Instruction::I32Add,
            Self::Four => Instruction::I32x4Add,
        }
    }

    fn xor(self) -> Instruction<'static> {
        match self {
            Self::One => Instruction::I32Xor,
            Self::Four => Instruction::V128Xor,
        }
    }

    fn and(self) -> Instruction<'static> {
        match self {
            Self::One => Instruction::I32And,
            Self::Four => Instruction::V128And,
        }
    }

    fn right(self) -> Instruction<'static> {
        match self {
            Self::One => Instruction::I32ShrU,
            Self::Four => Instruction::I32x4ShrU,
        }
    }
}

// As an offset from the address 0: engines fold it into the instruction.
fn at(address: u32) -> MemArg {
    MemArg {
        offset: address.into(),
        align: 2,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}
