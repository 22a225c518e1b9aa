"""The closed lists of the records, for faces: what they may name without knowing a table."""

from traceapp.records.accounts import Role
from traceapp.records.alerts import AlertKind
from traceapp.records.compromised_keys import KeyPurpose
from traceapp.records.corrections import Noun
from traceapp.records.decided import State
from traceapp.records.notices import NoticeKind
from traceapp.records.parties import PartyKind
from traceapp.records.recalls import RecallState, Severity
from traceapp.records.scans import Agent, ScanKind
from traceapp.records.stamp_requests import RunKind
from traceapp.records.voids import VoidReason

__all__ = [
    "Agent",
    "AlertKind",
    "KeyPurpose",
    "NoticeKind",
    "Noun",
    "PartyKind",
    "RecallState",
    "Role",
    "RunKind",
    "ScanKind",
    "Severity",
    "State",
    "VoidReason",
]
