//! A search as a WebAssembly module: its own memory, no imports, one function.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function,
    FunctionSection, Instruction, MemorySection, MemoryType, Module, TypeSection, ValType,
};

use crate::program::Program;
use crate::search::Search;
use crate::word::{Width, Word};

/// Parameters of the function and its counter.
pub(crate) const FIRST: u32 = 0;
const COUNT: u32 = 1;
pub(crate) const AT: u32 = 2;
/// Where the rounds are: the byte that [`Word::Counted`] counts from.
pub(crate) const ROUND: u32 = 3;
/// The first local that a search may take.
pub(crate) const LOCALS: u32 = 4;

impl Search {
    pub(crate) fn into_module(self) -> Vec<u8> {
        let Self { program, nonces } = self;
        let mut types = TypeSection::new();
        types
            .ty()
            .function([ValType::I32, ValType::I32], [ValType::I32]);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: u64::from(program.memory().div_ceil(0x1_0000)),
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("search", ExportKind::Func, 0);
        let mut code = CodeSection::new();
        code.function(&function(&program, nonces));
        let mut data = DataSection::new();
        for (value, address) in program.constants() {
            let lanes = [value; 4].map(u32::to_le_bytes).concat();
            data.active(0, &ConstExpr::i32_const(address as i32), lanes);
        }
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&memories)
            .section(&exports)
            .section(&code)
            .section(&data);
        module.finish()
    }
}

// Passes until the count is reached, or one that may have found something, whose
// distance from the first nonce is returned; -1 if there is none.
fn function(program: &Program, nonces: u32) -> Function {
    let mut locals = vec![(2, ValType::I32)];
    locals.extend(program.locals().iter().map(|ty| (1, *ty)));
    let mut function = Function::new(locals);
    for instruction in &program.before {
        function.instruction(instruction);
    }
    function
        .instruction(&Instruction::Loop(BlockType::Empty))
        .instruction(&Instruction::LocalGet(AT))
        .instruction(&Instruction::LocalGet(COUNT))
        .instruction(&Instruction::I32GeU)
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::I32Const(-1))
        .instruction(&Instruction::Return)
        .instruction(&Instruction::End);
    for instruction in &program.pass {
        function.instruction(instruction);
    }
    function
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::LocalGet(AT))
        .instruction(&Instruction::Return)
        .instruction(&Instruction::End)
        .instruction(&Instruction::LocalGet(AT))
        .instruction(&Instruction::I32Const(nonces as i32))
        .instruction(&Instruction::I32Add)
        .instruction(&Instruction::LocalSet(AT))
        .instruction(&Instruction::Br(0))
        .instruction(&Instruction::End)
        .instruction(&Instruction::Unreachable)
        .instruction(&Instruction::End);
    function
}

const SWAP: u32 = 0x00ff_00ff;

impl Program {
    /// Hold the nonce, or four, `offset` after the pass's first, as the word that
    /// SHA-256 reads: a header has it little-endian. Kept in the cell as well.
    pub(crate) fn hold_nonce(&mut self, width: Width, offset: u32, cell: u32) {
        self.pass.push(Instruction::I32Const(0));
        self.pass.push(Instruction::LocalGet(FIRST));
        self.pass.push(Instruction::LocalGet(AT));
        self.pass.push(Instruction::I32Add);
        match width {
            Width::One => {
                self.pass.push(Instruction::I32Const(offset as i32));
                self.pass.push(Instruction::I32Add);
            }
            Width::Four => {
                let offsets: [u32; 4] = std::array::from_fn(|lane| offset + lane as u32);
                let bytes = offsets.map(u32::to_le_bytes).concat();
                let bytes = bytes.try_into().expect("four words are 16 bytes");
                self.pass.push(Instruction::I32x4Splat);
                self.pass
                    .push(Instruction::V128Const(i128::from_le_bytes(bytes)));
                self.pass.push(Instruction::I32x4Add);
            }
        }
        self.swap_bytes(width);
        self.pass.push(width.store(cell));
    }

    /// Push whether a hash, or one of four, of which this is the last word may
    /// be at most the target, of which this is the most significant one.
    pub(crate) fn push_meets(&mut self, width: Width, last: Word, target: Word) {
        self.push(width, &last.into());
        self.swap_bytes(width);
        self.push(width, &target.into());
        match width {
            Width::One => self.pass.push(Instruction::I32LeU),
            Width::Four => {
                self.pass.push(Instruction::I32x4LeU);
                self.pass.push(Instruction::V128AnyTrue);
            }
        }
        self.drop(last);
    }

    fn swap_bytes(&mut self, width: Width) {
        match width {
            Width::One => {
                let word = self.local(ValType::I32);
                self.pass.extend([
                    Instruction::LocalTee(word),
                    Instruction::I32Const(SWAP as i32),
                    Instruction::I32And,
                    Instruction::I32Const(8),
                    Instruction::I32Rotr,
                    Instruction::LocalGet(word),
                    Instruction::I32Const(8),
                    Instruction::I32Rotl,
                    Instruction::I32Const(SWAP as i32),
                    Instruction::I32And,
                    Instruction::I32Or,
                ]);
                self.drop(Word::Held(word));
            }
            Width::Four => {
                let bytes = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
                // Both operands are the same; only the first is read.
                let vector = self.local(ValType::V128);
                self.pass.extend([
                    Instruction::LocalTee(vector),
                    Instruction::LocalGet(vector),
                    Instruction::I8x16Shuffle(bytes),
                ]);
                self.drop(Word::Held(vector));
            }
        }
    }
}
