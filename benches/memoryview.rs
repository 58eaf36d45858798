//! `cargo bench --bench memoryview`: our memoryview beside CPython's, in one process. See
//! `benches/memoryview.py`.

mod common;

fn main() {
    common::on_each_python("memoryview");
}
