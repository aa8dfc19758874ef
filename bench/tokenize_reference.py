"""The side of `tokenizers` in bench/tokenize.mjs: `train TEXTS FOLDER` makes tokenizers of 8,000 tokens, `time TEXTS TOKENIZER` times one."""
import json
import sys
import time

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def makers():
    show = dict(vocab_size=8000, show_progress=False)
    split = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe = trainers.BpeTrainer(initial_alphabet=alphabet, **show)
    yield "gpt2", models.BPE(), None, pre_tokenizers.ByteLevel(add_prefix_space=False), bpe
    yield "llama3", models.BPE(ignore_merges=True), None, split, bpe
    plain = trainers.BpeTrainer(special_tokens=["<unk>", *[f"<0x{i:02X}>" for i in range(256)]], **show)
    yield "mistral", models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True), None, pre_tokenizers.Metaspace(split=False), plain
    pieces = trainers.WordPieceTrainer(special_tokens=["[UNK]"], **show)
    yield "bert", models.WordPiece(unk_token="[UNK]"), normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer(), pieces
    unigram = trainers.UnigramTrainer(special_tokens=["<unk>"], unk_token="<unk>", **show)
    yield "t5", models.Unigram(), normalizers.NFKC(), pre_tokenizers.Metaspace(), unigram


def main():
    what, texts, place = sys.argv[1:]
    texts = json.load(open(texts))
    if what == "train":
        names = []
        for name, model, normalizer, pre, trainer in makers():
            t = Tokenizer(model)
            if normalizer:
                t.normalizer = normalizer
            # Training on whole documents without cuts would take minutes.
            t.pre_tokenizer = pre_tokenizers.Metaspace() if name == "mistral" else pre
            t.train_from_iterator(texts[:1500], trainer)
            t.pre_tokenizer = pre
            t.save(f"{place}/{name}.json")
            names.append(name)
        print(json.dumps(names))
        return
    t = Tokenizer.from_file(place)
    for text in texts[:200]:
        t.encode(text, add_special_tokens=False)
    began = time.perf_counter()
    total = 0
    for text in texts:
        total += sum(t.encode(text, add_special_tokens=False).ids)
    seconds = time.perf_counter() - began
    print(json.dumps(dict(rate=sum(len(text.encode()) for text in texts) / seconds / 1e6, sum=total)))


main()
