"""All tables at once, for whoever needs the whole schema."""

from sqlalchemy import MetaData

from storage.tables import (
    analyses,
    asking,
    counting,
    cubes,
    house,
    intake,
    outbox,
    people,
    program,
    staff,
    staffing,
    themes,
    webhooks,
)
from storage.tables.columns import Table

MODULES = (
    analyses,
    asking,
    counting,
    cubes,
    house,
    intake,
    outbox,
    people,
    program,
    staff,
    staffing,
    themes,
    webhooks,
)
METADATA: MetaData = Table.metadata
