"""Writes test/fixtures/tokenizers/{llama3,qwen2,...}-tiny and the like: small tokenizers with the pipelines of published models, and
what the `tokenizers` package makes of strings that are hard for them. `python test/interop/tiny_tokenizers.py` from the root; it needs
`sentencepiece` too, which compiles the table of T5's normalizer.
"""
import io
import json
import os
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = "test/fixtures/tokenizers"
rnd = random.Random(1)
WORDS = "the of and to in is you that it was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use each which she do how their will up other about out many then them these so some her would make like him into time has look two more write go see number way could people my than first water been call who its now find long down day did get come made may part rank adapter weight model training loss gradient".split()
CORPUS = [" ".join(rnd.choice(WORDS) for _ in range(rnd.randint(4, 12))).capitalize() + rnd.choice([".", "!", "?", ", then.", ": 42."]) for _ in range(800)]
CORPUS += ["naïve café über straße", "price: $3.14, 2,718", "def f(x):\n    return x**2", "日本語 漢字", "emoji 😀 test", "don't won't I'm it's we'll"] * 8
STRINGS = [
    "", " ", "   ", "a", "Hello world", " Hello", "Hello ", "  two  spaces   three ", "\ttab\tand\n\nnewlines\r\n \n end\n", "don't WON'T it's we'LL I'm I'M",
    "naïve café ÜBER straße ǅ İstanbul ΑΣ", "e\u0301 vs é, a\u0323\u0307 a\u0307\u0323 \u1e9b\u0323", "日本語テスト漢字。中文，測試", "한국어 각 \u1100\u1161\u11a8", "العربية مَرْحَبًا ١٢٣", "हिन्दी नमस्ते", "ภาษาไทย",
    "😀👍🏽 👨‍👩‍👧 🇩🇪!", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠀀𪜀", "ﬁ ﬂ Ⅷ ① ½ ㎏ ｆｕｌｌ　ｗｉｄｔｈ ～", "1234567890 3.14 2,718 100% ²³ ٣", "x" * 40, "supercalifragilistic", "def f(x):\n    return x**2\n\n\n# end",
    "zero\u200bwidth\u200cjoin\ufeffbom\u00adsoft", "nbsp\u00a0em\u2003ls\u2028ps\u2029nel\u0085vt\x0bff\x0c", "ctl\x00\x01\x1f\x7f\x80\ufffd\ue000", "▁under▁ ▁", "quotes “a” ‘b’ «c» — – … ' \"", "a `` '' a_b-c/d\\e @#$%^&*()[]{}|<>~+=",
    "special <s> in </s> text", "<|im_start|>user\nhi<|im_end|>\n", "a<|im_end|> <|im_start|>  b", "[CLS] [MASK]  x [MASK]. [SEP]", "<mask> a <mask>b<mask>", "word  WORD sword  Words wordword word", "<tool> x <Tool> <TOOL>y", "İ<mask>\u00a0\n<mask>", "\n\n\n\n\t\t\t        x",
    "<0x41> <0x0A> ▁<unk>", "mixed日本word漢字 ab１２", "a\nb\r\nc\rd", "thetheof andof", "tHE THE The", "¤§†¶ unseen ☃ ☃☃",
]
PAIR = ("Hello world", "it's  a <mask> day\n")
SPECIAL = ["<unk>", "<s>", "</s>"]
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN.replace(r"\p{N}| ?", r"\p{N}{1,3}| ?")
GPT4O = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def write(name, tokenizer, **changes):
    """tokenizer.json without spaces, and encodings.json; `changes` are applied to the definition first."""
    definition = json.loads(tokenizer.to_str())
    for path, value in changes.items():
        node = definition
        *parents, last = path.split("__")
        for part in parents:
            node = node[part]
        node[last] = value
    folder = f"{OUT}/{name}"
    os.makedirs(folder, exist_ok=True)
    text = json.dumps(definition, ensure_ascii=False, separators=(",", ":"))
    with open(f"{folder}/tokenizer.json", "w") as file:
        file.write(text)
    tokenizer = Tokenizer.from_str(text)
    cases = []
    for string in STRINGS:
        full, plain = tokenizer.encode(string), tokenizer.encode(string, add_special_tokens=False)
        cases.append(dict(
            text=string, ids=full.ids, type_ids=full.type_ids, ids_no_special=plain.ids, decoded=tokenizer.decode(full.ids),
            decoded_with_special=tokenizer.decode(full.ids, skip_special_tokens=False), at=[plain.char_to_token(i) for i in range(len(string))],
        ))
    pair = tokenizer.encode(*PAIR)
    rows = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    pair = json.dumps(dict(a=PAIR[0], b=PAIR[1], ids=pair.ids, type_ids=pair.type_ids), ensure_ascii=False)
    with open(f"{folder}/encodings.json", "w") as file:
        file.write(f'{{"cases":[\n{rows}],\n"pair":{pair}}}\n')
    print(name, tokenizer.get_vocab_size(), len(text))


