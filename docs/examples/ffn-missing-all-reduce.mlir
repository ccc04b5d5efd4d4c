// The network of ffn-tp2.mlir without its all-reduce: the residual would be
// added to a sum of which every device has a part.

dag.mesh @mesh <tp = 2>

dag.model @ffn on @mesh <hidden_size = 64, intermediate_size = 128> {
  %x = dag.input "hidden" : tensor<1x8x64xbf16>
  %gate = dag.parameter "mlp.gate_proj.weight"
      : tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  %up = dag.parameter "mlp.up_proj.weight"
      : tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  %down = dag.parameter "mlp.down_proj.weight"
      : tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %gate as ffn_gate : (tensor<1x8x64xbf16>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %1 = dag.activation silu %0
      : (tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %2 = dag.linear %x, %up as ffn_up : (tensor<1x8x64xbf16>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %3 = dag.multiply %1, %2
      : (tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
         tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %4 = dag.linear %3, %down as ffn_down
      : (tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
         tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %6 = dag.add %x, %4 : (tensor<1x8x64xbf16>,
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
  dag.output %6 "hidden" : tensor<1x8x64xbf16>
}
