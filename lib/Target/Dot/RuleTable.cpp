//===- RuleTable.cpp - The built-in rules of recognition ------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The notation is described in docs/DotRules.md.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

using namespace mlir;

static constexpr llvm::StringLiteral kRules = R"(
#===----- How many layers a box says that it holds -------------------------===#
layer-total [label]: '(' <num_layers> @model? layers (total|in total) ; (total|
    total of) <num_layers> @model? layers
layer-count [label]: '(' <layer_count> @times? @model? @layer !per !each
    !of !more !total !in ; '[' <layer_count> @times? @model? @layer !per !each
    !of !more !total !in ; '(' @times <layer_count> ')' ; ^ <layer_count>
    @times? @model? @layer $ !more
    ; @times <layer_count> (repetitions|repetition|times|repeats)
    ; (repeated|repeat|repeats) @times? <layer_count> (times|x|*) !expert
    !experts ; <layer_count> @times? (repetitions|repeats)
    ; + <layer_count> (more|additional|further)? @model? layers
    ; <layer_count> (more|additional|further|other|remaining) @model? layers
    ; (remaining|other|another|further|next) <layer_count> @model? layers
layer-count-of-cluster [cluster]: '(' <layer_count> @times? @model? layers !per
    !each !of !more !total !in

#===----- Dimensions: a capture that holds no shape does not match ---------===#
weight-slice [label edge]: ^ w (q|k|v|o) '[' ... ']' : <weight>
weight: ^ (weight|weights|kernel) (matrix|shape|size|dims|dim)? @is? <weight>
    ; ^ (params|parameters|parameter) @is? <weight>
    ; ^ (wq|wk|wv|wo|w1|w2|w3|w q|w k|w v|w o|w gate|w up|w down) @is <weight>
    ; (weight|weights) @is <weight> !@attn !softmax !scores
inner-part: ^ (up|gate|down|experts) @is <weight>
input-output: ^ @in / @out @is <input_output>
input: ^ @in @tensor? <n>? @is? <input>
output: ^ @out @tensor? <n>? @is? <output> ; @out @is <output> ; @out <output>
input-tensor: ^ (q|k|v|qkv|kv|query|key|value|queries|keys|values) @is <input>
buffer: (buffer|buf) (size|shape)? @is <buffer>
data: ^ (data|tensor|tensors|activation|activations|hidden states|payload|
    message|shape|dims|dimensions|cache|kv cache) @is <shape>
shape: <shape>
dropout: (p|prob|probability|rate|dropout) (:|=) <dropout> ; dropout <dropout>
    ; dropout '(' <dropout>
dim-line [label]: ^ (batch|batch size|seq|seq len|sequence|sequence length|
    length|hidden|hidden size|hidden dim|dim|d model|heads|head dim|tokens) :
    <dim>
input-text: ^ @in : => ignore
output-text: ^ @out : => ignore
weights-text: ^ (weight|weights|param|params|parameters) @is => ignore
remark: ^ (same|similar|identical|complete|each|repeated|repeating|following|
    note|includes|contains) => ignore
bf16: @dtype? =? (bf16|bfloat16) => type bf16
f16: @dtype? =? (fp16|f16|float16|half) => type f16
f32: @dtype? =? (fp32|f32|float32) => type f32
f64: @dtype? =? (fp64|f64|float64) => type f64
f8: @dtype? =? (fp8|float8|e4m3) => type f8E4M3FN
i8: @dtype? =? int8 => type i8
i32: @dtype? =? int32 => type i32
i64: @dtype? =? int64 => type i64

#===----- Stated by an attribute -------------------------------------------===#
stated-role [attribute]: (role|op|op type|operation) = <role>
stated-block [attribute]: block = <block>
stated-kind [attribute]: (kind|node kind|node type|type) = <kind>

#===----- Declarations for the whole drawing -------------------------------===#
sampled-of [attribute cluster label]: layer h? <sampled_layers> (of|from)
    <num_layers> (is|are)? @shown
sampled-count [attribute cluster label]: <num_sampled> (of|from) <num_layers>
    @model? layers? (are|is)? @shown !missing
    ; <num_sampled> @model? (layer|layers) (of|from) <num_layers> (are|is)?
    @shown !missing
    ; @shown @is? <num_sampled> of <num_layers> @model? layers
others-alike [attribute cluster]: (others|rest|remainder) (layers)? (are|is)?
    (all)? (the)? @elided ; (other|remaining|further|rest of the)
    (layers|blocks) (are|is|have)? (all)? (the)? @elided
    ; (other|others|remaining) <n> (layers|blocks)?
    (are|is|have)? (all)? (the)? @elided ; all <n> (layers|blocks)? (are)? the?
    (alike|identical|same|equal) ; one of each (layer|block)? (is|are)? @shown
    ; one @model? (layer|block) (is|per stage is)? (expanded|drawn|shown)
    ; @layer (is|are)? (drawn|shown|repeated) (x|*) <n>
    ; (others|rest) (repeat|repeats) ; layers between (them|those)? (are|is)
    @elided ; (first|last) layers? of (every|each) stage (are|is)? @shown
    => others_alike
