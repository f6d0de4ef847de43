"""Makes a report's tests and the figures of its answer table again, from the Parquet files alone.

Usage: python recompute.py RUN REPORT

RUN is the folder of a run, REPORT that of the report made from it. Nothing of the report's code is
used: rows are read by DuckDB, statistics are numpy's and scipy's. Exits with 0 when every row of
claims.csv (the figure of each round, Student's t over them, the intervals, Holm's correction) and
every figure of the table in REPORT.md's section "The answer" is found again.
"""

import csv
import json
import math
import re
import sys
import tomllib
from pathlib import Path

import duckdb
import numpy
from scipy import stats

PRICES = Path(__file__).parents[2] / "data" / "reference" / "aws_prices.toml"
ALPHA = 0.05
UNITS = {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9}
LEVELS = {"median": 0.5, "p10": 0.1, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}


class Run:
    """The values of a run's cells, round by round."""

    def __init__(self, run: Path) -> None:
        self.manifest = json.loads((run / "manifest.json").read_text())
        timings = f"read_parquet('{run}/timings/**/*.parquet', hive_partitioning = true)"
        self.invocations = f"read_parquet('{run}/invocations/**/*.parquet', hive_partitioning = true)"
        # What the figures rest on: neither warm-up nor a start that the cell does not ask for.
        duckdb.sql(f"""
            CREATE TABLE rows AS SELECT *,
                coalesce(sender_cold, false) = coalesce(fresh_side = 'sender', false)
                AND coalesce(receiver_cold, false) = coalesce(fresh_side = 'receiver', false)
                AS as_planned
            FROM {timings} WHERE NOT warmup""")

    def cell(self, experiment: str, cell: int) -> dict:
        """A cell of the plan."""
        cells = self.manifest["experiments"][experiment]["cells"]
        return next(one for one in cells if one["cell"] == cell)

    def values(self, experiment: str, cell: int, measure: str) -> dict[int, numpy.ndarray]:
        """The values of a measure in nanoseconds, ascending, by round."""
        expression, wanted = {
            "operation duration": ("operation_ns", "as_planned AND outcome != 'rejected'"),
            "handoff": ("received_at_ns - put_started_at_ns", "as_planned"),
            # Whoever waits for a response waits for a cold start, too.
            "response": ("received_at_ns - intended_at_ns", "as_planned OR fresh_side IS NULL"),
        }[measure]
        found = duckdb.execute(
            f"""SELECT round, {expression} AS ns FROM rows
                WHERE experiment = ? AND cell = ? AND ({wanted}) AND ns IS NOT NULL""",
            [experiment, cell],
        ).fetchnumpy()
        rounds, ns = numpy.asarray(found["round"]), numpy.asarray(found["ns"], dtype=float)
        return {int(r): numpy.sort(ns[rounds == r]) for r in numpy.unique(rounds)}

    def with_cold(self, experiment: str, cell: int, measure: str) -> numpy.ndarray:
        """The values of a measure with the messages that met a cold start, ascending."""
        expression, wanted = {
            "operation duration": ("operation_ns", "outcome != 'rejected'"),
            "handoff": ("received_at_ns - put_started_at_ns", "true"),
        }[measure]
        found = duckdb.execute(
            f"""SELECT {expression} AS ns FROM rows
                WHERE experiment = ? AND cell = ? AND {wanted} AND ns IS NOT NULL""",
            [experiment, cell],
        ).fetchnumpy()
        return numpy.sort(numpy.asarray(found["ns"], dtype=float))

    def throughput(self, experiment: str, cell: int) -> dict[int, float]:
        """Messages that arrived a second, from the first put to the last arrival, by round."""
        found = duckdb.execute(
            """SELECT round, count(*) FILTER (outcome IN ('delivered', 'duplicated', 'failed')),
                   max(received_at_ns) - min(put_started_at_ns)
               FROM rows WHERE experiment = ? AND cell = ? GROUP BY round ORDER BY round""",
            [experiment, cell],
        ).fetchall()
        return {round_: count / (span / 1e9) for round_, count, span in found if span}


def of_round(values: numpy.ndarray, statistic: str) -> float:
    """A statistic of one round's values."""
    return float(values.mean() if statistic == "mean" else numpy.quantile(values, LEVELS[statistic]))


def by_round(run: Run, experiment: str, cell: int, statistic: str) -> dict[int, float]:
    """A statistic such as `median handoff` of a cell, by round."""
    if statistic == "throughput":
        return run.throughput(experiment, cell)
    name, measure = statistic.split(" ", 1)
    values = run.values(experiment, cell, measure)
    return {round_: of_round(ns, name) for round_, ns in values.items() if len(ns)}


