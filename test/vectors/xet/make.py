"""Makes the vectors of this folder with the reference client: `pip install hf-xet==1.6.0`, then `python make.py`."""
import json
import os
import shutil
import struct
import tempfile

import hf_xet

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1


def words(seed):
    """splitmix64, endlessly."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def random(seed, size):
    source = words(seed)
    return b"".join(struct.pack("<Q", next(source)) for _ in range(size // 8 + 1))[:size]


def constant(seed, size):
    return bytes([seed]) * size


def text(seed, size):
    source = words(seed)
    lines = (f"line {number}: {next(source) % 1000} of 1000\n" for number in range(size // 16 + 1))
    return "".join(lines).encode()[:size]


def weights(seed, size):
    """Like bfloat16 weights: a random low byte, a high byte of few values."""
    source = words(seed)
    return b"".join(struct.pack("<BB", (w := next(source)) & 255, 0x3A + (w >> 8) % 5) for _ in range(size // 2 + 1))[:size]


MAKERS = {"random": random, "constant": constant, "text": text, "weights": weights}

FILES = [
    ("random", 1, size)
    for size in (0, 1, 3, 8127, 8128, 8191, 8192, 8193, 65535, 65536, 65537, 131071, 131072, 131073, 1_000_000)
] + [("random", seed, 2_500_001) for seed in (2, 3)] + [
    ("constant", 0, 1_000_000),
    ("constant", 59, 400_000),
    ("text", 7, 1_000_003),
    ("weights", 8, 1_500_002),
]
XORB = [("text", 9, 150_001), ("weights", 10, 70_003), ("random", 11, 9_002)]


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_XET_CACHE"] = os.path.join(folder, "cache")
        files = [recipe | {"hash": hash_of(folder, recipe)} for recipe in map(as_recipe, FILES)]
        write("files.json", files)

        # A store of the reference client: one xorb with its footer, and the shard that describes it.
        paths = [save(folder, as_recipe(entry)) for entry in XORB]
        store = os.path.join(folder, "store")
        uploaded = hf_xet.upload_files(paths, f"local://{store}", None, None, None, "model")
        (xorb,) = files_in(os.path.join(store, "xet/xorbs/xorbs"))
        (shard,) = files_in(os.path.join(store, "xet/xorbs/shards"))
        shutil.copy(xorb, os.path.join(HERE, "reference.xorb"))
        shutil.copy(shard, os.path.join(HERE, "reference.shard"))
        recipes = [as_recipe(entry) | {"hash": file.hash} for entry, file in zip(XORB, uploaded)]
        write("reference.json", {"xorb": xorb.rpartition(".")[2], "files": recipes})


def files_in(folder):
    return [os.path.join(folder, name) for name in os.listdir(folder)]


def as_recipe(entry):
    kind, seed, size = entry
    return {"kind": kind, "seed": seed, "size": size}


def save(folder, recipe):
    path = os.path.join(folder, f"{recipe['kind']}-{recipe['seed']}-{recipe['size']}")
    with open(path, "wb") as file:
        file.write(MAKERS[recipe["kind"]](recipe["seed"], recipe["size"]))
    return path


def hash_of(folder, recipe):
    return hf_xet.hash_files([save(folder, recipe)])[0].hash


def write(name, value):
    with open(os.path.join(HERE, name), "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


main()