sampled [attribute cluster]: (sampled|sample|sampling|representative|shown|
    drawn) (layers|layer|of layers)? @is? <sampled_layers>
    ; layers? sampling @is? <sampled_layers>
    ; (layers|layer) @shown @is? <sampled_layers>
    ; only (layers|layer)? <sampled_layers> (are|is)? @shown
    ; (showing|shows|show|draws) only? (layers|layer) <sampled_layers>
    ; (layers|layer) <sampled_layers> (are|is)? only? @shown !as !folded
    ; only (layers|layer) <sampled_layers>
omitted [attribute cluster]: (layers|layer) <omitted_layers> '('? (are|is)?
    @elided ; (layers|layer) <omitted_layers> (are|is) all? the? @elided
    ; (layers|layer) <omitted_layers> (have|has|use) the? (same|similar|
    identical) ; layers <omitted_layers> on other (stages|gpus|nodes) @elided
    ; (omitted|skipped) (layers)? @is? <omitted_layers>
unfinished [cluster]: (layers|layer) <meant_layers> (flows|nodes)? would
    ; (todo|tbd) ... (layers|layer) <meant_layers>
num-layers [attribute cluster]: (num|number of|total|n) (hidden)? layers @is?
    <num_layers> ; of <num_layers> layers
    ; <num_layers> (layers|layer) (total|model|transformer|llama|decoder|in
    total) ; total of <num_layers> layers ; ^ <num_layers> layers !per !each
    ; : <num_layers> layers !per !each ; '(' <num_layers> layers !per !each
    ; , <num_layers> layers !per !each ; * <num_layers> layers
    ; total <num_layers> (layer|layers)
    ; ^ <num_layers> layers * ; , <num_layers> layers ,

#===----- Several models in one drawing, and what is said of parts ----------===#
model-layers-encoder [cluster label]: <model_layers> encoder (layers|layer|
    blocks) ; encoder '(' <model_layers> (blocks|layers) => model encoder
model-layers-decoder [cluster label]: <model_layers> decoder (layers|layer|
    blocks) ; decoder '(' <model_layers> (blocks|layers) => model decoder
model-vision [label cluster]: (vision|image|visual) (encoder|tower|transformer|
    model|backbone) ; ^ vit $ ; vision layer ; vision (l|block)
    ; ^ (clip|siglip) ; (clip|siglip|vit) l? (layer|layers|block|blocks)
    => model vision
model-vision-name [name]: ^ (vit|vision|clip|siglip) => model vision
model-audio [label cluster]: (audio|speech) (encoder|tower|model) => model audio
model-text [label cluster]: (text|language) (encoder|tower|model|decoder)
    ; language model => model text
model-query [cluster]: (query|user) (encoder|tower|model) => model query
model-document [cluster]: (document|doc|passage|item) (encoder|tower|model)
    => model document
model-draft [label cluster]: draft (model|worker|llm) ; ^ draft ; draft layer
    => model draft
model-draft-name [name]: ^ draft => model draft
model-target [label cluster]: (target|verifier) (model|worker|llm) ; ^ target
    (layer|l) => model target
model-prefill [label cluster]: prefill (worker|instance|node|engine|server|pool|
    phase|stage|cluster|group|gpu) ; ^ prefill ; prefill '(' => model prefill
model-decode [label cluster]: (decode|decoding|generation) (worker|instance|
    node|engine|server|pool|phase|stage|cluster|group|gpu) ; ^ decode
    ; decode '(' => model decode
model-teacher [label cluster]: teacher => model teacher
model-student [label cluster]: student => model student
model-actor [cluster]: actor ; policy model => model actor
model-critic [cluster]: critic ; (value|reward) model => model critic
model-reference [cluster]: reference (model|policy) => model reference
model-encoder [cluster]: encoder !position !positional !decoder
    => model encoder
model-encoder-label [label]: ^ encoder !decoder
    ; encoder (layer|layers|block|blocks|stack) !decoder => model encoder
model-encoder-name [name]: ^ (enc|encoder) => model encoder
model-decoder [cluster]: decoder !encoder => model decoder
model-decoder-label [label]: ^ decoder ; decoder (layer|layers|block|blocks|
    stack) => model decoder
model-decoder-name [name]: ^ (dec|decoder) => model decoder
model-llm [label cluster]: llm (layer|layers|block|blocks|l) ; ^ llm $
    => model text
model-llm-name [name]: ^ llm => model text
replicated [label cluster]: replicated !not ; shared (expert|experts) ; (data
    parallel|dp) @attn ; dp<n> @attn ; @attn (data parallel|dp) ; @attn ... data parallel
    ; '(' data parallel (,|')') => replicated
