"""Writes what changes if a field of a configuration does.

Run by hand, in a Python with torch and transformers, with dag-translate in the
path: make-flips.py TABLE... A table begins with small configurations, a field on
a line behind `base NAME`. For each of them, each field that is in it, or that
transformers has for any of them, gets other values, is left out, or goes by
another name; and the script looks whether the model gives other logits with the
same weights, and whether the importer makes another program. It writes the table
again, with a line for each flip, which compare-flips.sh reads:

* the name of the configuration;
* what transformers does: other logits or sizes (`changes`), or none (`same`);
* what the importer does: another program (`followed`), the same (`neutral`), or
  none (`refused`);
* the field; with `OLD,...>NEW` the old ones are left out, and the new one is set,
  if there is one;
* its value.

Left out is what transformers refuses, and fields of other architectures and other
names that the importer refuses.
"""

import collections
import copy
import itertools
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import warnings
import zlib

import torch
import transformers

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity(transformers.logging.CRITICAL)
# What is no field of a model, or says how it is loaded.
OTHER = {"model_type", "architectures", "transformers_version", "torch_dtype",
         "dtype", "_name_or_path", "quantization_config", "id2label", "label2id"}
ACTIVATIONS = ["silu", "relu", "gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast",
               "gelu_accurate", "gelu_10", "quick_gelu", "mish", "tanh", "sigmoid",
               "relu2", "linear", "swish", "leaky_relu"]
# Strings that fields can be, besides any other one.
TEXTS = {
    "rope_type": ["default", "linear", "dynamic", "yarn", "longrope", "llama3",
                  "proportional"],
    "topk_method": ["greedy", "group_limited_greedy", "noaux_tc"],
    "scoring_func": ["softmax", "sigmoid"],
    "norm_type": ["low_precision_layernorm", "layernorm", "layer_norm", "rms_norm"],
    "attn_type": ["multihead_attention", "multiquery_attention"],
    "layer_types": ["full_attention", "sliding_attention", "chunked_attention"],
}
TEXTS["type"] = TEXTS["rope_type"]
# Names that files have for what transformers keeps elsewhere, and fields of
# predecessors.
NAMES = ["rope_theta", "rope_scaling", "partial_rotary_factor", "rotary_pct",
         "rotary_emb_base", "rope_local_base_freq", "sliding_window_pattern",
         "_sliding_window_pattern", "max_sequence_length", "n_embed", "n_embd",
         "n_ctx", "n_head_kv", "sliding_window_size", "experts_per_token",
         "num_local_experts", "num_experts", "head_dim", "qk_head_dim",
         "num_key_value_heads", "rope_interleave", "is_causal", "is_decoder",
         "add_cross_attention", "use_qk_norm", "qk_layernorm", "qkv_bias",
         "attention_chunk_size", "use_bidirectional_attention", "layer_types",
         "initial_context_length", "moe_layer_freq", "max_window_layers",
         "position_embedding_type", "attention_bias", "mlp_bias", "use_bias",
         "embedding_multiplier", "logit_scale", "final_logit_softcapping",
         "attn_logit_softcapping", "query_pre_attn_scalar", "topk_method",
         "scoring_func", "pretraining_tp", "reorder_and_upcast_attn",
         "hidden_act", "hidden_activation", "activation_function", "activation",
         "sliding_window", "use_sliding_window", "alibi", "per_layer_config"]


