"""WeChat's XML: what it pushes, and the passive replies it reads."""

from collections.abc import Mapping
from xml.etree import ElementTree


def render(fields: Mapping[str, str | int]) -> bytes:
    """One message. Text goes into CDATA, with its end mark split; numbers stay bare."""
    return f"<xml>{''.join(f'<{name}>{_value(value)}</{name}>' for name, value in fields.items())}</xml>".encode()


def _value(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"


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
