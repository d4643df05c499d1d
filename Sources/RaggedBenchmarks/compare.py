"""Times training steps and a prediction in Ragged, PyTorch and Keras, in turn within one session, and prints the ratios.

    swift build -c release --product ragged-benchmarks
    python Sources/RaggedBenchmarks/compare.py .build/release/ragged-benchmarks

Needs torch, and keras with tensorflow; what is not installed is left out. Every framework uses all processors. A step is
forward, backward and Adam on a batch in memory; the case "single" is the prediction for one long sequence. Rates count
real timesteps only.
"""

import importlib.util
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np

ROUNDS = 3
CASES = {  # name: (batch, features, widths, length; None: 10 to 99)
    "reference-equal": (1000, 5, (32, 8), 55),
    "reference-mixed": (1000, 5, (32, 8), None),
    "wide-equal": (64, 32, (256, 256), 55),
    "wide-mixed": (64, 32, (256, 256), None),
    "single": (1, 32, (128,), 1000),
}


def data(batch, features, length):
    random = np.random.default_rng(1)
    lengths = random.integers(10, 100, batch) if length is None else np.full(batch, length)
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
    import torch

    batch, features, widths, length = CASES[case]
    lengths, x, y = data(batch, features, length)
    sizes = [features, *widths]
    layers = [torch.nn.LSTM(a, b, batch_first=True) for a, b in zip(sizes, sizes[1:])]
    dense = torch.nn.Linear(widths[-1], 2)
    parameters = [p for layer in [*layers, dense] for p in layer.parameters()]
    adam = torch.optim.Adam(parameters, lr=1e-3)
    x, y, lengths = torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(lengths)
    mask = torch.arange(x.shape[1])[None, :] < lengths[:, None]

    def predict():
        with torch.inference_mode():
            out = x
            for layer in layers:
                out, _ = layer(out)
            torch.softmax(dense(out), -1)

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

    return predict if case == "single" else step


def keras_step(case, masked):
    import keras

    batch, features, widths, length = CASES[case]
    _, x, y = data(batch, features, length)
    layers = [keras.Input((None, features))] + ([keras.layers.Masking()] if masked else [])
    layers += [keras.layers.LSTM(width, return_sequences=True) for width in widths]
    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    if case == "single":
        return lambda: model.predict_on_batch(x)
    return lambda: model.train_on_batch(x, y)


PEERS = {  # name: (module, its step, whether it is for one length, for mixed lengths)
    "PyTorch": ("torch", lambda case: torch_step(case, False), True, False),
    "PyTorch, padded": ("torch", lambda case: torch_step(case, False), False, True),
    "PyTorch, packed": ("torch", lambda case: torch_step(case, True), False, True),
    "Keras": ("tensorflow", lambda case: keras_step(case, False), True, False),
    "Keras, Masking": ("tensorflow", lambda case: keras_step(case, True), False, True),
}


def rate(command):
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def main():
    if sys.argv[1] == "--peer":    # one framework in a process of its own: two in one get into each other's way
        name, case = sys.argv[2:]
        batch, features, _, length = CASES[case]
        print(int(data(batch, features, length)[0].sum()) / timed(PEERS[name][1](case)) / 1000)
        return
    for case, (_, _, _, length) in CASES.items():
        commands = {"Ragged": [sys.argv[1], "--step", case]}
        for name, (module, _, equal_lengths, mixed_lengths) in PEERS.items():
            if importlib.util.find_spec(module) and (mixed_lengths if length is None else equal_lengths):
                commands[name] = [sys.executable, __file__, "--peer", name, case]
        rates = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                rates[name].append(rate(command))
        ours = statistics.median(rates["Ragged"])
        print(f"\n{case}: M timesteps/s")
        for name, values in rates.items():
            median = statistics.median(values)
            print(f"  {name:16} {median:8.4f}   Ragged is {ours / median:5.1f} times as fast", flush=True)


if __name__ == "__main__":
    main()
