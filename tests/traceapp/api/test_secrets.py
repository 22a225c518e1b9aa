"""Where secrets must not turn up: tables, reprs, answers."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import Base
from traceapp.records.accounts import Role
from traceapp.services.people.accounts import NewAccount, create_account
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look
from traceapp.settings import Settings

PASSWORD = "con cá vàng bơi"


def everything_kept(world: Any) -> str:
    with world.edge.database.engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for name in Base.metadata.tables
            for row in connection.execute(sa.text(f"SELECT * FROM {name}"))
        )


def test_no_secret_stands_in_any_table(world: Any) -> None:
    issued = world.issue()
    look = Look(issued.code(), "phone-id-of-a-buyer", "203.0.113.77")
    attempt = HiddenAttempt(look, issued.hidden(), nonce="nonce-of-a-buyer")
    with world.writing() as session:
        assert confirm(session, attempt, world.edge.confirming, world.now).authentication == "first"
    kept = everything_kept(world)
    for person in world.people.values():
        assert person.email in kept  # the search finds what is there
        assert person.token not in kept
    assert PASSWORD not in kept
    assert issued.hidden() not in kept
    for ring in (world.edge.stamp_keys.ring(), world.edge.hidden_keys.ring()):
        for key in ring:
            assert key.secret.hex() not in kept and repr(key.secret) not in kept
    for private in ("phone-id-of-a-buyer", "203.0.113.77", "nonce-of-a-buyer"):
        assert private not in kept


@pytest.mark.usefixtures("our_hasher")
def test_passwords_are_kept_by_argon2id_each_with_its_own_salt(world: Any) -> None:
    with world.writing() as session:
        for name in ("a@example.vn", "b@example.vn"):
            new = NewAccount(name, Role.OFFICER, "con cá vàng bơi")
            create_account(session, new, world.now)
    with world.edge.database.engine.connect() as connection:
        query = "SELECT password_hash FROM accounts WHERE sign_in_name IN "
        names = "('a@example.vn', 'b@example.vn')"
        hashes = list(connection.scalars(sa.text(query + names)))
    assert all(each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in hashes)
    assert len(set(hashes)) == len(hashes) == 2


def test_tokens_are_kept_as_hashes_of_256_bits(world: Any) -> None:
    with world.edge.database.engine.connect() as connection:
        digests = list(connection.scalars(sa.text("SELECT digest FROM tokens")))
    assert all(len(bytes(each)) == 32 for each in digests)
    assert all(len(person.token) >= 43 for person in world.people.values())


def test_no_secret_stands_in_a_repr(world: Any) -> None:
    secret = "ab" * 32
    settings = Settings(
        database_url="postgresql://u:geheim@h/d", stamp_keys=secret, hidden_keys=secret
    )
    look = Look("CODE", "phone", "192.0.2.1")
    for each in (
        settings,
        world.edge,
        world.edge.issuing,
        world.edge.confirming,
        world.edge.drawing,
        NewAccount("a@example.vn", Role.ADMIN, PASSWORD),
        HiddenAttempt(look, "WBEQ5GWQ"),
    ):
        for shown in (repr(each), str(each)):
            assert PASSWORD not in shown and "WBEQ5GWQ" not in shown
            assert secret not in shown and "geheim" not in shown
            for ring in (world.edge.stamp_keys.ring(), world.edge.hidden_keys.ring()):
                assert all(key.secret.hex() not in shown for key in ring)
                assert all(repr(key.secret)[2:-1] not in shown for key in ring)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_problem_echoes_neither_token_nor_path_on_the_server(
    world: Any, settings: Any, language: str
) -> None:
    (settings.data_dir / "keys" / "stamp.keys").chmod(0o644)
    request_id = world.ask(10, None)
    headers = world.officer.headers | {"Accept-Language": language}
    path = f"/api/v1/stamp-requests/{request_id}/approval"
    answer = world.client().post(path, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (503, "keys")
    assert str(settings.data_dir) not in answer.text and "Traceback" not in answer.text
    bad = world.client().get("/api/v1/parties", headers={"Authorization": "Bearer s3cr3t-t0ken"})
    assert bad.status_code == 401 and "s3cr3t" not in bad.text


def test_answers_are_not_to_be_kept_by_caches(world: Any) -> None:
    client = world.client()
    for path in ("/parties", "/nothing", "/parties/999999"):
        answer = client.get(f"/api/v1{path}", headers=world.officer.headers)
        assert answer.headers["Cache-Control"] == "no-store", path


def test_a_tax_code_is_told_to_its_party_and_to_officers_alone(world: Any) -> None:
    number = "012345678901"
    with world.edge.database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE parties SET tax_code = '{number}' WHERE id = {world.producer.party.id}"
        )
    issued = world.issue()
    client, path = world.client(), f"/api/v1/parties/{world.producer.party.id}"
    assert number in client.get(path, headers=world.producer.headers).text
    assert number in client.get(path, headers=world.officer.headers).text
    assert number not in client.get(path, headers=world.neighbour.headers).text
    for accept in ("application/json", "text/html"):
        seen = client.get(issued.link_path(), headers={"Accept": accept})
        assert seen.status_code == 200 and number not in seen.text
    assert number not in client.get("/api/v1/scans", headers=world.officer.headers).text
