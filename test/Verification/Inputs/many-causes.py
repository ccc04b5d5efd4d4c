"""many-causes.py N: a drawing in which N edges disagree, each in its own words.

Symbols of dimensions are neither numbers nor quoted, so that no two messages
have one cause.
"""
import itertools
import string
import sys

names = ("".join(letters) for letters in
         itertools.product(string.ascii_lowercase[:16], repeat=4))
print("digraph many {")
for index, name in zip(range(int(sys.argv[1])), names):
    print(f'  layer{index}_ffn_up [label="Layer {index} FFN up\\nOutput: [x{name}, 64]"];')
    print(f'  layer{index}_ffn_down [label="Layer {index} FFN down\\nInput: [x{name}, 65]"];')
    print(f"  layer{index}_ffn_up -> layer{index}_ffn_down;")
print("}")
