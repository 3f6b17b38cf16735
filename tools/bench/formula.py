"""What munit.py and train.py share: it stands before either of them."""
import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F


def weights(name, *shape):
    """Weights as a pure function of their name: splitmix64 seeded with its FNV-1a hash (see weights/formula)."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    n = int(np.prod(shape))
    z = np.uint64(h) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    u = (z >> np.uint64(40)).astype(np.float32) / np.float32(2**24) * 2 - 1
    if name.endswith("norm.gamma"):
        u = (u + 1) / 2
    elif len(shape) > 1:
        u *= np.float32(np.sqrt(6 * shape[0] / n))
    else:
        u *= np.float32(0.1)
    return torch.from_numpy(u.reshape(shape))
