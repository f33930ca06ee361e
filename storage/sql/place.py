"""Where a PostgreSQL database lives: what a restored dump, a template copy or a promoted standby changes."""

from sqlalchemy import func, literal_column, select, text

from storage.sql.session import Session
from storage.sql.statements import Statement

_CONTROL = ("pg_control_system()", "pg_control_checkpoint()")
_MAY_ASK = Statement(
    select(
        *(func.has_function_privilege(text(f"'{name}'"), text("'execute'")) for name in _CONTROL)
    )
)
_CLUSTER = Statement(
    select(
        literal_column("(SELECT system_identifier FROM pg_control_system())"),
        literal_column("(SELECT timeline_id FROM pg_control_checkpoint())"),
    )
)
_HERE = Statement(
    select(
        literal_column("(SELECT oid FROM pg_database WHERE datname = current_database())"),
        literal_column("'delivery'::regclass::oid"),
    )
)


def place_of(session: Session) -> str | None:
    """See surveys.ports.UnitOfWork.place. Of the cluster only what the role may read."""
    if session.dialect_name != "postgresql":
        return None
    (may_ask,) = session.rows(_MAY_ASK)
    cluster = session.rows(_CLUSTER)[0] if all(may_ask) else ("-", "-")
    return "/".join(str(part) for part in (*cluster, *session.rows(_HERE)[0]))
