dag.sketch @llama tp(2) num_layers(1) {
  %0 = dag.node compute "layer0_qkv" role(qkv_projection) layers(0)
  %1 = dag.node communication "layer0_allreduce" role(all_reduce) layers(0)
  %2 = dag.node compute "layer0_norm" role(norm) layers(0)
  dag.edge %0 -> %1
}
