"""Writes test/fixtures/images, from the repository's root: images as Pillow decodes them, and what transformers' processors make of them.

Made with Pillow 12. Pillow 13 resizes some shapes downwards first, which changes a few samples by one level.

`NAME.png`, `NAME.jpg` and in pixels.safetensors `NAME` [height, width, 3], what `convert("RGB")` gives. cases.json names processings; in
processed.safetensors stand `CASE` [3, height, width] (transformers' PIL backend) and `resize.*`, what `Image.resize` gives.
"""
import io
import json
import os
import shutil
import struct
import zlib

import numpy
import pyarrow
import pyarrow.parquet
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

ROOT = "test/fixtures/images"
random = numpy.random.default_rng(7)
shutil.rmtree(ROOT, ignore_errors=True)
os.makedirs(ROOT)

# Where each pass of an interlaced PNG starts and how far its pixels stand apart, x and y.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def filtered(rows, distance):
    """Each row by another filter of PNG."""
    out, before = b"", bytes(len(rows[0])) if rows else b""
    for number, row in enumerate(rows):
        kind = number % 5
        left = bytes(distance) + row[: len(row) - distance]
        corner = bytes(distance) + before[: len(row) - distance]
        line = bytearray()
        for x, a, b, c in zip(row, left, before, corner):
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((x - [0, a, b, (a + b) // 2, near][kind]) % 256)
        out += bytes([kind]) + bytes(line)
        before = row
    return out


def png(name, width, height, depth, colour, interlaced=False, chunks=()):
    """Pillow writes neither 2-bit nor 16-bit colours nor interlaced files."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = random.integers(0, 2**depth, (height, width, channels))

    def rows(values):
        lines = []
        for line in values:
            bits = "".join(format(v, f"0{depth}b") for v in line.reshape(-1))
            bits += "0" * (-len(bits) % 8)
            lines.append(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)))
        return lines

    distance = max(1, channels * depth // 8)
    passes = [samples[y::down, x::across] for x, y, across, down in ADAM7] if interlaced else [samples]
    data = b"".join(filtered(rows(part), distance) for part in passes if part.size)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    packed = zlib.compress(data)
    body = chunk(b"IHDR", header) + b"".join(chunk(*each) for each in chunks)
    # In two pieces, as long files are.
    body += chunk(b"IDAT", packed[:9]) + chunk(b"IDAT", packed[9:]) + chunk(b"IEND", b"")
    with open(f"{ROOT}/{name}.png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + body)


def palette(entries):
    return (b"PLTE", random.integers(0, 256, entries * 3, dtype=numpy.uint8).tobytes())


for depth in (1, 2, 4, 8):
    png(f"gray{depth}", 13, 7, depth, 0)
    png(f"palette{depth}", 13, 7, depth, 3, chunks=[palette(2**depth)])
png("rgb8", 9, 11, 8, 2)
png("rgb16", 9, 6, 16, 2)
png("gray-alpha8", 9, 6, 8, 4)
png("gray-alpha16", 9, 6, 16, 4)
png("rgba8", 9, 6, 8, 6)
png("rgba16", 9, 6, 16, 6)
png("interlaced-rgb8", 11, 13, 8, 2, interlaced=True)
png("interlaced-gray1", 19, 10, 1, 0, interlaced=True)
png("interlaced-small", 2, 3, 8, 6, interlaced=True)
png("key-colour", 9, 6, 2, 0, chunks=[(b"tRNS", b"\0\1")])
png("clear-palette", 9, 6, 4, 3, chunks=[palette(16), (b"tRNS", bytes(range(0, 160, 10)))])


def scene(width, height):
    """Smooth and with edges, so that a photograph's decoder has something to do."""
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [128 + 100 * numpy.sin(x / (3 + c) + c) * numpy.cos(y / (4 + c)) for c in range(3)]
    picture = numpy.stack(waves, -1) + random.normal(0, 12, (height, width, 3))
    picture[height // 3 : height // 2, width // 4 : width // 2] = [240, 20, 60]
    return Image.fromarray(picture.clip(0, 255).astype(numpy.uint8))


def jpeg(name, width, height, mode="RGB", **options):
    scene(width, height).convert(mode).save(f"{ROOT}/{name}.jpg", "jpeg", **options)


jpeg("jpeg444", 37, 29, quality=90, subsampling="4:4:4")
jpeg("jpeg422", 37, 29, quality=80, subsampling="4:2:2")
jpeg("jpeg420", 37, 29, quality=75, subsampling="4:2:0")
jpeg("jpeg420-wide", 64, 48, quality=30, subsampling="4:2:0", optimize=True)
jpeg("progressive420", 45, 35, quality=85, subsampling="4:2:0", progressive=True)
jpeg("progressive444", 18, 21, quality=60, subsampling="4:4:4", progressive=True)
jpeg("restarts", 50, 34, quality=70, subsampling="4:2:0", restart_marker_blocks=2)
jpeg("grey", 21, 17, mode="L", quality=70)
jpeg("cmyk", 21, 17, mode="CMYK", quality=80)
jpeg("narrow", 3, 5, quality=90, subsampling="4:2:0")
turned = Image.Exif()
turned[0x0112] = 6
jpeg("turned", 20, 12, quality=80, exif=turned)

pixels = {}
for file in sorted(os.listdir(ROOT)):
    image = Image.open(f"{ROOT}/{file}").convert("RGB")
    pixels[file.rsplit(".", 1)[0]] = torch.tensor(numpy.array(image), dtype=torch.float32)
save_file(pixels, f"{ROOT}/pixels.safetensors")

processed = {}
for name, resample in {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}.items():
    for width, height in [(16, 16), (50, 41), (37, 12), (5, 60)]:
        image = Image.open(f"{ROOT}/jpeg444.jpg").convert("RGB").resize((width, height), resample)
        processed[f"resize.{name}.{width}x{height}"] = torch.tensor(numpy.array(image), dtype=torch.float32)

CASES = {
    "vit": ("ViTImageProcessor", "jpeg444", dict(size=dict(height=16, width=16), image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.5, 0.5])),
    "vit-wide": ("ViTImageProcessor", "rgb8", dict(size=dict(height=18, width=12), resample=3, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])),
    "vit-plain": ("ViTImageProcessor", "rgb8", dict(do_resize=False, do_normalize=False)),
    "vit-unscaled": ("ViTImageProcessor", "rgb8", dict(size=dict(height=4, width=4), do_rescale=False, image_mean=[127.5, 127.5, 127.5], image_std=[127.5, 127.5, 127.5])),
    "vit-factor": ("ViTImageProcessor", "rgb8", dict(size=dict(height=8, width=8), rescale_factor=0.0078125, image_mean=[1, 1, 1], image_std=[1, 1, 1])),
    "clip": ("CLIPImageProcessor", "jpeg420", dict(size=dict(shortest_edge=16), crop_size=dict(height=16, width=16))),
    "clip-padded": ("CLIPImageProcessor", "jpeg420", dict(size=dict(shortest_edge=9), crop_size=dict(height=16, width=12))),
    "clip-tall": ("CLIPImageProcessor", "rgb8", dict(size=dict(shortest_edge=15), crop_size=dict(height=14, width=13))),
}
processors = {"ViTImageProcessor": ViTImageProcessorPil, "CLIPImageProcessor": CLIPImageProcessorPil}
written = {}
for case, (kind, image, fields) in CASES.items():
    file = next(f for f in os.listdir(ROOT) if f.rsplit(".", 1)[0] == image)
    processor = processors[kind](**fields)
    values = processor(Image.open(f"{ROOT}/{file}").convert("RGB"), return_tensors="pt")["pixel_values"][0]
    processed[case] = values.float().contiguous()
    written[case] = dict(image=file, config=dict(image_processor_type=kind, **fields))
save_file(processed, f"{ROOT}/processed.safetensors")
with open(f"{ROOT}/cases.json", "w") as file:
    json.dump(written, file, indent=1)

# As Hugging Face's `datasets` writes images and classes: bytes and a path, and the names in the schema's metadata.
packed = io.BytesIO()
Image.new("RGB", (2, 2), (10, 0, 0)).save(packed, "png")
image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
features = dict(image=dict(_type="Image"), label=dict(names=["cat", "dog"], _type="ClassLabel"))
rows = [dict(bytes=packed.getvalue(), path="a.png"), dict(bytes=None, path="../images/rgb8.png")]
table = pyarrow.table(dict(image=pyarrow.array(rows, image), label=pyarrow.array([0, 1], pyarrow.int64())))
metadata = dict(huggingface=json.dumps(dict(info=dict(features=features))))
pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), "test/fixtures/data/images.parquet")
