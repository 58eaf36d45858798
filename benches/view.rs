//! `cargo bench --bench view`: what views cost to be compared, searched and made text of, beside
//! CPython's memoryview and beside C's own functions on the same bytes. See `benches/view.py`.

mod common;

fn main() {
    common::on_each_python("view");
}
