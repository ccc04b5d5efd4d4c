"""Writes what changes if a field of a configuration does.

Run by hand, in a Python with torch and transformers, with dag-translate in the
path: make-flips.py OUTPUT CONFIG... For each small configuration it gives each of
its fields, and each that transformers has for its architecture, another value or
two, and looks whether the model gives other logits with the same weights, and
whether the importer makes another program. A line of OUTPUT, which flips.test
reads, has the type of the model, the field, its value, and

* what transformers does: other logits or sizes (`changes`), or none (`same`);
* what the importer does: another program (`followed`), the same (`neutral`), or
  none (`refused`).

What transformers refuses is left out. Lines that begin with `base` have the
configurations, a field on each.
"""

import copy
import json
import subprocess
import sys
import tempfile
import warnings
import zlib

import torch
import transformers

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
# What is no field of a model, or says how it is loaded.
OTHER = {"model_type", "architectures", "transformers_version", "torch_dtype",
         "dtype", "rope_parameters", "layer_types", "_name_or_path",
         "quantization_config"}
ACTIVATIONS = {"silu": "relu", "gelu": "silu"}


def get_values(field, value):
    """Other values of a field."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return sorted({value + 1, 2 * value}) if value else [1]
    if isinstance(value, float):
        return [1.5 * value] if value else [0.5]
    if isinstance(value, str):
        if "act" in field:
            return [ACTIVATIONS.get(value, "silu")]
        return []
    if value is None:
        return [3, 0.5, True]
    if isinstance(value, list):
        return [value[::-1]] if value[::-1] != value else []
    if isinstance(value, dict):
        return [dict(value, **{key: other}) for key in value
                for other in get_values(key, value[key])[:1]]
    return []


def run(fields):
    """Logits and sizes of the model, or nothing."""
    try:
        config = transformers.AutoConfig.for_model(**copy.deepcopy(fields))
        model = transformers.AutoModelForCausalLM.from_config(
            config, attn_implementation="eager", dtype=torch.float64).eval()
        with torch.no_grad():
            for name, tensor in model.state_dict().items():
                if tensor.is_floating_point():
                    generator = torch.Generator().manual_seed(
                        zlib.crc32(name.encode()))
                    tensor.copy_(0.5 * torch.randn(
                        tensor.shape, generator=generator, dtype=torch.float64))
            tokens = (torch.arange(24) * 7 % 37).view(2, 12)
            logits = model(tokens)[0]
        sizes = {name: tuple(tensor.shape)
                 for name, tensor in model.state_dict().items()}
        return logits, sizes
    except Exception:
        return None


def write(fields):
    """One field on a line, the type last."""
    fields = dict(fields)
    kind = fields.pop("model_type")
    lines = [f"{json.dumps(key)}: {json.dumps(fields[key])}," for key in fields]
    return "\n".join(["{", *lines, f'"model_type": "{kind}"', "}", ""])


def translate(fields):
    """The program without its locations, or nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(write(fields))
        file.flush()
        result = subprocess.run(
            ["dag-translate", "--hf-config-to-dag", "--seq-len=12",
             "--dtype=f32", file.name], capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else None


def flip(fields, output):
    kind = fields["model_type"]
    config = transformers.AutoConfig.for_model(**copy.deepcopy(fields))
    # What stands in the file, and the defaults of the rest.
    all = {field: getattr(config, field, None)
           for field in getattr(type(config), "__annotations__", {})}
    all.update(fields)
    base, program = run(fields), translate(fields)
    assert base and program, kind
    for line in write(fields).splitlines():
        output.write(f"base {kind} {line}\n")
    for field, value in sorted(all.items()):
        if field in OTHER or field.endswith("_tp_plan") or field.endswith("_pp_plan"):
            continue
        for other in get_values(field, value):
            changed = dict(fields, **{field: other})
            actual = run(changed)
            if not actual:
                continue
            same = actual[1] == base[1] and torch.equal(actual[0], base[0])
            result = translate(changed)
            verdict = ("refused" if result is None else
                       "neutral" if result == program else "followed")
            output.write(f"{kind} {field} {'same' if same else 'changes'} "
                         f"{verdict} {json.dumps(other)}\n")


def main():
    with open(sys.argv[1], "w") as output:
        for path in sys.argv[2:]:
            with open(path) as file:
                flip(json.load(file), output)
            output.flush()


if __name__ == "__main__":
    main()
