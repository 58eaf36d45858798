"""The grammar of formats, by tables: what each text means to whom, or where it is wrong and
what was expected there; and texts that are made to break a parser.

A tree is shown in one line: `name:kind` with its itemsize and byte order (`=` for this
machine's), then what is worth telling: [shape] *repeat /alignment @offset "signature"
{fields}. The letters before a text are those of the dialects: PEP 3118, struct, NumPy, ctypes.
"""

import ctypes
import struct
import sys
import time

import pytest

NATIVE = "<" if sys.byteorder == "little" else ">"
LONG_DOUBLE = ctypes.sizeof(ctypes.c_longdouble)

pytestmark = pytest.mark.skipif(struct.calcsize("lP") != 16, reason="the tables are those of 64-bit Unix")


def shown(field):
    name, kind, order, offset, itemsize, alignment, repeat, shape, fields, signature = field
    text = f"{name.decode('latin-1')}:" if name is not None else ""
    text += f"{kind}{itemsize}{order or ''}"
    text += f"[{','.join(map(str, shape))}]" if shape else ""
    text += f"*{repeat}" if repeat != 1 else ""
    text += f"/{alignment}" if alignment != 1 else ""
    text += f"@{offset}" if offset else ""
    text += f'"{signature.decode()}"' if signature is not None else ""
    return text + ("{" + " ".join(map(shown, fields)) + "}" if fields or kind == "struct" else "")


def dialects_of(formats, letters):
    known = {"P": formats.PEP3118, "S": formats.STRUCT, "N": formats.NUMPY, "C": formats.CTYPES}
    return [known[letter] for letter in letters]


