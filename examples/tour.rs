//! A Rust program lends an image, reads it item by item, reorders it, and has it as a slice:
//! no Python, no `unsafe`.
//!
//!     cargo run --example tour

use pybuf::{Exporter, Request, Result};

const HEIGHT: usize = 480;
const WIDTH: usize = 640;

fn main() -> Result<()> {
    // Three channels, interleaved: red grows downwards, green to the right, blue is constant.
    let pixels: Vec<u8> = (0..HEIGHT * WIDTH)
        .map(|pixel| (pixel / WIDTH, pixel % WIDTH))
        .flat_map(|(y, x)| [(255 * y / HEIGHT) as u8, (255 * x / WIDTH) as u8, 128])
        .collect();

    // The exporter owns the vector from here on. `Arc<[u8]>`, `Bytes(mmap)` … would do as well.
    let image = Exporter::new(pixels).shape([HEIGHT, WIDTH, 3])?;
    let view = image.view(Request::read())?;

    // Type and dimensions are checked once; an index is checked when it is used.
    let px = view.items::<u8, 3>()?;
    println!(
        "pixel (240, 320): {:?}",
        [0, 1, 2].map(|c| px.get([240, 320, c]))
    );
    println!("pixel (480, 0): {:?}", px.get([480, 0, 0]));

    // One plane for each channel: the transposed view copies nothing, `copy_to` does, once.
    let mut planar = vec![0u8; HEIGHT * WIDTH * 3];
    let planes = view.transpose([2, 0, 1])?;
    planes.copy_to(&mut planar)?;
    println!(
        "planes: shape {:?}, strides {:?}",
        planes.layout().shape(),
        planes.layout().strides()
    );

    let (red, blue) = (&planar[..HEIGHT * WIDTH], &planar[2 * HEIGHT * WIDTH..]);
    assert_eq!(red[240 * WIDTH + 320], 127);
    assert!(blue.iter().all(|&value| value == 128));

    // A slice only where nobody can write meanwhile: this memory is guarded.
    let all = image.view(Request::read().stable())?;
    let all: &[u8] = all.as_slice()?;
    println!("brightest: {:?}", all.iter().max());
    let refused = image.view(Request::write()).unwrap_err();
    println!("refused: {refused}");

    // What does not fit is refused, with the reason.
    let refused = view.items::<f64, 2>().unwrap_err();
    println!("refused: {refused}");
    Ok(())
}
