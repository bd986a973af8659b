//! The search on a GPU, by WebGPU (<https://www.w3.org/TR/webgpu/>), where the
//! browser has it in workers.
//!
//! `web-sys` keeps WebGPU behind a compiler flag for the whole build, so the few
//! calls that are needed are declared here.

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint32Array};
use tablon_core::miner::midstate;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::last_words::scope;

include!(concat!(env!("OUT_DIR"), "/shader.rs"));

/// Workgroups of a dispatch: 2^18 invocations fill the GPUs of today, and each
/// goes on to further nonces.
const WORKGROUPS: u32 = 4_096;

/// Nothing was found.
const NONE: u32 = u32::MAX;

/// Values of `GPUBufferUsage` and `GPUMapMode`.
const MAP_READ: u32 = 0x1;
const COPY_SRC: u32 = 0x4;
const COPY_DST: u32 = 0x8;
const STORAGE: u32 = 0x80;
const READ: u32 = 0x1;

/// A job as the shader reads it: big-endian words, the target's most significant
/// one first.
pub struct Wanted {
    midstate: [u32; 8],
    tail: [u32; 3],
    target: [u32; 8],
}

impl Wanted {
    /// Of a header but for its nonce, and a target (32 bytes, little-endian).
    pub fn new(header: &[u8; 76], target: &[u8; 32]) -> Self {
        let big = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four bytes"));
        let (first, tail) = header
            .split_first_chunk::<64>()
            .expect("a header has 76 bytes");
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(target.chunks_exact(4).rev()) {
            *word = u32::from_le_bytes(bytes.try_into().expect("four bytes"));
        }
        Self {
            midstate: midstate(first),
            tail: std::array::from_fn(|word| big(&tail[4 * word..4 * word + 4])),
            target: words,
        }
    }
}

/// A GPU that is ready to search; dropping it gives it back.
pub struct Device {
    gpu: GpuDevice,
    pipeline: JsValue,
    bindings: JsValue,
    job: JsValue,
    found: JsValue,
    told: MappedBuffer,
}

impl Drop for Device {
    fn drop(&mut self) {
        self.gpu.destroy();
    }
}

impl Device {
    /// Open the GPU and build the shader; says why there is none.
    pub async fn open() -> Result<Self, String> {
        let entry = Reflect::get(&scope().navigator(), &"gpu".into()).map_err(explain)?;
        if entry.is_undefined() {
            return Err("this browser has no WebGPU in workers".into());
        }
        let adapter = wait(entry.unchecked_into::<Entry>().request_adapter()).await?;
        if adapter.is_null() {
            return Err("the browser names no GPU".into());
        }
        let device = wait(adapter.unchecked_into::<Adapter>().request_device()).await?;
        let gpu: GpuDevice = device.unchecked_into();
        let module = gpu.create_shader_module(&object(&[("code", SHADER.into())]));
        let stage = object(&[("module", module), ("entryPoint", "search".into())]);
        let wanted = object(&[("layout", "auto".into()), ("compute", stage.into())]);
        let pipeline = wait(gpu.create_compute_pipeline(&wanted)).await?;
        let buffer = |bytes: u32, usage: u32| {
            gpu.create_buffer(&object(&[("size", bytes.into()), ("usage", usage.into())]))
        };
        let job = buffer(4 * JOB_WORDS, STORAGE | COPY_DST);
        let found = buffer(4, STORAGE | COPY_DST | COPY_SRC);
        let told = buffer(4, MAP_READ | COPY_DST).unchecked_into();
        let entry = |binding: u32, buffer: &JsValue| {
            let resource = object(&[("buffer", buffer.clone())]);
            object(&[("binding", binding.into()), ("resource", resource.into())])
        };
        let entries = Array::of2(&entry(0, &job), &entry(1, &found));
        let layout = pipeline.unchecked_ref::<Pipeline>().bind_group_layout(0);
        let bindings =
            gpu.create_bind_group(&object(&[("layout", layout), ("entries", entries.into())]));
        Ok(Self {
            gpu,
            pipeline,
            bindings,
            job,
            found,
            told,
        })
    }