# Dialects, text, itemsize and alignment of the whole, tree.
VALID = [
    # Single codes.
    ("PSNC", "i", "4/4", "signed4=/4"),
    ("PSNC", "@i", "4/4", "signed4=/4"),
    ("PSNC", "<i", "4/1", "signed4<"),
    ("PSNC", "=h", "2/1", "signed2="),
    ("PSNC", "!h", "2/1", "signed2>"),
    ("PNC", "^i", "4/1", "signed4="),
    ("PSNC", "l", "8/8", "signed8=/8"),
    ("PSNC", ">l", "4/1", "signed4>"),
    ("PSNC", "?", "1/1", "bool1"),
    ("PSNC", "c", "1/1", "char1"),
    ("PSNC", "b", "1/1", "signed1"),
    ("PSNC", ">B", "1/1", "unsigned1"),
    ("PSNC", "H", "2/2", "unsigned2=/2"),
    ("PSNC", ">L", "4/1", "unsigned4>"),
    ("PSNC", "Q", "8/8", "unsigned8=/8"),
    ("PSC", "n", "8/8", "signed8=/8"),
    ("PSC", "N", "8/8", "unsigned8=/8"),
    ("PSC", "P", "8/8", "pointer8=/8"),
    ("P", "^n", "8/1", "signed8="),
    ("C", "<P", "8/1", "pointer8<"),
    ("PSNC", "e", "2/2", "float2=/2"),
    ("PSNC", ">f", "4/1", "float4>"),
    ("PSNC", "d", "8/8", "float8=/8"),
    ("PNC", "g", f"{LONG_DOUBLE}/{LONG_DOUBLE}", f"float{LONG_DOUBLE}=/{LONG_DOUBLE}"),
    ("PNC", "^g", f"{LONG_DOUBLE}/1", f"float{LONG_DOUBLE}="),
    ("C", "<g", f"{LONG_DOUBLE}/1", f"float{LONG_DOUBLE}<"),
    # Complex numbers in all their spellings.
    ("PSNC", "Zf", "8/4", "complex8=/4"),
    ("PSNC", ">Zd", "16/1", "complex16>"),
    ("PNC", "Zg", f"{2 * LONG_DOUBLE}/{LONG_DOUBLE}", f"complex{2 * LONG_DOUBLE}=/{LONG_DOUBLE}"),
    ("PSC", "F", "8/4", "complex8=/4"),
    ("PSC", "<D", "16/1", "complex16<"),
    ("C", "<G", f"{2 * LONG_DOUBLE}/1", f"complex{2 * LONG_DOUBLE}<"),
    ("C", "<Zg", f"{2 * LONG_DOUBLE}/1", f"complex{2 * LONG_DOUBLE}<"),
    # Characters, addresses, bits.
    ("P", "u", "2/2", "unicode2=/2"),
    ("C", "<u", "4/1", "unicode4<"),
    ("PC", "w", "4/4", "unicode4=/4"),
    ("N", "w", "4/4", "text4=/4"),
    ("PN", "3w", "12/4", "text12=/4"),
    ("PNC", ">3w", "12/1", "text12>"),
    ("PNC", "O", "8/8", "object8=/8"),
    ("NC", "<O", "8/1", "object8<"),
    ("C", "<z", "8/1", "pointer8<"),
    ("C", "<Z", "8/1", "pointer8<"),
    ("P", "t", "1/1", "bits1"),
    ("P", "9t", "2/1", "bits2"),
    # Bytes, whose count is a length.
    ("PSNC", "3s", "3/1", "bytes3"),
    ("PSNC", "0s", "0/1", "bytes0"),
    ("PSC", "3p", "3/1", "pascal3"),
    ("PSNC", "4x", "4/1", "struct4{}"),
    ("PNC", "4x:a:", "4/1", "struct4{a:void4}"),
    # Several members.
    ("PSNC", "", "0/1", "struct0{}"),
    ("PS", "2i", "8/4", "struct8/4{signed4=*2/4}"),
    ("N", "2i", "8/4", "signed4=[2]/4"),
    ("PSN", "ii", "8/4", "struct8/4{signed4=*2/4}"),
    ("PS", "2qq", "24/8", "struct24/8{signed8=*3/8}"),
    ("N", "2qq", "24/8", "struct24/8{signed8=[2]/8 signed8=/8@16}"),
    ("PSN", "i2xi", "12/4", "struct12/4{signed4=/4 signed4=/4@8}"),
    ("PSN", "bi", "8/4", "struct8/4{signed1 signed4=/4@4}"),
    ("PSNC", "<bi", "5/1", "struct5{signed1 signed4<@1}"),
    ("PNC", "^bi", "5/1", "struct5{signed1 signed4=@1}"),
    ("PSNC", "<3x3xb", "7/1", "struct7{signed1@6}"),
    # What is 0 times there only aligns.
    ("PS", "0i", "0/4", "struct0/4{}"),
    ("PS", "b0i", "4/4", "struct4/4{signed1}"),
    ("PS", "i0q", "8/8", "struct8/8{signed4=/4}"),
    # Bytes at the end: NumPy's whole item, PEP 3118's and NumPy's structs; nobody's behind another order.
    ("PS", "ib", "5/4", "struct5/4{signed4=/4 signed1@4}"),
    ("N", "ib", "8/4", "struct8/4{signed4=/4 signed1@4}"),
    ("PS", "ix", "5/4", "struct5/4{signed4=/4}"),
    ("N", "ix", "8/4", "struct8/4{signed4=/4}"),
    ("PN", "T{ib}", "8/4", "struct8/4{signed4=/4 signed1@4}"),
    ("PNC", "T{<ib}", "5/1", "struct5{signed4< signed1@4}"),
    ("PN", "T{i:a:4x}", "8/4", "struct8/4{a:signed4=/4}"),
    ("P", "T{@i:a:b:b:<}", "8/4", "struct8/4{a:signed4=/4 b:signed1@4}"),
    ("P", "T{ib}b", "9/4", "struct9/4{struct8/4{signed4=/4 signed1@4} signed1@8}"),
    ("N", "T{ib}b", "12/4", "struct12/4{struct8/4{signed4=/4 signed1@4} signed1@8}"),
    # ctypes writes an order before each number and all padding, and none before native pointers.
    ("C", "<i<h", "6/1", "struct6{signed4< signed2<@4}"),
    ("C", "ii", "8/1", "struct8{signed4=*2}"),
    ("C", "bi", "5/1", "struct5{signed1 signed4=@1}"),
    ("C", "b0q", "1/1", "signed1"),
    ("C", "T{<b:a:3x<i:b:}", "8/1", "struct8{a:signed1 b:signed4<@4}"),
    ("C", "T{<b:a:<i:b:}", "5/1", "struct5{a:signed1 b:signed4<@1}"),
    ("C", "(2,3)<i", "24/1", "signed4<[2,3]"),
    ("C", ">&<i", "8/1", "pointer8={signed4<}"),
    ("C", "T{>i:a:X{}:f:&<d:p:}", "20/1", 'struct20{a:signed4> f:function8=@4"" p:pointer8=@12{float8<}}'),
    # White space between items.
    ("PS", " \t\n\r\v\fi ", "4/4", "signed4=/4"),
    ("PS", "< h\n2B", "4/1", "struct4{signed2< unsigned1*2@2}"),
    ("P", "T{ i:a: \n d:b: } ", "16/8", "struct16/8{a:signed4=/4 b:float8=/8@8}"),
    # An order holds until the next one, out of structs too.
    ("PNC", "<i>h", "6/1", "struct6{signed4< signed2>@4}"),
    ("PN", "i<i", "8/4", "struct8/4{signed4=/4 signed4<@4}"),
    ("PN", "@b^i@i", "12/4", "struct12/4{signed1 signed4=@1 signed4=/4@8}"),
    ("PC", "@=<>i", "4/1", "signed4>"),
    ("PC", "<", "0/1", "struct0{}"),
    ("PNC", "T{<ib}i", "9/1", "struct9{struct5{signed4< signed1@4} signed4<@5}"),
    ("PNC", "T{b:a:=i:b:}", "5/1", "struct5{a:signed1 b:signed4=@1}"),
    ("PNC", "T{b:a:T{=i:b:}:c:q:d:}", "13/1", "struct13{a:signed1 c:struct4@1{b:signed4=} d:signed8=@5}"),
    # Sub-arrays.
    ("PN", "(2,3)i", "24/4", "signed4=[2,3]/4"),
    ("PN", "(2, 3)i", "24/4", "signed4=[2,3]/4"),
    ("PN", "( 2\t,\n3 )<i", "24/1", "signed4<[2,3]"),
    ("PN", "(1)i", "4/4", "signed4=[1]/4"),
    ("PN", "(0,2)i", "0/4", "signed4=[0,2]/4"),
    ("PNC", "(2,3)>i", "24/1", "signed4>[2,3]"),
    ("PC", ">(2,3)i", "24/1", "signed4>[2,3]"),
    ("PNC", "(2)<i>h", "10/1", "struct10{signed4<[2] signed2>@8}"),
    ("PN", "(2)3i", "24/4", "signed4=[2,3]/4"),
    ("PNC", "(2)3s", "6/1", "bytes3[2]"),
    ("PN", "b(2)h", "6/2", "struct6/2{signed1 signed2=[2]/2@2}"),
    ("PN", "3i:a:", "12/4", "struct12/4{a:signed4=[3]/4}"),
    ("PN", "(2)3i:a:", "24/4", "struct24/4{a:signed4=[2,3]/4}"),
    ("PN", "0i:a:", "0/4", "struct0/4{a:signed4=[0]/4}"),
    ("PNC", "3s:a:", "3/1", "struct3{a:bytes3}"),
    # Structs and names.
    ("PN", "i:a:", "4/4", "struct4/4{a:signed4=/4}"),
    ("PN", "T{i:a:}", "4/4", "struct4/4{a:signed4=/4}"),
    ("PN", "T{i}", "4/4", "struct4/4{signed4=/4}"),
    ("PNC", "T{}", "0/1", "struct0{}"),
    ("PNC", "T{4x}", "4/1", "struct4{}"),
    ("PN", "T{i:a:}:s:", "4/4", "struct4/4{s:struct4/4{a:signed4=/4}}"),
    ("P", "2T{i}", "8/4", "struct8/4{struct4*2/4{signed4=/4}}"),
    ("N", "2T{i}", "8/4", "struct4[2]/4{signed4=/4}"),
    ("PN", "(2,1)T{i}:s:", "8/4", "struct8/4{s:struct4[2,1]/4{signed4=/4}}"),
    ("PN", "T{i:a:}:a:T{i:a:}:b:", "8/4", "struct8/4{a:struct4/4{a:signed4=/4} b:struct4/4@4{a:signed4=/4}}"),
    ("PN", "T{T{T{b}h}i}", "8/4", "struct8/4{struct4/2{struct1{signed1} signed2=/2@2} signed4=/4@4}"),
    ("PN", "i: a :", "4/4", "struct4/4{ a :signed4=/4}"),
    ("PN", "i:}:", "4/4", "struct4/4{}:signed4=/4}"),
    ("PN", "i:a.b[0]:", "4/4", "struct4/4{a.b[0]:signed4=/4}"),
    ("PN", "i:a\nb:", "4/4", "struct4/4{a\nb:signed4=/4}"),
    ("PN", "i:\"':", "4/4", "struct4/4{\"':signed4=/4}"),
    ("PN", "i:\xe9\xff\x01:", "4/4", "struct4/4{\xe9\xff\x01:signed4=/4}"),
    # Pointers and functions.
    ("P", "&i", "8/8", "pointer8=/8{signed4=/4}"),
    ("PC", "<&>i", "8/1", "pointer8<{signed4>}"),
    ("P", "&&d", "8/8", "pointer8=/8{pointer8=/8{float8=/8}}"),
    ("P", "&(3)i", "8/8", "pointer8=/8{signed4=[3]/4}"),
    ("P", "3&i", "24/8", "struct24/8{pointer8=*3/8{signed4=/4}}"),
    ("P", "(3)&i", "24/8", "pointer8=[3]/8{signed4=/4}"),
    ("P", "&T{i:a:}:p:", "8/8", "struct8/8{p:pointer8=/8{struct4/4{a:signed4=/4}}}"),
    ("P", "&9223372036854775807b", "8/8", "pointer8=/8{signed1[9223372036854775807]}"),
    ("P", "X{}", "8/8", 'function8=/8""'),
    ("P", "X{i:a:d->&X{}}:f:", "8/8", 'struct8/8{f:function8=/8"i:a:d->&X{}"}'),
    ("P", "X{->d}", "8/8", 'function8=/8"->d"'),
    ("P", "b2X{}", "24/8", 'struct24/8{signed1 function8=*2/8@8""}'),
    # As large as an item may be.
    ("PSC", "9223372036854775807b", "9223372036854775807/1", "struct9223372036854775807{signed1*9223372036854775807}"),
    ("PNC", "(9223372036854775807)b", "9223372036854775807/1", "signed1[9223372036854775807]"),
    ("PSNC", "9223372036854775807s", "9223372036854775807/1", "bytes9223372036854775807"),
    ("PSNC", "=2305843009213693951x0i", "2305843009213693951/1", None),
]


