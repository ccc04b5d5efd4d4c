//===- RuleFused.cpp - Rules for boxes of several ops -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// They come before the other built-in rules: each word of such a box alone
// would say another role. The notation is described in docs/DotRules.md.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

using namespace mlir;

static constexpr llvm::StringLiteral kRules = R"(
#===----- Words that are no coordinates ------------------------------------===#
traced-name [label]: ^ name = ... ; ^ (op code|opcode) = (call function|
    call module|call method) ; ^ num users = <n> => skip
on-device [label]: ^ (on|at|runs on|placed on|located on) &@gpu => skip
input-per-rank [label]: ^ @in (per|each|every) (rank|@gpu|shard) @is? <input>
output-per-rank [label]: ^ @out (per|each|every) (rank|@gpu|shard) @is? <output>
collectives-per-layer [label]: <n>? (@all_reduce|@all_gather|@reduce_scatter|
    @all_to_all) (per|each|in each) @layer => skip
one-per-device [label]: (one|1) (expert|experts)? (per|each|on each) @gpu
    <devices>
bmm-index [label]: ^ bmm <n> $ => skip
view-of [label]: (view|permute|transpose|contiguous) $ => no role
rank-of-factors: (q|kv|k|v|lora|low|latent|compressed|c|r) (rank|ranks) @is <n>
    !@tp => skip
per-device [label cluster edge]: &(per|each|every) @gpu
    ; &(per|each|every) (rank|ranks|shard) => skip
cached-in [label cluster]: (in|into|fits|fit|to|from|@is) l<n> $
    ; (resident|resides|fits|fit|stays|kept|held|lives|pinned) (in|into) l<n>
    ; l<n> (resident|sram|hit|hits|bytes|capacity) => skip
step-number [label]: (step|hop|round|iteration) <n> !ring => skip
block-of-range [cluster]: (block|superblock|group|unit|period) <n> ('('|,)?
    layers <layers> ; (block|superblock|group|unit|period) <n> : layers <layers>
title-block [cluster]: (block|layer) <layer> :
module-block [label name]: (encoder|decoder) block <layer> layer <n>
module-path [label]: ^ (h|layers|blocks) <layer> &@pathpart
    ; ^ blk <layer> &@pathpart !attn
    ; (layers|transformer h|model h|gpt h) <layer> &@pathpart
all-ranks [label]: tp0 (,|+|/|and)? tp1 (,|+|/)? tp2 (,|+|/)? tp3 (,|+|/)? tp4
    (,|+|/)? tp5 (,|+|/)? tp6 (,|+|/|and)? tp7 ; tp0 (,|+|/)? tp1 (,|+|/)? tp2
    (,|+|/|and)? tp3 $ ; tp0 (,|+|/|and)? tp1 $ => all_devices
weight-w: ^ w (matrix|shape|size|dims|dim)? @is? <weight> !q !k !v !o !dq !uq
    !qr !dkv !uk !uv !kr !ukv
weight-of-call [label]: ^ &(conv1d|linear|columnparallel linear|
    rowparallel linear) <weight> !->
weight-of-rank [label]: ^ &(up|gate|down)? &(w1|w2|w3) <n> <weight>
softmax-state [label]: m<n> , sum? l<n> => skip
layer-path-cluster [cluster]: ^ h <layer> $
layer-path-field [label]: ^ h <layer> $ => skip if shape record mrecord
per-layer-range [label]: per layer (,|:)? <layers>
sampled-of-picture [attribute cluster]: (layers|layer) <sampled_layers> only
    ; (picture|figure|diagram|drawing|graph|sketch|here) : only? (layers|layer)
    <sampled_layers>
shard-of-batch: (dp|data parallel) (shard|slice|part|chunk) <dp_rank>
loop-over-layers [label]: &for (l|layer|layers|i|block|blk) in <layers> => skip
blocks-range [label cluster]: blocks <layers> !kv !cache !page !pages !memory
modules-range [label cluster]: ^ (h|blk|block) <layers>
num-blocks [attribute cluster]: ^ <num_layers> (transformer|decoder)? blocks
    !per !each !of ; , <num_layers> (transformer|decoder)? blocks !per !each !of
neighbor-layer [label]: '(' layer <n> (input|output) ')' ; '(' (to|into|for|from) (next|previous)? layer <n> ')'
    ; '(' (to|into|for|from) (next|previous)? layer <n> , => skip
part-output: layer output $ => no role, kind output
layer-of-model [name]: ^ (enc|dec|encoder|decoder) <layer> &(sa|ca|ff|self|cross|
    attn|mlp|ffn)
