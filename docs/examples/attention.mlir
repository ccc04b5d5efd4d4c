// Grouped-query attention that continues a sequence from a KV cache.

dag.model @attention <num_heads = 4, num_kv_heads = 2, head_dim = 16> {
  %x = dag.input "hidden" : tensor<1x1x64xbf16>
  %position = dag.input "position" : tensor<i32>
  %wq = dag.parameter "self_attn.q_proj.weight" : tensor<64x64xbf16>
  %wk = dag.parameter "self_attn.k_proj.weight" : tensor<32x64xbf16>
  %wv = dag.parameter "self_attn.v_proj.weight" : tensor<32x64xbf16>
  %wo = dag.parameter "self_attn.o_proj.weight" : tensor<64x64xbf16>
  %k = dag.kv_cache "self_attn.k_cache" : tensor<1x128x2x16xbf16>
  %v = dag.kv_cache "self_attn.v_cache" : tensor<1x128x2x16xbf16>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo cache(%k, %v) at %position
      heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal
      theta = 500000.0 dropout = 0.0
      : (tensor<1x1x64xbf16>, tensor<64x64xbf16>, tensor<32x64xbf16>,
         tensor<32x64xbf16>, tensor<64x64xbf16>, tensor<1x128x2x16xbf16>,
         tensor<1x128x2x16xbf16>, tensor<i32>) -> tensor<1x1x64xbf16>
  dag.output %0 "sum" : tensor<1x1x64xbf16>
}