split [label]: (tensor|row) parallel !size !degree !group !rank !no !without
    ; (tensorparallel|rowparallel) => split
begins [label]: (input|inputs|prompt|prompts) !: != => begins
ends [label]: (output|outputs|result|results|prediction|predictions) !: !=
    => ends

#===----- Layers -----------------------------------------------------------===#
same-layer: (same|similar|identical) (structure|pattern|layout)? (as|to|of)
    (layer|stage|gpu|device) <n> ; like (layer|stage|gpu|device) <n> => skip
running-sums [label]: (max|m) m<n> ; (sum|lse) l<n> => skip
layer-of [label name cluster]: layer <layer> (of|/) <num_layers>
    ; (layer|block) <layer> '(' (out of|of) <num_layers> layers? ')'
layers-in-words: layers <layers> !@send !@recv !@comm
layer-pair: (layers|layer) <source_layer> @to (layers|layer)? <target_layer>
    ; l<source_layer> @to l<target_layer>
layer-pair-name [name]: &@move l<source_layer> l<target_layer>
    ; &@move layer <source_layer> layer? <target_layer>
    ; from layer <source_layer> to layer <target_layer>
layers: (layers|layer) @is? <layers> ; l<layers>
    ; (transformer|decoder|encoder) (blocks|block) <layers>
    ; ^ (blocks|block) <layers>
layers-ordinal: ordinal <layers> (layer|layers)
layer-ordinal: ordinal <layer> (layer|layers)
layer: (layer|lyr) (id|idx|index|num|number|no)? @is? <layer> ; l<layer>
    ; &blk <layer> ; (transformer|decoder|encoder|vision) (block|blk) <layer>
    ; ^ block <layer>
layer-path-text [label]: (model|decoder|transformer|encoder)? layers <layer> $
    !: !total ; (model|decoder|transformer|encoder) layers <layer>
layer-path [name]: layers <layer> ; (transformer|model) h <layer>
    ; ^ h <layer> &(attn|mlp|ln|self|self attention|input|c|add|gelu)
layer-block [name]: ^ (attn|attention|mha|self attn|mlp|ffn|moe|decoder|encoder)
    <layer> &@part

#===----- Stages -----------------------------------------------------------===#
coordinates: dp<dp_rank> pp<stage> tp<n> dp<n> pp<n> tp<n>
    ; dp<dp_rank> tp<n> dp<n> tp<n> ; dp<dp_rank> ep<n> dp<n> ep<n>
    ; pp<stage> tp<n> pp<n> tp<n> => skip
stage-pair-devices [label edge]: @stage <source_stage> ('('|'[') @gpu?
    <source_devices> (')'|']') @to @stage? <target_stage> ('('|'[') @gpu?
    <target_devices>
    ; @gpu <source_devices> ('('|'[') @stage <source_stage> (')'|']') @to @gpu?
    <target_devices> ('('|'[') @stage <target_stage>
stage-pair: @stage <source_stage> @to @stage? <target_stage>
    ; between @stage <source_stage> (and|to|->) @stage? <target_stage>
    ; @pipe &@move? <source_stage> @to @stage? <target_stage>
    ; s<source_stage> @to s<target_stage>
    ; pp<source_stage> @to pp<target_stage>
    ; @stage <source_stage> '(' ... ')' @to @stage <target_stage>
stage-pair-name [name]: s<source_stage> s<target_stage>
    ; &@move @stage <source_stage> @stage <target_stage>
    ; @pipe &@move <source_stage> <target_stage>
peer-behind [label edge]: to @gpu? <target_devices> '(' @stage <target_stage>
    ; to (rank|ranks) <target_devices> '(' @stage <target_stage>
peer-before [label edge]: from @gpu <source_devices> '(' @stage <source_stage>
    ; from (rank|ranks) <source_devices> '(' @stage <source_stage>
source-stage [name label edge]: from @stage <source_stage>
source-stage-key [attribute]: (source|src|from) (pp)? (stage|rank)? =
    <source_stage>
target-stage-key [attribute]: (target|dst|dest|destination|to) (pp)? (stage|
    rank)? = <target_stage>
target-stage [name label edge]: to @stage <target_stage>
    ; ready for @stage <target_stage>
stage-of: stage <stage> (of|/) <pp_size>
layout [cluster]: tp<tp_size> (x|*|/|+|,)? pp<pp_size>
    ; pp<pp_size> tp<tp_size> (dp|ep) ; tp<tp_size> (dp|ep) <n> pp<pp_size>
pp-size [cluster]: @pipe (size|degree) @is? <pp_size>
    ; @pipe (parallelism|parallel) (size|degree)? = <pp_size> ; pp = <pp_size>
    ; <pp_size> way @pipe
    ; <pp_size> (stages|pipeline stages|pp stages) (in total|total)? $ !ring !kv
    !exchange !rotation ; <pp_size> stage @pipe