layer-of-enc [label]: ^ enc <layer> => model encoder
layer-of-dec [label]: ^ dec <layer> => model decoder
part-of-enc [label]: ^ enc => model encoder
part-of-dec [label]: ^ dec => model decoder
scan-of-chunks [label]: chunk (scan|scans) ; (ssd|selective|chunked) scan
    => no role
other-mixer [label]: mamba ; ssm ; selective scan ; state space ; rwkv ; hyena
    ; linear recurrence ; gated deltanet ; retention ; ssd ; ssd scan
    ; causal conv1d ; time (mix|mixing) => other_mixer
ends-of-transfer [label edge]: &@send @gpu <source_devices> (/|->|,|and|+)?
    &@recv @gpu <target_devices> ; &@send (node|host|server|machine) <n> @gpu
    <source_devices> (/|->|,|and|+)? &@recv (node|host|server|machine) <n> @gpu
    <target_devices>
slice-number [label]: (dim|head|row|col|column|token|,|'(') slice <n>
    ; ring step <n> : => skip
virtual-chunk [label cluster]: (virtual|model|vpp)? (chunk|virtual stage) <n>
    (/|,|'('|of)? &(layer|layers) => skip
like-layer-ordinal [label]: (same|similar|identical|like) (as|to)? ordinal
    <like_layer> (layer|layers)
like-layer [label]: (structure|structured) (as|like) (layer|layers|block|h)
    <like_layer> ; (same|similar|identical|alike) (structure|pattern|layout|
    graph|nodes|ops)? (as|to|of|with) (encoder|decoder|dense|moe|
    transformer)? (layer|layers|block|blocks|h) <like_layer> ; &(as|like|same|identical|similar) (as|to)? l<like_layer>
    ; &(as|like) (layer|block) <like_layer>
    ; (of|repeat|repeats) (layer|block) <like_layer> $
parameter-list [label]: (hidden|d_model|dim|heads|ffn|layers) (size|dim)? @is?
    <n> , (heads|ffn|hidden|intermediate|layers|kv|head) (size|dim|heads)? @is?
    <n> => ignore
block-of-layer [label]: ^ '('? (dense|sparse|encoder|decoder|transformer) block
    => role layer if own layer
widths-down [label name]: <n> h (->|to) h => role ffn_down
widths-up [label name]: h (->|to) <n> h => role ffn_up
weight-times-v [label]: @attn (weight|weights) (x|*) v
    => role attention_output
keys-and-values [label]: ^ k proj , v proj $ ; ^ k proj , v proj + => role
    qkv_projection
shards-of-batch [label]: batch (sharded|shards|shard) => replicated
fused-qkv [label]: @norm (+|->|and|,) (qkv|q k v|q + k + v) => role
    qkv_projection
state-of-next [label]: (hidden|state|states|stream|activation|activations|
    output|outputs|result|residual) (to|into|for|from|of) (the|next|previous)?
    &(layer|layers|block|blocks) <meant_layers> => skip
next-layer [label]: ^ &(to|into|from) (the|next|previous)? &layer <n> $ => skip
goes-on [label]: ^ (to|into) (the|next|layer) ; ^ next layer => no role, ends
comes-from [label]: ^ from (the|previous|layer) ; ^ previous layer
    => no role, begins
slice-of-layers [label]: ^ slice <n> $ => role layer if own range
opaque-layer [name]: ^ l <n> $ => skip if label
kernel-and-stride [label]: k<n> (,|/)? s<n> (,|/)? p<n> ; k<n> (,|/)? s<n> ;
    (conv|conv1d|conv2d|conv3d|convolution|patchify) <n>? ... s<n> => skip
number-of-shard [label]: &(param|params|parameter|parameters) &(shard|shards|
    slice|chunk|partition) <n>
    ; (adam|adamw|optimizer|optim|sgd|momentum) (on|of|for)? shard <n> => skip
layers-of-chunk [cluster label]: &(chunks|chunk|stages|stage|groups|group|parts|
    slices|segments|units) of <n> &(layers|blocks) => skip
virtual-stage: (virtual|vpp|interleaved|model) (stage|chunk) <n> ; (virtual|vpp|
    interleaved) (stages|chunks) <n> (and|,|+)? <n>? ; (virtual|interleaved)
    (pp|pipeline) (size|degree)? = <n> => skip
shown-and-elided [cluster]: @shown (,|and) (the|other)? layers? <omitted_layers>
    (are|is)? all? the? @elided !one
