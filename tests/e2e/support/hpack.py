"""HPACK (RFC 7541) for a peer that says exactly what it is told to: a whole decoder, and an encoder of literals.

    decoder = hpack.Decoder()
    decoder.decode(block)                     # [(name, value), …] as bytes
    hpack.encode([(":status", "200")])        # no field is indexed, none is Huffman coded
"""

STATIC_TABLE = [
    (name.encode(), value.encode())
    for name, value in (
        (":authority", ""),
        (":method", "GET"),
        (":method", "POST"),
        (":path", "/"),
        (":path", "/index.html"),
        (":scheme", "http"),
        (":scheme", "https"),
        (":status", "200"),
        (":status", "204"),
        (":status", "206"),
        (":status", "304"),
        (":status", "400"),
        (":status", "404"),
        (":status", "500"),
        ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"),
        *(
            (name, "")
            for name in (
                "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control "
                "content-disposition content-encoding content-language content-length content-location content-range "
                "content-type cookie date etag expect expires from host if-match if-modified-since if-none-match "
                "if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate "
                "proxy-authorization range referer refresh retry-after server set-cookie strict-transport-security "
                "transfer-encoding user-agent vary via www-authenticate"
            ).split()
        ),
    )
]

# The code is canonical, so that the lengths of the symbols 0 to 256 tell all of it (RFC 7541, appendix B).
_CODE_LENGTHS = [
    int(length)
    for length in (
        "13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28 6 10 10 12 13 6 8 11 "
        "10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 "
        "14 6 15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28 20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 "
        "23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24 22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 "
        "23 20 22 22 22 23 22 22 23 26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 "
        "27 20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26 30"
    ).split()
]


def _canonical_codes():
    """Symbols by (length, code)."""
    codes = {}
    code = previous = 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(_CODE_LENGTHS)):
        code <<= length - previous
        codes[length, code] = symbol
        previous = length
        code += 1
    return codes


_SYMBOLS = _canonical_codes()


def _decode_huffman(data):
    text = bytearray()
    length = code = 0
    for byte in data:
        for shift in range(7, -1, -1):
            code = code << 1 | byte >> shift & 1
            length += 1
            symbol = _SYMBOLS.get((length, code))
            if symbol is not None:
                text.append(symbol)
                length = code = 0
    if length > 7 or code != (1 << length) - 1:
        raise ValueError("a Huffman code that is cut off")
    return bytes(text)


class Decoder:
    def __init__(self, table_bytes_max=4096):
        self._table = []  # newest first
        self._table_bytes_max = table_bytes_max

    def decode(self, block):
        self._block = block
        self._at = 0
        fields = []
        while self._at < len(block):
            first = block[self._at]
            if first & 0x80:
                fields.append(self._field(self._integer(7)))
            elif first & 0xE0 == 0x20:
                self._table_bytes_max = self._integer(5)
                self._evict()
            else:
                fields.append(self._literal(first & 0x40))
        return fields

    def _literal(self, is_indexed):
        index = self._integer(6 if is_indexed else 4)
        field = (self._field(index)[0] if index else self._string(), self._string())
        if is_indexed:
            self._table.insert(0, field)
            self._evict()
        return field

    def _evict(self):
        while sum(len(name) + len(value) + 32 for name, value in self._table) > self._table_bytes_max:
            self._table.pop()

    def _field(self, index):
        return (STATIC_TABLE + self._table)[index - 1]

    def _integer(self, bits):
        limit = (1 << bits) - 1
        value = self._block[self._at] & limit
        self._at += 1
        if value < limit:
            return value
        shift = 0
        while True:
            byte = self._block[self._at]
            self._at += 1
            value += (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def _string(self):
        is_huffman = self._block[self._at] & 0x80
        length = self._integer(7)
        data = self._block[self._at : self._at + length]
        self._at += length
        return _decode_huffman(data) if is_huffman else data


def _encode_integer(value, bits, first=0):
    limit = (1 << bits) - 1
    if value < limit:
        return bytes([first | value])
    encoded = bytearray([first | limit])
    value -= limit
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def encode(fields):
    """The pairs of names and values, in their order, whatever is in them."""
    block = bytearray()
    for field in fields:
        block.append(0)  # a literal without indexing, with a name of its own
        for text in map(_as_bytes, field):
            block += _encode_integer(len(text), 7) + text
    return bytes(block)
