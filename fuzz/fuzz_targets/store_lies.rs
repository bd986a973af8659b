#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tablon_fuzz::store_lies(data));