num-layers-in-list [cluster]: ^ <num_layers> layers , ; (dag|graph|
    diagram|strategy|baseline|deployment|layout|plan) <num_layers> layers
    (,|'(') ; (dag|graph|diagram|strategy|baseline|deployment|layout|plan)
    <num_layers> layers $ ; : <num_layers> layers ,
    ; '(' <num_layers> layers , ; , <num_layers> (encoder|decoder|transformer)
    layers , ; ^ <num_layers> layers '(' <n> ; : <num_layers> layers
    '(' <n>
num-layers-behind-size [cluster]: ep <ep_size> <num_layers> layers $ !stage !pp
    ; tp <tp_size> <num_layers> layers $ !stage !pp
    ; <num_layers> (layer|layers) moe (model|transformer)
all-layers-alike [attribute cluster]: all (layers|blocks) (are)? the? (alike|
    identical|same|equal) ; (layers|blocks) (that|which)? (are)? not
    (exported|drawn|shown|listed|traced) => others_alike
one-layer-for-all [attribute cluster]: (this|that|the)? (one|@layer) (stands|
    standing|stand) for (all|each|every|any|them|the others|the rest) ; one
    stands for all ; @layer (i|j|k|l|n|x) is? (drawn|shown|expanded) once
    ; (each|every|all) @layer (is|are)? (as|like) (below|above|here|shown|drawn|
    this) ; @layer <n> '('? (representative|exemplary) !of !for
    ; @layer (i|j|k|l|n|x) (of|out of) <num_layers>
    ; (1|one) of <num_layers> layers , ; (1|one) of <num_layers> layers $
    => others_alike
slice-of-model [attribute cluster]: <num_sampled> @layer (slice|excerpt|window|
    cut|section|subset) (of|from) <num_layers> ; <num_sampled> @layer (slice|
    excerpt|window|cut|section|subset) '(' ... ')' (of|from) <num_layers>
sampled-by-export [attribute cluster]: (export|exported|selected|traced|
    visualized|kept) (layers|layer) @is <sampled_layers>
layer-variable [label]: layer (i|j|k|l|n) = <layers>
layers-of-kinds [label]: (alternating|alternates|interleaved|interleaving|mixed)
    ... @attn => role layer if range
softmax-attention [label]: ^ softmax @attn $ => role attention
updated-weights [label]: (updated|new) (params|parameters|weights) => role output
attention-with-norm [label]: ^ self? @attn '(' ... qk norm => role attention
shown-and-times [attribute cluster]: '(' (layers|layer) <sampled_layers>
    (is|are)? @shown ,? (x|*) <layer_count> !not => others_alike
repeated-block [cluster]: (layers|blocks) <layers> '(' ... @times <n> ')'
    ; (block|layer|blocks|layers) '(' @times <n> ,? layers <layers>
    ; (layers|blocks) <layers> '('? ,? @times <n> => others_alike
sample-of-layers [attribute cluster]: @layer <n> is? @shown as (a|an|the|one)?
    (sample|representative|example|template) (of|for) (all|the)? layers? <n>?
    <n>? => others_alike
layers-all-alike [attribute cluster]: <num_layers> @layer (are|all|are all)?
    the? (alike|identical|same|equal) => others_alike
chunk-of-layers [label]: ^ (model|virtual|vpp|pipeline|stage)? (chunk|part|
    partition|slice|segment|group|section|unit) <n>? $ => role layer if range
rank-and-step [name]: r<n> s<n> ; (h|hd|head|hg|group) <n> s<n> ; (x|e|d|enc|dec|cross|self|attn) s<n>
    ; (cp|sp|rank|gpu|dev|g) <n> s<n> => skip
pass [label]: ^ (forward|backward|fwd|bwd) (pass|step)? ; ^ (f|b) <n> $ => skip
block-of-vision [label cluster]: &(vit|vision) block <layer> $
layers-of-model [label cluster]: (dit|mmdit|vit|gpt|bert|llama|opt|mamba)
    (blocks|block) <layers>

widths-of-shared-expert [label]: &shared &(expert|experts) '('? <n> -> <n> =>
    skip

#===----- Parts of the sequence, and what puts them together ----------------===#
merge-of-parts [label]: (combine|combination|merge) ... partial @attn !reduce
    !gather ; (lse|logsumexp|log sum exp|online softmax) (merge|combine|rescale|
    correction) !reduce !gather ; rescale (+|and) (accumulate|sum|merge|
    combine) !reduce !gather => role attention_output
attention-of-chunk [label]: ^ @attn chunk (a|b|c|d)? $ ; ^ @attn chunk <n> $
    => role attention