def theil_sen(points: list[tuple[float, float]]) -> float:
    """The median of the slopes between every two points."""
    pairs = [(a, b) for i, a in enumerate(points) for b in points[i + 1 :] if a[0] != b[0]]
    return float(numpy.median([(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs]))


def figures(run: Run, row: dict) -> dict[int, float]:
    """The figure of each round of a row of claims.csv."""
    experiment, form, statistic = row["experiment"], row["form"], row["statistic"]
    cells = [int(cell) for cell in row["cells"].split(";")]
    of = lambda cell, what=statistic: by_round(run, experiment, cell, what)
    both = lambda one, other, make: {r: make(one[r], other[r]) for r in one if r in other}
    if form == "of one cell":
        return of(cells[0])
    if form == "ratio":
        return both(of(cells[0]), of(cells[1]), lambda a, b: a / b)
    if form == "difference":
        return both(of(cells[0]), of(cells[1]), lambda a, b: a - b)
    if form == "operation duration over handoff":
        put, handoff = of(cells[0], "median operation duration"), of(cells[0], "median handoff")
        return both(put, handoff, lambda a, b: a / b)
    if form == "slope over receiver duration":
        points: dict[int, list] = {}
        for cell in cells:
            receiver_ns = run.cell(experiment, cell)["receiver_ms"] * 1e6
            for round_, value in of(cell).items():
                points.setdefault(round_, []).append((receiver_ns, value))
        slopes = {r: p for r, p in points.items() if len({x for x, _ in p}) > 1}
        return {round_: theil_sen(found) for round_, found in slopes.items()}
    share = re.fullmatch(r"growth of operation duration less (\S+) of that of response", form)
    if share:
        growth = lambda what: both(of(cells[1], what), of(cells[0], what), lambda a, b: a - b)
        call, response = growth("median operation duration"), growth("median response")
        return both(call, response, lambda c, r: c - float(share[1]) * r)
    sys.exit(f"a form that is not known: {form}")


def two_sided(distance: float, error: float, rounds: int) -> float:
    """Student's probability of a distance from the truth."""
    if distance == 0:
        return 1.0
    return 2 * stats.t.sf(abs(distance) / error, rounds - 1) if error > 0 else 2 * 0.5**rounds


def holm(probabilities: list[float]) -> list[float]:
    """The probabilities, adjusted for all of them."""
    adjusted, largest = [0.0] * len(probabilities), 0.0
    for rank, place in enumerate(numpy.argsort(probabilities, kind="stable")):
        largest = max(largest, min(1.0, probabilities[place] * (len(probabilities) - rank)))
        adjusted[place] = largest
    return adjusted


class Check:
    """Counts what agrees; ends the program where something does not."""

    def __init__(self) -> None:
        self.passed = 0

    def near(self, what: str, found: float, expected: float, within: float = 1e-6) -> None:
        """Two numbers agree."""
        if not math.isclose(found, expected, rel_tol=within, abs_tol=1e-300):
            sys.exit(f"{what}: the report has {found}, found again is {expected}")
        self.passed += 1

    def same(self, what: str, found: object, expected: object) -> None:
        """Two things are equal."""
        if found != expected:
            sys.exit(f"{what}: the report has {found}, found again is {expected}")
        self.passed += 1


def tests(run: Run, rows: list[dict], check: Check) -> tuple[list[float | None], int]:
    """Makes every test of claims.csv again; gives the adjusted probabilities by row, and how many
    distinct tests there are."""
    made = []
    for row in rows:
        if not row["form"] or not row["cells"]:
            made.append(None)
            continue
        back = math.exp if row["scale"] == "log" else float
        scaled = [math.log(v) if row["scale"] == "log" else v for v in figures(run, row).values()]
        rounds, mean = len(scaled), float(numpy.mean(scaled))
        what = f"{row['id']}: {row['statement']}"
        check.same(f"rounds of {what}", int(row["rounds"]), rounds)
        # A slope of nothing is rounding alone.
        if not (abs(mean) < 1e-12 and abs(float(row["figure"])) < 1e-12):
            check.near(f"figure of {what}", float(row["figure"]), back(mean))
        if not row["p"]:
            made.append(None)
            continue
        error = float(numpy.std(scaled, ddof=1)) / math.sqrt(rounds)
        threshold = float(row["threshold"])
        if row["bound"] == "outside":
            beyond = abs(mean) - math.log(1 + threshold)
            p = two_sided(beyond, error, rounds) if beyond > 0 else 1.0
        else:
            p = two_sided(mean - (math.log(threshold) if row["scale"] == "log" else threshold), error, rounds)
        check.near(f"p of {what}", float(row["p"]), p, 1e-4)
        made.append((p, mean, error, rounds, back))
    # Some claims stand in a finding and in a hypothesis: they are one test.
    distinct = {key(row): test[0] for row, test in zip(rows, made) if test}
    adjusted = dict(zip(distinct, holm(list(distinct.values()))))
    found = []
    for row, test in zip(rows, made):
        if not test:
            found.append(None)
            continue
        _, mean, error, rounds, back = test
        found.append(adjusted[key(row)])
        what = f"{row['id']}: {row['statement']}"
        check.near(f"corrected p of {what}", float(row["adjusted_p"]), found[-1], 1e-4)
        half = error * stats.t.isf(ALPHA / len(distinct) / 2, rounds - 1)
        # What says nothing is left out: a factor of 100, or ten times the figure or its threshold.
        threshold = 1.0 if row["bound"] == "outside" else float(row["threshold"])
        widest = math.log(100) if row["scale"] == "log" else 10 * max(abs(mean), abs(threshold))
        check.same(f"whether {what} has an interval", row["low"] != "", 2 * half <= widest)
        for name, end in (("low", mean - half), ("high", mean + half)):
            if row[name] and abs(end) > 1e-12:
                check.near(f"{name} of {what}", float(row[name]), back(end), 1e-4)
    return found, len(distinct)


def key(row: dict) -> tuple:
    """What makes two rows of claims.csv one test: a ratio against 1 and its inverse are."""
    threshold, cells = float(row["threshold"]), row["cells"].split(";")
    outside = row["bound"] == "outside"
    if row["form"] == "ratio" and (outside or threshold == 1.0) or row["form"].startswith("slope"):
        cells = sorted(cells)
    return (row["experiment"], row["form"], row["statistic"], tuple(cells), threshold, outside)


def shown(text: str) -> float:
    """A figure as the report writes it, in nanoseconds where it is a time."""
    number, _, unit = text.replace(",", "").replace("/s", "").strip().partition(" ")
    return float(number) * UNITS.get(unit, 1.0)


def interval(run: Run, experiment: str, cell: int, statistic: str) -> list[tuple[float, float]]:
    """Between which values the ends of an expanded percentile-bootstrap interval over rounds
    (Hesterberg 2015) of 2,000 draws lie: some 14 draws are beyond each end, so that by chance it is a
    third to twice as many."""
    name, measure = statistic.split(" ", 1)
    by = list(run.values(experiment, cell, measure).values())
    rounds, random = len(by), numpy.random.default_rng(1)
    statistics = []
    for _ in range(6000):
        values = numpy.concatenate([by[place] for place in random.integers(0, rounds, rounds)])
        statistics.append(of_round(values, name))
    t = stats.t.isf(0.025, rounds - 1)
    tail = stats.norm.sf(math.sqrt(rounds / (rounds - 1)) * t)
    levels = [tail / 3, 2.2 * tail, 1 - 2.2 * tail, 1 - tail / 3]
    ends = [float(end) for end in numpy.quantile(statistics, levels)]
    return [(ends[0], ends[1]), (ends[2], ends[3])]


def table(report: str) -> list[list[str]]:
    """The rows of the table in the section "The answer"."""
    section = report.split("\n## The answer\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


FIGURE = re.compile(
    r"(?P<what>median|p90|p99) (?P<measure>operation duration|handoff) "
    r"(?P<value>[\d.,]+ \S+) \[(?P<low>[-\d.,]+ \S+), (?P<high>[-\d.,]+ [^\]]+)\]"
)


def answers(run: Run, report: str, rows: list[dict], adjusted: list, check: Check) -> None:
    """Finds the figures and tiers of the answer table again."""
    tiers_of = tiers(run, rows, adjusted)
    seen = 0
    for need, transports, said in table(report):
        place = re.search(r"(baseline|payload-size|concurrency) cell (\d+)", said)
        if not place:
            continue
        experiment, cell = place[1], int(place[2])
        for figure in FIGURE.finditer(said):
            seen += 1
            statistic = f"{figure['what']} {figure['measure']}"
            values = numpy.concatenate(list(run.values(experiment, cell, figure["measure"]).values()))
            expected = of_round(values, figure["what"])
            # Three digits are shown.
            check.near(f"{need}: {statistic}", shown(figure["value"]), expected, 0.0051)
            for name, (least, most) in zip(("low", "high"), interval(run, experiment, cell, statistic)):
                end = shown(figure[name])
                if not least - 0.0051 * abs(least) <= end <= most + 0.0051 * abs(most):
                    sys.exit(f"{need}: {name} of {statistic} is {figure[name]}, found again {least} to {most}")
                check.passed += 1
            # What stands in parentheses has an n of its own.
            n = re.search(r"n = (\d+)", re.sub(r"\([^)]*\)", "", said))
            check.same(f"{need}: n", int(n[1]), len(values))
        rate = re.search(r"messages handed over a second ([\d.,]+)/s", said)
        if rate:
            seen += 1
            mean = numpy.mean(list(run.throughput(experiment, cell).values()))
            check.near(f"{need}: rate", shown(rate[1]), mean, 0.0051)
        named = [re.findall(r"`([\w-]+)`", tier) for tier in transports.split("; then ")]
        expected = tiers_of(need_id(need), experiment)
        if expected and "not ranked" not in transports:
            check.same(f"{need}: tiers", named, expected)
            seen += 1
        slope = re.search(r"A waits, per unit of B's duration, (\S+) ", said)
        if slope:
            transport = named[0][0]
            row = next(r for r in rows if r["id"] == "does not wait" and f"of {transport}'s" in r["statement"])
            # The row of claims.csv was made again above.
            off = abs(float(slope[1]) - float(row["figure"]))
            if off > 0.0051 * abs(float(row["figure"])) + 0.000_51:
                sys.exit(f"{need}: A waits {slope[1]}, found again {row['figure']}")
            check.passed += 1
            seen += 1
        for found in re.finditer(r"(median|p90|p99) (handoff|operation duration) [^(,]*\][^,;]*?\(with cold starts ([\d.,]+ \S+?)\)", said):
            values = run.with_cold(experiment, cell, found[2])
            check.near(f"{need}: with cold starts", shown(found[3]), of_round(values, found[1]), 0.0051)
        detectable = re.search(r"a difference of ([\d.]+) %, margin included", said)
        if detectable:
            check.near(f"{need}: would be found", float(detectable[1]), 100 * (finds(run, rows, need_id(need), experiment, named, report) - 1), 0.02)
            seen += 1
    if seen < 5:
        sys.exit(f"only {seen} figures of the answer table were found: has its form changed?")


NEEDS = {
    "B has the message as soon as possible": "fastest-handoff",
    "hardly any message takes much longer (least tail)": "short-tail",
    "A is free again as soon as possible": "fastest-release",
    "A does not wait, however long B works, and B has it soon": "does-not-wait",
    "small payloads": "small-payload",
    "large payloads that most transports take": "large-payload",
    "the largest payload measured": "largest-payload",
    "many messages a second, from many senders": "throughput",
}


def need_id(need: str) -> str:
    """The name of a need in claims.csv."""
    return NEEDS.get(need, "")


def finds(run: Run, rows: list[dict], need: str, experiment: str, named: list, report: str) -> float:
    """The smallest ratio that would be found, by the noncentral t distribution, approximately."""
    tests_ = int(re.search(r"corrected for all (\d+) tests of this report", report)[1])
    first = named[0][0]
    others = named[0][1:] or [named[1][0]]
    largest = 0.0
    for row in rows:
        if (row["id"], row["experiment"], row["bound"]) != (need, experiment, "outside"):
            continue
        names = [run.cell(experiment, int(cell))["transport"] for cell in row["cells"].split(";")]
        if first in names and (set(names) - {first}) & set(others):
            scaled = [math.log(value) for value in figures(run, row).values()]
            degrees = len(scaled) - 1
            error = numpy.std(scaled, ddof=1) / math.sqrt(len(scaled))
            t = stats.t.isf(ALPHA / tests_ / 2, degrees)
            away = t * (1 - 1 / (4 * degrees)) + stats.norm.ppf(0.8) * math.sqrt(1 + t * t / (2 * degrees))
            largest = max(largest, (1 + float(row["threshold"])) * math.exp(error * away))
    return largest


def tiers(run: Run, rows: list[dict], adjusted: list) -> "Callable[[str, str], list[list[str]]]":
    """The tiers of each need, from the comparisons and the pooled figures."""
    free = {
        re.search(r"of (\S+)'s", row["statement"])[1]
        for row, p in zip(rows, adjusted)
        if row["id"] == "does not wait" and p is not None and p <= ALPHA and float(row["figure"]) < float(row["threshold"])
    }
    comparisons: dict[tuple[str, str], list] = {}
    for row, p in zip(rows, adjusted):
        if row["bound"] == "outside":
            comparisons.setdefault((row["id"], row["experiment"]), []).append((row, p))

    def of(need: str, experiment: str) -> list[list[str]]:
        pairs = comparisons.get((need, experiment))
        if not pairs:
            return []
        statistic, most = pairs[0][0]["statistic"], pairs[0][0]["statistic"] == "throughput"
        cells = {int(cell) for row, _ in pairs for cell in row["cells"].split(";")}
        if need == "does-not-wait":
            cells = {cell for cell in cells if run.cell(experiment, cell)["transport"] in free}

        def pooled(cell: int) -> float:
            if most:
                return -float(numpy.mean(list(run.throughput(experiment, cell).values())))
            name, measure = statistic.split(" ", 1)
            values = numpy.concatenate(list(run.values(experiment, cell, measure).values()))
            return of_round(values, name)

        left, result = sorted(cells, key=lambda cell: (pooled(cell), cell)), []
        while left:
            leader = left[0]

            def worse(cell: int) -> bool:
                for row, p in pairs:
                    if row["cells"] == f"{cell};{leader}" and p is not None and p <= ALPHA:
                        return (float(row["figure"]) < 1) == most
                return False

            result.append([cell for cell in left if not worse(cell)])
            left = [cell for cell in left if worse(cell)]
        return [[run.cell(experiment, cell)["transport"] for cell in tier] for tier in result]

    return of


def costs(run: Run, report: str, check: Check) -> None:
    """Finds the formulas of the lowest price again."""
    row = next((row for row in table(report) if row[0].startswith("the lowest price")), None)
    if row is None:
        sys.exit("the answer table has no row for the lowest price")
    prices = tomllib.loads(PRICES.read_text())
    request = prices["lambda"]["usd_per_million_requests"]
    formulas = re.findall(r"`([\w-]+)` \$([\d.]+)(?: at any r| \+ \$([\d.]+)[^(]*) \(cell (\d+)\)", row[2])
    if not formulas:
        sys.exit("the lowest price has no formula: has its form changed?")
    made = {}
    for transport, per_million, hour, cell in formulas:
        plan = run.cell("baseline", int(cell))
        operations = numpy.concatenate(
            list(run.values("baseline", int(cell), "operation duration").values())
        )
        billed, messages, invocations = duckdb.execute(
            f"""SELECT sum(billed_ms), sum(messages), count(*) FROM {run.invocations}
                WHERE experiment = 'baseline' AND cell = ? AND side = 'receiver' AND NOT warmup""",
            [int(cell)],
        ).fetchone()
        gb_second = prices["lambda"][f"usd_per_gb_second_{plan['architecture']}"]
        compute = lambda ms: ms / 1e3 * plan["memory_mb"] / 1024 * gb_second * 1e6
        units = lambda bytes_: max(1, math.ceil(plan["payload_bytes"] / bytes_))
        batches = invocations / messages
        service = {
            "sync-invoke": 0.0,
            "async-invoke": 0.0,
            "sns": units(65_536) * prices["sns"]["usd_per_million_publishes"],
            "kinesis": units(25_600) * prices["kinesis"]["usd_per_million_put_units"],
            "sqs": (units(65_536) + 2 * batches) * prices["sqs"]["usd_per_million_requests"],
        }[transport]
        expected = request + compute(operations.mean() / 1e6) + service
        expected += batches * request + compute(float(billed) / float(messages))
        # A tenth of a cent is shown.
        if abs(float(per_million) - expected) > 0.000_51:
            sys.exit(f"{transport} costs ${per_million}, found again ${expected:.4f}")
        check.passed += 1
        made[transport] = expected
        if hour:
            stream = prices["kinesis"]["usd_per_shard_hour"] * 1e6 / 3600
            check.near(f"an hour of {transport}", float(hour), stream, 0.001)
    even = re.search(r"below ([\d.,]+)/s: \*\*`([\w-]+)`", row[1])
    if even and "kinesis" in made and even[2] != "kinesis":
        stream = prices["kinesis"]["usd_per_shard_hour"] * 1e6 / 3600
        expected = stream / (made[even[2]] - made["kinesis"])
        check.near("the break-even", shown(even[1]), expected, 0.0051)


def main(folder: Path, report: Path) -> None:
    """Compares a report with its run."""
    run, check = Run(folder), Check()
    text = (report / "REPORT.md").read_text()
    with (report / "claims.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    adjusted, distinct = tests(run, rows, check)
    family = re.search(r"corrected for all (\d+) tests of this report", text)
    check.same("tests of the report", int(family[1]), distinct)
    answers(run, text, rows, adjusted, check)
    costs(run, text, check)
    print(f"{len(rows)} claims and comparisons made again from the rows")
    print(f"{check.passed} passed, 0 failed")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
