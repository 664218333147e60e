"""WeChat's XML: what it pushes, and the passive replies it reads."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

Fields = Mapping[str, Any]
"""Texts, numbers, fields inside fields, or a list of those: one element for each."""


def render(fields: Fields) -> bytes:
    """One message. Text goes into CDATA, with its end mark split; numbers stay bare."""
    return f"<xml>{_elements(fields)}</xml>".encode()


def _elements(fields: Fields) -> str:
    return "".join(f"<{name}>{_value(each)}</{name}>" for name, value in fields.items() for each in _each(value))


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _value(value: Any) -> str:
    match value:
        case int():
            return str(value)
        case str():
            return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
        case _:
            return _elements(value)


def read(body: bytes) -> dict[str, str]:
    """The fields of an answer of the product, nested ones as `Image/MediaId`; raises ValueError."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # our own product's answer, over the loopback
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    return dict(_flatten(root, ""))


def _flatten(element: ElementTree.Element, path: str) -> list[tuple[str, str]]:
    found = [(path + child.tag, child.text or "") for child in element]
    for child in element:
        found += _flatten(child, f"{path}{child.tag}/")
    return found