ffn-of-chunk [label]: ^ @ffn chunk (a|b|c|d)? $ ; ^ @ffn chunk <n> $ => role ffn
scores-of-part [label]: (qk t|q k t|qk|q * k) ... (chunk|split|slice|part) <n>
    !merge !combine => role attention_scores
softmax-by-steps [label]: exp ... (running|row|online) (max|sum) ; running (max|
    sum) !scores !qk => role attention_weights
softmax-of-part [label]: (partial|local) softmax ; softmax (,|'(')? (chunk|
    split|slice|part) <n> !merge !combine => role attention_weights
values-of-part [label]: (pv|p v|p * v|av) ... (chunk|split|slice|part) <n>
    !merge !combine => role attention_output
softmax-and-dropout [label]: softmax (,|and|with|'(') (attn|attention)? dropout
    !flash !qk !pv ; ^ softmax ... (,|and|with|'(') (attn|attention)? dropout
    !flash !qk !pv => role attention_weights
scores-with-index [label]: ^ (scores|score)? q <n> (*|x)? k <n> ; q k <n> t
    ; q <n> k <n> t
    => role attention_scores
values-of-probabilities [label]: ^ (prob|probability|probabilities) (*|x)? @v $
    => role attention_output
values-with-index [label]: (accumulate|accum|acc|add|sum)? (p|s|probs|weights)
    (*|x)? v <n> !@proj ; (p|probs) <n> (*|x)? v <n> => role attention_output
gather-of-parts [label]: ^ gather (the|all)? (chunk|chunks|slice|slices|shard|
    shards|partition|partitions|part|parts) => role gather
head-and-gather [label]: (lm|output|vocab|vocabulary) head ... (+|and|with|->|,)
    (@all_gather|gather) ; ^ (logits|unembed|unembedding) ... (+|and|with|->|,)
    (@all_gather|gather) => role head
embedding-and-sum [label]: @embed '(' ... (+|,|and) @all_reduce
    ; @embed (+|and|with) @all_reduce => role embedding
embedding-of-part [label]: ^ @embed (of|for) (the)? @split => role embedding
flash-decoding [label]: (flash decoding|flashdecoding|flash decode) !@proj
    !merge !combine !reduce !reduction => role attention

#===----- Attention by latent keys and values ------------------------------===#
latent-q [label]: w (dq|uq|qr) ; q ... w uk ; q (compression|compress)
    ; ^ q (a|b) $ ; ^ q (a|b) (+|,) => role q_projection
latent-kv [label]: ^ kv (a|b) $ ; ^ kv (a|b) (+|,) ; w dkv ; w uk (,|/|+|and) w uv ; w ukv
    ; (latent kv|kv latent|kv) (compression|compress|decompression|decompress)
    => role qkv_projection
latent-of-words [label]: compress (kv|latent) ; w '{' dkv
    => role qkv_projection
latent-q-braces [label]: w '{' (dq|uq|qr) => role q_projection
latent-k-words [label]: decompress (k|keys) ; w '{' (uk|kr)
    => role k_projection
latent-v-words [label]: decompress (v|values) ; w '{' uv => role v_projection
latent-of-q [label]: ^ q (down|up) $ ; (absorb|absorbed) ... uk ; (absorb|
    absorbed) (k|keys) ; ^ absorbed q $ => role q_projection
latent-of-kv [label]: ^ kv (down|up) $ => role qkv_projection
values-of-latent [label]: ^ (p|probs|weights|softmax|@attn) (x|*)? (latent|
    latents|ckv|c kv) $ => role attention_output
latent-k [label]: ^ k b $ ; ^ k b (+|,) ; w (uk|kr) => role k_projection
latent-v [label]: ^ v b $ ; ^ v b (+|,) ; w uv => role v_projection

#===----- What an exported graph says of its nodes, whatever they are called -===#
op-of-weights [label]: ^ op code = get attr => role parameter
op-of-input [label]: ^ op code = placeholder => role input
op-of-output [label]: ^ op code = output => role output

router-of-requests [label]: (kv aware|cache aware|prefix aware|request|
    requests|query|api|load|load aware|session|global|central) (router|
    scheduler|dispatcher|balancer|gateway) ; api server => role input

#===----- Groups that share experts, and workers that share nothing -----------===#
layout-of-experts [cluster]: dp<dp_size> @attn ; dp<dp_size> (x|*|/|+|,)? ep<n>
    ; @attn dp<dp_size> ; @attn (dp|data parallel) = <dp_size>
