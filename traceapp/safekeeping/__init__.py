"""Backups: what one holds, how it is taken while people scan, and how it is put back.

A backup is never given `serials.highwater`, and a restore never touches it: it is what keeps a
database that was set back from giving serials out twice.
"""

from traceapp.safekeeping.files import BackupTrouble
from traceapp.safekeeping.presence import present
from traceapp.safekeeping.restoring import Restored, RestoreWish, restore_backup
from traceapp.safekeeping.taking import Taken, take_backup

__all__ = [
    "BackupTrouble",
    "RestoreWish",
    "Restored",
    "Taken",
    "present",
    "restore_backup",
    "take_backup",
]