pp-size-of-node [name label edge]: @pipe = <n>
opaque-name [name]: ^ (s|h) <n> $ => skip
stage [name label cluster edge]: @stage (id|idx|index|rank|no)? @is? <stage>
    ; @pipe rank @is? <stage> ; @pipe <stage>
stage-letter [name cluster edge]: s<stage>
stage-letter-text [label]: s<stage> !: !=
stage-key [attribute]: (stage|pp|pp stage|pp rank|pipeline stage|pipeline rank|
    stage id|pipeline) = <stage>

#===----- Parallel groups --------------------------------------------------===#
tp-all: tp<n> @to? tp<n> => skip
tp-group: tp<tp_size> '[' gpus @is? <devices>
ep-group: ep<n> '[' gpus @is? <devices>
batch-shard: (batch|data) (shard|slice|split|part|chunk) (id|idx|index)? @is?
    <dp_rank>
tp-rank-of: @tp (rank|shard|part|slice)? @is? <tp_rank> (of|/) <tp_size>
    ; (shard|slice|partition) <tp_rank> (of|/) <tp_size>
    ; @tp = <tp_size> rank <tp_rank> ; rank <tp_rank> '(' @tp = <tp_size>
tp-key [attribute]: (tp|tp rank|tensor parallel rank|tp index|tp id|shard) =
    <tp_rank>
tp-size: @tp (size|degree|world size|width) @is? <tp_size> ; @tp = <tp_size>
    ; <tp_size> way (tp|tensor) ; @tp <tp_size> way
tp-index: @tp (group|groups) <n> => skip
tp-rank [name label edge]: @tp (rank|shard|part|slice)? @is? <tp_rank>
    ; shard (id|idx|index)? @is? <tp_rank> ; tensor rank <tp_rank>
dp-size: (dp|data parallel|data parallelism) (size|degree)? = <dp_size>
    ; (dp|data parallel|data parallelism) (size|degree) @is? <dp_size>
    ; <dp_size> way (dp|data)
ep-size: (ep|expert parallel|expert parallelism) (size|degree)? = <ep_size>
    ; (ep|expert parallel|expert parallelism) (size|degree) @is? <ep_size>
    ; <ep_size> way (ep|expert)
sp-size: (sp|cp|sequence parallel|sequence parallelism|context parallel|
    context parallelism) (size|degree)? = <sp_size>
    ; (sp|cp|sequence parallel|context parallel) (size|degree) @is? <sp_size>
    ; <sp_size> way (sp|cp|sequence|context)
dp-rank: (dp|data parallel) (rank|replica|group)? @is? <dp_rank>
    ; replica <dp_rank>
ep-rank: (ep|expert parallel|expert parallelism) (rank|group|size|degree)? @is?
    <n>
sp-rank: (sp|cp|kvp) (rank|size)? @is? <n>
microbatch: (microbatch|micro batch|mbatch|ubatch|mb) (id|idx|index)? @is?
    <microbatch>
expert-coordinate: expert @is <expert> @tp @is? <tp_rank> => skip
expert: expert (id|idx|index|no)? @is? <expert> ; expert l<layer> e<expert>
expert-name [name]: experts <expert> ; expert l<layer> <expert>

#===----- Devices ----------------------------------------------------------===#
counted-devices [label]: <n> @gpu = <n> => skip
root-device [label]: (dst|dest|root) (=|:)? @gpu @is? <target_devices>
machine: (node|host|server|machine) <node> (/|,)? @gpu <n>
device-pair: @gpu @is? @gpu? <device_pairs> ; @gpu &@move <device_pairs>
    ; (ranks|rank) @is? <device_pairs>
source-devices [label edge]: from @is? @gpu @is? <source_devices>
    ; from (rank|ranks) @is? <source_devices>
target-devices [name label edge]: to @is? @gpu @is? <target_devices>
    ; to (rank|ranks) @is? <target_devices> ; @gpu : ... -> <target_devices>
named-pair: from : <device_name> to : <target_device_name>
gpu-count [cluster]: (gpus|devices) @is? <n> => skip
device: @gpu @is? all <devices>
    ; @gpu @is? @gpu? (id|ids|idx|index|rank)? @is? <devices>
    ; (global|world) (rank|ranks) @is? <devices>
cache-level: l<n> cache => skip
local-rank: local rank @is? <n> => skip
rank: (rank|ranks) @is? <devices>
all-devices: @gpu @is? all <n> @gpu ; ^ all <n> @gpu
    ; @gpu @is? all (gpu|gpus|devices|ranks|stages|pp stages|groups|dp
    groups)? $ ; ^ all @gpu $ => all_devices
device-name [label attribute]: ^ @gpu @is <device_name> !h100 !h200 !h800 !a100
    !a800 !v100 !b200 !mi300x !nvidia !amd

property: ^ ... : <n> !* !x !-> => ignore