layout-of-experts-ep [cluster]: ep<ep_size> (@expert|@moe)
    ; dp<n> (x|*|/|+|,)? ep<ep_size> ; (@expert|@moe) ep<ep_size>
    ; (@expert|@moe) (ep|expert parallel) = <ep_size>
worker-number [cluster]: (worker|instance|replica|engine) (p|d|w)<dp_rank>
    ; (prefill|decode) (worker|instance|replica|engine) <dp_rank>

#===----- Numbers that languages without a plural count -----------------------===#
num-layers-without-plural [attribute cluster]: '(' <num_layers> layer (,|')')
    ; , <num_layers> layer (,|')') ; : <num_layers> layer (,|')')
    ; (total|total of) <num_layers> layer

memory-of-encoder [label]: ^ (encoder|enc) (output|out|memory|states|hidden
    states) ; ^ (cross attention|cross) memory => no role, kind input
relative-bias [label]: (relative|rel) (position|pos|attention|attn)? bias
    !scores !score !qk !logits !softmax => role attention_mask
weighted-sum-of-values [label]: weighted sum '(' (p|probs|a|w|weights|attn|
    attention|softmax) (x|*)? (v|values|value) => role attention_output
biased-scores [label]: ^ masked? (scores|score) (+|with|and) (relative|rel)
    (position|pos)? bias => role attention_scores
states-at-end [label]: ^ (encoder|final|last|output) hidden? (states|features) $
    => ends
#===----- What other things than text begin as ------------------------------===#
input-of-pixels [label]: ^ (raw|input)? (image|images|img|pixels|pixel values|
    video|frames|video frames) (tensor|batch|pixels|features)? $ => role input
input-of-sound [label]: ^ (raw|input)? (log mel|mel|log mel spectrogram|
    mel spectrogram|spectrogram|audio|waveform|wav|speech|input features)
    (spectrogram|features|tensor|batch|frames|input)? $ => role input
input-of-requests [label]: ^ (request|requests|prompt|prompts|client) (queue|
    pool|stream|buffer|batch) $ => role input

#===----- Calls, and names of frameworks ------------------------------------===#
scores-call [label]: (matmul|bmm|mm|dot) '(' q , k => role attention_scores
values-call [label]: (matmul|bmm|mm|dot) '(' (attn|attention|probs|p|w|weights|
    scores|softmax) , v => role attention_output
whole-in-one [label]: softmax '(' (q k|qk) t? ... ')' (*|x)? v
    => role attention
scores-of-two [label]: (matmul|bmm|mm|dot|gemm|einsum|baddbmm) '('? (q|query)
    (,|*|x)? (k|key)
    => role attention_scores
values-of-two [label]: (matmul|bmm|mm|dot|gemm|einsum|baddbmm) '('? (attn|
    attention|probs|prob|p|weights|scores|softmax) (,|*|x)? (v|value) => role attention_output
linear-gate [label]: ^ (rowparallel|columnparallel)? @proj gate $ => role ffn_gate
linear-up [label]: ^ (rowparallel|columnparallel)? @proj up $ => role ffn_up
linear-down [label]: ^ (rowparallel|columnparallel)? @proj down $ => role ffn_down
linear-out [label]: ^ (rowparallel|columnparallel)? @proj (o|wo) $ => role output_projection
to-qkv: to q , to k ; to k , to v => role qkv_projection
to-q: ^ to q $ => role q_projection
to-k: ^ to k $ => role k_projection
to-v: ^ to v $ => role v_projection
drop-of-attention: (attn|attention|probs|softmax) drop $ => role dropout
drop-of-stream: (resid|residual|hidden|embd) (dropout|drop) $ => role dropout
torch-q [label]: ^ @q = @proj => role q_projection
torch-k [label]: ^ @k = @proj => role k_projection
torch-v [label]: ^ @v = @proj => role v_projection
torch-o [label]: ^ o = @proj => role output_projection
sum-of-branches [label]: ^ (x|h|residual|hidden) + (@attn|@ffn) $
    ; ^ (x|h|residual|hidden) + (@attn|@ffn) + (@attn|@ffn) $
    ; ^ (sum|add)? @attn (output|out)? + @ffn (output|out)? (partial|partials|
    outputs|output|sum|branches|results) $ ; ^ @attn (partial|output|out|branch) +
    @ffn (partial|output|out|branch) => role residual_add
sum-of-partial-branches [label]: ^ @attn + @ffn (partial|local) (sum|add) ; ^ (sum|add)? @attn (output|out)? + @ffn
    (output|out)? '(' (partial|partials|sum|add|local) => role residual_add
