"""Times the import of one set of sequences from every format, beside what reads the same file in Python.

    swift build -c release --product ragged
    python Sources/RaggedBenchmarks/import_table.py .build/release/ragged [sequences]

Makes long tables with numpy, and the other formats with `ragged export`. A figure of Ragged is the whole process: the file
read, checked, grouped, committed to a new store. A figure of a peer is the time in its process after its modules are
loaded, until there is an array of float32 a sequence, in memory; nothing is checked or kept. Medians of several runs, in
turn; memory is the largest resident set of a run, for which the files are made by another process (a child's figure begins at
its parent's). Needs numpy; pandas, pyarrow, polars and the sqlite3 shell are left out
where they are absent.
"""

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROUNDS = 5
RAGGED = sys.argv[1]
SEQUENCES = int(sys.argv[2]) if len(sys.argv) > 2 else 40_000
COLUMNS = ["a", "b", "c", "d", "e"]

PANDAS = """
import pandas as pd, numpy as np, time
start = time.perf_counter()
{read}
{sort}
groups = [g.to_numpy(np.float32) for _, g in t.groupby("id", sort=False)[{columns}]]
print(time.perf_counter() - start, len(groups))
"""
POLARS = """
import polars as pl, time
start = time.perf_counter()
{read}
{sort}
groups = [g.select({columns}).cast(pl.Float32).to_numpy() for g in t.partition_by("id", maintain_order=True)]
print(time.perf_counter() - start, len(groups))
"""
ARROW = """
import {module} as module, time
start = time.perf_counter()
t = module.{call}({path!r})
print(time.perf_counter() - start, t.num_rows)
"""
PLAIN = """
import time
{imports}
start = time.perf_counter()
{body}
print(time.perf_counter() - start, count)
"""