@pytest.mark.parametrize("dialects, text, size, tree", VALID, ids=[f"{row[0]} {row[1]!r}" for row in VALID])
def test_valid(formats, dialects, text, size, tree):
    for dialect in dialects_of(formats, dialects):
        format = formats.Format(text.encode("latin-1"), dialect)
        assert f"{format.itemsize}/{format.alignment}" == size
        assert format.text == text.encode("latin-1")
        if tree is not None:
            assert shown(format.describe()) == tree.replace("=", NATIVE)


TOO_LARGE = "larger than Py_ssize_t"

# Dialects, text, offset of what is wrong there, and words of what is expected.
INVALID = [
    # No codes, or nobody's.
    ("PSNC", "y", 0, "'y' is no code of"),
    ("PSNC", "i\x01", 1, "'\\x01' is no code of"),
    ("PSNC", "\xe9", 0, "'\\xe9' is no code of"),
    ("PSNC", "-1i", 0, "'-' is no code of"),
    ("PSNC", "1.5i", 1, "'.' is no code of"),
    ("PSNC", "3i)", 2, "')' is no code of"),
    ("PSN", "z", 0, "'z' is no code of"),
    ("PSN", "Zi", 0, "'Z' is no code of"),
    ("PSN", "Z", 0, "'Z' is no code of"),
    ("PSN", "G", 0, "'G' is no code of"),
    ("S", "g", 0, "'g' is no code of the struct module"),
    ("S", "Zg", 0, "'Z' is no code of the struct module"),
    ("S", "u", 0, "'u' is no code of the struct module"),
    ("S", "w", 0, "'w' is no code of the struct module"),
    ("S", "O", 0, "'O' is no code of the struct module"),
    ("S", "t", 0, "'t' is no code of the struct module"),
    ("SN", "&i", 0, "'&' is no code of"),
    ("SN", "X{}", 0, "'X' is no code of"),
    ("S", "T{i}", 0, "'T' is no code of the struct module"),
    ("S", "(2)i", 0, "'(' is no code of the struct module"),
    ("S", "i:a:", 1, "':' is no code of the struct module"),
    ("N", "F", 0, "'F' is no code of NumPy"),
    ("N", "3p", 1, "'p' is no code of NumPy"),
    ("N", "n", 0, "'n' is no code of NumPy"),
    ("N", "P", 0, "'P' is no code of NumPy"),
    ("N", "u", 0, "'u' is no code of NumPy"),
    ("N", "t", 0, "'t' is no code of NumPy"),
    # Orders.
    ("S", "i<i", 1, "'<' is no code of the struct module"),
    ("S", " <i", 1, "'<' is no code of the struct module"),
    ("S", "<<i", 1, "'<' is no code of the struct module"),
    ("S", "@@", 1, "'@' is no code of the struct module"),
    ("S", "^i", 0, "'^' is no code of the struct module"),
    ("PS", "<n", 1, "'n' has no standard size: '@' is expected before it"),
    ("PS", ">P", 1, "'P' has no standard size"),
    ("PN", "!g", 1, "'g' has no standard size"),
    ("P", "=O", 1, "'O' has no standard size"),
    ("PN", "<Zg", 1, "'Z'"),
    ("N", "@=<>i", 1, "'=' is no code of NumPy"),
    ("N", "<", 1, "the text ends, where a code is expected"),
    ("N", "T{@i:a:b:b:<}", 12, "'}' is no code of NumPy"),
    ("N", ">(2,3)i", 1, "'(' is no code of NumPy"),
    # Counts.
    ("PSNC", "3", 1, "the text ends after a count, where a code is expected"),
    ("PSNC", "i3", 2, "the text ends after a count, where a code is expected"),
    ("PSNC", "3 i", 1, "' ' is no code of"),
    ("PNC", "T{3}", 3, "'}' is no code of"),
    # White space where there is none.
    ("NC", "i i", 1, "' ' is no code of"),
    ("NC", " i", 0, "' ' is no code of"),
    ("PSNC", "i\xa0i", 1, "'\\xa0' is no code of"),
    ("P", "(2) i", 3, "' ' is no code of PEP 3118"),
    ("P", "T {i}", 0, "'T' is no code of PEP 3118"),
    ("P", "i :a:", 2, "':' is no code of PEP 3118"),
    # Sub-arrays.
    ("PNC", "()i", 1, "')', where a number is expected: the length of a dimension"),
    ("PNC", "(2,)i", 3, "')', where a number is expected"),
    ("PNC", "(,2)i", 1, "',', where a number is expected"),
    ("PNC", "(-1)i", 1, "'-', where a number is expected"),
    ("C", "( 2)i", 1, "' ', where a number is expected"),
    ("PN", "( ,2)i", 2, "',', where a number is expected"),
    ("PN", "(2, )i", 4, "')', where a number is expected"),
    ("PNC", "(2i", 2, "'i', where ',' or ')' is expected"),
    ("PNC", "(2", 2, "the text ends, where ',' or ')' is expected"),
    ("C", "(2 )i", 2, "' ', where ',' or ')' is expected"),
    ("PN", "(2 3)i", 3, "'3', where ',' or ')' is expected"),
    ("PN", "(2, 3", 5, "the text ends, where ',' or ')' is expected"),
    ("N", "(2) i", 3, "' ' is no code of NumPy"),
    ("PNC", "(2,3)", 5, "the text ends, where a code is expected"),
    ("PNC", "(2)(3)i", 3, "'(' is no code of"),
    ("PNC", "2(3)i", 1, "'(' after a count: a shape comes first, as in (2,3)i"),
    # Structs.
    ("PNC", "T{", 2, "the text ends, where '}' is expected: it ends what '{' opens at offset 1"),
    ("PNC", "iT{T{b}:a:", 10, "the text ends, where '}' is expected: it ends what '{' opens at offset 2"),
    ("PNC", "T{T{b", 5, "opens at offset 3"),
    ("PNC", "i}", 1, "'}' ends nothing: no 'T{' is open"),
    ("PNC", "T{i}}", 4, "'}' ends nothing"),
    ("PNC", "T", 0, "'T' is no code of"),
    ("PNC", "{i}", 0, "'{' is no code of"),
    # Names.
    ("PNC", "i:a", 3, "the text ends, where ':' is expected: it ends the name that begins at offset 1"),
    ("PNC", "T{i:a}", 6, "where ':' is expected"),
    ("PNC", "i::", 2, "a name is expected between the colons"),
    ("PNC", ":a:", 0, "':' is no code of"),
    ("PNC", "i:a:b:", 6, "the name that begins at offset 5"),
    ("PNC", "i:a:i:a:", 6, "another field of the struct has this name already"),
    ("PNC", "T{i:b:i:a:h:b:}", 12, "another field of the struct has this name already"),
    # Pointers and functions.
    ("PC", "&", 1, "the text ends, where a code is expected"),
    ("PC", "&:a:", 1, "':' is no code of"),
    ("PC", "T{&}", 3, "'}' is no code of"),
    ("PC", "X{", 2, "the text ends, where '}' is expected: it ends what '{' opens at offset 1"),
    ("PC", "X{i->}", 5, "'}' is no code of"),
    ("PC", "X{i->dd}", 6, "'d', where '}' is expected"),
    ("PC", "X{i->d", 6, "the text ends, where '}' is expected"),
    ("PC", "X", 0, "'X' is no code of"),
    # What no size can tell.
    ("PSNC", "99999999999999999999i", 0, TOO_LARGE),
    ("PSNC", "9223372036854775808b", 0, TOO_LARGE),
    ("PSNC", "4611686018427387904h", 0, TOO_LARGE),
    ("PSC", "9223372036854775807bb", 20, TOO_LARGE),
    ("PSC", "b9223372036854775807x", 1, TOO_LARGE),
    ("PSNC", "9223372036854775801xq", 20, TOO_LARGE),
    ("PNC", "2305843009213693952w", None, TOO_LARGE),
    ("PNC", "(9223372036854775807,2)b", 0, TOO_LARGE),
    ("PNC", "(4294967296,4294967296)b", 0, TOO_LARGE),
    ("PNC", "(4294967296,0,4294967296)b", 0, TOO_LARGE),
    ("PNC", "(99999999999999999999)i", 1, TOO_LARGE),
    ("PNC", "T{9223372036854775807b}i", 23, TOO_LARGE),
    ("PNC", "2T{9223372036854775807b}", 0, TOO_LARGE),
    ("PN", "T{q:a:9223372036854775799x}", 0, TOO_LARGE),
    ("PC", "&9223372036854775807i", 1, TOO_LARGE),
    ("PC", "X{9223372036854775807i}", 2, TOO_LARGE),
]


