"""Times a training step in Ragged, PyTorch and Keras, in turn within one session, and prints the ratios.

    swift build -c release --product ragged-benchmarks
    python Sources/RaggedBenchmarks/compare.py .build/release/ragged-benchmarks

Needs torch, and keras with tensorflow; what is not installed is left out. Every framework uses all processors. A step is
forward, backward and Adam on a batch in memory. Rates count real timesteps only.
"""

import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np

try:
    import torch
except ImportError:
    torch = None
try:
    import keras
except ImportError:
    keras = None

ROUNDS = 3
CASES = {  # name: (batch, features, widths, mixed)
    "reference-equal": (1000, 5, (32, 8), False),
    "reference-mixed": (1000, 5, (32, 8), True),
    "wide-equal": (64, 32, (256, 256), False),
    "wide-mixed": (64, 32, (256, 256), True),
}


def data(batch, features, mixed):
    random = np.random.default_rng(1)
    lengths = random.integers(10, 100, batch) if mixed else np.full(batch, 55)
    longest = int(lengths.max())
    x = random.random((batch, longest, features), dtype=np.float32)
    x[np.arange(longest)[None, :] >= lengths[:, None]] = 0
    y = random.integers(0, 2, (batch, longest))
    return lengths, x, y


def timed(step, seconds=2.0):
    """The median of the milliseconds of a step, over a few steps or seconds."""
    step()
    times = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < 11):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def torch_step(case, packed):
    batch, features, widths, mixed = CASES[case]
    lengths, x, y = data(batch, features, mixed)
    sizes = [features, *widths]
    layers = [torch.nn.LSTM(a, b, batch_first=True) for a, b in zip(sizes, sizes[1:])]
    dense = torch.nn.Linear(widths[-1], 2)
    parameters = [p for layer in [*layers, dense] for p in layer.parameters()]
    adam = torch.optim.Adam(parameters, lr=1e-3)
    x, y, lengths = torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(lengths)
    mask = torch.arange(x.shape[1])[None, :] < lengths[:, None]

    def step():
        out = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False) if packed else x
        for layer in layers:
            out, _ = layer(out)
        if packed:
            out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, True)
        losses = torch.nn.functional.cross_entropy(dense(out).transpose(1, 2), y, reduction="none")
        loss = (losses * mask).sum() / mask.sum()
        adam.zero_grad()
        loss.backward()
        adam.step()

    return step


def keras_step(case, masked):
    batch, features, widths, mixed = CASES[case]
    _, x, y = data(batch, features, mixed)
    layers = [keras.Input((None, features))] + ([keras.layers.Masking()] if masked else [])
    layers += [keras.layers.LSTM(width, return_sequences=True) for width in widths]
    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return lambda: model.train_on_batch(x, y)


def ragged_rate(binary, case):
    return float(subprocess.run([binary, "--step", case], check=True, capture_output=True, text=True).stdout)


def main():
    binary = sys.argv[1]
    for case, (batch, features, _, mixed) in CASES.items():
        steps = {}
        if torch:
            steps["PyTorch, padded" if mixed else "PyTorch"] = torch_step(case, False)
            if mixed:
                steps["PyTorch, packed"] = torch_step(case, True)
        if keras:
            steps["Keras, Masking" if mixed else "Keras"] = keras_step(case, mixed)
        rates = {name: [] for name in ["Ragged", *steps]}
        timesteps = int(data(batch, features, mixed)[0].sum())
        for _ in range(ROUNDS):
            rates["Ragged"].append(ragged_rate(binary, case))
            for name, step in steps.items():
                rates[name].append(timesteps / timed(step) / 1000)
        ours = statistics.median(rates["Ragged"])
        print(f"\n{case}: M timesteps/s")
        for name, values in rates.items():
            rate = statistics.median(values)
            print(f"  {name:16} {rate:8.4f}   Ragged is {ours / rate:5.1f} times as fast", flush=True)


if __name__ == "__main__":
    main()
