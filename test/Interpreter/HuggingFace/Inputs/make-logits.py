#!/usr/bin/env python3
"""Makes the small checkpoints and the logits that the tests compare with.

Run by hand, in a Python with torch, transformers and safetensors; the tests
need none of them:

    OMP_NUM_THREADS=1 python3 make-logits.py [MODEL...]

For every folder beside it with a config.json, or those named, it writes

* model.safetensors: weights that look random, under the names and in the layout
  that `save_pretrained` gives them. transformers reads this very file for the
  logits. With a quantization (`quantization_config`, or `hf_quant_config.json`
  beside the configuration) it has the weights as checkpoints store them, and
  transformers reads what quantize.py says that these are.
* logits.safetensors: `tokens` of two sequences, and their `logits`: a prompt in
  one go, and the other tokens one by one on the KV cache.

transformers rounds some of its intermediate results to f32, whatever the type
of the model. Logits are stored as they are without that rounding; how far the
ones with it are away is printed. What must not be a matter of rounding is the
choice of experts: the smallest gap between the last expert chosen and the first
one not chosen is printed too.
"""

import json
import pathlib
import sys
import tempfile

import numpy
import quantize
import safetensors.torch
import torch
import transformers

BATCH, PROMPT, TOKENS = 2, 8, 12
# Stored in every type that checkpoints come in.
DTYPES = {"gpt2": torch.float32, "qwen3": torch.float16}


def make_weights(config, dtype):
    """Weights by their names in the checkpoint, of a size that makes every
    part of the model count."""
    model = transformers.AutoModelForCausalLM.from_config(config)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        files = list(pathlib.Path(folder).glob("*.safetensors"))
        assert len(files) == 1, files
        tensors = safetensors.torch.load_file(files[0])
    generator = torch.Generator().manual_seed(1)
    for name, tensor in sorted(tensors.items()):
        value = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        if tensor.dim() >= 2:
            # GPT-2 stores [in, out].
            is_conv = config.model_type == "gpt2" and ".h." in name
            value *= 1.2 / tensor.shape[-2 if is_conv else -1] ** 0.5
            if "embed_tokens" in name or "wte" in name or "wpe" in name:
                value *= tensor.shape[-1] ** 0.5 / 1.2
        elif "norm" in name or "ln_" in name:
            # Around one, or around zero where one is added.
            unit = 0 if config.model_type in ("gemma2", "gemma3_text") or "bias" in name else 1
            value = unit + 0.3 * value
        else:
            value *= 0.3
        tensors[name] = value.to(dtype)
    return tensors


class NoRounding:
    """Lets nothing be rounded to f32 as long as it lives."""

    def __enter__(self):
        self.saved = torch.float32, torch.float, torch.Tensor.float
        torch.float32 = torch.float = torch.float64
        torch.Tensor.float = torch.Tensor.double

    def __exit__(self, *_):
        torch.float32, torch.float, torch.Tensor.float = self.saved


class EightBitCache(transformers.DynamicCache):
    """Keys and values as caches of 8 bits have them."""

    def update(self, keys, values, *args, **options):
        keys, values = (
            x.clamp(-448, 448).to(torch.float8_e4m3fn).to(x.dtype)
            for x in (keys, values)
        )
        return super().update(keys, values, *args, **options)


OPTIONS = dict(
    dtype=torch.float64, attn_implementation="eager", experts_implementation="eager"
)


@torch.no_grad()
def run(model, tokens, cache=None):
    prefill = model(tokens[:, :PROMPT], past_key_values=cache, use_cache=True)
    logits, cache = [prefill.logits], prefill.past_key_values
    for i in range(PROMPT, tokens.shape[1]):
        step = model(tokens[:, i : i + 1], past_key_values=cache, use_cache=True)
        logits.append(step.logits)
    return torch.cat(logits, 1)


def difference(a, b):
    return ((a - b).abs().max() / b.abs().max()).item()