def bpe(size, special=(), *, alphabet=True, limit=None, pre=None, norm=None, **options):
    t = Tokenizer(models.BPE(**options))
    if norm:
        t.normalizer = norm
    if pre:
        t.pre_tokenizer = pre
    rest = dict(initial_alphabet=pre_tokenizers.ByteLevel.alphabet()) if alphabet else dict(limit_alphabet=limit)
    t.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=size, special_tokens=list(special), show_progress=False, **rest))
    return t


def bytelevel(**options):
    return pre_tokenizers.ByteLevel(**dict(add_prefix_space=False) | options)


def split(regex, behavior="isolated", **options):
    return pre_tokenizers.Split(Regex(regex), behavior, **options)


def template(single, pair, tokenizer, *names):
    return processors.TemplateProcessing(single=single, pair=pair, special_tokens=[(n, tokenizer.token_to_id(n)) for n in names])


def charsmap():
    """A small table of T5's kind: what nmt_nfkc does to a few characters."""
    rules = {"\u3000": " ", "\u00a0": " ", "\t": " ", "\n": " ", "\u200b": "", "\u0001": "", "ﬁ": "fi", "①": "1", "½": "1⁄2", "㎏": "kg", "ｆ": "f", "e\u0301": "é", "あ\u3099": "ゔ", "Ⅷ": "VIII", "…": "...", "\ufeff": " "}
    file = "/tmp/rules.tsv"
    with open(file, "w") as out:
        for a, b in rules.items():
            out.write(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=model, vocab_size=100, model_type="bpe", normalization_rule_tsv=file, minloglevel=2)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def unigram(norm, pre, special, unk, size=260):
    t = Tokenizer(models.Unigram())
    t.normalizer, t.pre_tokenizer = norm, pre
    t.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token=unk, show_progress=False))
    return t