#===----- Words that say nothing about the role ----------------------------===#
op-key [label]: ^ (op|operation|operator|op type|op name) : => skip
tp-rank-of-cluster [cluster]: @tp (rank|shard) <tp_rank> ; ^ tp<tp_rank> $
noise [name label]: (tensor|data|expert|sequence|context|model|pipeline)
    (parallel|parallelism) !sync !synchronization ; (column|col|row|vocab|head)
    (parallel|wise|split|slice|slices|shard|block)
    ; &(q|k|v|qkv|wqkv|wo|weight|weights|proj|projection|out|output|scores)
    (slice|slices|shard)
    ; tp (group|groups|shard|split|local) ; full layer ; @tp across => skip

#===----- Blocks: what a norm, a residual or a collective belongs to -------===#
block-moe: @moe ; @expert !parallel ; ep ; router ; gating ; dispatch ; combine
    => block moe
block-post-attention [name label]: post (attn|attention) @norm => block ffn
block-attention: @attn ; qkv ; kv ; self attn
    ; (q|k|v|o|out|query|key|value) proj ; input layernorm => block attention
block-ffn: @ffn ; (up|down|gate) @proj ; fc1 ; fc2 => block ffn
block-embedding: @embed !position !positional !rotary => block embedding
block-head: lm head ; logits ; vocab ; vocabulary ; unembed => block head
block-final: final @norm ; model norm ; final @all_reduce => block final_norm
block-output: @out @all_reduce ; @out @all_gather ; @out @reduce_scatter
    => block head if no layer

#===----- Roles: notes -----------------------------------------------------===#
legend [name label cluster]: legend
    ; ^ (note|notes|title|caption|key features|annotation) => role note
legend-line: ^ (tp|pp|ep|dp) = ; ^ (note|notes) : => role note

#===----- Roles: ends of a part, which are none of the drawing -------------===#
part-begin: ^ @in $ => no role, kind input if own layer
part-end: ^ @out $ => no role, kind output if own layer
stage-end: ^ @out $ ; ^ @in $ ; ^ (start|source|end|sink) $
    => no role if own stage
part-input: (@ffn|@attn|layer|@moe) input $ => no role

#===----- Roles: collectives -----------------------------------------------===#
gradient-sync: (gradient|gradients|grad|dp|data parallel|data parallelism)
    (sync|synchronization)
    ; (sync|synchronize) (gradients|grads) => role collective
expert-tokens: @send (tokens|token)? to @expert
    ; @recv (tokens|token|results|outputs|output)? from @expert
    => role all_to_all
expert-exchange: @expert (send|recv|receive|exchange)
    ; (send|recv|receive) @expert => role all_to_all
all-to-all: @all_to_all => role all_to_all
reduce-scatter: @reduce_scatter ; ^ rs ; rs $ => role reduce_scatter
all-reduce: @all_reduce ; ^ ar ; ar $ ; allreduce ; lax psum ; ^ psum
    => role all_reduce
all-gather: @all_gather ; ^ ag ; ag $ => role all_gather
repeated-heads [label]: broadcast (k|v|kv|heads|groups)? @times <n> => no role
broadcast: broadcast ; broadcasts ; bcast => role broadcast

#===----- Roles: adapters, and adds that name what they add ----------------===#
adapter-add: (lora|adapter) (add|addition) => role residual_add
projector: (multimodal|multi modal|vision|visual|image|mm|cross modal)?
    projector
    => role linear
adapter: (lora|adapter) (a|b|down|up) ; ^ (lora|adapter) (branch|path)? $
    => role linear
branch-add: @attn (+|and|,)? @ffn (add|addition) $
    ; @add (of|:)? the? '('? @attn (+|and|,) the? @ffn
    ; (parallel|branch|branches) (add|addition) ; @add (of)? branches
    => role residual_add
shared-add: shared (expert|experts|ffn|mlp)? (add|addition)
    ; (add|addition) (of|:)? the? shared (expert|experts)? => role residual_add

#===----- Roles: boxes for a whole layer or stage---------------------------===#
whole-layer: @attn (+|,|/|and) ... @ffn ; @attn (+|,|/|and) ... @moe
    ; @attn ... + (swiglu|geglu|glu|@ffn|@moe)
    => role layer
fused-attention: @norm (+|->) @attn ; (residual|add) + @attn
    ; @attn + (residual|add|proj|projection|output|out|@norm)
    ; qkv @proj? + @attn => role attention
fused-moe: @norm (+|->) @moe ; @moe + (residual|add|@norm) => role moe
fused-ffn: @norm (+|->) @ffn ; @ffn + (residual|add|@norm) => role ffn
layers-and-ends: @embed ; head ; lm head ; final @norm ; sampling ; @in
    ; @out !@proj => role layer if own range, no own stage
stage-and-ends: @embed ; head ; lm head ; final @norm ; sampling ; @in
    ; @out !@proj ; ^ @pipe? stage? layers? $
    => role stage if own range, own stage

