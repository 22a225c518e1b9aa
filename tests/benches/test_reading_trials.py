"""Cells and figures: what is counted as read, and that it can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conditions import Trial, read_trial
from drawn_labels import Row, Symbol, drawings, links
from reading_trials import Cell, Figure, is_read, measure, pictures

from stamps import Level

ROW = Row(Symbol.SHORT, "a4-24", Level.L, 300)


@pytest.fixture
def trial() -> Trial:
    return replace(read_trial(), labels=6)


@pytest.mark.parametrize("symbol", Symbol)
def test_gentle_photographs_are_read(trial: Trial, symbol: Symbol) -> None:
    cell = Cell(replace(ROW, symbol=symbol), "gentle")
    assert measure(cell, trial) == Figure(read=6, at_once=6, labels=6)


def test_photographs_at_an_absurd_strength_are_not(trial: Trial) -> None:
    gentle = trial.strengths["gentle"]
    absurd = replace(gentle, camera=replace(gentle.camera, electrons=0.3))
    trial = replace(trial, strengths={"gentle": absurd})
    assert measure(Cell(ROW, "gentle"), trial) == Figure(read=0, at_once=0, labels=6)


def test_a_blot_larger_than_the_level_corrects_is_not_read(trial: Trial) -> None:
    small, large = (Cell(ROW, "gentle", blot) for blot in (0.01, 0.2))
    assert measure(small, trial).read == 6
    assert measure(large, trial).read == 0


def test_more_frames_read_labels_that_the_first_one_does_not(trial: Trial) -> None:
    figure = measure(Cell(ROW, "harsh"), replace(trial, labels=30))
    assert figure.at_once < figure.read < figure.labels


def test_the_link_of_another_stamp_does_not_count(trial: Trial) -> None:
    first, second = links(Symbol.SHORT, 2)
    label = drawings(ROW, 2)[0]
    photo = next(pictures(label, 0, trial.strengths["gentle"], trial.seed))
    assert is_read(photo, first)
    assert not is_read(photo, second)


def test_a_label_has_the_same_luck_at_every_level_and_size(trial: Trial) -> None:
    rows = (ROW, Row(Symbol.SHORT, "roll-25x25", Level.H, 300))
    photos = [
        next(pictures(drawings(row, 1)[0], 0, trial.strengths["harsh"], trial.seed)) for row in rows
    ]
    around = [float(np.median(photo[:3, :3])) for photo in photos]
    assert around[0] == pytest.approx(around[1], abs=12)


@pytest.mark.parametrize(
    ("read", "low", "high"),
    [(300, 0.9874, 1.0), (297, 0.9710, 0.9966), (0, 0.0, 0.0126)],
)
def test_the_interval_is_wilsons(read: int, low: float, high: float) -> None:
    assert Figure(read, read, 300).interval() == pytest.approx((low, high), abs=5e-5)