def main():
    special = ["<|begin_of_text|>", "<|end_of_text|>"]
    t = bpe(360, special, pre=pre_tokenizers.Sequence([split(LLAMA3), bytelevel(use_regex=False)]), ignore_merges=True)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template("<|begin_of_text|> $A", "<|begin_of_text|> $A <|begin_of_text|>:1 $B:1", t, special[0])])
    write("llama3-tiny", t)

    t = bpe(360, pre=pre_tokenizers.Sequence([split(QWEN), bytelevel(use_regex=False)]), norm=normalizers.NFC())
    t.add_special_tokens([AddedToken(c, normalized=False, special=True) for c in ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]])
    t.add_tokens([AddedToken("<tool>", normalized=False)])
    t.decoder, t.post_processor = decoders.ByteLevel(), processors.ByteLevel(trim_offsets=False)
    write("qwen2-tiny", t)

    t = bpe(360, pre=pre_tokenizers.Sequence([split(GPT4O, "removed", invert=True), bytelevel(trim_offsets=True, use_regex=False)]))
    t.decoder = decoders.ByteLevel()
    write("gpt4o-tiny", t)

    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    t = bpe(440, ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *bytes_], alphabet=False, limit=70, norm=normalizers.Replace(" ", "▁"), pre=pre_tokenizers.Split(" ", "merged_with_previous"), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    t.post_processor = template("<bos> $A", "<bos> $A <bos>:1 $B:1", t, "<bos>")
    added = [a for a in json.loads(t.to_str())["added_tokens"] if a["id"] < 5]
    first = max(t.get_vocab().values()) + 1
    runs = ["\n\n", "\n\n\n", "▁▁", "▁▁▁", "\t\t", "<|im_start|>", "<|im_end|>"]
    added += [dict(id=first + i, content=c, single_word=False, lstrip=False, rstrip=False, normalized=False, special=c[0] == "<") for i, c in enumerate(runs)]
    write("gemma-tiny", t, added_tokens=added)

    # Llama 2 as it is saved today; Mistral has prepend_scheme "first" as well.
    t = bpe(420, [*SPECIAL, *bytes_], alphabet=False, limit=60, pre=pre_tokenizers.Metaspace(prepend_scheme="first", split=False), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    t.post_processor = template("<s> $A", "<s> $A <s>:1 $B:1", t, "<s>")
    added = [a for a in json.loads(t.to_str())["added_tokens"] if a["id"] < 3]
    write("mistral-tiny", t, added_tokens=added)

    # Llama 2 as it was: the blank is prepended by the normalizer, to each part between special tokens.
    t = bpe(420, [*SPECIAL, *bytes_], alphabet=False, limit=60, norm=normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    added = [a for a in json.loads(t.to_str())["added_tokens"] if a["id"] < 3]
    write("llama2-tiny", t, added_tokens=added)

    t = bpe(340, ["<|endoftext|>"], pre=bytelevel(), norm=normalizers.NFC())
    t.add_tokens(["  ", "   ", "        ", "\t\t"])
    t.decoder, t.post_processor = decoders.ByteLevel(), processors.ByteLevel()
    write("neox-tiny", t)

    t = bpe(340, ["<s>", "<pad>", "</s>", "<unk>"], pre=bytelevel(add_prefix_space=True), unk_token="<unk>")
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True)
    write("roberta-tiny", t)

    t = bpe(340, ["<|endoftext|>"], pre=pre_tokenizers.Sequence([pre_tokenizers.Punctuation("contiguous"), bytelevel(), pre_tokenizers.Digits(False), split(r"[0-9][0-9][0-9]")]))
    t.decoder, t.post_processor = decoders.ByteLevel(), processors.ByteLevel(trim_offsets=False)
    write("falcon-tiny", t)

    deepseek = [split(r"[\r\n]"), split(r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ]+"), split(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"), split(r"\s+$"), split(r"[一-龥ࠀ-一가-퟿]+"), pre_tokenizers.Digits(True), bytelevel(use_regex=False)]
    t = bpe(340, ["<|endoftext|>"], pre=pre_tokenizers.Sequence(deepseek))
    t.decoder = decoders.ByteLevel()
    write("deepseek-tiny", t)

    def wordpiece(norm, **options):
        t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=12))
        t.normalizer, t.pre_tokenizer, t.decoder = norm, pre_tokenizers.BertPreTokenizer(), decoders.WordPiece(prefix="##")
        t.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=240, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
        t.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", t, "[CLS]", "[SEP]")
        return t

    t = wordpiece(normalizers.BertNormalizer(lowercase=True))
    t.add_tokens([AddedToken("word", single_word=True), AddedToken("<Tool>", normalized=True), AddedToken("of ", rstrip=True, lstrip=True)])
    write("bert-uncased-tiny", t)
    t = wordpiece(normalizers.BertNormalizer(lowercase=False))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    write("bert-cased-tiny", t)

    table = charsmap()
    t = unigram(normalizers.Precompiled(table), pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]), ["<pad>", "</s>", "<unk>", "<mask>"], "<unk>")
    t.decoder = decoders.Metaspace()
    t.post_processor = template("$A </s>", "$A </s> $B </s>", t, "</s>")
    write("t5-tiny", t)

    norm = normalizers.Sequence([normalizers.Strip(), normalizers.Precompiled(table), normalizers.Replace(Regex(" {2,}"), " ")])
    t = unigram(norm, pre_tokenizers.Metaspace(prepend_scheme="always"), ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"], "[UNK]")
    t.decoder = decoders.Metaspace()
    t.post_processor = template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", t, "[CLS]", "[SEP]")
    write("deberta-tiny", t)

    norm = normalizers.Sequence([normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Precompiled(table)])
    t = unigram(norm, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="first")]), ["<pad>", "<unk>", "[CLS]", "[SEP]"], "<unk>")
    t.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True)])
    t.decoder = decoders.Metaspace()
    write("albert-tiny", t)

    t = unigram(normalizers.NFKC(), pre_tokenizers.Metaspace(), ["<s>", "<unk>"], "<unk>", 200)
    alphabet = [[f"<0x{i:02X}>", -20.0] for i in range(256)]
    vocab = json.loads(t.to_str())["model"]["vocab"]
    t.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    write("unigram-bytes-tiny", t, model__byte_fallback=True, model__vocab=vocab + alphabet)

    # One of each of what is rare.
    t = Tokenizer(models.WordLevel({"<unk>": 0, "the": 1, "of": 2, "word": 3, "a": 4, ",": 5}, unk_token="<unk>"))
    t.normalizer, t.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    write("wordlevel-tiny", t)
    for behavior in ["removed", "merged_with_previous", "merged_with_next", "contiguous"]:
        t = bpe(120, ["<unk>"], alphabet=False, limit=40, pre=split(r"\w+|[.,]", behavior), norm=normalizers.NFKD(), unk_token="<unk>")
        t.decoder = decoders.BPEDecoder()
        write(f"split-{behavior.replace('_', '-')}-tiny", t)
    t = bpe(160, ["<unk>"], alphabet=False, limit=40, norm=normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()]), pre=pre_tokenizers.Sequence([split(r"'s|'t|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", "removed", invert=True), pre_tokenizers.CharDelimiterSplit("x")]), end_of_word_suffix="</w>", unk_token="<unk>")
    t.decoder = decoders.BPEDecoder("</w>")
    write("clip-tiny", t)


main()
