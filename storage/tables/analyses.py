"""Tables of what analyses leave."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from storage.tables.columns import Nested, Number, Table, UtcDateTime


class AnalysisRow(Table, table=True):
    """See surveys.stored_analyses.Analysis."""

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    as_of: datetime = Field(sa_type=UtcDateTime)
    content: dict[str, Any] = Field(sa_type=Nested)
    state: dict[str, Any] = Field(sa_type=Nested)


class AlertRow(Table, table=True):
    """See surveys.stored_analyses.Alert."""

    number: int = Field(primary_key=True, sa_type=Number)
    id: str = Field(unique=True)
    stage: str
    instrument: str
    series: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    raised_at: datetime = Field(sa_type=UtcDateTime)
    since: datetime = Field(sa_type=UtcDateTime)
    bad: int
    answers: int
    usual: float
    restart: str