routed-and-shared [label]: ^ (routed|moe|expert|experts) (out|output|outputs)? +
    shared (expert|experts)? (out|output|outputs)? $ ; ^ shared (expert|
    experts)? (out|output|outputs)? + (routed|moe) (expert|experts)? (out|
    output|outputs)? $ => role residual_add
product-of-attention [label]: (matmul|bmm|mm|dot|gemm|einsum) (att|attn|
    weights|probs|w|p)? (*|x)? v $ ; (att|attn|probs|weights) v (matmul|bmm)
    $ => role attention_output
mask-of-scores [label]: masked fill ; torch where ; torch (tril|triu) !softmax
    => role attention_mask
scale-of-scores [label]: ^ (truediv|div|scale|scaling) $ ; ^ operator truediv
    => no role
sum-of-experts [label]: (sum|weighted)? (of|over)? gate (*|x) @expert $
    ; (sum|weighted) (gate|p|prob|w|weight) (*|x) @expert => role combine
plus-alone [label]: ^ (blk|block|h|layers|blocks)? <n>? + $ => role residual_add
repeated-heads [label]: ^ (repeat|broadcast|expand|replicate) (@k|@v|kv) heads?
    (x|*)? <n>? $ ; (rotary|rope) ... (repeat|broadcast|expand|replicate)
    (@k|@v|kv)? heads? (x|*) <n> $ ; ^ (repeat|broadcast|expand|replicate)
    (@k|@v|kv) '(' (k|v) => no role
add-of-part: (attn|attention|mha|ffn|mlp|moe) add $
    ; add (attn|attention|mha|ffn|mlp|moe) $ => role residual_add
whole-layers-of-parts [label]: @attn ... (,|+|and) ... (@ffn|@moe)
    => role layer if own range
whole-layer-of-short-names [label]: mhsa ... (+|,|and) ... (@ffn|@moe)
    ; self ... (+|,|and) cross ... (+|,|and) ... (@ffn|@moe) => role layer
mhsa: mhsa !@proj !@norm => role attention

#===----- Several ops in one box -------------------------------------------===#
embedding-and-norm [label]: @embed (+|and|,|->|with) @norm => role embedding
output-alone [label]: ^ (self|cross|attn|attention)? o (row|row parallel)? partial? $
    => role output_projection
down-alone [label]: ^ down (row|row parallel)? partial? $ => role ffn_down
gate-up-alone [label]: ^ gate (and|,|+|/) up (column|column parallel)? $
    => role ffn_up
qkv-with-rotary [label]: qkv @proj? (+|,|and|with|w /) (rope|rotary)
    ; (rope|rotary) + qkv
    ; (kv|latent) (a|b|down|up)? @proj (+|,|and|with|'(') ... (rope|rotary)
    => role qkv_projection
q-with-rotary [label]: (q|query) (a|b|up|down)? @proj (+|,|and|with) ... (rope|
    rotary) ; wq (+|and|with) (rope|rotary) => role q_projection
k-with-rotary [label]: (k|key) (b|up)? @proj (+|,|and|with) ... (rope|rotary)
    ; (k|key) (b|up)? @proj '(' ... ')' (+|and|with) ... (rope|rotary)
    ; wk (+|and|with) (rope|rotary) => role k_projection
q-with-norm [label]: (q|query) @proj (+|,|and|with) ... @norm
    => role q_projection
k-with-norm [label]: (k|key) @proj (+|,|and|with) ... @norm
    => role k_projection
scores-with-rotary [label]: (rope|rotary) (+|,|and|->) ... (qk t|q k t|qkt)
    ; (rope|rotary) (+|,|and|->) query key t => role attention_scores
values-with-output [label]: (pv|p v|p * v|av|a v) (+|,|->) (o|out|output) @proj
    ; (pv|p v|p * v|av|a v) (+|,|->) wo => role attention_output
qkv-together [label]: wq (,|/|+|and)? wk ; wk (,|/|+|and)? wv
    ; @q (,|/|+|and) @k @proj ; @k (,|/|+|and) @v @proj
    ; @k @proj (,|/|+|and) @v @proj ; ^ cross? @k (,|/|+|and) @v $
    => role qkv_projection
cross-of-coder [label]: ^ (enc|dec|encoder|decoder) (cross|self)? @q $
    => role q_projection
cross-k-of-coder [label]: ^ (enc|dec|encoder|decoder) (cross|self)? @k $
    => role k_projection
cross-v-of-coder [label]: ^ (enc|dec|encoder|decoder) (cross|self)? @v $
    => role v_projection
