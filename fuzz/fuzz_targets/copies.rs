#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| pybuf_fuzz::copies::check(data));
