"""The closed lists of the records, for faces: what they may name without knowing a table."""

from stamps import HiddenLayer, LabelFormat, Language
from traceapp.records.accounts import Role
from traceapp.records.alerts import AlertKind
from traceapp.records.compromised_keys import KeyPurpose
from traceapp.records.corrections import Noun
from traceapp.records.decided import State
from traceapp.records.drawings import Outcome
from traceapp.records.notices import NoticeKind
from traceapp.records.parties import PartyKind
from traceapp.records.recalls import RecallState, Severity
from traceapp.records.redraw_leaves import RedrawReason
from traceapp.records.scans import Agent, ScanKind
from traceapp.records.stamp_requests import RunKind
from traceapp.records.voids import VoidReason

__all__ = [
    "Agent",
    "AlertKind",
    "HiddenLayer",
    "KeyPurpose",
    "LabelFormat",
    "Language",
    "NoticeKind",
    "Noun",
    "Outcome",
    "PartyKind",
    "RecallState",
    "RedrawReason",
    "Role",
    "RunKind",
    "ScanKind",
    "Severity",
    "State",
    "VoidReason",
]
