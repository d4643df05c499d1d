"""Ragged on ranks beside PyTorch's DistributedDataParallel over Gloo, on the processes of one machine; and what that says of more
machines.

    python3 Sources/RaggedBenchmarks/ranks.py .build/release/ragged [--rounds 3] [--tiny]

Makes sequences of 10 to 99 timesteps, trains the same network with `ragged train` (1 rank x 1 thread, 1 x 2, 2 ranks x 1), and
with PyTorch on 2 processes of a thread each, padded and packed, each process with half of every batch; prints real timesteps a
second, the median of the rounds, and what a step's exchange costs: the time of 2 ranks x 1 thread beyond that of 1 rank x 2
threads, and the bytes that a rank sends and receives. PyTorch's batches are in memory as tensors before the clock starts, Ragged's
are read from its store. Then the predicted time of a step on 1 to 64 ranks, from the time of 1 rank x 1 thread and from the bytes:
see `predicted`. `--tiny` takes small networks and few sequences, to see whether it runs. Needs numpy, torch and mpirun.
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
TINY = [(5, [8, 4], 50, 150), (8, [16], 16, 64)]
EPOCHS = 5

# Bytes a second of payload, and seconds from one process to the next with a message that is ready: TCP over 10 GbE, and RDMA over
# 100 GbE. Both are assumptions, on the careful side of what such networks are sold with.
NETS = {"10 GbE": (1.1e9, 30e-6), "100 GbE": (11e9, 5e-6)}
RANKS = [1, 2, 4, 8, 16, 32, 64]
PIECE = 1 << 18


def lengths(count):
    return np.random.default_rng(1).integers(10, 100, count)


def parameters(features, layers):
    """Numbers of the network: of an LSTM four gates, of the output layer two units."""
    sizes = [features] + layers
    return sum(4 * units * (units + inputs + 1) for inputs, units in zip(sizes, sizes[1:])) + 2 * (layers[-1] + 1)


def seconds_to_add():
    """Seconds to add a piece to another, as each rank does with what it is handed."""
    a, b = np.ones(PIECE // 4, np.float32), np.ones(PIECE // 4, np.float32)
    best = 1.0
    for _ in range(200):
        start = time.perf_counter()
        np.add(a, b, out=a)
        best = min(best, time.perf_counter() - start)
    return best


def shares(found, count):
    """Timesteps of each share into which the engine cuts a batch: `Block.cut` and `Engine.divide`."""
    found = sorted(found, reverse=True)
    size = 8 if len(found) >= 64 else 4 if len(found) >= 8 else max(1, (len(found) + 1) // 2)
    most = 16 if len(found) >= 256 else size
    blocks, first = [], 0
    while first < len(found):
        rows = max(size, min(most, 512 // int(found[first]) // 4 * 4))
        blocks.append(int(sum(found[first:first + rows])))
        first += rows
    most = max(2, min(40, (64 << 20) // (4 * count)))
    if len(blocks) <= most:
        return blocks
    parts = max(1, most * 5 // 12)
    left = sum(blocks) + len(blocks)
    least, result, first = left // (4 * parts), [], 0
    while first < len(blocks):
        end, load = first, 0
        while end < len(blocks) and (load < max(least, left // parts) or len(result) == most - 1):
            load += blocks[end] + 1
            end += 1
        result.append(load)
        left -= load
        first = end
    return result


def division(loads, ranks):
    """The ranks that have shares, and the part of the timesteps of the one with the most: `ShareDivision`."""

    def owners(limit):
        count, load = 1, 0
        for own in loads:
            if load > 0 and load + own > limit:
                count, load = count + 1, 0
            load += own
        return count

    least, most = max(loads), sum(loads)
    while least < most:
        middle = (least + most) // 2
        if owners(middle) <= ranks:
            most = middle
        else:
            least = middle + 1
    return owners(most), most / sum(loads)


def predicted(ranks, compute, count, loads, net, adding):
    """Seconds of a step on ranks of a thread each.

    The rank with the most shares computes the longest; then the sum goes from rank to rank and back, in pieces, of which a rank
    hands one on while the next arrives.
    """
    bandwidth, latency = NETS[net]
    owners, most = division(loads, ranks)
    if ranks == 1:
        return compute
    size = 4 * count
    pieces, length = -(-size // PIECE), min(size, PIECE)
    hop = latency + length / bandwidth
    # Up the chain each rank adds; down, long sums go round and short ones along a tree.
    up = (owners - 1 + pieces - 1) * (hop + adding * length / PIECE)
    down = (ranks - 1 + pieces - 1) * hop if size > PIECE else int(np.ceil(np.log2(ranks))) * hop
    return compute * most + up + down


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
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    command = os.path.abspath(options.command)
    adding = seconds_to_add()
    for place, (features, layers, batch, count) in enumerate(TINY if options.tiny else NETWORKS):
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
        step = {name: sorted(seconds)[len(seconds) // 2] / steps for name, seconds in found.items()}
        for name, seconds in step.items():
            print(f"  {name:28} {timesteps / steps / seconds / 1e6:8.4f} M timesteps/s  {seconds * 1e3:9.2f} ms a step")
        one, two = step["ragged, 1 rank x 2 threads"], step["ragged, 2 ranks x 1 thread"]
        best = min(step["torch DDP, padded"], step["torch DDP, packed"])
        size = parameters(features, layers)
        print(f"  2 ranks x 1 thread: {two / one:.3f} of 1 rank x 2 threads, {(two - one) * 1e6:.0f} us a step beyond; "
              f"each rank sends and receives {4 * size} bytes ({size} parameters); {best / two:.1f} x torch DDP")
        print(f"\n| ranks | {' | '.join(f'{net}, ms a step | times one rank' for net in NETS)} |")
        print("|" + "---:|" * (1 + 2 * len(NETS)))
        compute = step["ragged, 1 rank x 1 thread"]
        loads = shares(lengths(count)[:batch], size)
        for ranks in RANKS:
            cells = []
            for net in NETS:
                found_time = predicted(ranks, compute, size, loads, net, adding)
                cells += [f"{found_time * 1e3:.2f}", f"{compute / found_time:.1f}"]
            print(f"| {ranks} | {' | '.join(cells)} |")
        print()
        sys.stdout.flush()


if __name__ == "__main__":
    main()
