dag.sketch @llama tp(2) {
  %0 = dag.node compute "layer0_qkv" role(qkv_projection) layers(0)
}
external.fused_norm