@pytest.mark.parametrize("dialects, text, offset, words", INVALID, ids=[f"{row[0]} {row[1]!r}" for row in INVALID])
def test_invalid(formats, dialects, text, offset, words):
    for dialect in dialects_of(formats, dialects):
        error = struct.error if dialect == formats.STRUCT else ValueError
        with pytest.raises(error) as failure:
            formats.Format(text.encode("latin-1"), dialect)
        message = str(failure.value)
        assert words in message
        assert offset is None or f"at offset {offset}: " in message


def test_errors_of_struct_begin_with_its_words(formats):
    for text in ["y", "3", "3 i", "9223372036854775807i", "i9223372036854775807x"]:
        with pytest.raises(struct.error) as theirs:
            struct.calcsize(text)
        for attempt in [formats.size_from_format, lambda text: formats.Format(text, formats.STRUCT)]:
            with pytest.raises(struct.error) as ours:
                attempt(text)
            assert str(ours.value).startswith(f"{theirs.value}: format '{text}' at offset ")


def test_long_texts_are_cut_in_messages(formats):
    with pytest.raises(ValueError) as failure:
        formats.Format("b" * 100000 + "y")
    assert "\u2026' at offset 100000: 'y' is no code" in str(failure.value)
    assert len(str(failure.value)) < 200


