"""One stamp for each answer, found in what the installation holds at this moment.

Every sample is examined now; nothing about its verdict was written down. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from stamps import BLOCK, hidden_code, sign
from traceapp.demonstration.staging import other_letter
from traceapp.edge import Edge
from traceapp.services.authority import Actor
from traceapp.services.desks.auditing import ScanFilter, list_scans
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.runs.activating import list_activations
from traceapp.services.runs.reading_runs import RunTold, list_runs
from traceapp.services.runs.voiding import list_voids
from traceapp.services.scans.judging import Authentication, Verdict, judge_hidden_code
from traceapp.services.scans.looks import Examined, Look, Scanning
from traceapp.services.scans.scanning import examine

NO_CODE = "TEM-NAY-KHONG-DOC-DUOC"
OTHER_GTIN = "08938500000027"  # well-formed, and on no stamp of the demonstration
PROBES = 200  # stamps of one activation that are looked at for one that is unspent

# The answers of a look, in the order of the README's table.
LOOKS = (
    Verdict.MALFORMED,
    Verdict.FORGED,
    Verdict.UNKNOWN,
    Verdict.RECALLED,
    Verdict.ON_HOLD,
    Verdict.VOID,
    Verdict.NOT_ACTIVATED,
    Verdict.EXPIRED,
    Verdict.SUSPICIOUS,
    Verdict.ALREADY_AUTHENTICATED,
    Verdict.REGISTERED,
)
_PAGE = PageWish(limit=LONGEST_PAGE)
# No neighbour will be answered better than by these.
_WHOLE_BATCH = (Verdict.RECALLED, Verdict.ON_HOLD, Verdict.EXPIRED)
_WITH_HIDDEN = {
    Verdict.AUTHENTICATED: Authentication.FIRST,
    Verdict.WRONG_HIDDEN_CODE: Authentication.WRONG,
}


@dataclass(frozen=True)
class Sample:
    """A stamp's path, and what it is answered with; with a hidden code, what that is answered."""

    verdict: Verdict
    path: str
    hidden_code: str | None = None


def find_samples(edge: Edge, actor: Actor, now: datetime) -> list[Sample]:
    """A sample of every answer that a stamp here can be given, at most one of each."""
    with edge.database.reading() as session:
        found = _Search(edge, session, actor, now).samples()
    return [found[verdict] for verdict in (*LOOKS, *_WITH_HIDDEN) if verdict in found]


