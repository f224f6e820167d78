"""What results have in common that are documents: the same as those of ``--json`` (docs/json.md)."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any

from . import _core
from .errors import UsageError

Row = dict[str, Any]


def frame(rows: Sequence[Row], index: str | None = None) -> Any:
    """Rows as a ``pandas.DataFrame``; what is in them as a dictionary becomes columns
    ``"time_ms.low"``."""
    table = frame_of([flat(row) for row in rows])
    return table if index is None or not len(rows) else table.set_index(index)


def frame_of(columns: Any) -> Any:
    """Columns by name, or rows, as a ``pandas.DataFrame``."""
    try:
        import pandas
    except ImportError as error:
        raise UsageError("to_pandas needs pandas: pip install pandas") from error
    return pandas.DataFrame(columns)


def flat(row: Row) -> Row:
    result: Row = {}
    for key, value in row.items():
        if isinstance(value, dict):
            result.update({f"{key}.{inner}": v for inner, v in flat(value).items()})
        else:
            result[key] = value
    return result


def json_text(document: Row) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return html.escape(f"{value:.4g}" if isinstance(value, float) else str(value))


def html_table(title: str, rows: Sequence[Row]) -> str:
    """For notebooks."""
    if not rows:
        return ""
    shown = [flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in shown for name in row))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in names) + "</tr>" for row in shown)
    return (
        f"<table><caption>{html.escape(title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


class Document:
    """A result that is a document: ``to_dict()`` is what ``--json`` writes, ``print`` shows what the
    command line prints."""

    def __init__(self, core: _core.Document) -> None:
        self._core = core
        self._document: Row = json.loads(core.json)

    def to_dict(self) -> Row:
        """The document of ``--json``."""
        return self._document

    def to_json(self) -> str:
        """The same as its text, byte for byte that of the command line."""
        return self._core.json

    def __str__(self) -> str:
        return self._core.text