def watch_routers(model, config):
    """Gaps of what routers choose from, kept as they run."""
    gaps = []
    k = getattr(config, "num_experts_per_tok", None)

    def hook(module, inputs, outputs):
        logits = outputs[0].double()
        values = logits.sigmoid() if config.model_type == "deepseek_v3" else logits
        if hasattr(module, "e_score_correction_bias"):
            values = values + module.e_score_correction_bias
            groups = values.view(-1, config.n_group, values.shape[-1] // config.n_group)
            scores = groups.topk(2, -1)[0].sum(-1)
            best = scores.sort(-1, descending=True)
            kth = config.topk_group
            gaps.append((best[0][:, kth - 1] - best[0][:, kth]).min().item())
            mask = torch.zeros_like(scores).scatter(1, best[1][:, :kth], 1)
            values = groups.masked_fill(mask[..., None] == 0, -1e9).flatten(1)
        best = values.sort(-1, descending=True)[0]
        gaps.append((best[:, k - 1] - best[:, k]).min().item())

    for module in model.modules():
        if type(module).__name__.endswith("Router"):
            module.register_forward_hook(hook)
    return gaps


def read_config(folder):
    """The configuration of a model, and its quantization."""
    fields = json.loads((folder / "config.json").read_text())
    method = fields.pop("quantization_config", None)
    beside = folder / "hf_quant_config.json"
    if beside.exists():
        method = {"quant_method": "modelopt"}
        method.update(json.loads(beside.read_text())["quantization"])
    return fields, method


def load(folder, fields, tensors):
    """The model with these weights, from a folder of its own."""
    (folder / "config.json").write_text(json.dumps(fields))
    safetensors.torch.save_file(
        tensors, folder / "model.safetensors", metadata={"format": "pt"}
    )
    return transformers.AutoModelForCausalLM.from_pretrained(folder, **OPTIONS)


def make(folder):
    fields, method = read_config(folder)
    config = transformers.AutoConfig.for_model(**fields)
    dtype = DTYPES.get(folder.name, torch.bfloat16)
    tensors = loaded = make_weights(config, dtype)
    if method:
        tensors, loaded = quantize.quantize(tensors, method)
    safetensors.torch.save_file(
        tensors, folder / "model.safetensors", metadata={"format": "pt"}
    )
    is_eight_bit = "kv_cache_scheme" in (method or {})
    generator = torch.Generator().manual_seed(2)
    tokens = torch.randint(config.vocab_size, (BATCH, TOKENS), generator=generator)
    with tempfile.TemporaryDirectory() as copy:
        stored = load(pathlib.Path(copy), fields, loaded)
    rounded = run(stored.eval(), tokens, EightBitCache() if is_eight_bit else None)
    with NoRounding():
        # Tables of rotations are made anew.
        model = transformers.AutoModelForCausalLM.from_config(config, **OPTIONS)
        model.load_state_dict(stored.state_dict())
        model.eval()
        gaps = watch_routers(model, config)
        logits = run(model, tokens, EightBitCache() if is_eight_bit else None)
        whole = model(tokens).logits
    assert logits.dtype == torch.float64
    safetensors.torch.save_file(
        {"tokens": tokens.to(torch.int32), "logits": logits},
        folder / "logits.safetensors",
    )
    print(
        f"{folder.name}: rounding to f32 {difference(rounded, logits):.1e}, "
        f"cache {difference(logits, whole.detach()):.1e}, largest "
        f"{logits.abs().max().item():.2f}, gap {min(gaps, default=1):.1e}, "
        f"{len(tensors)} tensors"
    )


def main():
    print("torch", torch.__version__, "transformers", transformers.__version__)
    here = pathlib.Path(__file__).resolve().parent
    names = sys.argv[1:] or sorted(p.parent.name for p in here.glob("*/config.json"))
    for name in names:
        make(here / name)


if __name__ == "__main__":
    main()
