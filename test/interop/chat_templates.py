"""Writes test/fixtures/chat.json: conversations as transformers writes them with templates of published models, and the tokens of the assistant.
`python test/interop/chat_templates.py` from the root.
"""
import json
import re

from transformers import PreTrainedTokenizerFast

ALTERNATE = "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
QWEN3 = r"""{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set reasoning_content = '' %}
        {%- if '</think>' in message.content %}
            {%- set content = message.content.split('</think>')[-1].lstrip('\n') %}
            {%- set reasoning_content = message.content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning_content) %}
            {{- '<|im_start|>' + message.role + '\n<think>\n' + reasoning_content.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}"""
TAGGED = r"""{# Blanks around the tags in every way #}
{% for message in messages %}
    {% if message.role == "assistant" %}
  <a>
        {% generation %}
{{ message.content | trim }}<e>
        {% endgeneration %}
    {%- elif message.role == "system" -%}
        S:  {{ message.content | tojson }}
    {% else %}
        {{- "\n<" ~ message.role ~ "> " ~ message["content"] ~ " " -}}
        {%- generation -%}   x   {%- endgeneration -%}   y
    {% endif %}
{% endfor %}
{% if add_generation_prompt %}<a>{% endif %}
"""
TEMPLATES = {
    "qwen2": ("qwen2-tiny", {"eos_token": "<|im_end|>"}, "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"),
    "qwen3": ("qwen2-tiny", {"eos_token": "<|im_end|>"}, QWEN3),
    "llama-2": ("mistral-tiny", {"bos_token": "<s>", "eos_token": "</s>"}, "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" + ALTERNATE + "{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"),
    "llama-3": ("llama3-tiny", {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}, "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"),
    "zephyr": ("llama2-tiny", {"bos_token": "<s>", "eos_token": "</s>"}, "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"),
    "gemma": ("gemma-tiny", {"bos_token": "<bos>", "eos_token": "<eos>"}, "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" + ALTERNATE + "{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"),
    "mistral": ("mistral-tiny", {"bos_token": "<s>", "eos_token": "</s>"}, "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" + ALTERNATE + "{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"),
    "tagged": ("llama3-tiny", {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}, TAGGED),
}
# The product's own: text with \n as JavaScript writes it.
OWN = {"chatml": "qwen2", "llama-3": "llama-3", "llama-2": "llama-2", "mistral": "mistral", "zephyr": "zephyr", "gemma": "gemma", "phi-3": "zephyr", "vicuna": "llama-2"}
source = open("server/chat/well-known.ts").read()
for name, like in OWN.items():
    text = re.search(rf"^  '?{name}'?: `(.*)`,$", source, re.M).group(1).replace("\\\\n", "\\n")
    TEMPLATES[f"own {name}"] = (*TEMPLATES[like][:2], text)

U, A, S = "user", "assistant", "system"
CONVERSATIONS = [
    [(U, "What is the rank?"), (A, "It is 8.")],
    [(S, "You are kind."), (U, "Hello there"), (A, " The weight of a word. ")],
    [(U, "one"), (A, "two"), (U, "three\n\nlines"), (A, "four  😀\n")],
    [(S, "Be brief."), (U, "a"), (A, "<think>\nhm\n</think>\n\nb"), (U, "c é"), (A, "日本語")],
    [(U, "only a question")],
    [(A, "first an answer"), (U, "then")],
]

out = {}
for name, (tokenizer_name, tokens, template) in TEMPLATES.items():
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"test/fixtures/tokenizers/{tokenizer_name}/tokenizer.json", chat_template=template, **tokens)
    cases = []
    for turns in CONVERSATIONS:
        messages = [dict(role=role, content=content) for role, content in turns]
        try:
            case = dict(messages=messages, text=tokenizer.apply_chat_template(messages, tokenize=False))
            case["prompt"] = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            encoded = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask="generation %}" in template)
            case["ids"] = encoded["input_ids"]
            if "assistant_masks" in encoded:
                case["mask"] = "".join(map(str, encoded["assistant_masks"]))
        except Exception as error:
            case = dict(messages=messages, error=str(error))
        cases.append(case)
    out[name] = dict(tokenizer=tokenizer_name, tokens=tokens, template=template, cases=cases)
with open("test/fixtures/chat.json", "w") as file:
    rows = [f"{json.dumps(name)}: {json.dumps(each, ensure_ascii=False, separators=(',', ':'))}" for name, each in out.items()]
    file.write("{\n" + ",\n".join(rows) + "\n}\n")