def get_rotations(fields):
    """Objects of each kind of rotation, by how many pairs are rotated."""
    config = transformers.AutoConfig.for_model(**copy.deepcopy(fields))
    dim = (getattr(config, "qk_rope_head_dim", None)
           or getattr(config, "head_dim", None)
           or config.hidden_size // config.num_attention_heads)
    if "phi3" in fields["model_type"]:
        dim = int(dim * fields.get("partial_rotary_factor", 1))
    pairs = dim // 2
    return [
        {"rope_type": "default"}, {"rope_type": "linear", "factor": 2.0},
        {"type": "linear", "factor": 2.0}, {"type": "default", "factor": 2.0},
        {"rope_type": "dynamic", "factor": 2.0},
        {"rope_type": "yarn", "factor": 2.0}, {"type": "yarn", "factor": 2.0},
        {"rope_type": "llama3", "factor": 2.0, "low_freq_factor": 1.0,
         "high_freq_factor": 4.0, "original_max_position_embeddings": 16},
        {"rope_type": "longrope", "factor": 2.0, "long_factor": [1.5] * pairs,
         "short_factor": [1.25] * pairs, "original_max_position_embeddings": 16},
        {"type": "su", "long_factor": [1.5] * pairs, "short_factor": [1.25] * pairs},
        {"rope_type": "proportional", "partial_rotary_factor": 0.5}]


def get_values(field, value):
    """Other values of a field."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return sorted({value + 1, 2 * value, value // 2} - {value}) + [None]
    if isinstance(value, float):
        whole = [int(value)] if value and value == int(value) else []
        return ([1.5 * value] if value else [0.5]) + [0.0, *whole, None]
    if isinstance(value, str):
        known = TEXTS.get(field, [])
        if "activation" in field or field.endswith("_act"):
            known = ACTIVATIONS
        return [text for text in [*known, "other"] if text != value] + [None]
    if value is None:
        return [3, 0.5, True]
    if isinstance(value, list):
        return get_lists(field, value)
    if isinstance(value, dict):
        return get_objects(value)
    return []


def get_lists(field, value):
    lists = [value[::-1], value[:-1], value + value[-1:], [], None]
    if "layers" in field:
        lists += [[0], [1], [0, 1], [7]]
    if field in TEXTS:
        lists += [[text] * len(value) for text in TEXTS[field]]
    elif value and isinstance(value[0], float):
        lists += [[1.5 * value[0], *value[1:]], [str(item) for item in value]]
    return [other for n, other in enumerate(lists)
            if other != value and other not in lists[:n]]


def get_objects(value):
    """Each inner key with other values, without it, and with others beside it."""
    objects = []
    for key in value:
        objects += [{**value, key: other} for other in get_values(key, value[key])]
        objects.append({name: value[name] for name in value if name != key})
    if "rope_type" in value or "type" in value:
        old, new = (("type", "rope_type") if "type" in value
                    else ("rope_type", "type"))
        objects.append({new if key == old else key: value[key] for key in value})
        objects += [{**value, key: other} for key, other in
                    [("partial_rotary_factor", 0.5), ("rope_theta", 77.0),
                     ("mscale", 0.7), ("mscale_all_dim", 0.7), ("truncate", False),
                     ("truncate", True), ("attention_factor", 1.3),
                     ("beta_fast", 4.0), ("original_max_position_embeddings", 8),
                     (new, value[old]), (new, "linear"), ("other", 1)]
                    if key not in value]
    return objects + [{}, None]


def get_flips(fields, config, names):
    """Fields that are left out and set, and the value."""
    declared = {field: getattr(config, field, None)
                for kind in type(config).__mro__
                for field, hint in getattr(kind, "__annotations__", {}).items()
                if "ClassVar" not in str(hint)}
    for field in sorted({*declared, *fields}):
        if field in OTHER or field == "rope_parameters" and field not in fields:
            continue
        value = fields.get(field, declared.get(field))
        if field not in fields and value is not None:
            yield (), field, value
        for other in get_values(field, value):
            yield (), field, other
        # What it is without the field may be too large to run.
        default = getattr(type(config), field, None)
        if field in fields and not (isinstance(default, int) and default > 512):
            yield (field,), "", None
    for alias, field in sorted(type(config).attribute_map.items()):
        yield from get_aliases(fields, field, alias)
    for field, alias in itertools.product(fields, names):
        if {field, alias} in RENAMED and alias not in fields:
            yield from get_aliases(fields, field, alias)
    if "rope_theta" in fields or "rotary_emb_base" in fields:
        yield from get_new_rotations(fields)
    if hasattr(config, "rope_parameters"):
        field = "rope_parameters" if "rope_parameters" in fields else "rope_scaling"
        for other in get_rotations(fields):
            yield (), field, other
    accepted = collections.Counter()
    for others in itertools.zip_longest(*names.values()):
        added = {field: other for field, other in zip(names, others)
                 if field not in {*fields, *declared, *OTHER}
                 and accepted[field] < 2}
        [(_, errors)] = translate([{**added, **fields}])
        for field in added:
            if not any(f"unknown field '{field}'" in error for error in errors):
                accepted[field] += 1
                yield (), field, added[field]


# Names of one thing in architectures that are alike.
RENAMED = [{"rope_theta", "rotary_emb_base"}, {"hidden_act", "hidden_activation"},
           {"partial_rotary_factor", "rotary_pct"}, {"n_embed", "hidden_size"},
           {"hidden_act", "activation_function"}, {"n_embd", "hidden_size"},
           {"max_sequence_length", "max_position_embeddings"},
           {"n_head_kv", "num_kv_heads"}, {"num_kv_heads", "num_key_value_heads"},
           {"sliding_window", "sliding_window_size"},
           {"sliding_window_pattern", "_sliding_window_pattern"},
           {"num_experts_per_tok", "experts_per_token"},
           {"n_head", "num_attention_heads"}, {"n_layer", "num_hidden_layers"},
           {"num_experts", "num_local_experts"}, {"hidden_size", "d_model"},
           {"ffn_dim", "intermediate_size"}, {"n_inner", "intermediate_size"},
           {"n_inner", "ffn_hidden_size"}, {"n_heads", "num_attention_heads"},
           {"n_layers", "num_hidden_layers"}, {"norm_epsilon", "rms_norm_eps"},
           {"layer_norm_eps", "layer_norm_epsilon"},
           {"n_positions", "max_position_embeddings"}, {"n_ctx", "n_positions"}]


def get_aliases(fields, field, alias):
    """The other name instead, and both with one value or two."""
    if field not in fields or alias in fields:
        return
    value = fields[field]
    yield (field,), alias, value
    yield (), alias, value
    for other in get_values(alias, value)[:2]:
        yield (field,), alias, other
        yield (), alias, other


def get_new_rotations(fields):
    """The rotation as transformers 5 writes it."""
    old = [field for field in ["rope_theta", "rotary_emb_base", "rotary_pct",
                               "partial_rotary_factor", "rope_scaling"]
           if field in fields]
    new = dict(fields.get("rope_scaling") or {"rope_type": "default"})
    for field in old:
        if field != "rope_scaling":
            name = {"rotary_emb_base": "rope_theta",
                    "rotary_pct": "partial_rotary_factor"}.get(field, field)
            new[name] = fields[field]
    yield old, "rope_parameters", new
    for other in [{**new, "rope_theta": 77.0}, {}, None]:
        yield old, "rope_parameters", other
    yield old, "rope_parameters", {"full_attention": new, "sliding_attention": new}


def run(fields):
    """Logits and sizes of the model, or nothing."""
    try:
        config = transformers.AutoConfig.for_model(**copy.deepcopy(fields))
        model = transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="eager", experts_implementation="eager",
            dtype=torch.float64).eval()
        with torch.no_grad():
            for name, tensor in model.state_dict().items():
                if tensor.is_floating_point():
                    generator = torch.Generator().manual_seed(
                        zlib.crc32(name.encode()))
                    tensor.copy_(0.5 * torch.randn(
                        tensor.shape, generator=generator, dtype=torch.float64))
            tokens = (torch.arange(24) * 7 % 37).view(2, 12)
            # What is scaled by the length is another one for few tokens.
            logits = torch.cat([
                model(tokens[:, :length], return_dict=True).logits.flatten()
                for length in (12, 5)])
        sizes = {name: tuple(tensor.shape)
                 for name, tensor in model.state_dict().items()}
        return logits, sizes
    except Exception:
        return None


def is_same(base, actual):
    """Alike but for the rounding of another order."""
    if actual[1] != base[1]:
        return False
    difference = (actual[0] - base[0]).abs().max() / base[0].abs().max()
    return bool(difference < 1e-6)


def write(fields):
    """One field on a line, the type last."""
    fields = dict(fields)
    kind = fields.pop("model_type")
    lines = [f"{json.dumps(key)}: {json.dumps(fields[key])}," for key in fields]
    return "\n".join(["{", *lines, f'"model_type": "{kind}"', "}", ""])


def translate(configs):
    """For each configuration the program without remarks, and errors."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write("// -----\n".join(write(fields) for fields in configs))
        file.flush()
        result = subprocess.run(
            ["dag-translate", "--hf-config-to-dag", "--seq-len=12", "--dtype=f32",
             "--split-input-file", file.name], capture_output=True, text=True)
    programs = re.sub(r"(attributes {)?dag.remarks = \[.*?\"\](}|, ) ?", "",
                      result.stdout)
    programs = iter(programs.split("\n}\n"))
    errors, line = {}, 0
    for message in result.stderr.splitlines():
        if found := re.search(r"within split at .*:(\d+) offset .* error: (.*)",
                              message):
            errors.setdefault(int(found[1]), []).append(found[2])
    results = []
    for fields in configs:
        found = errors.pop(max(line, 1), None)
        results.append((None, found) if found else (next(programs).strip(), []))
        line += write(fields).count("\n") + 1
    assert not errors and not "".join(programs).strip(), errors
    return results


def flip(task):
    """The lines of a configuration."""
    name, fields, names = task
    config = transformers.AutoConfig.for_model(**copy.deepcopy(fields))
    own = {*fields, *type(config).attribute_map,
           *(field for kind in type(config).__mro__
             for field in getattr(kind, "__annotations__", {}))}
    changes = {}
    for gone, field, value in get_flips(fields, config, names):
        changed = {key: fields[key] for key in fields if key not in gone}
        if field:
            changed[field] = value
        if write(changed) != write(fields):
            label = ",".join(gone) + ">" + field if gone else field
            changes[f"{label} {json.dumps(value)}"] = changed, gone, field
    base = run(fields)
    (program, _), *results = translate(
        [fields] + [changed for changed, _, _ in changes.values()])
    assert base and program, name
    lines = []
    for (line, (changed, gone, field)), (result, _) in zip(changes.items(), results):
        verdict = ("refused" if result is None else
                   "neutral" if result == program else "followed")
        if verdict == "refused" and field and (gone or field not in own):
            continue
        actual = run(changed)
        if actual:
            acts = "same" if is_same(base, actual) else "changes"
            lines.append(f"{name} {acts} {verdict} {line}\n")
    return lines


def read(path):
    """The configurations of a table, by their names."""
    texts = {}
    with open(path) as file:
        for line in file:
            if line.startswith("base "):
                _, name, rest = line.split(" ", 2)
                texts[name] = texts.get(name, "") + rest
    return {name: json.loads(text) for name, text in texts.items()}


def get_names(tables):
    """Fields of all architectures, with some values."""
    names = {name: [False, None, 3, True] for name in NAMES}
    for bases in tables.values():
        for fields in bases.values():
            for field, value in fields.items():
                if not isinstance(value, dict):
                    names.setdefault(field, []).append(value)
                    names[field] += get_values(field, value)[:2]
    return names


def main():
    torch.set_num_threads(1)
    tables = {path: read(path) for path in sys.argv[1:]}
    names = get_names(tables)
    with multiprocessing.Pool(2) as pool:
        for path, bases in tables.items():
            tasks = [(name, fields, names) for name, fields in bases.items()]
            with open(path) as file:
                kept = [line for line in file if line.startswith(("base ", "#"))]
            with open(path, "w") as output:
                output.writelines(kept)
                for lines in pool.imap(flip, tasks):
                    output.writelines(lines)
                    output.flush()


if __name__ == "__main__":
    main()
