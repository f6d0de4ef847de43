"""Reads a run as its users' tools do, and compares what they see with its manifest.

Usage: python read_run.py RUN

The statements are taken out of data/FORMAT.md, so that what stands there is what is tested.
Exits with 0 when DuckDB and pandas agree with the manifest and with each other.
"""

import json
import re
import sys
from pathlib import Path

import duckdb
import pandas
import pyarrow.parquet

FORMAT = Path(__file__).parents[2] / "data" / "FORMAT.md"
# What Athena's types stand for in DuckDB, which reads the same files.
ATHENA = {
    "bigint": {"UINTEGER", "UBIGINT", "BIGINT"},
    "double": {"DOUBLE"},
    "boolean": {"BOOLEAN"},
    "string": {"VARCHAR"},
}


def blocks(language: str) -> list[str]:
    """The code blocks of a language in the format's document."""
    return re.findall(rf"```{language}\n(.*?)```", FORMAT.read_text(), re.DOTALL)


def planned(manifest: dict) -> dict[str, int]:
    """How many rows each experiment's parts have together."""
    rows = {}
    for name, plan in manifest["experiments"].items():
        rows[name] = sum(
            (cell["messages"] + cell["warmup"])
            * (1 if cell["probe"] else 0 if cell["limit"] else plan["rounds"])
            for cell in plan["cells"]
        )
    return rows


def same(what: str, found: object, expected: object) -> None:
    """Ends the program where two tools disagree."""
    if found != expected:
        sys.exit(f"{what}: found {found}, expected {expected}")


def main(run: Path) -> None:
    """Reads the run with every tool."""
    manifest = json.loads((run / "manifest.json").read_text())
    expected = planned(manifest)
    checked = 0

    for folder in ("timings", "invocations"):
        files = f"read_parquet('{run}/{folder}/**/*.parquet', hive_partitioning = true)"
        by_duckdb = dict(
            duckdb.sql(f"SELECT experiment, count(*) FROM {files} GROUP BY 1").fetchall()
        )
        frame = pandas.read_parquet(run / folder, engine="pyarrow")
        by_pandas = {
            str(name): int(rows)
            for name, rows in frame.groupby("experiment", observed=True).size().items()
        }
        same(f"rows of {folder} in pandas and DuckDB", by_pandas, by_duckdb)
        if folder == "timings":
            same("rows of timings and of the manifest's plan", by_duckdb, expected)
        checked += 2

        table = f"CREATE EXTERNAL TABLE handoff_{folder} ("
        statement = next(block for block in blocks("sql") if block.startswith(table))
        declared = dict(re.findall(r"`(\w+)` (\w+)", statement))
        described = {
            name: kind
            for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM {files}").fetchall()
        }
        same(f"columns of {table}...)", sorted(declared), sorted(described))
        for column, kind in declared.items():
            if described[column] not in ATHENA[kind]:
                sys.exit(f"{column}: {kind} for Athena, {described[column]} in the files")
        schema = pyarrow.parquet.read_schema(next((run / folder).rglob("*.parquet")))
        same("partition columns within the files", {"experiment", "transport"} & set(schema.names), set())
        checked += 3

    query = next(block for block in blocks("sql") if block.startswith("SELECT"))
    medians = dict(duckdb.sql(query.replace("RUN", str(run))).fetchall())
    scope = {"pandas": pandas}
    assignment, expression = blocks("python")[0].replace("RUN", str(run)).strip().splitlines()
    exec(assignment, scope)  # The document's own words, see above.
    of_pandas = eval(expression, scope)
    same("transports in DuckDB and pandas", sorted(medians), sorted(map(str, of_pandas.index)))
    checked += 1
    for transport, ms in medians.items():
        print(f"{transport:>12}: median handoff {ms:.3f} ms")
    print(f"{checked} passed, 0 failed")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
