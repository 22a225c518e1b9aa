"""Demonstration data: a commune's two foods, played through the services by a clock of its own.

Nothing is inserted by hand: every act of the script in config/demonstration/ is done by the service
that does it for everybody, at the moment when it is said to have happened.
"""

from traceapp.demonstration.samples import Sample, find_samples
from traceapp.demonstration.script import Player, Script, read_script
from traceapp.demonstration.staging import NotEmpty, set_up

__all__ = ["NotEmpty", "Player", "Sample", "Script", "find_samples", "read_script", "set_up"]