cross-q [label]: ^ cross @q $ => role q_projection
cross-k [label]: ^ cross @k $ => role k_projection
cross-v [label]: ^ cross @v $ => role v_projection
norm-and-attention [label]: @norm (+|->) (masked|causal|cross|self) @attn
    => role attention
ffn-in-one [label]: up @proj? (+|->|,) ... @act ... (+|->|,) down
    !expert !experts ; (fc1|fc 1|wi) (+|->|,) @act (+|->|,) (fc2|fc 2|wo)
    !expert !experts ; ^ @ffn <n> -> <n> -> <n> => role ffn
w1-and-w3 [label]: w1 (,|/|+|and) w3 !w2 ; w3 (,|/|+|and) w1 !w2
    => role ffn_up
gate-and-up [label]: gate @proj (,|+|and|/) up @proj
    ; gate @proj? (,|+|and|/) up @proj? (column|column parallel)? (+|,|and) @act
    !down !expert !experts => role ffn_up
sum-of-own [label]: ^ local (add|sum|addition) !reduce => role residual_add
sum-of-parts [label]: (local|elementwise)? (add|sum|addition) of (partial|
    partials|parts) !reduce => role residual_add
expert-of-network [label]: ^ @expert <expert> (swiglu|geglu|gated|glu)? @ffn
    => role expert
experts-of-network [label]: ^ @expert ... '(' (swiglu|geglu|silu|gated|glu|@ffn)
    !router !gate => role expert
expert-of-weights [label]: ^ @expert <expert> '(' w1 (,|+|/)? (w2|w3) (,|+|/)?
    (w2|w3) => role expert
dropout-and-add [label]: bias dropout add ; dropout (+|and|,|->) (residual)? (add|sum)
    => role residual_add
rank-of-factor [label]: (down|up|lora|low|latent|compressed|compression) ,?
    rank @is? <n> ; rank @is? <n> (lora|latent|factor) => skip
width-of-shared [label]: shared (expert|experts) '(' <n> ')' => skip
concat-of [label]: ^ (k|q|v|key|query)? =? concat '(' => role concat
elided-layers [label]: ^ (layers|blocks) <layers> '('? (elided|omitted|folded|
    collapsed|skipped) => role layer, others_alike
output-of-network [label]: ^ (bert)? output dense $ => role ffn_down
output-of-attention: @attn dense $ => role output_projection
output-of-rows [label]: ^ (output|out) @proj? row parallel
    => role output_projection
norm-and-up [label]: @norm (+|->|,) (wi|fc1|w1|up|gate up) => role ffn_up
norm-and-ffn [label]: @norm (+|->) (swiglu|gated|dense|feed forward)? @ffn
    !expert !experts => role ffn
activation-and-down [label]: ^ @act (+|and|->|,) (down|fc2|w2) => role ffn_down
up-and-activation [label]: (fc|fc1|wi|linear|dense) (+|,|and|with) @act
    ; (linear|dense|gemm|matmul) '(' ... ')' (+|,|and|with) @act
    !gate !down !expert !experts ; w1 (+|,|and) (relu|gelu) => role ffn_up
norm-and-class-head [label]: (@norm|ln f) (+|,|/|and|->) (cls|class|
    classification|classifier|mlp|regression|seq|token)? (head|classifier) $
    => role head if no own range
norm-and-output [label]: (final|last)? @norm (+|->) (output|logits|vocab|
    vocabulary|unembed|lm head) (backward|bwd|grad)? $
    ; (@norm|ln f|norm f) (+|->|,) (vocab|vocabulary|output|lm|logits) (@proj|
    head)? $
    => role head if no own range
layers-at-step [label]: ^ (step|timestep|patch) ; ^ on $
    => role layer if own range
sum-of-axis: psum !scatter => role all_reduce
expert-number [label]: ^ e<expert> $
expert-letter [label]: ^ e <n> $ ; ^ e ... <n> $
    => role expert if no shape ellipse oval circle
convolution [label]: (conv|conv1d|conv2d|convolution) <n>? (+|,|and) @act !causal
    ; (conv|conv1d|conv2d|convolution) ... (+|,|and) @act !causal
    => no role
gate-top [label]: ^ gate (linear|proj)? (,|+|->)? (top k|topk) ; ^ gate (linear|
    proj)? (,|+|->)? top <n> ; ^ gate ... top <n> !up !down !@proj
    ; ^ gate ... (topk|top k) !up !down !@proj => role router
choice-of-top [label]: ^ top <n> (expert|experts)? (selection|select|selector|
    gating|routing|choice) !sampling !token ; ^ (topk|top k) (expert|experts)?
    (selection|select|selector|gating|routing|choice) !sampling !token
    => role router
