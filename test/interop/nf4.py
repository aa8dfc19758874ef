"""Prints test/fixtures/nf4.json: NF4 with double quantization of a [20, 1000] matrix, by bitsandbytes on the CPU."""
import base64
import hashlib
import json

import bitsandbytes
import bitsandbytes.functional as F
import numpy as np
import torch

rows, columns = 20, 1000
state = np.uint32(1)
values = np.empty(rows * columns, dtype=np.float32)
with np.errstate(over="ignore"):
    for i in range(values.size):
        state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
        x = np.float32(state) / np.float32(2**32) - np.float32(0.5)
        values[i] = x * x * x * np.float32(1 + i // 5000)
w = torch.from_numpy(values.reshape(rows, columns))
q, s = F.quantize_4bit(w, blocksize=64, compress_statistics=True, quant_type="nf4")
d = F.dequantize_4bit(q, s).float().numpy()


def b64(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


out = {
    "by": f"bitsandbytes {bitsandbytes.__version__}, torch {torch.__version__.split('+')[0]}",
    "codes": b64(q.numpy().reshape(-1)),
    "levels": b64(s.absmax.numpy()),
    "scales": [float(x) for x in s.state2.absmax],
    "offset": float(s.offset),
    "book": b64(s.state2.code.numpy()),
    "decoded": hashlib.sha256(np.ascontiguousarray(d).tobytes()).hexdigest(),
}
print(json.dumps(out, indent=2))
