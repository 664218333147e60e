"""Handing files to a provider and taking them from it, over HTTP."""

import re
from dataclasses import dataclass
from email.message import Message
from io import BytesIO

import aiohttp

from channels.http import Answer


@dataclass(frozen=True)
class File:
    """A downloaded file and what the provider said about it."""

    content: bytes
    mime: str
    name: str


def file_form(field: str, name: str, content: bytes) -> aiohttp.FormData:
    """A form with one file. Its name goes out as UTF-8, since providers show it as it comes."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(field, BytesIO(content), filename=_one_line(name))
    return form


def file_of(answer: Answer) -> File:
    """The file in an answer, with the name that the provider gives it."""
    header = Message()
    header["content-type"] = _printable(answer.headers.get("content-type", "application/octet-stream"))
    header["content-disposition"] = _printable(answer.headers.get("content-disposition", ""))
    return File(answer.body, header.get_content_type(), header.get_filename(""))


def _one_line(name: str) -> str:
    """The name without what would end its header."""
    return re.sub(r'[\x00-\x1f\x7f"\\]', "_", name)


def _printable(header: str) -> str:
    """The header without the halves of characters that stand for bytes of other charsets."""
    return header.encode(errors="replace").decode()
