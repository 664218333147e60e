"""Figures as a file for a spreadsheet."""

import csv
from collections.abc import Iterable
from io import StringIO

from aiohttp import web

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""A text that begins like this would be reckoned by the spreadsheet, whoever wrote it."""


def sheet(name: str, rows: Iterable[Iterable[object]]) -> web.Response:
    """The rows as `name`.csv, to be kept."""
    file = StringIO()
    csv.writer(file).writerows(map(_cell, row) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    # Excel takes a file without this mark for one in the encoding of the machine.
    content = file.getvalue().encode("utf-8-sig")
    return web.Response(body=content, content_type="text/csv", charset="utf-8", headers=headers)


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
