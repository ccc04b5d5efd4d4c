"""Writes what transformers takes for fields that a configuration lacks.

Run by hand: make-defaults.py TRANSFORMERS OUTPUT, with the folder of the
package's sources and the file that defaults.test reads. The fields and their
defaults are those of the classes of configurations, which are not run. A line
has the type of a model and an object with all of them.
"""

import ast
import json
import sys

FOLDERS = {"gemma3_text": "gemma3"}
TYPES = ["llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text", "phi3",
         "olmo2", "starcoder2", "gpt2", "gpt_bigcode", "gpt_neox", "opt",
         "falcon", "bloom", "mpt", "mixtral", "qwen3_moe", "deepseek_v2",
         "deepseek_v3", "gpt_oss"]
# Of the class, not of a configuration.
OTHER = {"model_type", "keys_to_ignore_at_inference", "base_model_tp_plan",
         "base_model_pp_plan", "attribute_map", "default_theta", "sub_configs"}
# Where the importer differs, or says more, as docs/Models.md has it.
EXCEPT = {("deepseek_v3", "num_mtp_layers"),
          ("deepseek_v2", "q_lora_rank"), ("deepseek_v2", "num_experts_per_tok"),
          ("gpt_oss", "rope_parameters"), ("gpt_oss", "rope_scaling")}


def value(node):
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "default":
                return value(keyword.value)
        raise ValueError
    return ast.literal_eval(node)


def defaults(path, type):
    for node in ast.walk(ast.parse(open(path).read())):
        if not isinstance(node, ast.ClassDef):
            continue
        fields, name = {}, None
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and statement.value:
                try:
                    fields[statement.target.id] = value(statement.value)
                except ValueError:
                    pass
            elif isinstance(statement, ast.Assign):
                if statement.targets[0].id == "model_type":
                    name = value(statement.value)
        if (name or fields.get("model_type")) == type:
            return {key: default for key, default in fields.items()
                    if key not in OTHER and (type, key) not in EXCEPT}
    raise KeyError(type)


with open(sys.argv[2], "w") as output:
    for type in TYPES:
        folder = FOLDERS.get(type, type)
        path = (f"{sys.argv[1]}/models/{folder}/configuration_{folder}.py")
        fields = {"model_type": type, **defaults(path, type)}
        output.write(f"{type} {json.dumps(fields, sort_keys=True)}\n")
