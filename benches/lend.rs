//! `cargo bench --bench lend`: what lending costs beside CPython's own exporters. See
//! `benches/lend.py`.

mod common;

fn main() {
    common::on_each_python("lend");
}
