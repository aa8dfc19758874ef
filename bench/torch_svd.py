"""PyTorch's side of the SVD benchmark: `torch_svd.py CASE.json` times one operation on the matrices of a file; the last line is JSON."""
import json
import sys
import time

import numpy as np
import torch


def main():
    case = json.load(open(sys.argv[1]))
    torch.set_num_threads(case["threads"])
    data = np.fromfile(case["file"], dtype=np.float32)
    matrices, at = [], 0
    for m, n in case["shapes"]:
        matrices.append(torch.from_numpy(data[at : at + m * n].reshape(m, n).copy()))
        at += m * n
    if case["operation"] == "check":
        print(json.dumps(check(matrices[0].double(), case)))
        return
    rank = case.get("rank")
    operation = {
        "full": lambda w: torch.linalg.svd(w, full_matrices=False),
        "values": torch.linalg.svdvals,
        "truncated": lambda w: torch.svd_lowrank(w, rank, niter=case.get("niter", 2)),
    }[case["operation"]]
    operation(matrices[0])
    torch.manual_seed(0)
    began = time.perf_counter()
    for w in matrices:
        found = operation(w)
    seconds = time.perf_counter() - began
    if case["operation"] == "truncated":
        u, s, v = found
        np.concatenate([x.contiguous().numpy().ravel() for x in (u, s, v.T)]).tofile(case["result"])
    values = found if case["operation"] == "values" else found[1]
    print(json.dumps({"seconds": seconds, "values": values[:8].tolist(), "version": torch.__version__}))


def check(w, case):
    """Residual, in float64, of what either side wrote."""
    (m, n), r = w.shape, case["rank"]
    parts = np.fromfile(case["result"], dtype=np.float32).astype(np.float64)
    u = torch.from_numpy(parts[: m * r].reshape(m, r))
    s = torch.from_numpy(parts[m * r : m * r + r])
    vt = torch.from_numpy(parts[m * r + r :].reshape(r, n))
    residual = (torch.linalg.norm(w - (u * s) @ vt) / torch.linalg.norm(w)).item()
    return {"residual": residual}


main()