#===----- Roles: point to point --------------------------------------------===#
kv-cache-buffer: kv (buffer|buffers) => role kv_cache
comm-buffer: (buffer|buffers|buf) => role comm_buffer
send-recv: @send (/|+|and|->)? @recv ; sendrecv ; @recv (/|+|and)? @send
    => role transfer
send: @send => role send
recv: @recv => role recv
kv-exchange: (kv|k v) (exchange|ring|rotation|passing|rotate)
    ; ring (exchange|topology|rotation|pass) ; ^ ring step $ => role collective
transfer: transfer ; xfer ; @pipe @comm ; @pipe @stage? transition
    ; stage transition ; (async|asynchronous) @comm
    ; (inter stage|interstage|cross stage|stage to stage|point to point) ; p2p
    ; stage (comm|boundary) ; hand off ; handoff
    ; (activation|activations|hidden states|token|tokens) @comm ; @gpu to @gpu
    ; return to => role transfer
stage-pair-alone: ^ $ ; ^ @pipe $ ; ^ comm $ => role transfer if target

#===----- Roles: mixture of experts ----------------------------------------===#
combine: (combine|combination|combiner|combined|unpermute|un permute)
    ; @expert @aggregate ; @aggregate (from|the|all)? @expert ; @moe @aggregate
    ; @expert (outputs|output)? (sum|reduce|gather) => role combine
weighted-sum-of-experts: weighted => role combine if block moe
weighted-sum-of-chosen: weighted (sum|combination|average)
    => role combine if input top_k topk num_experts n_experts experts
router: router ; gating ; @moe gate ; @expert gate
    ; gate (router|selection|network|select|scores|logits|softmax)
    ; @expert (select|selection|choice|selector)
    ; top k (gate|gating|router|selection|expert|experts)
    ; topk (gate|gating|router|selection|expert|experts)? => role router
dispatch: dispatch ; dispatcher ; route ; routes ; routing ; @split tokens
    ; (token|tokens) @split
    ; (token|tokens) (permute|permutation|shuffle|scatter)
    ; (permute|shuffle|scatter) tokens
    ; (permute|shuffle|sort|sorted|group|grouped) tokens? by @expert
    => role dispatch
gate-by-shape: gate !@split ; gates !@split
    => role router if shape parallelogram diamond, no block attention ffn
gate-by-output: gate ; gates
    => role router if output experts num_experts n_experts expert top_k

#===----- Roles: other collectives, local reshaping ------------------------===#
merged-logits: ^ (merged|gathered|concatenated|combined|full|final) (logits|
    outputs|output|results) $ => role output if no own layer
reduce: reduce ; reduction => role reduce
collective-comm: (tp|ep|dp|attn|attention|ffn|mlp|moe|expert|collective|tensor
    parallel|expert parallel|data parallel) (comm|communication|communications|
    sync|synchronization) ; (routing|ep) communications ; barrier
    ; synchronization ; input (distribution|distribute) ; distribute
    ; collective => role collective
embedding-part: @embed (partition|shard|slice|chunk|part) => role embedding
slice: @split ; shard (the)? (batch|input|inputs|requests) => role slice
concat: concat !proj !projection ; concatenate ; concatenation ; cat ; merge
    ; merged ; @aggregate => role concat
gather-batch: gather (the)? (batch|batches|requests|replicas) => role concat
gather: gather => role gather
scatter: scatter => role scatter

#===----- Roles: residuals, norms ------------------------------------------===#
softmax-norm: softmax @norm => role attention_weights
softmax-dropout: softmax + dropout => role attention_weights
embedding-sum: @add @embed ; @embed @add => role embedding
residual: residual ; residuals ; skip @add ; @add skip ; resid ; res ; skip
    connection ; @add + norm
    ; @add @norm ; ^ (add|addition|elementwise add|elemwise add|eltwise add) $
    ; ^ + $ ; @add residual ; shortcut => role residual_add
flash-attention: (flash|flex|paged|fused) @attn !@proj !@norm !@add
    => role attention
dropout-alone: dropout !+ !with => role dropout
qk-norm: (q|k|qk|query|key) @norm => role qk_norm
norm-and-head: (@norm|ln f|norm f) (+|,|/|and) (lm)? (head|unembedding|unembed)
    ; (@norm|ln f|norm f) (+|,|/|and) (output|vocab|vocabulary) @proj
    => role head if no own range
final-norm: (final|last) @norm ; ^ (output|out|head) @norm ; ln f ; norm f
    ; (model|decoder|transformer) norm $ ; @norm (final|f) $ ; @norm '(' final
    ; pre (head|logits) norm => role final_norm if no own layer
norm: @norm => role norm

#===----- Roles: attention -------------------------------------------------===#
rotary-alone: ^ (apply)? (rope|rotary)
    ; (rotary|rope) (position|positional) (embedding|embeddings|encoding|
    encodings)? ; (rotary|rope) (embedding|embeddings|emb|embed)
    ; rotary pos emb ; (rotary|rope) $ !@proj => role rotary_embedding
