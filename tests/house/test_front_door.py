"""Rooms ask each other through public.py alone."""

import grimp

ROOMS = {"journal", "members", "sense", "match", "plan", "buy", "make", "move", "prove"}
ROOMS |= {"settle", "desk", "portal"}

# Foundations that every room stands on: how a row is told, and what an aggregate is.
OPEN = {"dure.journal.services", "dure.journal.models"}


def room_of(module):
    return module.split(".")[1] if module.count(".") else ""


def allowed(importer, imported):
    if room_of(importer) in {room_of(imported), "project", "cli"}:
        return True
    door = f"dure.{room_of(imported)}.public"
    is_engine = imported.startswith("dure.prove.engine")
    return imported in {door, *OPEN} or is_engine


def test_a_room_is_entered_by_its_front_door():
    graph = grimp.build_graph("dure")

    trespasses = [
        f"{importer} -> {imported}"
        for imported in graph.modules
        if room_of(imported) in ROOMS
        for importer in graph.find_modules_that_directly_import(imported)
        if not allowed(importer, imported)
    ]

    assert [] == sorted(trespasses)
