"""From Python's dictionaries to the tables of a scenario.

Nothing here knows what a key means: dictionaries become the text of a scenario, which goes to the one
reader that there is. Arrays do not become text; the text names them (``{ file = "memory:..." }``) and they
go to the reader beside it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arguments import milliseconds
from .errors import UsageError

Floats = npt.NDArray[np.float64]
Arrays = dict[str, list[tuple[str, Floats]]]
"""By the name that the text calls them by: one array without a name, or several with names."""

# What a scenario writes as a list, never as an array of a file.
_LISTED = ("v_init", "i_init")


def _floats(values: Any) -> Floats:
    try:
        return np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"an array of {np.asarray(values).dtype} has no numbers") from None


def _is_sparse(value: Any) -> bool:
    return hasattr(value, "tocoo") and hasattr(value, "nnz")


def _value(value: Any, place: str) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value)) if math.isfinite(value) else str(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, np.ndarray):
        return _value(value.tolist(), place)
    if isinstance(value, (list, tuple, range)):
        return "[" + ", ".join(_value(each, place) for each in value) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_key(k)} = {_value(v, f'{place}.{k}')}" for k, v in value.items())
        return "{ " + ", ".join(pairs) + " }"
    raise UsageError(
        f"{place}: a {type(value).__name__} is nothing that a scenario can say; "
        "write a number, a text, a list, a dictionary or an array"
    )


def _key(key: Any) -> str:
    text = str(key)
    bare = text.isascii() and text.replace("_", "").replace("-", "").isalnum()
    return text if bare else json.dumps(text)


def _named(name: str) -> dict[str, str]:
    return {"file": f"memory:{name}"}


class _Writer:
    """The text of tables, and the arrays that it names."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.arrays: Arrays = {}

    def table(self, header: str, name: str, table: Mapping[str, Any]) -> None:
        if not isinstance(table, Mapping):
            raise UsageError(f"{name}: a table is a dictionary, and this is a {type(table).__name__}")
        self.lines.append(header)
        for key, value in table.items():
            self.lines.append(f"{_key(key)} = {self._of(name, str(key), value)}")
        self.lines.append("")

    def _of(self, name: str, key: str, value: Any) -> str:
        place = f"{name}.{key}"
        if isinstance(value, np.ndarray) and value.ndim > 0 and not key.startswith(_LISTED):
            if value.dtype.kind not in "biuf":
                raise UsageError(f"{place}: an array of {value.dtype} has no numbers")
            array = f"{name}_{key}"
            self.arrays[array] = [("", _floats(value))]
            return _value(_named(array), place)
        return _value(value, place)


def _synapses(name: str, given: Mapping[str, Any], arrays: Arrays) -> str:
    """A list of synapses as arrays; returns the name of the file that the text calls it by."""
    columns = [(key, _floats(value)) for key, value in given.items()]
    sizes = {key: array.size for key, array in columns}
    if len(set(sizes.values())) > 1:
        raise UsageError(f"{name}.synapses: arrays of different lengths: {sizes}")
    arrays[f"{name}_synapses"] = columns
    return f"memory:{name}_synapses"


def _sizes(populations: Any) -> dict[str, int]:
    """Of the populations that say it plainly."""
    sizes = {}
    for each in populations if isinstance(populations, (list, tuple)) else []:
        if isinstance(each, Mapping) and isinstance(each.get("size"), (int, np.integer)):
            sizes[str(each.get("name"))] = int(each["size"])
    return sizes


def _check_shape(place: str, shape: tuple[int, ...], table: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    """A list of synapses has no shape that the reader could find wrong."""
    ends = (table.get("to"), table.get("from"))
    wanted = tuple(sizes.get(str(end), here) for end, here in zip(ends, shape))
    if shape != wanted:
        raise UsageError(
            f"{place}: a matrix of the shape {shape}, and here it has to be {wanted}: a row for each neuron of "
            f"{ends[0]}, a column for each of {ends[1]}"
        )


def _projection(
    name: str, given: Mapping[str, Any], arrays: Arrays, sizes: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """A projection whose matrices have holes becomes a list of its synapses."""
    table = {("from" if key == "from_" else str(key)): value for key, value in given.items()}
    weight: Any = table.get("weight")
    delay: Any = table.get("delay")
    if isinstance(table.get("synapses"), Mapping):
        table["file"] = _synapses(name, table.pop("synapses"), arrays)
        table.setdefault("connect", "list")
        return table
    columns: dict[str, Any] | None = None
    if _is_sparse(weight):
        matrix = weight.tocoo()
        columns = {"source": matrix.col, "target": matrix.row, "weight": matrix.data}
    elif isinstance(weight, np.ndarray) and weight.ndim == 2 and weight.dtype.kind == "f" and np.isnan(weight).any():
        targets, sources = np.nonzero(~np.isnan(weight))
        columns = {"source": sources, "target": targets, "weight": weight[targets, sources]}
    if columns is None:
        if _is_sparse(delay):
            raise UsageError(f"{name}.delay: sparse delays go with a sparse weight")
        return table
    del table["weight"]
    _check_shape(f"{name}.weight", weight.shape, table, sizes or {})
    if isinstance(delay, (list, tuple)) and delay and isinstance(delay[0], (list, tuple)):
        delay = np.array([[float(milliseconds(each, f"{name}.delay")) for each in row] for row in delay])
    if (_is_sparse(delay) or isinstance(delay, np.ndarray) and delay.ndim == 2) and delay.shape != weight.shape:
        raise UsageError(f"{name}.delay: a matrix of the shape {delay.shape}; that of weight is {weight.shape}")
    if _is_sparse(delay):
        # Where the matrix of delays has no entry, the delay is 0.
        delay = np.asarray(delay.tocsr()[columns["target"], columns["source"]]).ravel()
    elif isinstance(delay, np.ndarray) and delay.ndim == 2:
        delay = delay[columns["target"], columns["source"]]
    if isinstance(delay, np.ndarray):
        columns["delay"] = delay
        del table["delay"]
    table["file"] = _synapses(name, columns, arrays)
    table.setdefault("connect", "list")
    return table


def text_of(tables: Mapping[str, Any]) -> tuple[str, Arrays]:
    """The text of a scenario that says the same, and the arrays that it names."""
    writer = _Writer()
    sizes = _sizes(tables.get("population"))
    for key, value in tables.items():
        if value is None:
            continue
        if isinstance(value, Mapping):
            writer.table(f"[{_key(key)}]", str(key), value)
        elif isinstance(value, (list, tuple)):
            for number, each in enumerate(value, 1):
                name = f"{key}_{number}"
                if key == "projection" and isinstance(each, Mapping):
                    each = _projection(name, each, writer.arrays, sizes)
                writer.table(f"[[{_key(key)}]]", name, each)
        else:
            raise UsageError(f"{key}: a table is a dictionary, or a list of dictionaries")
    return "\n".join(writer.lines), writer.arrays


def loss_text(loss: Mapping[str, Any]) -> str:
    writer = _Writer()
    writer.table("[loss]", "loss", loss)
    if writer.arrays:
        raise UsageError("loss: write its values as lists")
    return "\n".join(writer.lines)