gate-softmax-behind [label]: ^ top <n> (+|->|and|,) softmax !sampling !sample
    !token !vocab !logits => role router
gate-softmax [label]: softmax (+|->|,)? (top k|topk) !sampling !sample !token
    !vocab !logits !head ; softmax (+|->|,) top <n> !sampling !sample !token
    !vocab !logits !head ; gate (+|->|,) (softmax|sigmoid) !up !down
    ; softmax (gate|gating) !up !down ; softmax over? @expert => role router
cache-with-new [label]: kv cache (shard|slice|block|part)? (+|and|with) new (k|kv|
    keys|key) => role qkv_projection
kv-block [label]: ^ kv (block|blocks|chunk|chunks) (step|from|of|rank|shard)?
    <n>? $ => role kv_cache

#===----- Layers that are like another one ---------------------------------===#
layers-like-one [label]: ^ '(' (as|like|same|identical|similar|likewise)
    => role layer if own range

#===----- What serving and training begin and end with ----------------------===#
requests-of-users [label]: ^ (incoming|user|users|client|clients|new|arriving|
    inbound|http|api|online|waiting|pending|batched|live)? (user|client|
    inference|serving|generation|chat)? (request|requests|prompt|prompts|
    traffic) (batch|batches|in|stream)? $ ; ^ (batch|batches) of (user|client)?
    (requests|prompts) $ ; ^ (users|clients) $ => role input
stream-of-tokens [label]: ^ (token|tokens|text|response|answer|output|sse|
    streamed|streaming|generated) (stream|streaming) $ ; ^ (streamed|streaming)
    (token|tokens|text|output|response) $ ; ^ (stream|return|reply|send|respond)
    (tokens|text|response|answer)? back? to the? (client|clients|user|users|
    caller) $ ; ^ (response|reply|answer|completion|completions|answers) (to|
    for)? the? (user|users|client|clients)? $ => role output
end-of-step [label]: ^ (step|iteration|training step|train step|epoch) (end|
    done|finished|complete) $ ; ^ (end|done) of? the? (step|iteration|training
    step)? $ => role output
stream-out [label]: ^ (hidden|hidden states|hidden state|activations|residual
    stream) (out|output|next) $ => no role, kind output
stream-in [label]: ^ (hidden|hidden states|hidden state|activations|residual
    stream) (in|input) $ => no role, kind input
goes-on-to-part [label]: ^ (to|into) @moe (/|or) @ffn ; ^ (to|into) (@moe|@ffn|
    @attn) (sublayer|sub layer|block|part|layer) $ => no role, kind output
parameters-of-rank [label]: ^ (local|own|flat|sharded)? (param|params|parameter|
    parameters) (shard|shards|slice|chunk|partition) => role parameter

#===----- Copies, states, and what goes into a model -----------------------===#
copy-of-devices [label edge]: ^ (copy|memcpy|d2d|dtod|peer) (copy|peer)? $
    => role transfer if target
state-of-mixer [label]: ^ (wkv|ssm|conv|recurrent|rnn|mamba) (state|states|
    cache) ; ^ (state|states) (out|in|cache|pool)
    ; ^ (new|next|updated) (wkv|ssm|conv|recurrent)? (state|states) $
    ; ^ final (wkv|ssm|conv|recurrent)? state $
    => role kv_cache
channel-mix [label]: channel (mix|mixing) => role ffn
parts-of-a-modality [label]: ^ (raw|input)? (image|images|img|pixel|audio|
    speech|video|mel|log mel) (patches|patch|tiles|crops|clip|clips|samples|
    values|waveform|spectrograms) $ => begins
residual-ffn [label]: residual @ffn !@add !+ => role ffn
norm-and-tied-head [label]: (@norm|ln f|norm f) (+|,|/|and|->) tied (lm)? (head|
    unembedding|unembed|embedding|embeddings|@proj) => role head
    if no own range
norm-out-and-head [label]: ln out (+|,|/|and|->) (lm)? head
    => role head if no own range
t5-inner [label name]: ^ wi <n>? $ => role ffn_up
sample-alone [label]: ^ sample $ => role sampling
logits-of-ranks [label]: ^ logits (shard|shards|slice|slices) $ => role output
    if no own layer
part-stream [label]: ^ (x|h|hidden states) $ => no role, kind input if own layer
loop-head [label]: ^ for => no role if own range
)";

StringRef mlir::dag::dot::getFusedRules() { return kRules; }
