"""Writes test/fixtures/data: Parquet and Arrow files of every kind that is read, and beside them what `datasets` reads from them:
`python test/interop/data_files.py` from the root, in an environment with pyarrow and datasets."""
import datetime
import json
import os
import shutil

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, DatasetDict, Features, Image, Value, load_from_disk

HERE = "test/fixtures/data"
ROWS = 7
# A small valid image: one white pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63f80f00010101003ff6f1b10000000049454e44ae426082"
)


def column(values):
    return [values[i % len(values)] for i in range(ROWS)]


def everything():
    """Each kind of value, with nulls at different places, empty lists and texts of several bytes a character."""
    message = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    turn = lambda role, content: {"role": role, "content": content}
    return pa.table(
        {
            "text": pa.array(column(["eins", "zwei ä", None, "", "五"])),
            "label": pa.array(column([0, 1, None, 2]), pa.int64()),
            "small": pa.array(column([-3, None, 127]), pa.int8()),
            "unsigned": pa.array(column([4294967295, 0]), pa.uint32()),
            "score": pa.array(column([0.5, None, -1.25]), pa.float32()),
            "weight": pa.array(column([0.1, 1e300]), pa.float64()),
            "good": pa.array(column([True, False, None])),
            "input_ids": pa.array(column([[1, 2, 3], [], None, [4]]), pa.list_(pa.int64())),
            "messages": pa.array(
                column([[turn("user", "Hi"), turn("assistant", None)], [], None, [turn("system", "S")]]), message
            ),
            "nested": pa.array(column([[[1], []], None, [None, [2, 3]]]), pa.list_(pa.list_(pa.int32()))),
            "meta": pa.array(column([{"source": "a", "n": 1}, None, {"source": None, "n": 2}]),
                             pa.struct([("source", pa.string()), ("n", pa.int32())])),
            "image": pa.array(column([{"bytes": PNG, "path": "a.png"}, None]),
                              pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            "kind": pa.array(column(["x", "y", "x"])).dictionary_encode(),
            "day": pa.array(column([datetime.date(2024, 2, 29), None]), pa.date32()),
            "when": pa.array(column([datetime.datetime(2024, 2, 29, 12, 30), None]), pa.timestamp("ms")),
            "nothing": pa.nulls(ROWS),
            "large": pa.array(column(["L", None]), pa.large_string()),
        }
    )


def plain(value):
    """As JSON: bytes in base 16, times as JavaScript writes them."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, datetime.date):
        return value.strftime("%Y-%m-%dT00:00:00.000Z")
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def write_json(name, rows):
    with open(f"{HERE}/{name}", "w") as file:
        json.dump([plain(row) for row in rows], file, ensure_ascii=False, indent=0)
        file.write("\n")


def write_parquet(table):
    folder = f"{HERE}/parquet"
    os.makedirs(folder)
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        pq.write_table(table, f"{folder}/{codec}.parquet", compression=codec, row_group_size=3)
    # Pages of a value or two, so that rows with lists go over their ends; no dictionaries; the second kind of page.
    small = dict(data_page_size=1, write_batch_size=1, use_dictionary=False)
    pq.write_table(table, f"{folder}/pages.parquet", compression="none", **small)
    pq.write_table(table, f"{folder}/pages-v2.parquet", data_page_version="2.0", compression="zstd", write_page_index=True, **small)
    encodings = {"text": "DELTA_BYTE_ARRAY", "large": "DELTA_LENGTH_BYTE_ARRAY", "label": "DELTA_BINARY_PACKED", "weight": "BYTE_STREAM_SPLIT"}
    some = table.select(["text", "large", "label", "weight"])
    pq.write_table(some, f"{folder}/encodings.parquet", use_dictionary=False, column_encoding=encodings)
    pq.write_table(pa.table({"id": [1, 2**53 + 1], "text": ["a", "b"]}), f"{folder}/large-numbers.parquet")
    pq.write_table(table.select(["text"]).slice(0, 0), f"{folder}/empty.parquet")


def write_arrow(table):
    folder = f"{HERE}/arrow"
    os.makedirs(folder)
    for name, writer, options in [
        ("stream", ipc.new_stream, None),
        ("file", ipc.new_file, None),
        ("lz4", ipc.new_file, ipc.IpcWriteOptions(compression="lz4")),
        ("zstd", ipc.new_stream, ipc.IpcWriteOptions(compression="zstd")),
    ]:
        with writer(f"{folder}/{name}.arrow", table.schema, options=options) as out:
            out.write_table(table, max_chunksize=3)


def write_datasets():
    features = Features({"text": Value("string"), "label": ClassLabel(names=["bad", "good"])})
    make = lambda texts: Dataset.from_dict({"text": texts, "label": [i % 2 for i in range(len(texts))]}, features=features)
    train, test = make(["no", "yes", "never"]), make(["maybe", "always"])
    train.save_to_disk(f"{HERE}/saved", num_shards=2)
    DatasetDict({"train": train, "validation": test, "test": test}).save_to_disk(f"{HERE}/saved-dict")
    train.to_parquet(f"{HERE}/parquet/class-label.parquet")
    pictures = Dataset.from_dict(
        {"image": [{"bytes": PNG, "path": None}], "label": [0]},
        features=Features({"image": Image(), "label": ClassLabel(names=["white"])}),
    )
    pictures.to_parquet(f"{HERE}/parquet/image.parquet")
    write_tokens()
    read = {"saved": list(load_from_disk(f"{HERE}/saved"))}
    for split, rows in load_from_disk(f"{HERE}/saved-dict").items():
        read[split] = list(rows)
    with open(f"{HERE}/saved.json", "w") as file:
        json.dump(read, file, indent=0)
        file.write("\n")


def write_tokens():
    """Rows whose class is the token that they begin with: a small model learns it."""
    names = ["first", "second", "third"]
    features = Features({"input_ids": [Value("int32")], "labels": ClassLabel(names=names), "id": Value("int64")})

    def split(start, count):
        ids = [[5 + i % 3] + [20 + (i * 31 + at * 17) % 70 for at in range(3 + i % 7)] for i in range(start, start + count)]
        large = [2**60 + i for i in range(count)]
        return Dataset.from_dict(
            {"input_ids": ids, "labels": [i % 3 for i in range(start, start + count)], "id": large}, features=features
        )

    DatasetDict({"train": split(0, 60), "validation": split(60, 30)}).save_to_disk(f"{HERE}/tokens")


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    os.makedirs(HERE)
    table = everything()
    write_json("everything.json", Dataset(table).to_list())
    write_parquet(table)
    write_arrow(table)
    write_datasets()


if __name__ == "__main__":
    main()
