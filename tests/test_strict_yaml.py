"""YAML without surprises: what is read as written, what is refused, and how quickly."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path
from typing import Any

import cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.refusals import MAX_REFUSALS
from vnjp_sim.inputs.strict_yaml import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml


def faults(text: str) -> tuple[Refusal, ...]:
    try:
        parse_yaml(text, "f.yml")
    except InputError as error:
        return error.refusals
    return ()


def refusal(text: str) -> str:
    with pytest.raises(InputError) as refused:
        parse_yaml(text, "f.yml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("TRUE", "TRUE"),
        ("Null", "Null"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2027-10-01", "2027-10-01"),
        ("1_000", "1_000"),
        ("1,234", "1,234"),
        ("−5", "−5"),
        ("４７", "４７"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("=1+1", "=1+1"),
        ("e5", "e5"),
        (".", "."),
        ("'010'", "010"),
        ("'.nan'", ".nan"),
        ('"true"', "true"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("+5", 5),
        ("0.5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("2.5E-3", 0.0025),
        ("a #b", "a"),
        ("a#b", "a#b"),
    ],
)
def test_value_is_read_as_written(written: str, read: Any) -> None:
    found = parse_yaml(f"key: {written}\n", "f.yml").content["key"]
    assert found == read
    assert type(found) is type(read)


def test_keys_are_text() -> None:
    content = parse_yaml("1: a\nnull: b\ntrue: c\n2020-01-01: d\n010: e\n", "f.yml").content
    assert list(content) == ["1", "null", "true", "2020-01-01", "010"]


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 010", "f.yml:1:4: '010' begins like an octal or hexadecimal number; write a plain …"),
        ("a: 0x10", "f.yml:1:4: '0x10' begins like an octal or hexadecimal number; …"),
        ("a: 0X1F", "f.yml:1:4: '0X1F' begins like …"),
        ("a: 0o17", "f.yml:1:4: '0o17' begins like …"),
        ("a: 0b11", "f.yml:1:4: '0b11' begins like …"),
        ("a: -010", "f.yml:1:4: '-010' begins like …"),
        ("a: 00.5", "f.yml:1:4: '00.5' begins like …"),
        ("a: 01e5", "f.yml:1:4: '01e5' begins like …"),
        ("a: .nan", "f.yml:1:4: '.nan' is not a finite number; give a number"),
        ("a: -.INF", "f.yml:1:4: '-.INF' is not a finite number; give a number"),
        ("a: 1e400", "f.yml:1:4: '1e400' is too large a number; give a smaller one"),
        (
            "a: " + "9" * 5000,
            "f.yml:1:4: a number of 5000 characters; shorten it, or quote it if …",
        ),
        ("a: 1." + "9" * 5000, "f.yml:1:4: a number of 5002 characters; shorten it, …"),
        ("a: &x 1\nb: *x", "f.yml:1:4: uses the anchor '&x'; write the value out"),
        ("b: *x", "f.yml:1:4: uses the alias '*x'; write the value out"),
        ("a: !!python/object:os.system x", "f.yml:1:4: uses the tag 'tag:yaml.org,2002:python/…"),
        ("!!str a: 1", "f.yml:1:1: uses the tag 'tag:yaml.org,2002:str'; leave the tag out"),
        ("a: !local 1", "f.yml:1:4: uses the tag '!local'; leave the tag out"),
        ("a: 1\n---\nb: 2", "f.yml:2:1: holds a second document; keep one document a file"),
        ("a: 1\n...\nb: 2", "f.yml:3:1: is not YAML (did not find expected <document start>); …"),
        ("[a]: b", "f.yml:1:1: uses a list or mapping as a key; use a plain word as key"),
        ("{a: b}: c", "f.yml:1:1: uses a list or mapping as a key; use a plain word as key"),
        ("a: 1\nb: 2\na: 3", "f.yml:3:1: repeats the key 'a' of line 1; keep one of them"),
        ('a: 1\n"a": 2', "f.yml:2:1: repeats the key 'a' of line 1; keep one of them"),
        ("x: {a: 1, a: 2}", "f.yml:1:11: repeats the key 'a' of line 1; keep one of them"),
        ("é: 1\nü: {é: 010}", "f.yml:2:8: '010' begins like …"),
        ("a: b\0c", "f.yml:1:5: holds the control character U+0000; delete it"),
        ("x: y\na: b\x07c", "f.yml:2:5: holds the control character U+0007; delete it"),
        ("a: b\x85c", "f.yml:1:5: holds the control character U+0085; delete it"),
        ("a: b\u2028c", "f.yml:1:5: holds the control character U+2028; delete it"),
        ("a: b\u202ec", "f.yml:1:5: holds the control character U+202E; delete it"),
        ("a: b\ufeffc", "f.yml:1:5: holds the control character U+FEFF; delete it"),
        ("a: \ud800", "f.yml:1:4: holds the control character U+D800; delete it"),
        ('a: "\\0"', "f.yml:1:4: holds the control character U+0000; leave it out"),
        ('a: "\\e[31m"', "f.yml:1:4: holds the control character U+001B; leave it out"),
        ("a:\n\tb: 1", "f.yml:2:1: is not YAML (…"),
        ("a: 1\n\tb: 2", "f.yml:2:1: is not YAML (found a tab character that violates …"),
        ('a: "b\nc: 1\n', "f.yml:1:4: is not YAML (found unexpected end of stream); close the …"),
        (
            'a: "\\q"',
            "f.yml:1:5: is not YAML (found unknown escape character); write a …",
        ),
        ("a: b: c", "f.yml:1:5: is not YAML (mapping values are not allowed in this context); …"),
        ("a: [1, 2\nb: 1", "f.yml:2:2: is not YAML (did not find expected ',' or ']'); close …"),
        ("a: @x", "f.yml:1:4: is not YAML (…"),
        ("a: %x", "f.yml:1:4: is not YAML (…"),
        ("a:\n    b: 1\n  c: 2", "f.yml:3:3: is not YAML (did not find expected key); indent …"),
        ("a: 1\r\nb: 010\r\n", "f.yml:2:4: '010' begins …"),
        ("a: 1\rb: 010\r", "f.yml:2:4: '010' begins …"),
    ],
    ids=lambda text: text[:24],
)
def test_surprise_is_refused(text: str, told: str) -> None:
    found = refusal(text)
    cases.assert_same([found], [told])
    assert "\n" not in found
    assert "; " in found


def test_tabs_have_their_own_remedy() -> None:
    for text in ("a:\n\tb: 1", "a: 1\n\tb: 2"):
        assert refusal(text).endswith("; indent with spaces, not tabs")


def test_all_faults_are_told_at_once() -> None:
    found = refusal("a: 010\nb: .nan\nc: 0x1\na: 1\nd: 1e999\n").splitlines()
    assert [line.split(":")[1] for line in found] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("text", "content"), [("", None), ("# x", None), ("---", None), ("a", "a"), ("- a", ["a"])]
)
def test_any_root_is_read(text: str, content: Any) -> None:
    assert parse_yaml(text, "f.yml").content == content


def test_places_of_keys_and_items() -> None:
    document = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2}\n", "f.yml")
    assert document.place(("b", 1, "c")) == Place("f.yml", 4, 6)
    assert document.place(("b", 0)) == Place("f.yml", 3, 5)
    assert document.place(("b", 7, "x")) == Place("f.yml", 2, 1)
    assert document.place(("none",)) == Place("f.yml", 1, 1)
    assert document.place(("b", 7, "x")).key == ("b", 7, "x")


def test_depth_has_a_limit() -> None:
    fits, deep = MAX_DEPTH, MAX_DEPTH + 1
    parse_yaml("[" * fits + "]" * fits, "f.yml")
    assert refusal("[" * deep + "]" * deep) == (
        f"f.yml:1:{deep}: nests deeper than {MAX_DEPTH} levels; flatten it"
    )


BOMBS = {
    "many aliases": "a: &a [x, x, x]\n" + "".join(f"b{i}: [*a, *a]\n" for i in range(6_000)),
    "many keys": "".join(f"k{i}: {i}\n" for i in range(8_000)),
    "one key again and again": "a: 1\n" * 25_000,
    "one fault again and again": "- 010\n" * 20_000,
    "long list": "[" + "1," * 60_000 + "]",
    "deep lists": "[\n" * 50_000,
    "deep dashes": "- " * 50_000,
    "questions": "? " * 50_000,
    "colons": "a: " * 20_000,
    "mappings": "- {}\n" * 25_000,
    "long word": "a: " + "x" * 125_000,
    "long tag": "!" + "x" * 125_000 + " a",
    "open quotes": '"' + "\\n" * 60_000,
    "long comment": "#" * 125_000,
    "control characters": "a: " + "\x07" * 125_000,
    "lines of control characters": "\x07\n" * 60_000,
    "many digits": "a: " + "9" * 125_000,
    "many digits as a key": "? " + "9" * 125_000 + "\n: 010\n",
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_takes_neither_time_nor_memory(name: str) -> None:
    text = BOMBS[name]
    assert len(text.encode()) < MAX_BYTES * 1.02
    started = time.process_time()
    found = faults(text)
    assert len(found) <= MAX_REFUSALS + 1
    assert all(len(str(fault)) < 1_000 for fault in found)
    assert time.process_time() - started < 2.0


def test_large_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "large.yml"
    with file.open("wb") as stream:
        stream.truncate(2 << 30)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"^large\.yml: has more than 131072 bytes; split"):
        read_yaml(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_file_with_an_impossible_name_is_told() -> None:
    with pytest.raises(InputError, match=r"cannot be read .*null byte"):
        read_yaml(Path("a\0b.yml"))
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(Path("x" * 5_000))


YAML_LIKE = st.lists(
    st.sampled_from(
        [*"abc01{}[]:,-?#&*!|>'\"%@`~. \n\t\\=<", ": ", "- ", "\n  ", "true", "null", ".nan", "---"]
    ),
    max_size=40,
).map("".join)


@given(st.text() | YAML_LIKE)
def test_no_text_breaks_the_parser(text: str) -> None:
    for fault in faults(text):
        assert str(fault).isprintable()
        assert fault.place.line > 0
        assert fault.remedy


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcxyz_", min_size=1, max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_json_is_read_back(content: Any) -> None:
    import json

    assert parse_yaml(json.dumps(content), "f.yml").content == content
