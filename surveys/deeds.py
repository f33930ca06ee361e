"""What staff can be written down to have done: the kinds of entry that the audit trail has."""

from typing import Literal

Sending = Literal[
    "hold", "release", "settle", "retry", "drop", "give_up_waiting", "retell", "arrived"
]
Asking = Literal[
    "pause",
    "resume",
    "request",
    "program_publish",
    "program_revert",
    "program_plan",
    "program_plan_cancel",
    "program_plan_published",
    "program_plan_refused",
]
Customers = Literal["look", "takeout", "export", "erase", "join", "split"]
Answers = Literal[
    "answers", "examples", "export_answers", "import", "import_undo", "tag", "resolved", "digest"
]
Entering = Literal["login", "login_failed", "logout", "session_revoke", "key_create", "key_revoke"]
Members = Literal[
    "staff_add",
    "staff_role",
    "staff_disable",
    "staff_enable",
    "staff_link",
    "staff_password",
    "staff_bind",
    "staff_language",
]

DeedAct = Literal[Sending, Asking, Customers, Answers, Entering, Members]
"""Every kind there is; a stored entry of an earlier version may have one that is none of these any more."""