qkv: qkv ; wqkv ; @q / @k / @v ; @q , @k , @v ; @q , @k (and|,) @v ; @q @k @v
    ; (kv|latent) (down|up) @proj ; c attn ; attn qkv ; kv @proj ; kv (a|b)
    proj ; (kv|latent) (down|up) proj
    ; fused qkv => role qkv_projection
attention-times-values: (@attn|probs|weights|scores|softmax) v (matmul|mm|bmm|
    product|gemm|mul|multiply|multiplication) => role attention_output
q-projection: q (a|b|up|down)? @proj ; @proj (of|de|von)? @q $ ;
    (query|queries) @proj ; wq ; w q $
    ; (q|query) (computation|compute|calc) ; @attn (q|query|queries) ; self
    (query|q) ; qproj ; qlinear
    => role q_projection
k-projection: k (up|b)? @proj ; @proj (of|de|von)? @k $ ; (key|keys) @proj ; wk
    ; w k $ ; @attn (k|key|keys)
    ; self (key|k) ; kproj ; klinear => role k_projection
v-projection: v (up|b)? @proj ; @proj (of|de|von)? @v $ ; (value|values) @proj
    ; wv ; w v $
    ; @attn (v|value|values) $ ; self (value|v) ; vproj ; vlinear
    => role v_projection
q-alone [label]: ^ @q $ => role q_projection
k-alone [label]: ^ @k $ => role k_projection
v-alone [label]: ^ @v $ => role v_projection
sampling-softmax: (output|final|vocab|logits|logit) softmax
    ; softmax (logits|vocab) => role sampling
softmax-of-vocabulary: softmax
    => role sampling if output vocab vocab_size, no own layer
values-product: (probs|softmax|scores) @v $ ; ^ p @v $ ;
    (softmax|probs|weights|scores|p|s|a|attn|attention) (*|x|times)
    @v $ ; softmax ... * v $ ; @attn (probs|weights|scores) v $ ; (av|pv|sv) $
    ; bmm2 => role attention_output
values-of-head: @out head <n> => role attention_output if layer
attention-weights-named: ^ weights $ => role attention_weights if own layer
attention-weights: softmax
    ; @attn (weights|weight|probs|probabilities|probability|prob)
    => role attention_weights
moe-output: @moe (output|out) @proj => role linear
ffn-output: (@ffn|@expert) (output|out) @proj => role ffn_down
output-projection-attention: @attn (output|out) @proj ; (o|wo|attn o) @proj
    ; ^ wo $ ; wo ; w o $ ; oproj ; outproj ; @attn c proj
    ; @attn (output|out) dense ; @attn (o|proj|projection) $ ; blk attn output
    ; self attention dense ; linear proj $ => role output_projection
row-linear: @proj '(' @attn @out => role output_projection
weighted-sum: weighted (sum|values|average|combination) ; weighted ; (av|pv|sv)
    ; (probs|weights|scores) @v (matmul|gemm|product|bmm) ; context ; ctx
    ; @attn (output|out) ; sum of values ; value aggregation ; apply @attn
    => role attention_output
attention-scores: @attn (scores|score|scoring|logits) ; qk t ; q k t ; q * k
    ; q x k ; qk (matmul|scores|score|dot|product|gemm|bmm)
    ; q k (matmul|scores|score|dot|product) ; qk $ ; qkt
    ; query key (dot|product) ; score (computation|matrix|calc|calculation)
    ; (scores|score) ; dot product $ ; scaled dot $
    ; scaled dot product !attention !attn ; bmm1 => role attention_scores
mask: (causal|attention|attn)? mask => role attention_mask
attention-compute: @attn (compute|computation|comp|kernel|core|block|layer|op|
    mechanism) => role attention
kv-cache: kv cache ; kvcache ; (append|appended|extend|concat|concatenate)
    new? (k|v|kv|keys|values|key|value) (to cache)? $ ; (k|v) cache ; kv store
    ; (key value|past key value|past key values) cache
    ; cache (read|write|update|append|access|lookup) ; ^ (latent|ckv)? cache $
    => role kv_cache if no role attention
output-projection-vocabulary: @out @proj ; final @proj
    => role head if output vocab vocab_size vocabulary v
output-projection-named [name]: ^ (output|final|lm|model|vocab|logits|unembed)
    (output)? @proj => role head if no layer, no block attention
output-projection-last: @out @proj => role head if role output, no layer
output-projection: @out @proj ; @proj (of|de|del|da|von) @out ; out proj ; attn
    out => role output_projection

#===----- Roles: feed-forward network --------------------------------------===#
fused-mlp: @ffn up (+|,|/|->|and) ... down ; up + ... down ; up -> ... down
    ; fc1 (+|->) ... fc2 => role ffn
gate-up: gate up ; up gate ; gate / up ; up / gate ; gate + up ; up + gate
    => role ffn_up
