"""How checkpoints store weights in 8 bits or fewer, and what these stand for.

`store` makes what a checkpoint has of a matrix, `load` says from that alone, in
f64, what the matrix is. Formats are those of their methods' own code: fp8 and
fbgemm_fp8 of transformers, AutoAWQ, AutoGPTQ, compressed-tensors, ModelOpt, and
gpt-oss (convert_moe_packed_tensors of transformers).
"""

import torch

F4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6], dtype=torch.float64)
F4 = torch.cat([F4, -F4])
SHIFTS = torch.arange(0, 32, 4)
# The place in its word of each of eight columns.
AWQ_ORDER = [0, 4, 1, 5, 2, 6, 3, 7]


def spread(scales, rows, columns, shape):
    """The scale of each element; blocks at the ends may be cut."""
    scales = scales.double().repeat_interleave(rows, 0)
    return scales.repeat_interleave(columns, 1)[: shape[0], : shape[1]]


def largest(weight, rows, columns):
    """The largest element of each block."""
    height, width = -(-weight.shape[0] // rows), -(-weight.shape[1] // columns)
    padded = torch.zeros(height * rows, width * columns, dtype=torch.float64)
    padded[: weight.shape[0], : weight.shape[1]] = weight.abs()
    return padded.view(height, rows, width, columns).amax((1, 3))


def nearest_f4(value):
    return (value[..., None] - F4).abs().argmin(-1)


def to_words(values, order=range(8)):
    """Eight values of 4 bits in the last dimension of a word."""
    values = values.view(*values.shape[:-1], -1, 8).long()
    words = sum(values[..., i] << 4 * place for i, place in enumerate(order))
    return (words - (words >> 31 << 32)).to(torch.int32)


def from_words(words, order=range(8)):
    values = (words[..., None].long() >> SHIFTS) & 15
    return values[..., list(order)].flatten(-2)


def to_bytes(values):
    return (values[..., 0::2] | values[..., 1::2] << 4).to(torch.uint8)


def from_bytes(stored):
    return torch.stack([stored & 15, stored >> 4], -1).flatten(-2).long()


class Blocks:
    """A number for each element, and a scale for each block."""

    def __init__(self, dtype, limit, scale, rows=None, columns=None):
        self.dtype, self.limit, self.scale = dtype, limit, scale
        self.rows, self.columns = rows, columns

    def block(self, shape):
        return self.rows or shape[0], self.columns or shape[1]

    def store(self, weight):
        block = self.block(weight.shape)
        scale = (largest(weight, *block) / self.limit).float()
        value = weight / spread(scale, *block, weight.shape)
        if not self.dtype.is_floating_point:
            value = value.round()
        if not self.rows and not self.columns:
            scale = scale.squeeze()
        return {"weight": value.to(self.dtype), self.scale: scale}

    def load(self, stored):
        weight, scale = stored["weight"], stored[self.scale]
        if scale.dim() == 0:
            return weight.double() * scale.double()
        return weight.double() * spread(scale, *self.block(weight.shape), weight.shape)


class Words:
    """4 bits with a sign, eight in a word, of compressed-tensors."""

    def __init__(self, group):
        self.group = group

    def store(self, weight):
        scale = (largest(weight, 1, self.group) / 7.5).bfloat16()
        value = (weight / spread(scale, 1, self.group, weight.shape)).round()
        return {
            "weight_packed": to_words(value.clamp(-8, 7) + 8),
            "weight_scale": scale,
            "weight_shape": torch.tensor(weight.shape),
        }

    def load(self, stored):
        value = from_words(stored["weight_packed"]).double() - 8
        return value * spread(stored["weight_scale"], 1, self.group, value.shape)


class Zeros:
    """4 bits with scales and zeros for groups of inputs, as [in, out]: of AWQ,
    with eight outputs in a word, and of GPTQ, with eight inputs."""

    def __init__(self, group, is_gptq):
        self.group, self.is_gptq = group, is_gptq
        self.order = range(8) if is_gptq else AWQ_ORDER

    def store(self, weight):
        groups = weight.view(weight.shape[0], -1, self.group)
        low, high = groups.amin(-1).clamp(max=0), groups.amax(-1).clamp(min=0)
        scale = ((high - low) / 15).half()
        zero = (-low / scale.double()).round().clamp(1, 15)
        value = (weight / spread(scale, 1, self.group, weight.shape)).round()
        value = value + spread(zero, 1, self.group, weight.shape)
        value = value.clamp(0, 15).long()
        packed = to_words(value).T if self.is_gptq else to_words(value.T, self.order)
        zero = zero.T.long() - (1 if self.is_gptq else 0)
        stored = {
            "qweight": packed.contiguous(),
            "qzeros": to_words(zero.contiguous(), self.order),
            "scales": scale.T.contiguous(),
        }
        if self.is_gptq:
            stored["g_idx"] = (torch.arange(weight.shape[1]) // self.group).int()
        return stored

    def load(self, stored):
        if self.is_gptq:
            value = from_words(stored["qweight"].T).T
        else:
            value = from_words(stored["qweight"], self.order)
        zero = from_words(stored["qzeros"], self.order) + (1 if self.is_gptq else 0)
        zero = spread(zero, self.group, 1, value.shape)
        return ((value - zero) * spread(stored["scales"], self.group, 1, value.shape)).T


class Nvfp4:
    """4-bit floats, two in a byte, an 8-bit scale for 16, and one for these."""

    def store(self, weight):
        block = largest(weight, 1, 16) / 6
        outer = (block.max() / 448).float()
        scale = (block / outer.double()).to(torch.float8_e4m3fn)
        value = weight / spread(scale, 1, 16, weight.shape) / outer.double()
        return {
            "weight": to_bytes(nearest_f4(value)),
            "weight_scale": scale,
            "weight_scale_2": outer,
        }

    def load(self, stored):
        value = F4[from_bytes(stored["weight"])]
        scale = stored["weight_scale"].double() * stored["weight_scale_2"].double()
        return value * spread(scale, 1, 16, value.shape)


class Mxfp4:
    """Experts of gpt-oss: [experts, out, in] in blocks of 32 with an exponent."""

    def store(self, weight):
        value = weight.transpose(1, 2)
        value = value.reshape(*value.shape[:2], -1, 32)
        exponent = (value.abs().amax(-1) / 6).log2().ceil()
        value = nearest_f4(value / exponent.exp2()[..., None])
        return {
            "_blocks": to_bytes(value),
            "_scales": (exponent + 127).to(torch.uint8),
        }

    def load(self, stored):
        value = F4[from_bytes(stored["_blocks"])]
        value = value * (stored["_scales"].double() - 127).exp2()[..., None]
        return value.flatten(2).transpose(1, 2)


F8, F8_MAX = torch.float8_e4m3fn, 448.0


def find_format(config):
    """The format of a `quantization_config`."""
    method = config["quant_method"]
    if method == "fp8":
        block = config.get("weight_block_size")
        # AutoFP8 knows of no blocks; with none, transformers keeps the name.
        name = "weight_scale_inv" if "weight_block_size" in config else "weight_scale"
        return Blocks(F8, F8_MAX, name, *(block or []))
    if method == "fbgemm_fp8":
        return Blocks(F8, F8_MAX, "weight_scale", 1)
    if method in ("awq", "gptq"):
        return Zeros(config["group_size"], method == "gptq")
    if method == "mxfp4":
        return Mxfp4()
    if method == "modelopt":
        return {"FP8": Blocks(F8, F8_MAX, "weight_scale"), "NVFP4": Nvfp4()}[
            config["quant_algo"]
        ]
    assert method == "compressed-tensors", method
    weights = config["config_groups"]["group_0"]["weights"]
    if weights["num_bits"] == 4:
        return Words(weights["group_size"])
    dtype, limit = (F8, F8_MAX) if weights["type"] == "float" else (torch.int8, 127)
    assert weights["strategy"] == "channel"
    return Blocks(dtype, limit, "weight_scale", 1)


def is_plain(name, config):
    """Whether a tensor is stored as it is."""
    if config["quant_method"] == "mxfp4":
        return not name.endswith(("experts.gate_up_proj", "experts.down_proj"))
    keys = "modules_to_not_convert", "ignored_layers", "ignore", "exclude_modules"
    names = ["norm", "embed_tokens", "lm_head", "mlp.gate.", "block_sparse_moe.gate."]
    for key in keys:
        names += config.get(key) or []
    return not name.endswith(".weight") or any(part in name for part in names)


def quantize(tensors, config):
    """What a checkpoint stores in the place of `tensors`, and what that is."""
    format = find_format(config)
    stored, loaded = {}, {}
    for name, tensor in tensors.items():
        if is_plain(name, config):
            stored[name] = tensor
            loaded[name] = tensor.double()
            continue
        parts = format.store(tensor.double())
        loaded[name] = format.load(parts).contiguous()
        error = (loaded[name] - tensor.double()).abs().max() / tensor.abs().max()
        assert error < 0.17, (name, error)
        prefix = name.removesuffix("weight")
        stored.update((prefix + part, value) for part, value in parts.items())
    return stored, loaded
