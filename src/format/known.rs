//! Code that is compiled for each scalar that it may meet.

/// Runs `body` with a scalar that the compiler knows, its size too, so that a loop over items has
/// no branch; `other` where the scalar is none of the list.
macro_rules! known_scalar {
    (
        $scalar:expr, |$known:ident, $size:ident| $body:expr, else $other:expr,
        $($kind:ident: $($bytes:literal)+;)+
    ) => {
        match ($scalar.kind, $scalar.size, $scalar.order) {
            $($(
                (ScalarKind::$kind, $bytes, ByteOrder::Little) => {
                    const $size: usize = $bytes;
                    let (kind, order) = (ScalarKind::$kind, ByteOrder::Little);
                    let $known = Scalar { kind, size: $size, order };
                    $body
                }
                (ScalarKind::$kind, $bytes, ByteOrder::Big) => {
                    const $size: usize = $bytes;
                    let (kind, order) = (ScalarKind::$kind, ByteOrder::Big);
                    let $known = Scalar { kind, size: $size, order };
                    $body
                }
            )+)+
            _ => $other,
        }
    };
}
pub(super) use known_scalar;