class _Search:
    def __init__(self, edge: Edge, session: Session, actor: Actor, now: datetime) -> None:
        self.edge = edge
        self.session = session
        self.actor = actor
        self.now = now
        self.scanning: Scanning = edge.scanning
        self.found: dict[Verdict, Sample] = {}
        self.runs = list(list_runs(session, actor, _PAGE).items)

    def samples(self) -> dict[Verdict, Sample]:
        fresh = self._fresh_stamps()
        if fresh:
            self._keep(*fresh[0])
        for (run, serial), verdict in zip(fresh[1:], _WITH_HIDDEN, strict=False):
            self._keep_hidden(run, serial, verdict)
        self._keep_text(NO_CODE)
        for run in self.runs:
            for serial in self._edges(run):
                self._keep(run, serial)
        for run, serial in self._spent():
            self._keep(run, serial)
        for run in reversed(self.runs):
            self._keep_unissued(run)
            self._keep_altered(run)
        return self.found

    def _code(self, run: RunTold, serial: int) -> str:
        key = self.scanning.stamp_keys.get(run.key_id) or self.scanning.stamp_keys.newest
        return sign(key, serial)

    def _examine(self, text: str, gtin: str | None = None) -> Examined:
        look = Look(text, phone="", source="", gtin=gtin)
        return examine(self.session, look, self.scanning, self.now)

    def _keep(self, run: RunTold, serial: int) -> None:
        self._keep_text(self._code(run, serial))

    def _keep_text(self, text: str) -> None:
        self._remember(self._examine(text).answer.verdict, f"/S/{text}")

    def _remember(self, verdict: Verdict, path: str) -> None:
        if verdict in LOOKS:
            self.found.setdefault(verdict, Sample(verdict, path))

    def _keep_hidden(self, run: RunTold, serial: int, wanted: Verdict) -> None:
        """A stamp with its hidden code, or with one that is nearly it."""
        text = self._code(run, serial)
        stamp = self._examine(text).found
        key = stamp and self.edge.hidden_keys.ring().get(stamp.run.hidden_key_id or "")
        if not (stamp and key):
            return
        code = hidden_code(key, serial)
        if wanted is Verdict.WRONG_HIDDEN_CODE:
            code = other_letter(code, place=3)
        verdict = judge_hidden_code(stamp.facts, _WITH_HIDDEN[wanted], self.now).verdict
        self.found.setdefault(verdict, Sample(verdict, f"/S/{text}", code))

    def _keep_unissued(self, run: RunTold) -> None:
        """A serial in the unused rest of the run's last block, and a code that nobody signed."""
        if run.quantity % BLOCK:
            self._keep(run, run.last_serial + 1)
        self._keep_text(other_letter(self._code(run, run.first_serial)))

    def _keep_altered(self, run: RunTold) -> None:
        """A good stamp's code under the GTIN of something else."""
        if run.gtin is None:
            return
        for activation in list_activations(self.session, self.actor, run.id, _PAGE).items:
            code = self._code(run, activation.last_serial)
            verdict = self._examine(code, OTHER_GTIN).answer.verdict
            self._remember(verdict, f"/01/{OTHER_GTIN}/21/{code}")

    def _edges(self, run: RunTold) -> Iterator[int]:
        """Serials where a run's state may change."""
        asked = (self.session, self.actor, run.id, _PAGE)
        edges = {run.first_serial, run.last_serial}
        for active in list_activations(*asked).items:
            edges |= {active.first_serial, active.last_serial, active.last_serial + 1}
        for void in list_voids(*asked).items:
            edges |= {void.first_serial, void.last_serial, void.last_serial + 1}
        return (each for each in sorted(edges) if run.first_serial <= each <= run.last_serial)

    def _fresh_stamps(self) -> list[tuple[RunTold, int]]:
        """Three unspent stamps with a hidden code, of the batch that keeps longest."""
        best: list[tuple[datetime, RunTold, list[int]]] = []
        for run in self.runs:
            if not run.hidden_code:
                continue
            for activation in list_activations(self.session, self.actor, run.id, _PAGE).items:
                serials, expires = self._fresh_in(
                    run, activation.first_serial, activation.last_serial
                )
                if expires is not None:
                    best.append((expires, run, serials))
        if not best:
            return []
        _, run, serials = max(best, key=lambda each: (len(each[2]), each[0]))
        return [(run, serial) for serial in serials]

    def _fresh_in(self, run: RunTold, first: int, last: int) -> tuple[list[int], datetime | None]:
        serials: list[int] = []
        expires = None
        # From the end: the demonstration's own buyers look at the beginning.
        for serial in range(last, max(first, last - PROBES) - 1, -1):
            answer = self._examine(self._code(run, serial)).answer
            if answer.verdict is Verdict.REGISTERED and answer.hidden_code:
                assert answer.origin is not None and answer.origin.batch is not None
                expires = answer.origin.batch.expires_at
                serials.append(serial)
            if len(serials) == 1 + len(_WITH_HIDDEN) or answer.verdict in _WHOLE_BATCH:
                break
        return serials, expires

    def _spent(self) -> Iterator[tuple[RunTold, int]]:
        """Stamps whose hidden code was used, the last first."""
        wish = ScanFilter(verdict=Verdict.AUTHENTICATED, limit=LONGEST_PAGE)
        runs = {run.id: run for run in self.runs}
        for told in list_scans(self.session, self.actor, wish).items:
            if told.run_id in runs:
                yield runs[told.run_id], told.serial
