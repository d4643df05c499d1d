"""Ragged on ranks beside PyTorch's DistributedDataParallel over Gloo, on the processes of one machine.

    python3 Sources/RaggedBenchmarks/ranks.py .build-mpi/release/ragged [--rounds 3]

Makes sequences of 10 to 99 timesteps, trains the same network with `ragged train` (1 rank x 1 thread, 1 x 2, 2 ranks x 1), and
with PyTorch on 2 processes of a thread each, padded and packed, each process with half of every batch; prints real timesteps a
second, the median of the rounds, and what a step's exchange costs. PyTorch's batches are in memory as tensors before the clock
starts, Ragged's are read from its store. Needs numpy, torch and mpirun.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

NETWORKS = [
    # features, layers, batch, sequences
    (5, [32, 8], 1000, 8000),
    (32, [256], 64, 640),
]
EPOCHS = 5


def lengths(count):
    return np.random.default_rng(1).integers(10, 100, count)


def write_data(path, features, count):
    random = np.random.default_rng(2)
    with open(path, "w") as file:
        for number, length in enumerate(lengths(count)):
            values = np.round(random.normal(size=(length, features)), 3).tolist()
            file.write(json.dumps({"id": f"s{number}", "features": values, "target": "ab"[number % 2]}) + "\n")


def environment():
    return dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                OMPI_MCA_rmaps_base_oversubscribe="true", OMPI_MCA_hwloc_base_binding_policy="none", OMP_NUM_THREADS="1")


def ragged(command, folder, layers, batch, ranks, threads):
    """Seconds of an epoch: the least of all but the first."""
    model = " ".join(f"lstm({units}{', sequences' if units != layers[-1] else ''})" for units in layers)
    line = (["mpirun", "-n", str(ranks)] if ranks > 1 else []) + [
        command, "train", "s.sqlite", "-m", model, "-e", str(EPOCHS), "--batch-size", str(batch), "--threads", str(threads),
        "--force", "-q", "--optimizer", "adam"]
    subprocess.run(line, cwd=folder, env=environment(), check=True)
    runs = json.loads(subprocess.run([command, "runs", "s.sqlite", "--json"], cwd=folder, check=True, capture_output=True).stdout)
    run = runs[-1] if isinstance(runs, list) else runs["runs"][-1]
    return min(epoch["metrics"]["seconds"] for epoch in run["epochs"][1:])


def torch_worker(rank, world, features, layers, batch, count, packed, port, results):
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    dist.init_process_group("gloo", rank=rank, world_size=world)
    torch.manual_seed(0)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            sizes = [features] + layers
            self.layers = torch.nn.ModuleList(
                torch.nn.LSTM(a, b, batch_first=True) for a, b in zip(sizes, sizes[1:]))
            self.head = torch.nn.Linear(layers[-1], 2)

        def forward(self, x, lengths):
            if packed:
                x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            for layer in self.layers:
                x, (h, _) = layer(x)
            if not packed:
                h = x[torch.arange(len(x)), lengths - 1]
            return self.head(h.reshape(len(lengths), -1))

    model = torch.nn.parallel.DistributedDataParallel(Network())
    optimizer = torch.optim.Adam(model.parameters())
    random, all_lengths, data = np.random.default_rng(2), lengths(count), []
    for first in range(0, count, batch):
        own = all_lengths[first:first + batch][rank::world]
        x = np.zeros((len(own), own.max(), features), np.float32)
        for row, length in enumerate(own):
            x[row, :length] = random.normal(size=(length, features))
        y = torch.arange(len(own)) % 2
        data.append((torch.from_numpy(x), torch.from_numpy(own.astype(np.int64)), y))
    loss = torch.nn.CrossEntropyLoss()
    seconds = []
    for _ in range(3):
        dist.barrier()
        start = time.perf_counter()
        for x, own, y in data:
            optimizer.zero_grad()
            loss(model(x, own), y).backward()
            optimizer.step()
        dist.barrier()
        seconds.append(time.perf_counter() - start)
    if rank == 0:
        results.put(min(seconds[1:]))
    dist.destroy_process_group()


def torch_seconds(features, layers, batch, count, packed, port):
    import torch.multiprocessing as mp

    results = mp.get_context("spawn").SimpleQueue()
    mp.spawn(torch_worker, (2, features, layers, batch, count, packed, port, results), nprocs=2)
    return results.get()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    command = os.path.abspath(options.command)
    for place, (features, layers, batch, count) in enumerate(NETWORKS):
        timesteps = int(lengths(count).sum())
        steps = -(-count // batch)
        with tempfile.TemporaryDirectory() as folder:
            write_data(f"{folder}/data.jsonl", features, count)
            subprocess.run([command, "import", "s.sqlite", "data.jsonl", "-q"], cwd=folder, check=True)
            ways = {
                "ragged, 1 rank x 1 thread": lambda: ragged(command, folder, layers, batch, 1, 1),
                "ragged, 1 rank x 2 threads": lambda: ragged(command, folder, layers, batch, 1, 2),
                "ragged, 2 ranks x 1 thread": lambda: ragged(command, folder, layers, batch, 2, 1),
                "torch DDP, padded": lambda: torch_seconds(features, layers, batch, count, False, 29500 + place),
                "torch DDP, packed": lambda: torch_seconds(features, layers, batch, count, True, 29600 + place),
            }
            found = {name: [] for name in ways}
            for _ in range(options.rounds):
                for name, way in ways.items():
                    found[name].append(way())
        print(f"LSTM {features} -> {' -> '.join(map(str, layers))} -> 2, batch {batch}, lengths 10 to 99")
        for name, seconds in found.items():
            median = sorted(seconds)[len(seconds) // 2]
            print(f"  {name:28} {timesteps / median / 1e6:8.4f} M timesteps/s  {median / steps * 1e3:9.2f} ms a step")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