ffn-gate: gate (proj|projection|linear|lin|weight|matmul|gemm|dense) ; @ffn gate
    ; (swiglu|glu|geglu) gate ; ^ gate and $ => role ffn_gate
ffn-up: up (proj|projection|linear|lin|weight|matmul|gemm|dense)
    ; @ffn (up|expand|expansion|in|intermediate|inner|w3) ; ^ up $ ; fc1 ; fc in
    ; c fc ; dense h to 4 h ; h to 4 h
    ; @ffn (linear|fc|dense|gemm|layer|matmul|lin) 1 ; linear fc1
    ; intermediate (dense)? $ ; (first|1st) (linear|ffn|mlp|fc)
    ; @ffn (first|1st) ; upproj => role ffn_up
ffn-down: down (proj|projection|linear|lin|weight|matmul|gemm|dense)
    ; @ffn (down|contract|contraction|out|output|w2) @proj? $ ; ^ down $ ; fc2
    ; fc out ; @ffn c proj ; dense 4 h to h ; 4 h to h
    ; @ffn (linear|fc|dense|gemm|layer|matmul|lin) 2 ; linear fc2
    ; (second|2nd) (linear|ffn|mlp|fc) ; @ffn (second|2nd) ; downproj
    => role ffn_down
ffn-w1 [label]: w1 => role ffn_gate
ffn-w2 [label]: w2 => role ffn_down
ffn-w3 [label]: w3 => role ffn_up
ffn-1 [label]: ffn1 ; mlp1 => role ffn_up
ffn-2 [label]: ffn2 ; mlp2 => role ffn_down
ffn-whole: ^ (swiglu|geglu|gated|dense|glu|moe|shared)? @ffn (block|layer|
    module|network|compute|computation|start|sublayer)? $ ; (swiglu|geglu) @ffn
    ; @ffn (with|using) => role ffn if no block moe
activation: @act => role activation
multiply: mul ; multiply ; multiplication ; elementwise (product|mul|multiply)
    ; hadamard ; gate * up ; up * gate ; gate x up => role multiply
gate-of-moe: ^ gate $ => role router if block moe
gate-of-ffn: ^ gate $ => role ffn_gate if block ffn
gate-parallelogram: ^ gate $ => role router if shape parallelogram diamond

#===----- Roles: around the layers -----------------------------------------===#
embedding-and-position: @embed (+|and) (position|positional|pos)
    => role embedding
position: (position|positional|pos|wpe) (embedding|embeddings|encoding|
    encodings|embed|emb|enc) ; wpe ; learned positions ; (position|positional)
    => role position_embedding
unembedding: lm head ; head lm ; lmhead ; un embedding ; unembedding ; unembed
    ; de embedding ; output (head|embedding|layer)
    ; (language model|prediction|vocab|vocabulary|classification|classifier)
    (head|projection|proj|linear|layer) ; ^ head $ ; classifier => role head
output-logits: (output|final) logits => role output if role output
logits-alone: ^ logits $ => role output if no own layer, no role head
logits: logits ; logit => role head
embedding: @embed ; embedder ; tokens? to vector ; token lookup ; lookup table
    => role embedding
sampling: sampling ; sampler ; sample (first|draft|next|new)?
    (token|tokens|responses|
    completions|rollouts)
    ; (accept|verify) (/|+|or|and)? (accept|reject) ; greedy ; argmax ; arg max
    ; (next|sample) token
    ; token selection ; (top p|top k|nucleus) ; greedy decode ; detokenize
    ; detokenizer => role sampling
output-name: ^ (model|final|global|system|pipeline|network|overall)? (output|
    outputs|out|result|results|response|predictions|prediction) (tokens|token|
    text|sequence|data|ids|batch|node|final|layer)? $
    ; ^ (generated|output) (tokens|token|text) $ ; ^ (end|sink) $
    ; ^ (cross entropy|lm|training)? loss $ => role output
input-name: ^ (model|global|system|user|raw|pipeline|network|initial)? (input|
    inputs|prompt|prompts) (tokens|token|text|sequence|sequences|data|ids|batch|
    node|layer|stage|activations|hidden states|tensor|x)? $
    ; ^ (token ids|token id|tokens|input ids|user request|requests|request) $
    ; ^ (start|source) $ ; ^ (source|target) (tokens|ids|text) $
    ; ^ (token|position|pos)? (positions|position ids|pos ids) $ => role input
parameter: ^ (model)? (parameter|parameters|weights) $ ; (weight|weights|bias) $
    ; (param|params|parameter|parameters|weight|weights) (shard|shards)
    ; flat (param|params|parameter|parameters) ; ^ (optimizer|adamw|adam)
    ; (qkv|q|k|v|o|ffn|mlp|embedding|expert|layer) (weights|parameters|params)
    => role parameter
)";

StringRef mlir::dag::dot::getBuiltinRules() { return kRules; }
