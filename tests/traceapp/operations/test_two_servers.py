"""Two servers on one installation: what is done at one is seen by the next look at the other."""

from __future__ import annotations

from typing import Any


def test_what_one_server_was_told_the_other_ones_next_look_tells(world: Any, operator: Any) -> None:
    issued, neighbour = world.issue(10, activate=False), world.issue(10)
    run, batch = issued.run, issued.batch
    one, other = (operator.serve(TRACEAPP_WORKERS="1") for _ in range(2))

    def seen(n: int = 0) -> str:
        """The verdict at the other server, which has met this stamp and its neighbour before."""
        assert other.look(neighbour.link_path()).json["verdict"] == "registered"
        return str(other.look(issued.link_path(n)).json["verdict"])

    def act(path: str, **body: Any) -> Any:
        answer = one.ask(f"/api/v1{path}", body, **who.headers)
        assert answer.status in (200, 201), answer.text
        return answer.json

    who = world.producer
    assert seen() == "not_activated"
    act(
        f"/stamp-runs/{run.id}/activations",
        first_serial=run.first_serial,
        last_serial=run.last_serial,
        batch_id=None,
    )
    assert seen() == "registered"
    act(
        f"/stamp-runs/{run.id}/voids",
        first_serial=run.first_serial,
        last_serial=run.first_serial,
        reason="damaged",
    )
    assert (seen(0), seen(1)) == ("void", "registered")
    act(f"/batches/{batch.id}/hold", reason="Mùi lạ")
    assert (seen(0), seen(1)) == ("on_hold", "on_hold")
    who = world.officer
    act(f"/batches/{batch.id}/release", reason="Đã xem")
    assert (seen(0), seen(1)) == ("void", "registered")
    act("/recalls", batch_ids=[batch.id], severity="danger", reason="Sai", notice="Dừng dùng")
    assert (seen(0), seen(1)) == ("recalled", "recalled")
    assert other.look(neighbour.link_path()).json["verdict"] == "registered"
    # A leak is declared by command.
    assert operator.traceapp("keys", "compromise", run.key_id).returncode == 0
    assert other.look(neighbour.link_path()).json["verdict"] == "suspicious"
