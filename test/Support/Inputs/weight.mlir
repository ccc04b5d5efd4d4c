dag.model @m {
  %x = dag.parameter "x" : tensor<4x4xf32>
  dag.output %x "x" : tensor<4x4xf32>
}
