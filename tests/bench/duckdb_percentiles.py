"""Percentiles and counts of each cell of a run, by DuckDB; its time, memory and what it found.

Usage: python duckdb_percentiles.py RUN
Called by `just bench --only statistics`. It asks for the measures and the messages that the report
reduces, and for nothing else that the report computes: no interval, no round, no check.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

MEASURES = {
    "operation": "operation_ns",
    "handoff": "received_at_ns - put_started_at_ns",
    "response": "received_at_ns - intended_at_ns",
    "service": "service_at_ns - put_started_at_ns",
    "delivery": "CASE WHEN service_at_ns IS NOT NULL THEN received_at_ns - service_at_ns END",
    "receiver": "done_at_ns - received_at_ns",
    "lateness": "put_started_at_ns - intended_at_ns",
}
OUTCOMES = ("delivered", "duplicated", "lost", "rejected", "failed")


def main(run: Path) -> None:
    """Runs the query and prints what it took and found."""
    planned = "NOT coalesce(sender_cold, false) AND NOT coalesce(receiver_cold, false)"
    columns = [
        f"quantile_cont({value}, [0.1, 0.5, 0.9, 0.99, 0.999]) FILTER ({planned}) AS {name}"
        for name, value in MEASURES.items()
    ]
    columns += [f"count(*) FILTER (outcome = '{name}') AS {name}" for name in OUTCOMES]
    columns += ["count(*) AS asked", f"count(*) FILTER (NOT ({planned})) AS cold"]
    files = f"read_parquet('{run}/timings/**/*.parquet', hive_partitioning = true)"
    query = f"SELECT cell, {', '.join(columns)} FROM {files} WHERE NOT warmup GROUP BY cell"
    connection = duckdb.connect()
    began = time.perf_counter()
    result = connection.sql(query).fetchall()
    seconds = time.perf_counter() - began
    names = ["cell", *MEASURES, *OUTCOMES, "asked", "cold"]
    rows = [dict(zip(names, row, strict=True)) for row in result]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    cells = {row["cell"]: (row["asked"], row["handoff"][1]) for row in rows}
    print(json.dumps({"seconds": seconds, "peak_bytes": peak, "cells": cells}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
