"""Parquet, where the extra ``export`` is installed: typed columns, no guard, for nothing in it is run."""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from bot.sheets.cells import packed
from bot.sheets.columns import Column, Kind
from surveys.errors import InvalidInput


class ParquetFile:
    """Writes each ``add`` as a row group of its own."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column]) -> None:
        """Raises InvalidInput naming the extra where it is not installed."""
        try:
            import pyarrow as pa  # noqa: PLC0415 an extra: most do without
            from pyarrow import parquet  # noqa: PLC0415 as above
        except ImportError:
            missing = "parquet needs the extra export: pip install 'aftertouch[export]'"
            raise InvalidInput("format", missing) from None
        kinds = {
            Kind.TEXT: pa.string(),
            Kind.ID: pa.string(),
            Kind.WHOLE: pa.int64(),
            Kind.NUMBER: pa.float64(),
            Kind.YES: pa.bool_(),
            Kind.DAY: pa.date32(),
            Kind.INSTANT: pa.timestamp("us", tz="UTC"),
            Kind.WORDS: pa.list_(pa.string()),
            Kind.PAIRS: pa.string(),
        }
        self._columns = columns
        self._schema = pa.schema([(column.name, kinds[column.kind]) for column in columns])
        self._batch = pa.RecordBatch.from_pydict
        self._writer = parquet.ParquetWriter(out, self._schema, compression="zstd")

    def add(self, rows: Iterable[Any]) -> None:
        """Write rows."""
        kept = list(rows)
        values = {column.name: [_value(column, row) for row in kept] for column in self._columns}
        self._writer.write_batch(self._batch(values, schema=self._schema))

    def close(self) -> None:
        """Finish the file; it stays its owner's to close."""
        self._writer.close()


def _value(column: Column, row: Any) -> Any:
    value = column.read(row)
    if value is None or column.kind not in (Kind.WORDS, Kind.PAIRS):
        return value
    return list(value) if column.kind is Kind.WORDS else packed(value)