def test_only_four_numbers_are_dialects(formats):
    for number in (-1, 4, 2**31 - 1):
        with pytest.raises(ValueError, match=f"{number} is no dialect"):
            formats.Format("i", number)
    with pytest.raises(ValueError, match="text is NULL"):
        formats.Format(None)
    with pytest.raises(ValueError, match="text is NULL"):
        formats.size_from_format(None)


# Each level of nesting, and what closes it; nothing where it needs not be closed.
NESTING = [("T{", "}"), ("&", ""), ("X{", "}"), ("X{->", "}"), ("&T{", "}"), ("T{X{T{", "}}}")]


@pytest.mark.parametrize("opened, closed", NESTING)
def test_nesting(formats, opened, closed):
    """64 levels are enough for anybody; more are an error, however many and whether closed or not."""
    each = len(opened.replace("{", "").replace("->", ""))
    deepest = 64 // each
    for depth in (1, deepest):
        formats.Format(opened * depth + "i" + closed * depth)
    for depth in (deepest + 1, 10_000, 1_000_000):
        for text in (opened * depth + "i" + closed * depth, opened * depth):
            with pytest.raises(ValueError, match="nested more than 64 deep"):
                formats.Format(text)


def test_dimensions(formats):
    at_most = formats.Format("(" + ",".join("1" * 64) + ")i").describe()
    assert at_most[7] == (1,) * 64
    with pytest.raises(ValueError, match="at offset 129: more than 64 dimensions"):
        formats.Format("(" + ",".join("1" * 65) + ")i")
    with pytest.raises(ValueError, match=r"at offset 1: '\(', where a number is expected"):
        formats.Format("(" * 10_000)


