"""From strict YAML to frozen models: every kind of fault, at its place, in plain words."""

from __future__ import annotations

import pickle
from typing import Annotated, Any, Literal

import cases
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, ValidationError

from vnjp_sim.foundation.errors import (
    BadValueError,
    InputError,
    Place,
    Refusal,
    did_you_mean,
    printable,
)
from vnjp_sim.foundation.refusals import MAX_REFUSALS, Refusals
from vnjp_sim.inputs.schema import NAME, Checked, check
from vnjp_sim.inputs.strict_yaml import StrictYaml, parse_yaml

FOLDERS = sorted(f.name for f in cases.CASES.iterdir() if [*f.glob("*.txt")])


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_case_has_its_messages(folder: str) -> None:
    assert cases.complete(folder)


class Round(Checked):
    shape: Literal["round"]
    radius: float = Field(gt=0)


class Square(Checked):
    shape: Literal["square"]
    side: float
    turned: bool = False


class Drawing(Checked):
    name: str = Field(pattern=NAME)
    code: str = Field(default="A1", pattern="^[A-Z][0-9]$")
    size: Literal["small", "large"] = "small"
    copies: int = Field(default=1, ge=1, le=9)
    colours: list[str] = Field(default=[], max_length=2)
    layers: dict[str, Annotated[Round | Square, Field(discriminator="shape")]] = {}
    frame: Square | None = None


def read(text: str) -> Drawing:
    return check(Drawing, parse_yaml(text, "f.yml"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: 5", "f.yml:1:1: 'name' needs text, not 5; quote it if it is meant as text"),
        ("name: A b", "f.yml:1:1: 'name' cannot be the text 'A b'; use lower-case letters, …"),
        ("nme: a\nname: a", "f.yml:1:1: unknown key 'nme'; did you mean 'name'?"),
        ("copies: 2", "f.yml:1:1: the key 'name' is missing; add it"),
        (
            "name: a\ncode: a",
            "f.yml:2:1: 'code' cannot be the text 'a'; write it in the form ^[A-Z][0-9]$",
        ),
        (
            "name: a\nsize: lrge",
            "f.yml:2:1: 'size' cannot be the text 'lrge'; did you mean 'large'?",
        ),
        ("name: a\nsize: 5", "f.yml:2:1: 'size' cannot be 5; choose one of: large, small"),
        (
            "name: a\ncopies: '2'",
            "f.yml:2:1: 'copies' needs a whole number, not the text '2'; write it plainly, …",
        ),
        ("name: a\ncopies: 1.5", "f.yml:2:1: 'copies' needs a whole number, not 1.5; …"),
        ("name: a\ncopies: true", "f.yml:2:1: 'copies' needs a whole number, not true; …"),
        ("name: a\ncopies:", "f.yml:2:1: 'copies' needs a whole number, not an empty value; …"),
        ("name: a\ncopies: 0", "f.yml:2:1: 'copies' is 0; give at least 1"),
        ("name: a\ncopies: 10", "f.yml:2:1: 'copies' is 10; give at most 9"),
        ("name: a\ncopies: [1]", "f.yml:2:1: 'copies' needs a whole number, not a list; …"),
        ("name: a\ncolours: red", "f.yml:2:1: 'colours' needs a list, not the text 'red'; …"),
        (
            "name: a\ncolours:\n  - red\n  - 5",
            "f.yml:4:5: item 2 of 'colours' needs text, not 5; quote it if it is meant as text",
        ),
        (
            "name: a\ncolours: [a, b, c]",
            "f.yml:2:1: 'colours' has too many items; give at most 2",
        ),
        ("name: a\nlayers: [x]", "f.yml:2:1: 'layers' needs a mapping, not a list; …"),
        (
            "name: a\nlayers:\n  x: {shape: rund, radius: 1}",
            "f.yml:3:7: 'shape' cannot be the text 'rund'; did you mean 'round'?",
        ),
        (
            "name: a\nlayers:\n  x: {radius: 1}",
            "f.yml:3:3: 'x': the key 'shape' is missing; add it",
        ),
        (
            "name: a\nlayers:\n  x: {shape: round, radius: -1}",
            "f.yml:3:21: 'radius' is -1; give a number above 0",
        ),
        (
            "name: a\nlayers:\n  x: {shape: round, radius: 1, side: 2}",
            "f.yml:3:32: unknown key 'side'; choose one of: radius, shape",
        ),
        (
            "name: a\nframe: {shape: square, side: big, turnd: true}",
            (
                "f.yml:2:24: 'side' needs a number, not the text 'big'; …\n"
                "f.yml:2:35: unknown key 'turnd'; did you mean 'turned'?"
            ),
        ),
        (
            "name: a\nframe: {shape: square, side: 1,234}",
            "f.yml:2:32: unknown key '234'; write a number without thousands marks, such as 1234",
        ),
        (
            "name: a\nframe: {shape: square, side: 1, turned: yes}",
            "f.yml:2:33: 'turned' needs true or false, not the text 'yes'; write one of the two",
        ),
        ("", "f.yml:1:1: is empty; begin with a key such as 'name:'"),
        ("- a", "f.yml:1:1: is not a mapping of keys to values; begin with a key such as 'name:'"),
    ],
    ids=lambda text: text[:40],
)
def test_fault_is_told_at_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    cases.assert_same([str(f) for f in refused.value.refusals], told.split("\n"))