    /// Try `count` nonces from `first` on (wrapping): the nearest that meets the
    /// target.
    pub async fn search(
        &self,
        wanted: &Wanted,
        first: u32,
        count: u32,
    ) -> Result<Option<u32>, String> {
        let Wanted {
            midstate,
            tail,
            target,
        } = wanted;
        let ends = [first, count, WORKGROUPS * WORKGROUP];
        let words = [&midstate[..], tail, target, &ends].concat();
        let queue = self.gpu.queue();
        queue.write_buffer(&self.job, 0, &Uint32Array::from(&words[..]));
        queue.write_buffer(&self.found, 0, &Uint32Array::from(&[NONE][..]));
        let encoder = self.gpu.create_command_encoder();
        let pass = encoder.begin_compute_pass();
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings);
        pass.dispatch_workgroups(WORKGROUPS.min(count.div_ceil(WORKGROUP)));
        pass.end();
        encoder.copy_buffer_to_buffer(&self.found, 0, &self.told, 0, 4);
        queue.submit(&Array::of1(&encoder.finish()));
        wait(self.told.map(READ)).await?;
        let at = Uint32Array::new(&self.told.mapped_range()).get_index(0);
        self.told.unmap();
        Ok((at < count).then(|| first.wrapping_add(at)))
    }
}

async fn wait(promise: Result<Promise, JsValue>) -> Result<JsValue, String> {
    JsFuture::from(promise.map_err(explain)?)
        .await
        .map_err(explain)
}

fn explain(error: JsValue) -> String {
    crate::thrown::explain(&error)
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // A plain object takes any field.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

#[wasm_bindgen]
extern "C" {
    type Entry;
    #[wasm_bindgen(method, catch, js_name = requestAdapter)]
    fn request_adapter(this: &Entry) -> Result<Promise, JsValue>;

    type Adapter;
    #[wasm_bindgen(method, catch, js_name = requestDevice)]
    fn request_device(this: &Adapter) -> Result<Promise, JsValue>;

    type GpuDevice;
    #[wasm_bindgen(method)]
    fn destroy(this: &GpuDevice);
    #[wasm_bindgen(method, getter)]
    fn queue(this: &GpuDevice) -> Queue;
    #[wasm_bindgen(method, js_name = createShaderModule)]
    fn create_shader_module(this: &GpuDevice, wanted: &Object) -> JsValue;
    #[wasm_bindgen(method, catch, js_name = createComputePipelineAsync)]
    fn create_compute_pipeline(this: &GpuDevice, wanted: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = createBuffer)]
    fn create_buffer(this: &GpuDevice, wanted: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createBindGroup)]
    fn create_bind_group(this: &GpuDevice, wanted: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createCommandEncoder)]
    fn create_command_encoder(this: &GpuDevice) -> Encoder;

    type Pipeline;
    #[wasm_bindgen(method, js_name = getBindGroupLayout)]
    fn bind_group_layout(this: &Pipeline, index: u32) -> JsValue;

    type Queue;
    #[wasm_bindgen(method, js_name = writeBuffer)]
    fn write_buffer(this: &Queue, buffer: &JsValue, offset: u32, data: &Uint32Array);
    #[wasm_bindgen(method)]
    fn submit(this: &Queue, commands: &Array);

    type Encoder;
    #[wasm_bindgen(method, js_name = beginComputePass)]
    fn begin_compute_pass(this: &Encoder) -> Pass;
    #[wasm_bindgen(method, js_name = copyBufferToBuffer)]
    fn copy_buffer_to_buffer(
        this: &Encoder,
        from: &JsValue,
        from_offset: u32,
        to: &JsValue,
        to_offset: u32,
        bytes: u32,
    );
    #[wasm_bindgen(method)]
    fn finish(this: &Encoder) -> JsValue;

    type Pass;
    #[wasm_bindgen(method, js_name = setPipeline)]
    fn set_pipeline(this: &Pass, pipeline: &JsValue);
    #[wasm_bindgen(method, js_name = setBindGroup)]
    fn set_bind_group(this: &Pass, index: u32, group: &JsValue);
    #[wasm_bindgen(method, js_name = dispatchWorkgroups)]
    fn dispatch_workgroups(this: &Pass, count: u32);
    #[wasm_bindgen(method)]
    fn end(this: &Pass);

    type MappedBuffer;
    #[wasm_bindgen(method, catch, js_name = mapAsync)]
    fn map(this: &MappedBuffer, mode: u32) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, js_name = getMappedRange)]
    fn mapped_range(this: &MappedBuffer) -> ArrayBuffer;
    #[wasm_bindgen(method)]
    fn unmap(this: &MappedBuffer);
}