def run(command, **options):
    """Seconds as a process, the largest resident set in MB, and what it printed."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    out, errors = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[:4]}: {errors.decode()[-2000:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1000, out.decode()


def ragged(path, *options):
    def once():
        store = os.path.join(folder, "timed.sqlite")
        seconds, memory, _ = run([RAGGED, "import", store, path, "-q", *options])
        for end in ("", "-wal", "-shm"):
            if os.path.exists(store + end):
                os.remove(store + end)
        return seconds, memory
    return once


def python(code):
    def once():
        _, memory, out = run([sys.executable, "-c", code])
        return float(out.split()[0]), memory
    return once


def sqlite(path):
    def once():
        store = os.path.join(folder, "shell.sqlite")
        seconds, memory, _ = run(
            ["sqlite3", store, "-cmd", ".mode csv", f".import {path} t", "CREATE INDEX i ON t (id, t)"])
        os.remove(store)
        return seconds, memory
    return once


def pandas(read, sort="", columns=COLUMNS):
    return python(PANDAS.format(read=read, sort=sort, columns=columns))


def polars(read, sort="", columns=COLUMNS):
    return python(POLARS.format(read=read, sort=sort, columns=columns))


def has(name):
    return importlib.util.find_spec(name) is not None


def tables(folder):
    """A long table, the same rows by time, and one of numbers, categories and times."""
    random = np.random.default_rng(1)
    lengths = random.integers(10, 100, SEQUENCES)
    ids = np.repeat(np.arange(SEQUENCES), lengths)
    t = np.concatenate([np.arange(n) for n in lengths])
    values = np.round(random.uniform(-1.5, 1.5, (len(ids), 5)), 6)
    rows = [f"s{i},{s},{a:.6f},{b:.6f},{c:.6f},{d:.6f},{e:.6f},{'low' if i % 2 == 0 else 'high'}\n"
            for i, s, (a, b, c, d, e) in zip(ids.tolist(), t.tolist(), values.tolist())]
    order = np.argsort(t, kind="stable")
    long, scattered, mixed = (os.path.join(folder, name) for name in ("long.csv", "scattered.csv", "mixed.csv"))
    for path, lines in ((long, rows), (scattered, (rows[i] for i in order))):
        with open(path, "w") as file:
            file.write("id,t,a,b,c,d,e,label\n")
            file.writelines(lines)
    seconds = np.datetime64("2024-01-01T00:00:00") + (ids * 11 + t * 420).astype("timedelta64[s]")
    stamps = np.datetime_as_string(seconds)
    codes = random.integers(0, 20, len(ids)).tolist(), random.integers(0, 50, len(ids)).tolist()
    with open(mixed, "w") as file:
        file.write("id,when,a,b,c,activity,resource\n")
        file.writelines(
            f"s{i},{when},{a:.6f},{b:.6f},{c:.6f},activity {x},resource {y}\n"
            for i, when, (a, b, c, _, _), x, y in zip(ids.tolist(), stamps.tolist(), values.tolist(), *codes))
    return long, scattered, mixed


def make(folder):
    """All files, by their names."""
    long, scattered, mixed = tables(folder)
    store, single = os.path.join(folder, "all.sqlite"), os.path.join(folder, "single.sqlite")
    run([RAGGED, "import", store, long, "-q"])
    run([RAGGED, "import", single, long, "--features", "a", "--target", "none", "-q"])
    made = {}
    for name in ("jsonl", "parquet", "npz", "tfrecord", "ts", "tsf", "arff"):
        made[name] = os.path.join(folder, f"made.{name}")
        run([RAGGED, "export", single if name == "tsf" else store, made[name], "-q"])
    words = os.path.join(folder, "words.txt")
    random = np.random.default_rng(2)
    with open(words, "w") as file:
        for n in random.integers(10, 100, SEQUENCES).tolist():
            file.write(" ".join(f"w{k}" for k in random.integers(0, 20_000, n).tolist()) + "\n")
    tags = os.path.join(folder, "tags.conll")
    with open(tags, "w") as file:
        for n in random.integers(5, 50, SEQUENCES).tolist():
            pairs = zip(random.integers(0, 20_000, n).tolist(), random.integers(0, 9, n).tolist())
            file.writelines(f"w{word}\tT{tag}\n" for word, tag in pairs)
            file.write("\n")
    wide = os.path.join(folder, "wide.csv")
    with open(wide, "w") as file:
        width = 99
        file.write("id," + ",".join(f"V{i}" for i in range(1, width + 1)) + "\n")
        for i, n in enumerate(random.integers(10, width + 1, SEQUENCES).tolist()):
            numbers = np.round(random.uniform(-1.5, 1.5, n), 6).tolist()
            file.write(f"s{i}," + ",".join(map(str, numbers)) + "," * (width - n) + "\n")
    database = os.path.join(folder, "table.sqlite")
    if shutil.which("sqlite3"):
        run(["sqlite3", database, "-cmd", ".mode csv",
             "CREATE TABLE t (id TEXT, t INT, a REAL, b REAL, c REAL, d REAL, e REAL, label TEXT)",
             f".import --skip 1 {long} t"])
    return {"long": long, "scattered": scattered, "mixed": mixed, "made": made, "words": words, "tags": tags,
            "wide": wide, "database": database}


def main():
    _, _, out = run([sys.executable, __file__, RAGGED, str(SEQUENCES), folder])
    files = json.loads(out)
    long, scattered, mixed, made = (files[name] for name in ("long", "scattered", "mixed", "made"))
    words, tags, wide, database = (files[name] for name in ("words", "tags", "wide", "database"))
    by_time = 't = t.sort_values(["id", "t"], kind="stable")'
    sorted_by_time = 't = t.sort("id", "t", maintain_order=True)'
    cases = [("CSV, rows grouped", long, [], {
        "pandas": pandas(f"t = pd.read_csv({long!r})"), "polars": polars(f"t = pl.read_csv({long!r})"),
        "pyarrow (table alone)": python(ARROW.format(module="pyarrow.csv", call="read_csv", path=long)),
        "sqlite3 shell, index": sqlite(long)})]
    cases.append(("CSV, rows by time", scattered, [], {
        "pandas": pandas(f"t = pd.read_csv({scattered!r})", by_time),
        "polars": polars(f"t = pl.read_csv({scattered!r})", sorted_by_time), "sqlite3 shell, index": sqlite(scattered)}))
    cases.append(("CSV, 3 numbers, 2 categories, a time", mixed, [], {
        "pandas": pandas(f"t = pd.read_csv({mixed!r}, parse_dates=['when'], dtype={{'activity': 'category', "
                         "'resource': 'category'})", columns=["a", "b", "c"]),
        "polars": polars(f"t = pl.read_csv({mixed!r}, try_parse_dates=True)", columns=["a", "b", "c"])}))
    lists = "groups = [np.stack([np.asarray(r, np.float32) for r in x]) for x in t['features']]"
    for name, path in made.items():
        peers = {}
        if name == "jsonl":
            peers["pandas"] = python(PLAIN.format(
                imports="import pandas as pd, numpy as np",
                body=f"t = pd.read_json({path!r}, lines=True)\n{lists}\ncount = len(groups)"))
        if name == "npz":
            peers["numpy"] = python(PLAIN.format(
                imports="import numpy as np", body=f"z = np.load({path!r})\ncount = sum(z[k].size for k in z.files)"))
        if name == "parquet":
            peers["pyarrow (table alone)"] = python(
                ARROW.format(module="pyarrow.parquet", call="read_table", path=path))
            peers["pandas"] = pandas(f"t = pd.read_parquet({path!r})")
            peers["polars"] = polars(f"t = pl.read_parquet({path!r})")
        cases.append((name, path, [], peers))
    cases.append(("text, in words", words, ["--tokens", "words"], {"python": python(PLAIN.format(
        imports="import numpy as np", body=(
            f"codes = {{}}\ngroups = [np.fromiter((codes.setdefault(w, len(codes)) for w in line.split()), np.int32)"
            f" for line in open({words!r})]\ncount = len(groups)")))}))
    cases.append(("CoNLL", tags, [], {"python": python(PLAIN.format(imports="", body=(
        f"count = len([[l.split('\\t') for l in s.split('\\n')] for s in open({tags!r}).read().split('\\n\\n')])")))}))
    cases.append(("CSV, wide", wide, ["--layout", "wide"], {"pandas": python(PLAIN.format(
        imports="import pandas as pd, numpy as np", body=(
            f"t = pd.read_csv({wide!r}).iloc[:, 1:].to_numpy(np.float32)\n"
            "groups = [r[~np.isnan(r)] for r in t]\ncount = len(groups)")))}))
    if os.path.exists(database):
        cases.append(("SQLite, --query", database, ["--query", "SELECT * FROM t"], {"pandas": pandas(
            f"import sqlite3; t = pd.read_sql('SELECT * FROM t', sqlite3.connect({database!r}))")}))

    print("| file | MB | Ragged | MB at its peak | beside it |\n|---|---|---|---|---|")
    for name, path, options, peers in cases:
        size = os.path.getsize(path) / 1e6
        peers = {n: once for n, once in peers.items() if n in ("python", "numpy") or (
            shutil.which("sqlite3") if n.startswith("sqlite3") else has(n.split()[0]))}
        runs = {n: [] for n in ["Ragged", *peers]}
        for _ in range(ROUNDS):
            runs["Ragged"].append(ragged(path, *options)())
            for n, once in peers.items():
                runs[n].append(once())
        rate = lambda n: size / statistics.median(s for s, _ in runs[n])
        peak = lambda n: max(m for _, m in runs[n])
        beside = "; ".join(f"{n} {rate(n):.0f} MB/s, {peak(n):.0f} MB" for n in peers)
        print(f"| {name} | {size:.0f} | {rate('Ragged'):.0f} MB/s | {peak('Ragged'):.0f} | {beside} |", flush=True)


if len(sys.argv) > 3:
    print(json.dumps(make(sys.argv[3])))
else:
    with tempfile.TemporaryDirectory() as folder:
        main()
