#!/usr/bin/env python3
"""Names the language of each line given, or of each argument. Needs nothing but Python 3.8.

    python3 predict.py 'Bonjour tout le monde' '你好'
    printf 'Hola\n' | python3 predict.py
"""
import array
import json
import math
import os
import re
import struct
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))


def read_safetensors(path):
    """Tensors of 32-bit floats by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        values = array.array("f")
        values.frombytes(data[start:end])
        if sys.byteorder == "big":
            values.byteswap()
        tensors[name] = values
    return tensors


def hash_text(text):
    value = 0x811C9DC5
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return value ^ (value >> 16)


def features(text, config):
    normal = unicodedata.normalize("NFKC", text).lower()
    normal = "".join(" " if unicodedata.category(c).startswith("N") else c for c in normal)
    padded = " " + re.sub(r"\s+", " ", normal).strip() + " "
    counts = {}
    for length in range(config["shortest_gram"], config["longest_gram"] + 1):
        for start in range(len(padded) - length + 1):
            bucket = hash_text(padded[start : start + length]) % config["buckets"]
            counts[bucket] = counts.get(bucket, 0) + 1
    norm = math.sqrt(sum(count * count for count in counts.values()))
    return {bucket: count / norm for bucket, count in counts.items()}


def probabilities(text, config, tensors):
    weight, bias, buckets = tensors["weight"], tensors["bias"], config["buckets"]
    found = features(text, config)
    scores = [
        bias[row] + sum(value * weight[row * buckets + bucket] for bucket, value in found.items())
        for row in range(len(bias))
    ]
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    return [power / sum(powers) for power in powers]


def main():
    with open(os.path.join(HERE, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    tensors = read_safetensors(os.path.join(HERE, "model.safetensors"))
    texts = sys.argv[1:] or (line.rstrip("\n") for line in sys.stdin)
    for text in texts:
        shares = probabilities(text, config, tensors)
        best = max(range(len(shares)), key=shares.__getitem__)
        print("%s\t%.3f\t%s" % (config["id2label"][str(best)], shares[best], text))


if __name__ == "__main__":
    main()
