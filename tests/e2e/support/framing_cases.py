"""Requests that two readers may cut into messages at different places, or in which one may overlook a field.

A table of (name, bytes, statuses). Each of CASES carries a second request in what is a body to one reader and the next request to
another: SMUGGLED, which deletes the track "canary". Each of CONDITIONS has a condition that does not hold on a PUT, written so that
a reader may overlook it; the PUT would change the track "t".
"""

import json

from support import documents, raw_http, rest

CANARY = rest.track_path("canary")
TARGET = rest.track_path("t")
SMUGGLED = raw_http.request("DELETE", CANARY)
CHANGED = json.dumps(documents.minimal("t") | {"name": "Changed"}).encode()

_BAD = {400}
_CODING = {400, 501}
_VERSION = {400, 505}


def _put(*lines, body=SMUGGLED, **kwargs):
    return raw_http.request("PUT", TARGET, "Content-Type: application/json", *lines, body=body, **kwargs)


def _length(text):
    """A line that may be read as the length of what follows."""
    return text.replace(b"N", b"%d" % len(SMUGGLED))


_CHUNKED_SMUGGLED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
_END_THEN_SMUGGLED = b"0\r\n\r\n" + SMUGGLED

# Lines that stand among the fields, with SMUGGLED behind the header.
_LENGTH_LINES = [
    ("a_space_before_the_colon", b"Content-Length : N"),
    ("a_tab_before_the_colon", b"Content-Length\t: N"),
    ("a_length_in_a_folded_line", b"Content-Length:\r\n N"),
    ("a_length_folded_by_a_tab", b"Content-Length:\r\n\tN"),
    ("a_length_that_is_folded_in_the_middle", b"Content-Length: 1\r\n 0"),
    ("a_length_folded_into_another_field", b"X-Other: a\r\n Content-Length: N"),
    ("any_folded_line", b"X-Other: a\r\n b"),
    ("a_folded_line_that_is_empty", b"X-Other: a\r\n "),
    ("a_nul_behind_a_length", b"Content-Length: N\0"),
    ("a_nul_before_a_length", b"Content-Length: \0N"),
    ("a_nul_in_a_name", b"Content-Length\0: N"),
    ("a_nul_before_a_name", b"\0Content-Length: N"),
    ("a_nul_in_another_value", b"X-Other: a\0b"),
    ("a_nul_that_hides_a_line", b"X-Other: a\0\r\nContent-Length: N"),
    ("a_line_of_a_nul", b"\0"),
    ("a_bare_cr_in_a_value", b"X-Other: a\rb"),
    ("a_bare_cr_before_a_length", b"X-Other: a\rContent-Length: N"),
    ("a_bare_cr_behind_a_length", b"Content-Length: N\r"),
    ("a_bare_cr_before_a_number", b"Content-Length:\rN"),
    ("a_line_of_a_cr", b"\r"),
    ("a_bare_lf_between_fields", b"X-Other: a\nContent-Length: N"),
    ("a_bare_lf_behind_a_length", b"Content-Length: N\nX-Other: a"),
    ("a_blank_line_of_bare_lf", b"X-Other: a\n\nX-More: b"),
    ("a_blank_line_of_lf_and_cr_lf", b"X-Other: a\n"),
    ("a_vertical_tab_before_a_number", b"Content-Length: \x0bN"),
    ("a_form_feed_behind_a_number", b"Content-Length: N\x0c"),
    ("a_backspace_in_a_value", b"X-Other: a\bb"),
    ("a_delete_in_a_value", b"X-Other: a\x7fb"),
    ("an_escape_in_a_value", b"X-Other: \x1b[2J"),
    ("a_name_that_is_empty", b": v"),
    ("a_name_that_is_a_space", b" : v"),
    ("a_name_with_a_space", b"X Other: v"),
    ("a_name_with_a_parenthesis", b"X(Other): v"),
    ("a_name_in_quotes", b'"Content-Length": N'),
    ("a_name_with_a_delete", b"Content-Length\x7f: N"),
    ("a_name_beyond_ascii", b"Content-Length\xa0: N"),
    ("a_name_with_a_byte_order_mark", b"\xef\xbb\xbfContent-Length: N"),
    ("a_line_without_a_colon", b"Content-Length N"),
    ("a_length_with_an_equals_sign", b"Content-Length= N"),
    ("a_length_with_a_plus", b"Content-Length: +N"),
    ("a_negative_length", b"Content-Length: -1"),
    ("a_negative_zero", b"Content-Length: -0"),
    ("a_length_in_a_list", b"Content-Length: N,N"),
    ("a_length_in_a_list_with_a_space", b"Content-Length: N, 0"),
    ("a_length_and_a_comma", b"Content-Length: N,"),
    ("a_length_with_a_parameter", b"Content-Length: N;a=b"),
    ("a_hexadecimal_length", b"Content-Length: 0x10"),
    ("a_length_with_a_space_in_it", b"Content-Length: 1 0"),
    ("a_length_with_a_tab_in_it", b"Content-Length: 1\t0"),
    ("a_length_with_an_underscore", b"Content-Length: 1_0"),
    ("a_length_with_a_fraction", b"Content-Length: N.0"),
    ("a_length_with_an_exponent", b"Content-Length: 1e1"),
    ("a_length_in_quotes", b'Content-Length: "N"'),
    ("a_length_in_other_digits", "Content-Length: ١".encode()),
    ("a_length_that_is_empty", b"Content-Length:"),
    ("a_length_that_is_blank", b"Content-Length: \t "),
    ("two_lengths", b"Content-Length: 0\r\nContent-Length: N"),
    ("two_lengths_the_other_way", b"Content-Length: N\r\nContent-Length: 0"),
    ("two_lengths_in_other_letters", b"Content-Length: 0\r\ncontent-length: N"),
    ("two_lengths_that_are_equal", b"Content-Length: N\r\nContent-Length: N"),
    ("two_lengths_one_of_which_is_empty", b"Content-Length:\r\nContent-Length: N"),
    ("a_coding_that_is_empty", b"Transfer-Encoding:"),
]
_CODING_LINES = [
    ("identity", b"Transfer-Encoding: identity"),
    ("a_coding_that_begins_alike", b"Transfer-Encoding: chunkedx"),
    ("a_coding_that_ends_alike", b"Transfer-Encoding: xchunked"),
    ("a_coding_in_quotes", b'Transfer-Encoding: "chunked"'),
    ("a_coding_with_a_parameter", b"Transfer-Encoding: chunked;q=1"),
    ("chunked_before_gzip", b"Transfer-Encoding: chunked, gzip"),
    ("gzip_before_chunked", b"Transfer-Encoding: gzip, chunked"),
    ("gzip_alone", b"Transfer-Encoding: gzip"),
    ("chunked_twice", b"Transfer-Encoding: chunked, chunked"),
    ("chunked_in_two_fields", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    ("chunked_and_identity_in_two_fields", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    ("identity_and_chunked_in_two_fields", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
    ("codings_without_a_comma", b"Transfer-Encoding: gzip chunked"),
]
_CHUNKED_LINES = [
    ("a_space_before_the_colon_of_a_coding", b"Transfer-Encoding : chunked"),
    ("a_tab_before_the_colon_of_a_coding", b"Transfer-Encoding\t: chunked"),
    ("a_coding_in_a_folded_line", b"Transfer-Encoding:\r\n chunked"),
    ("a_coding_folded_behind_a_comma", b"Transfer-Encoding: chunked,\r\n identity"),
    ("a_coding_folded_into_another_field", b"X-Other: a\r\n Transfer-Encoding: chunked"),
    ("a_nul_behind_a_coding", b"Transfer-Encoding: chunked\0x"),
    ("a_nul_before_a_coding", b"Transfer-Encoding: \0chunked"),
    ("a_nul_in_the_name_of_a_coding", b"Transfer-Encoding\0: chunked"),
    ("a_vertical_tab_before_a_coding", b"Transfer-Encoding: \x0bchunked"),
    ("a_bare_cr_before_a_coding", b"X-Other: a\rTransfer-Encoding: chunked"),
    ("a_bare_lf_before_a_coding", b"X-Other: a\nTransfer-Encoding: chunked"),
    ("a_length_and_a_coding", b"Content-Length: 5\r\nTransfer-Encoding: chunked"),
    ("a_coding_and_a_length", b"Transfer-Encoding: chunked\r\nContent-Length: 5"),
    ("a_coding_and_a_length_of_0", b"Transfer-Encoding: chunked\r\nContent-Length: 0"),
    ("a_coding_and_a_bad_length", b"Transfer-Encoding: chunked\r\nContent-Length: x"),
]
# What stands at the place of a chunked body, before its end and SMUGGLED.
_CHUNKS = [
    ("a_bare_lf_behind_a_size", b"5\nhello\r\n"),
    ("a_bare_cr_behind_a_size", b"5\rhello\r\n"),
    ("two_cr_behind_a_size", b"5\r\r\nhello\r\n"),
    ("a_nul_behind_a_size", b"5\0\r\nhello\r\n"),
    ("a_nul_before_a_size", b"\x005\r\nhello\r\n"),
    ("a_size_with_a_plus", b"+5\r\nhello\r\n"),
    ("a_size_with_a_minus", b"-5\r\nhello\r\n"),
    ("a_size_with_0x", b"0x5\r\nhello\r\n"),
    ("a_size_with_an_underscore", b"0_5\r\nhello\r\n"),
    ("a_space_before_a_size", b" 5\r\nhello\r\n"),
    ("a_tab_before_a_size", b"\t5\r\nhello\r\n"),
    ("a_space_in_a_size", b"0 5\r\nhello\r\n"),
    ("a_size_that_is_empty", b"\r\nhello\r\n"),
    ("a_size_that_is_an_extension", b";a=b\r\nhello\r\n"),
    ("a_size_that_is_no_digit", b"g\r\nhello\r\n"),
    ("a_size_of_65_bits", b"10000000000000005\r\nhello\r\n"),
    ("a_size_in_100_digits", b"0" * 99 + b"5\r\nhello\r\n"),
    ("a_comma_behind_a_size", b"5,a\r\nhello\r\n"),
    ("a_bare_lf_in_an_extension", b"5;a\nhello\r\n"),
    ("a_bare_lf_in_a_quoted_extension", b'5;a="\n"\r\nhello\r\n'),
    ("a_bare_cr_in_an_extension", b"5;a\rb\r\nhello\r\n"),
    ("a_nul_in_an_extension", b"5;a=\0\r\nhello\r\n"),
    ("a_chunk_longer_than_its_size", b"5\r\nhello!\r\n"),
    ("a_chunk_shorter_than_its_size", b"6\r\nhello\r\n"),
    ("a_bare_lf_behind_a_chunk", b"5\r\nhello\n"),
    ("a_bare_cr_behind_a_chunk", b"5\r\nhello\r"),
    ("two_cr_behind_a_chunk", b"5\r\nhello\r\r\n"),
    ("nothing_behind_a_chunk", b"5\r\nhello"),
    ("a_bare_lf_behind_the_last_size", b"0\n\r\n"),
    ("a_bare_cr_behind_the_last_size", b"0\r\r\n\r\n"),
    ("a_bare_lf_at_the_end", b"0\r\n\n"),
    ("a_bare_cr_at_the_end", b"0\r\n\rX"),
    ("a_trailer_that_begins_with_a_space", b"0\r\n X: y\r\n\r\n"),
    ("a_trailer_that_is_folded", b"0\r\nX: y\r\n z\r\n\r\n"),
    ("a_trailer_with_a_space_before_the_colon", b"0\r\nX : y\r\n\r\n"),
    ("a_trailer_with_a_nul", b"0\r\nX: y\0\r\n\r\n"),
    ("a_trailer_with_a_bare_lf", b"0\r\nX: y\nZ: z\r\n\r\n"),
    ("a_trailer_with_a_bare_cr", b"0\r\nX: y\rZ: z\r\n\r\n"),
    ("a_trailer_without_a_colon", b"0\r\nX\r\n\r\n"),
    ("a_trailer_without_a_name", b"0\r\n: y\r\n\r\n"),
]
_HOSTS = [
    ("with_a_space", b"Host: a b"),
    ("with_a_tab", b"Host: a\tb"),
    ("with_a_path", b"Host: a/b"),
    ("with_a_user", b"Host: a@b"),
    ("with_a_query", b"Host: a?b"),
    ("with_a_fragment", b"Host: a#b"),
    ("that_is_a_url", b"Host: http://localhost"),
    ("that_is_a_list", b"Host: a, b"),
    ("with_a_port_that_is_no_number", b"Host: a:b"),
    ("with_two_ports", b"Host: a:1:2"),
    ("with_an_open_bracket", b"Host: [::1"),
    ("with_a_backslash", b"Host: a\\b"),
    ("with_a_nul", b"Host: a\0b"),
    ("with_bytes_beyond_ascii", b"Host: \xe9"),
    ("with_a_bad_escape", b"Host: a%zz"),
    ("twice", b"Host: localhost\r\nHost: localhost"),
    ("twice_and_different", b"Host: localhost\r\nHost: other"),
    ("twice_once_empty", b"Host: localhost\r\nHost:"),
    ("with_a_space_before_the_colon", b"Host : localhost"),
    ("in_a_folded_line", b"Host:\r\n localhost"),
]
_P = TARGET.encode()
_REQUEST_LINES = [
    ("without_a_method", b" %s HTTP/1.1" % _P, _BAD),
    ("without_a_target", b"PUT HTTP/1.1", _BAD),
    ("with_a_target_that_is_empty", b"PUT  HTTP/1.1", _BAD),
    ("without_a_version", b"PUT %s" % _P, _BAD),
    ("with_two_spaces_behind_the_method", b"PUT  %s HTTP/1.1" % _P, _BAD),
    ("with_two_spaces_before_the_version", b"PUT %s  HTTP/1.1" % _P, _BAD),
    ("with_a_space_in_the_target", b"PUT %s x HTTP/1.1" % _P, _BAD),
    ("with_a_space_at_the_end", b"PUT %s HTTP/1.1 " % _P, _BAD),
    ("with_a_tab_behind_the_method", b"PUT\t%s HTTP/1.1" % _P, _BAD),
    ("with_a_tab_before_the_version", b"PUT %s\tHTTP/1.1" % _P, _BAD),
    ("with_a_tab_before_it", b"\tPUT %s HTTP/1.1" % _P, _BAD),
    ("with_a_nul_before_it", b"\0PUT %s HTTP/1.1" % _P, _BAD),
    ("with_a_nul_in_the_method", b"PU\0T %s HTTP/1.1" % _P, _BAD),
    ("with_a_nul_behind_the_method", b"PUT\0 %s HTTP/1.1" % _P, _BAD),
    ("with_a_colon_in_the_method", b"P:T %s HTTP/1.1" % _P, _BAD),
    ("with_a_method_in_parentheses", b"(PUT) %s HTTP/1.1" % _P, _BAD),
    ("with_a_method_beyond_ascii", b"P\xdcT %s HTTP/1.1" % _P, _BAD),
    ("with_a_nul_in_the_target", b"PUT %s\0 HTTP/1.1" % _P, _BAD),
    ("with_a_control_character_in_the_target", b"PUT %s\x01 HTTP/1.1" % _P, _BAD),
    ("with_bytes_beyond_ascii_in_the_target", b"PUT %s\xc3\xa9 HTTP/1.1" % _P, _BAD),
    ("with_a_bare_cr", b"PUT %s\r HTTP/1.1" % _P, _BAD),
    ("with_a_bare_cr_at_the_end", b"PUT %s HTTP/1.1\r" % _P, _BAD),
    ("with_a_bare_lf_in_it", b"PUT %s\n HTTP/1.1" % _P, _BAD),
    ("that_ends_with_a_bare_lf", b"PUT %s HTTP/1.1\nX: y" % _P, _BAD),
    ("with_a_path_without_a_slash", b"PUT api HTTP/1.1", _BAD),
    ("with_a_star", b"PUT * HTTP/1.1", _BAD),
    ("with_a_version_in_small_letters", b"PUT %s http/1.1" % _P, _VERSION),
    ("with_two_digits_in_the_version", b"PUT %s HTTP/1.10" % _P, _VERSION),
    ("with_half_a_version", b"PUT %s HTTP/1." % _P, _VERSION),
    ("with_no_dot_in_the_version", b"PUT %s HTTP/1" % _P, _VERSION),
    ("with_a_zero_before_the_version", b"PUT %s HTTP/01.1" % _P, _VERSION),
    ("with_a_space_in_the_version", b"PUT %s HTTP/ 1.1" % _P, _VERSION),
    ("of_another_protocol", b"PUT %s HTCPCP/1.0" % _P, _VERSION),
    ("of_http_2", b"PUT %s HTTP/2.0" % _P, {505}),
    ("of_http_3", b"PUT %s HTTP/3.0" % _P, {505}),
    ("of_http_0", b"PUT %s HTTP/0.9" % _P, {505}),
    ("of_another_scheme", b"PUT ftp://localhost%s HTTP/1.1" % _P, _BAD),
    ("of_a_url_without_a_host", b"PUT http://%s HTTP/1.1" % _P, _BAD),
    ("of_a_url_with_a_user", b"PUT http://a@localhost%s HTTP/1.1" % _P, _BAD),
    ("of_a_url_with_a_bad_port", b"PUT http://localhost:x%s HTTP/1.1" % _P, _BAD),
]


def _cases():
    for name, line in _LENGTH_LINES:
        yield name, _put(_length(line)), _BAD
    for name, line in _CODING_LINES:
        yield f"the_coding_{name}", _put(line, body=_CHUNKED_SMUGGLED), _CODING
    for name, line in _CHUNKED_LINES:
        yield name, _put(line, body=_END_THEN_SMUGGLED), _BAD
    for name, chunk in _CHUNKS:
        yield f"chunks_{name}", _put("Transfer-Encoding: chunked", body=chunk + _END_THEN_SMUGGLED), _BAD
    enormous = b"fffffffffffffffe\r\n" + _END_THEN_SMUGGLED
    yield "chunks_a_size_of_64_bits", _put("Transfer-Encoding: chunked", body=enormous), {400, 413}
    for name, line in _HOSTS:
        yield f"a_host_{name}", _put(line, "Content-Length: 0", host=None), _BAD
    yield "no_host", _put("Content-Length: 0", host=None), _BAD
    for name, line, statuses in _REQUEST_LINES:
        yield f"a_request_line_{name}", line + b"\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + SMUGGLED, statuses
    for name, line in (("space", b" X-Other: a"), ("tab", b"\tX-Other: a"), ("space_and_a_length", _length(b" Content-Length: N"))):
        data = b"PUT %s HTTP/1.1\r\n%s\r\nHost: localhost\r\n\r\n" % (_P, line) + SMUGGLED
        yield f"a_first_field_that_begins_with_a_{name}", data, _BAD
    yield "bare_lf_throughout", _put(_length(b"Content-Length: N")).replace(b"\r\n", b"\n"), _BAD
    yield "bare_cr_throughout", _put(_length(b"Content-Length: N")).replace(b"\r\n", b"\r") + b"\r\n\r\n", _BAD
    for name, lines in (("", ()), ("_that_is_kept_alive", ("Connection: keep-alive",))):
        chunks = ("Transfer-Encoding: chunked", *lines)
        yield f"chunks_in_http_1_0{name}", _put(*chunks, body=_END_THEN_SMUGGLED, version="HTTP/1.0"), _BAD


CASES = list(_cases())


def _condition(*lines, first=b""):
    request = raw_http.json_request("PUT", TARGET, CHANGED, *lines)
    return request.replace(b"\r\n", b"\r\n" + first, 1)


CONDITIONS = [
    ("with_a_space_before_the_colon", _condition(b'If-Match : "stale"'), _BAD),
    ("with_a_tab_before_the_colon", _condition(b'If-Match\t: "stale"'), _BAD),
    ("in_a_folded_line", _condition(b'If-Match:\r\n "stale"'), _BAD),
    ("folded_into_another_field", _condition(b'X-Other: a\r\n If-Match: "stale"'), _BAD),
    ("in_a_first_line_that_begins_with_a_space", _condition(first=b' If-Match: "stale"\r\n'), _BAD),
    ("in_a_first_line_that_begins_with_a_tab", _condition(first=b'\tIf-Match: "stale"\r\n'), _BAD),
    ("behind_a_nul", _condition(b'\0If-Match: "stale"'), _BAD),
    ("with_a_nul_in_its_name", _condition(b'If-Match\0: "stale"'), _BAD),
    ("with_a_nul_before_its_value", _condition(b'If-Match: \0"stale"'), _BAD),
    ("with_a_nul_in_its_value", _condition(b'If-Match: "st\0ale"'), _BAD),
    ("behind_a_line_with_a_nul", _condition(b"X-Other: a\0", b'If-Match: "stale"'), _BAD),
    ("behind_a_bare_cr", _condition(b'X-Other: a\rIf-Match: "stale"'), _BAD),
    ("behind_a_bare_lf", _condition(b'X-Other: a\nIf-Match: "stale"'), _BAD),
    ("with_a_cr_at_its_end", _condition(b'If-Match: "stale"\r'), _BAD),
    ("with_a_delete_in_its_name", _condition(b'If-Match\x7f: "stale"'), _BAD),
    ("with_a_name_beyond_ascii", _condition(b'If-Match\xa0: "stale"'), _BAD),
    ("that_is_empty", _condition(b"If-Match:"), {400, 412}),
    ("as_metadata", _condition(b'Grpc-Metadata-If-Match: "stale"'), _BAD),
    ("twice", _condition(b'If-Match: "stale"', b'If-Match: "older"'), {400, 412}),
    ("with_a_good_one_of_another_kind", _condition(b'if-match: "stale"', b"If-None-Match: *"), {400, 412}),
    ("as_it_should_be", _condition(b'If-Match: "stale"'), {412}),
]
