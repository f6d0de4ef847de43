"""Reads a run as its users' tools do, and compares what they see with its manifest.

Usage: python read_run.py RUN

The statements are taken out of data/FORMAT.md, so that what stands there is what is tested.
A compacted run is read as it is, and once more after its parts were given files of their own again,
as they have them while a run is made. Exits with 0 when DuckDB and pandas agree with the manifest and
with each other, in both layouts.
"""

import json
import re
import shutil
import sys
import tempfile
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


def split(run: Path, into: Path) -> int:
    """Copies a run, with a file for each part that is in a compacted one; gives how many there were."""
    parts = 0
    for path in sorted([run / "manifest.json", *run.rglob("*.parquet")]):
        to = into / path.relative_to(run)
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.name != "compacted.parquet":
            shutil.copy(path, to)
            continue
        file = pyarrow.parquet.ParquetFile(path)
        listed = json.loads(file.metadata.metadata[b"handoff.parts"])
        of_rows = [part for part in listed if part["rows"] > 0]
        same(f"row groups of {path}", file.num_row_groups, len(of_rows))
        for group, part in enumerate(of_rows):
            table = file.read_row_group(group)
            same(f"rows of {part} in {path}", table.num_rows, part["rows"])
            for column in ("cell", "round"):
                same(f"{column} of {part}", set(table[column].to_pylist()), {part[column]})
            name = f"part-c{part['cell']:04}-r{part['round']:04}.parquet"
            pyarrow.parquet.write_table(table, to.with_name(name), compression="zstd")
            parts += 1
    return parts


def main(run: Path) -> None:
    """Reads the run with every tool, in each layout."""
    checked, medians = check(run)
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / run.name
        parts = split(run, into)
        if parts > 0:
            again, of_parts = check(into)
            same("medians of the compacted run and of its parts", of_parts, medians)
            checked += again + 1
            print(f"read compacted, and as {parts} parts")
    for transport, ms in medians.items():
        print(f"{transport:>12}: median handoff {ms:.3f} ms")
    print(f"{checked} passed, 0 failed")


def check(run: Path) -> tuple[int, dict[str, float]]:
    """Reads the run with every tool; gives how much was compared, and the medians."""
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
    return checked + 1, medians


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