def test_models_are_frozen() -> None:
    drawing = read("name: a")
    with pytest.raises(ValidationError):
        drawing.name = "b"  # type: ignore[misc]


def test_numbers_of_faults_are_bounded() -> None:
    with pytest.raises(InputError) as refused:
        read("name: a\n" + "".join(f"key{i}: 1\n" for i in range(5_000)))
    assert len(refused.value.refusals) == MAX_REFUSALS


@given(
    st.dictionaries(
        st.sampled_from([*Drawing.model_fields, "nme", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["shape", "side", "radius", "a"]), inner, max_size=3
                )
            ),
            max_leaves=5,
        ),
    )
)
def test_no_content_breaks_the_check(content: dict[str, Any]) -> None:
    try:
        check(Drawing, StrictYaml("f.yml", content, {}))
        found: tuple[Refusal, ...] = ()
    except InputError as error:
        found = error.refusals
    assert all(str(fault).isprintable() and fault.remedy for fault in found)


def test_messages_are_one_printable_line_each() -> None:
    fault = Refusal(
        Place("a\nb.yml", 1, 2), "holds '\x1b[31m\u202e" + "x" * 5_000, "remedy\n" * 1_000
    )
    assert str(fault).isprintable()
    assert len(str(fault)) < 4_000
    assert str(fault).startswith("a\\nb.yml:1:2: holds '\\x1b[31m\\u202exxx")
    assert printable("Việt Nam – 日本") == "Việt Nam – 日本"


def test_a_refusal_is_data() -> None:
    with pytest.raises(InputError) as refused:
        read("name: a\nlayers:\n  top: {shape: round, radius: -1}\n")
    (fault,) = refused.value.refusals
    assert fault.as_json() == {
        "file": "f.yml",
        "line": 3,
        "column": 23,
        "key": ["layers", "top", "radius"],
        "what": "'radius' is -1",
        "remedy": "give a number above 0",
    }
    assert pickle.loads(pickle.dumps(fault)) == fault  # noqa: S301 - our own


def test_the_collector_gathers_and_raises_once() -> None:
    refusals = Refusals()
    refusals.raise_if_any()
    assert refusals.result(int, "3") == 3

    def refuse(name: str) -> None:
        raise InputError.single(name, "is wrong", "mend it")

    assert refusals.result(refuse, "second") is None
    refusals.take(Refusal(Place("first", line), "is wrong", "mend it") for line in range(1, 10**9))
    assert refusals.full
    assert len(refusals) == MAX_REFUSALS + 1
    with pytest.raises(InputError) as refused:
        refusals.raise_if_any()
    assert refused.value.refusals[-1].place.file == "second"


def test_what_and_remedy_of_a_bad_value_are_not_split_out_of_a_text() -> None:
    class Odd(Checked):
        name: Annotated[str, AfterValidator(_refuse_with_a_dash)]

    with pytest.raises(InputError) as refused:
        check(Odd, parse_yaml("name: x\n", "f.yml"))
    (fault,) = refused.value.refusals
    assert (fault.what, fault.remedy) == ("'name' is a — b", "write c — d")


def _refuse_with_a_dash(_name: str) -> str:
    raise BadValueError("is a — b", "write c — d")


def test_faults_are_sorted_and_told_once() -> None:
    later, earlier = Refusal(Place("b.yml", 9, 1), "x", ""), Refusal(Place("b.yml", 2, 1), "x", "")
    error = InputError([later, earlier, later])
    assert str(error) == "b.yml:2:1: x\nb.yml:9:1: x"


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("trade_turnver", ["trade_turnover", "oda"], "did you mean 'trade_turnover'?"),
        ("TRADE", ["trade"], "did you mean 'trade'?"),
        ("usd BLN", ["USD bn"], "did you mean 'USD bn'?"),
        ("zzz", ["b", "a"], "choose one of: a, b"),
        ("zzz", [], "leave it out"),
        ("zzz", [f"name_{i:02}" for i in range(20)], "choose one of 20, such as: name_00, …"),
        ("x" * 100_000, ["a"], "choose one of: a"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_suggestion(word: str, known: list[str], told: str) -> None:
    cases.assert_same([did_you_mean(word, known)], [told])
