#!/usr/bin/env python3
"""Makes the GGUF files of the tests.

Run by hand, in a Python with gguf (of llama.cpp), torch and safetensors; the
tests need none of them:

    python3 make-gguf.py

It writes, beside itself,

* MODEL.gguf for checkpoints of ../../HuggingFace/Inputs, as llama.cpp's
  convert_hf_to_gguf.py would: rows of queries and keys of Llama in pairs, one
  added to the norms of Gemma.
* blocks.gguf: two rows of 512 elements of random bytes in each type that has
  blocks, and blocks.safetensors: what gguf reads them as.
"""

import json
import pathlib

import gguf
import numpy
import safetensors.numpy
import safetensors.torch
from gguf import GGMLQuantizationType as Type

HERE = pathlib.Path(__file__).parent
MODELS = HERE / "../../HuggingFace/Inputs"
OUTSIDE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm",
           "lm_head": "output"}
LAYER = {"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q",
         "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
         "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
GEMMA = {"post_attention_layernorm": "post_attention_norm",
         "pre_feedforward_layernorm": "ffn_norm",
         "post_feedforward_layernorm": "post_ffw_norm"}
OTHERS = {"post_attention_layernorm": "ffn_norm"}


def rename(name, layer):
    path, suffix = name.rsplit(".", 1)
    if path in OUTSIDE:
        return f"{OUTSIDE[path]}.{suffix}"
    _, _, index, module = path.split(".", 3)
    return f"blk.{index}.{layer[module]}.{suffix}"


def to_pairs(rows, heads):
    """[head, 2, half] to [head, half, 2]."""
    shape = rows.shape
    rows = rows.reshape(heads, 2, shape[0] // heads // 2, *shape[1:])
    return numpy.ascontiguousarray(rows.swapaxes(1, 2)).reshape(shape)


def divisors(config, head_dim):
    """What frequencies are divided by, as convert_hf_to_gguf.py has it."""
    scaling, base = config["rope_scaling"], config["rope_theta"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    original = scaling["original_max_position_embeddings"]
    for i in range(0, head_dim, 2):
        length = 2 * numpy.pi * base ** (i / head_dim)
        smooth = (original / length - low) / (high - low)
        yield (1 if length < original / high else
               scaling["factor"] if length > original / low else
               1 / ((1 - smooth) / scaling["factor"] + smooth))


def make_model(name, architecture):
    config = json.loads((MODELS / name / "config.json").read_text())
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    writer = gguf.GGUFWriter(HERE / f"{name}.gguf", architecture)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters", config)
    rope = rope.get("full_attention", rope)
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
    if architecture == "gemma3":
        writer.add_float32("gemma3.rope.freq_base_swa",
                           config["rope_local_base_freq"])
    if architecture.startswith("gemma"):
        writer.add_sliding_window(config["sliding_window"])
    for key, add in (("attn_logit_softcapping", writer.add_attn_logit_softcapping),
                     ("final_logit_softcapping", writer.add_final_logit_softcapping)):
        if config.get(key):
            add(config[key])
    writer.add_token_list(["a", "b"])
    layer = dict(LAYER, **(GEMMA if architecture.startswith("gemma") else OTHERS))
    tensors = safetensors.torch.load_file(MODELS / name / "model.safetensors")
    for key, value in tensors.items():
        value = value.float().numpy()
        if architecture == "llama" and ".q_proj." in key:
            value = to_pairs(value, heads)
        if architecture == "llama" and ".k_proj." in key:
            value = to_pairs(value, kv_heads)
        if architecture.startswith("gemma") and key.endswith("norm.weight"):
            value = value + 1
        writer.add_tensor(rename(key, layer), value)
    if (config.get("rope_scaling") or {}).get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", numpy.array(
            list(divisors(config, head_dim)), dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_blocks():
    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter(HERE / "blocks.gguf", "llama")
    writer.add_head_count(1)
    expected = {}
    for index, kind in enumerate((Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0,
                                  Type.Q4_K, Type.Q5_K, Type.Q6_K)):
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        data = random.integers(0, 256, (2, 512 // elements, size), dtype=numpy.uint8)
        # Factors are numbers of common size.
        places = {Type.Q6_K: (208,)}.get(
            kind, (0, 2) if kind in (Type.Q4_1, Type.Q5_1, Type.Q4_K, Type.Q5_K) else (0,))
        for place in places:
            factors = random.standard_normal((2, 512 // elements, 1)).astype(numpy.float16)
            data[:, :, place:place + 2] = factors.view(numpy.uint8)
        data = data.reshape(2, -1)
        writer.add_tensor(f"blk.{index}.ffn_up.weight", data, raw_dtype=kind)
        expected[kind.name] = gguf.dequantize(data, kind)
    safetensors.numpy.save_file(expected, HERE / "blocks.safetensors")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


for model, architecture in (("llama", "llama"), ("qwen3", "qwen3"),
                            ("gemma2", "gemma2"), ("gemma3", "gemma3")):
    make_model(model, architecture)
make_blocks()
