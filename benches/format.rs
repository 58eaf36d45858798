//! `cargo bench --bench format`: what formats cost, to read them and to read items by them,
//! beside Python's struct module, called from C, beside NumPy and beside loops in C. See
//! `benches/format.py`.

mod common;

fn main() {
    common::on_each_python("format");
}