MEGABYTE = 1_000_000

# Of a megabyte: a text, a dialect that takes it, and the itemsize; None for an error.
LONG = {
    "codes": ("bB" * (MEGABYTE // 2), "P", MEGABYTE),
    "codes of struct": ("hb" * (MEGABYTE // 2), "S", 2 * MEGABYTE - 1),
    "spaces": (" " * MEGABYTE, "P", 0),
    "spaces before a code": (" " * MEGABYTE + "i", "S", 4),
    "a name": ("i:" + "n" * MEGABYTE + ":", "P", 4),
    "names": ("".join(f"b:{number:x}:" for number in range(MEGABYTE // 8)), "N", MEGABYTE // 8),
    "orders": ("<" * MEGABYTE + "i", "P", 4),
    "zeros": ("0" * MEGABYTE + "1i", "S", 4),
    "structs": ("T{b}" * (MEGABYTE // 4), "C", MEGABYTE // 4),
    "pointers": ("&b" * (MEGABYTE // 2), "P", 8 * (MEGABYTE // 2)),
    "shapes": ("(1,1)b" * (MEGABYTE // 6), "N", MEGABYTE // 6),
    "padding": ("x" * MEGABYTE, "C", MEGABYTE),
    "a signature": ("X{" + "b" * MEGABYTE + "}", "P", 8),
    "digits": ("9" * MEGABYTE + "i", "S", None),
    "digits alone": ("9" * MEGABYTE, "P", None),
    "a name without an end": ("i:" + "n" * MEGABYTE, "P", None),
    "parentheses": ("(" * MEGABYTE, "N", None),
    "a shape": ("(" + "1," * (MEGABYTE // 2), "P", None),
    "closing braces": ("}" * MEGABYTE, "C", None),
    "colons": (":" * MEGABYTE, "P", None),
    "one name": ("b:a:" * (MEGABYTE // 4), "P", None),
    "too many members": ("bB" * (MEGABYTE * 3 // 4), "S", None),
}


@pytest.mark.parametrize("what", LONG)
def test_a_megabyte_takes_no_longer_than_its_length(formats, what):
    text, dialect, itemsize = LONG[what]
    (dialect,) = dialects_of(formats, dialect)
    start = time.perf_counter()
    if itemsize is None:
        with pytest.raises((ValueError, struct.error), match="at offset"):
            formats.Format(text, dialect)
    else:
        assert formats.Format(text, dialect).itemsize == itemsize
    # Generous: a debug build on a busy machine. What is not linear takes minutes.
    assert time.perf_counter() - start < 10


def test_a_nul_ends_the_text(formats):
    for text in (b"i\0", b"i\0garbage", b"i\0\xff"):
        assert formats.Format(text).text == b"i"
        assert formats.size_from_format(text) == 4
    assert formats.Format(b"\0i").itemsize == 0
    with pytest.raises(ValueError, match="offset 3: the text ends"):
        formats.Format(b"i:a\0:")


def test_what_somebody_else_states(formats):
    """The item size tells how a text was meant."""
    assert shown(formats.stated("T{<b:a:<i:b:}", 5).describe()) == "struct5{a:signed1 b:signed4<@1}"
    assert shown(formats.stated("T{<b:a:<i:b:}", 8).describe()) == "struct8/4{a:signed1 b:signed4</4@4}"
    assert formats.stated("ib", 8).itemsize == 8
    assert formats.stated("ib", 5).itemsize == 5
    assert formats.stated(None, 1).text == b"B"
    assert shown(formats.stated(None, 4).describe()) == "bytes4"
    assert formats.stated("<P", 8).kind == "pointer"
    with pytest.raises(ValueError, match="items of 4 bytes, but itemsize is 8"):
        formats.stated("i", 8)
    with pytest.raises(ValueError, match="at offset 0: 'y' is no code"):
        formats.stated("y", 8)
    with pytest.raises(ValueError, match="itemsize"):
        formats.stated("i", -1)
