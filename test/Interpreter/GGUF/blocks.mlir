// Each type that has blocks is read to the last bit as gguf, the library of llama.cpp,
// reads it: two rows of 512 elements of random bytes.

// RUN: dag-run %s --weights=%S/Inputs/blocks.gguf --expect=%S/Inputs/blocks.safetensors \
// RUN:   --tolerance=0 --elements=0 | FileCheck %s --check-prefix=EQUAL
// EQUAL-COUNT-8: : 0 from the reference

dag.model @blocks {
  %0 = dag.parameter "model.layers.0.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %0 "Q4_0" : tensor<2x512xf32>
  %1 = dag.parameter "model.layers.1.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %1 "Q4_1" : tensor<2x512xf32>
  %2 = dag.parameter "model.layers.2.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %2 "Q5_0" : tensor<2x512xf32>
  %3 = dag.parameter "model.layers.3.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %3 "Q5_1" : tensor<2x512xf32>
  %4 = dag.parameter "model.layers.4.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %4 "Q8_0" : tensor<2x512xf32>
  %5 = dag.parameter "model.layers.5.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %5 "Q4_K" : tensor<2x512xf32>
  %6 = dag.parameter "model.layers.6.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %6 "Q5_K" : tensor<2x512xf32>
  %7 = dag.parameter "model.layers.7.mlp.up_proj.weight" : tensor<2x512xf32>
  dag.output %7 "Q6_K" : tensor<2x512xf32>
}
