//===- CodeTable.h - The table of codes -------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row for each code: code, check, severity, title, what is expected, what
// happens on the cluster otherwise, and how to mend it. Rows ascend by code.
// docs/Verification.md has a section for each of them.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIAGNOSTICS_CODETABLE_H
#define DAG_LIB_DIAGNOSTICS_CODETABLE_H

#include "dag/Diagnostics/Finding.h"

namespace mlir::dag::report {

// clang-format off
constexpr CodeInfo kCodeTable[] = {
    //===--- Input: was everything understood? ----------------------------===//
    {"DAG001", CheckId::Input, Severity::Unverified,
     "Syntax error in the drawing",
     "The whole file is a drawing in the DOT language.",
     "The reader skipped text to go on, so nodes and edges may be lost: "
     "nothing that the other checks say of this file can be relied on.",
     "Mend the text at this line and column; an unclosed quote, bracket or "
     "brace is the usual cause."},
    {"DAG002", CheckId::Input, Severity::Unverified,
     "Node not understood",
     "The attributes, the name or the label of each node say what it does.",
     "No check can judge the node: a missing all-reduce or a second copy of a "
     "layer could hide behind it.",
     "Say what the node does with a role attribute, such as role=ffn_up, or "
     "teach the reader your naming with --dot-rules."},
    {"DAG003", CheckId::Input, Severity::Unverified,
     "Sources contradict each other",
     "The attributes, name, label and cluster of a node say the same of it.",
     "Two readers of the plan build two deployments: the weights of layer 3 "
     "in the place of layer 4 load without an error and give wrong tokens.",
     "Correct the source that is wrong; until then attributes win over the "
     "name, the name over the label, and the label over the cluster."},
    {"DAG004", CheckId::Input, Severity::Unverified,
     "Nothing to verify",
     "The file holds a drawing with nodes, a sketch or a plan.",
     "An empty file has no defects and deploys nothing: taken for a pass, it "
     "would hide a wrong path or an export that failed.",
     "Check the path and the step that wrote the file."},
    {"DAG005", CheckId::Input, Severity::Unverified,
     "Malformed op in the plan",
     "Each op of the plan is well formed by itself.",
     "What a malformed op does is undefined, so no check can judge it or what "
     "follows from it, and no later step can compile it.",
     "Mend the op as the message says."},
    {"DAG006", CheckId::Input, Severity::Unverified,
     "Node never declared",
     "Each node that an edge names is declared with a label or attributes.",
     "A misspelled name makes a second, empty node: the edge leads nowhere, "
     "and the node that was meant waits for a tensor that never comes.",
     "Declare the node, or correct its name in the edge."},
    {"DAG007", CheckId::Input, Severity::Unverified,
     "Input could not be read",
     "The file is there, and is a drawing, a plan or a model's configuration.",
     "Nothing of the deployment was looked at: a report of an earlier run says "
     "nothing of this file.",
     "Mend the path or the file as the message says, and verify again."},

    //===--- Attention ----------------------------------------------------===//
    {"DAG101", CheckId::Attention, Severity::Critical,
     "Attention not decomposed",
     "Each layer shows on each TP rank the QKV projection, the scores (QK^T), "
     "the weights (mask and softmax), the dropout and the output (weighted "
     "sum of the values).",
     "What is not shown is in no estimate and left to whoever implements it: "
     "the scores (batch x heads x seq x seq) run out of memory at long "
     "sequences, and a forgotten mask or scaling gives silently wrong tokens.",
     "Add the missing parts behind the QKV projection, for each layer and TP "
     "rank."},
    {"DAG102", CheckId::Attention, Severity::Critical,
     "Attention parts out of order",
     "Within a layer and TP rank data passes from QKV projection to scores, "
     "weights, dropout and output, in this order.",
     "The shapes often fit in the wrong order too, so nothing fails at run "
     "time: the model answers, and every token is wrong.",
     "Connect the parts in the order QKV projection, scores, weights, "
     "dropout, output, and remove edges that skip a part or lead back."},
    {"DAG103", CheckId::Attention, Severity::Critical,
     "Attention part doubled",
     "Each part of the attention stands once in each layer and TP rank.",
     "A part that runs twice scales, masks or projects twice, or adds two "
     "results at the reduction: a silent wrong sum, at twice the cost.",
     "Remove the copy, or correct its layer or TP rank if it belongs to "
     "another one."},
    {"DAG104", CheckId::Attention, Severity::Critical,
     "Attention drawn as one composite",
     "The attention is shown as its parts, from QKV projection to output.",
     "Nothing inside the box can be checked: how the heads are split over TP, "
     "how large the scores are, where the mask is. A head count that TP does "
     "not divide comes to light when the engine starts.",
     "Replace the box by the attention's parts on each TP rank, between the "
     "same neighbours."},
    {"DAG105", CheckId::Attention, Severity::Low,
     "Attention dropout not stated",
     "The dropout behind the attention weights is stated; inference has none "
     "and says p = 0.",
     "If the code keeps the default of the training (often p = 0.1), answers "
     "differ from run to run, and so do TP ranks with different random "
     "states.",
     "State the dropout between weights and output; for inference, p = 0."},

    //===--- Layers -------------------------------------------------------===//
    {"DAG201", CheckId::Layers, Severity::High,
     "Layers missing, no sampling documented",
     "Each layer of the model is shown once, or the layers shown are declared "
     "as a sample, with the reason.",
     "A layer that no stage owns is a lost layer: the model runs without it "
     "and answers nonsense, and memory and time are planned for a fraction "
     "of the model.",
     "Show the missing layers, or document the sampling: "
     "sampling=\"0, 19, 20\" on the graph, or sampling = [0, 19, 20] with a "
     "reason on dag.model."},
    {"DAG202", CheckId::Layers, Severity::High,
     "Layer in the wrong stage",
     "Each layer stands in the stage whose range of layers holds it.",
     "The stage that loads the weights isn't the one that runs the layer: it "
     "fails for a tensor that is on another GPU, or runs out of memory.",
     "Move the layer to the stage that owns it, or change the ranges of both "
     "stages."},
    {"DAG203", CheckId::Layers, Severity::High,
     "Layer appears twice",
     "Each layer stands once in the whole pipeline.",
     "A layer that runs twice changes every token without an error, and its "
     "weights take the memory of two.",
     "Remove the copy, or give it the number of the layer that it stands "
     "for."},
    {"DAG204", CheckId::Layers, Severity::High,
     "Layers out of order",
     "Data passes the layers in ascending order, in and between stages.",
     "All layers have the same shapes, so two that are swapped run without an "
     "error and give wrong tokens; across a stage boundary the stages wait "
     "for each other: an NCCL hang.",
     "Connect each layer to the next one, or correct the layers' numbers."},
    {"DAG205", CheckId::Layers, Severity::High,
     "Declared sampling is not true",
     "The layers shown are exactly those that the sampling declares.",
     "The declaration excuses the layers that are not shown; where it is not "
     "true, a lost layer passes for a sampled one.",
     "Correct the declaration, or show the layers that it names and no "
     "others."},
    {"DAG206", CheckId::Layers, Severity::High,
     "Layer incomplete",
     "Each layer has the parts that its peers have: norms, attention, FFN or "
     "experts, residual adds, collectives.",
     "Without its FFN or norm a layer still has the right shapes, so it runs: "
     "activations drift or overflow, and the answers are silently wrong.",
     "Add the part that the layer's peers have, on each TP rank, with the "
     "same connections."},
    {"DAG207", CheckId::Layers, Severity::High,
     "Number of layers differs from the model's",
     "The plan has as many layers as the model.",
     "With fewer layers the checkpoint's last ones are dropped, often without "
     "an error: a lost layer. With more, loading fails or a layer runs on "
     "uninitialized weights.",
     "Take the number of layers from the model's configuration "
     "(num_hidden_layers), and give each one to a stage."},

    //===--- Transfers ----------------------------------------------------===//
    {"DAG301", CheckId::Transfers, Severity::High,
     "Data changes stage without send and recv",
     "Wherever data changes stage, a send on the source and a recv on the "
     "target carry it.",
     "A GPU does not see another stage's activations: the next stage waits "
     "for an input that nobody sends (a hang), or runs on stale memory.",
     "Add a send at the end of the source stage and a recv at the start of "
     "the target stage, with their buffer, for each TP rank."},
    {"DAG302", CheckId::Transfers, Severity::High,
     "Send without a recv",
     "Each send has one recv on the target stage.",
     "An ncclSend that no ncclRecv meets never completes: its GPU stands "
     "still, and the pipeline hangs until a watchdog ends the job.",
     "Add the recv on the target's device, or remove the send."},
    {"DAG303", CheckId::Transfers, Severity::High,
     "Recv without a send",
     "Each recv has one send on the source stage.",
     "An ncclRecv that no ncclSend meets never completes: the stage hangs "
     "before its first layer.",
     "Add the send on the source's device, or remove the recv."},
    {"DAG304", CheckId::Transfers, Severity::High,
     "Send and recv disagree",
     "Send and recv state the same shape and element type.",
     "NCCL does not compare the two ends: other counts hang or fill only a "
     "part of the buffer, and other types read the bytes as other numbers.",
     "State at both ends the dimensions and element type of the tensor that "
     "is sent."},
    {"DAG305", CheckId::Transfers, Severity::High,
     "Transfer without a stated buffer",
     "Each transfer states its buffer with shape and element type.",
     "The buffer (batch x seq x hidden x bytes for each micro-batch in "
     "flight) is in no estimate: a stage that just fits runs out of memory "
     "at its first transfer.",
     "State the buffer at the send or the recv, such as "
     "'Buffer: [B=8, S=2048, H=8192]'; in a plan, give it a comm_buffer."},
    {"DAG306", CheckId::Transfers, Severity::High,
     "Transfer to a wrong stage or device",
     "A transfer leads to the stage of the next layer, and to the device of "
     "the same TP rank there.",
     "The send names a peer that posts no recv for it: both ends hang. Or "
     "another stage takes the tensor for its own, and the answers are wrong.",
     "Correct the target stage and device of the transfer, or the device of "
     "the recv."},
    {"DAG307", CheckId::Transfers, Severity::High,
     "Transfer doubled",
     "Each tensor crosses a stage boundary once for each TP rank.",
     "The second send hangs for want of a recv, or is taken for the next "
     "micro-batch, and from then on every answer belongs to another request.",
     "Remove one of the two, or correct the ends of the one that belongs "
     "elsewhere."},

    //===--- Connectivity -------------------------------------------------===//
    {"DAG401", CheckId::Connectivity, Severity::Medium,
     "Node without a predecessor",
     "Only an input has no predecessor.",
     "Nothing feeds the node: it computes on whatever lies in its buffer, or "
     "its rank waits for data that nobody sends.",
     "Draw the edge from the node that makes its input, most often the end "
     "of the layer before; or declare the node as an input."},
    {"DAG402", CheckId::Connectivity, Severity::Medium,
     "Node without a successor",
     "Only an output has no successor.",
     "The result is computed and thrown away, and what should use it gets "
     "its input from elsewhere or not at all.",
     "Draw the edge to the node that uses the result, most often the start "
     "of the next layer; or declare the node as an output."},
    {"DAG403", CheckId::Connectivity, Severity::Medium,
     "Isolated node",
     "Each node but notes and legends is connected.",
     "The node has weights and memory on its device and no part in the "
     "answer: a piece of the model is lost.",
     "Connect the node at both ends, or remove it; give notes and legends "
     "shape=note."},
    {"DAG404", CheckId::Connectivity, Severity::Critical,
     "Cycle",
     "No node depends on its own result.",
     "Each node on the cycle waits for the one before it, so the first step "
     "never ends: all GPUs hang in NCCL until a watchdog ends the job.",
     "Remove or turn round the edge that closes the cycle; feedback from one "
     "decoding step to the next is an output and an input."},
    {"DAG405", CheckId::Connectivity, Severity::Medium,
     "Unreachable from any input",
     "A path leads from an input to each node.",
     "No request ever arrives at the node: it runs on uninitialized memory or "
     "never starts, and so does all that depends on it.",
     "Connect the first node of this part to the input or to the layer "
     "before it."},
    {"DAG406", CheckId::Connectivity, Severity::Medium,
     "Reaches no output",
     "A path leads from each node to an output.",
     "All work from here on is thrown away, and the answer lacks this part of "
     "the model.",
     "Connect the last node of this part to the output or to the layer "
     "behind it."},
    {"DAG407", CheckId::Connectivity, Severity::Medium,
     "No input",
     "At least one input says what comes in, with its dimensions.",
     "There is no place for the tokens, batch and sequence length are open, "
     "and no node can be shown to be fed.",
     "Add an input node with its dimensions, and connect it to the first "
     "layer."},
    {"DAG408", CheckId::Connectivity, Severity::Medium,
     "No output",
     "At least one output says what goes out, with its dimensions.",
     "No result leaves the last stage: all work is thrown away, and a lost "
     "head (logits over the vocabulary) goes unnoticed.",
     "Add an output node with its dimensions behind the last layer or the "
     "head."},
    {"DAG409", CheckId::Connectivity, Severity::Medium,
     "Edge drawn twice",
     "One edge carries one tensor from one node to another.",
     "Taken at its word the tensor arrives twice: an add or a reduction "
     "counts it two times (a silent wrong sum), and a transfer is posted "
     "twice and hangs.",
     "Remove one of the edges."},
    {"DAG410", CheckId::Connectivity, Severity::Medium,
     "Edge missing that peers have",
     "Nodes of one role have the same edges on each rank and in each layer.",
     "One rank takes no part: its peers wait for it in the collective (an "
     "NCCL hang), or sum without its share (a silent wrong sum).",
     "Add the edge that corresponds to those of the peers."},
    {"DAG411", CheckId::Connectivity, Severity::Medium,
     "Edge that no peer has",
     "Edges stay within their TP rank and lead to the next layer, unless a "
     "collective or a transfer is between.",
     "The tensor is not on the device that the edge leads to; and where it "
     "is, the edge goes past a layer, whose work is lost.",
     "Lead the edge to the node that the peers' edges lead to, or draw the "
     "collective through which data crosses ranks."},

    //===--- Collectives --------------------------------------------------===//
    {"DAG501", CheckId::Collectives, Severity::Medium,
     "Collective lacks detail",
     "A collective states its kind, its devices or ranks, and its dimensions "
     "before and after.",
     "Ranks that fill the gaps in differently call NCCL with different counts "
     "or groups: a hang or a silent wrong sum; and its cost is unknown.",
     "State the kind (all-reduce, all-gather, ...), the devices of the group "
     "and the dimensions before and after."},
    {"DAG502", CheckId::Collectives, Severity::Critical,
     "Collective cannot give these dimensions",
     "An all-reduce or broadcast keeps the shape, an all-gather or gather "
     "multiplies one dimension by the size of the group, and a "
     "reduce-scatter, scatter or slice divides one by it.",
     "The kind or the dimensions are wrong: NCCL writes another number of "
     "elements than the buffer holds, past its end or only a part of it.",
     "Name the kind that does what the dimensions say (shards need an "
     "all-gather, partial sums an all-reduce), or correct the dimensions."},
    {"DAG503", CheckId::Collectives, Severity::Critical,
     "Collective group disagrees with its operands",
     "The group has exactly the devices whose tensors the collective "
     "combines.",
     "All ranks of the group hang for one that never calls the collective; "
     "and a rank that is left out keeps its part of the sum, silently wrong.",
     "Make the group the devices of the operands, or connect the operand "
     "that is missing."},
    {"DAG504", CheckId::Collectives, Severity::Medium,
     "Communication pattern not shown",
     "The drawing shows what each rank holds before the collective (a partial "
     "sum, a slice or a copy), and how its result is sliced.",
     "A sum over copies is TP times too large, and a sum over slices adds "
     "columns that do not belong together; neither gives an error.",
     "State what each TP rank holds, such as heads=32 of 64 for a slice or "
     "'partial sum' for a row-parallel product, and show the slice or "
     "scatter where a tensor is split."},
    {"DAG505", CheckId::Collectives, Severity::Critical,
     "Pending sum not reduced before use",
     "A row-parallel product (output projection, FFN down) is reduced before "
     "anything but a sum uses it.",
     "Each rank goes on with its own part of the sum: shapes fit and nothing "
     "hangs, but every norm, activation and later layer is wrong.",
     "Put the all-reduce or reduce-scatter directly behind the product, and "
     "biases and non-linear functions behind that."},
    {"DAG506", CheckId::Collectives, Severity::Critical,
     "Sum reduced twice",
     "Each partial sum is reduced once.",
     "The second all-reduce adds TP equal values: the hidden state is TP "
     "times too large, without an error.",
     "Remove the second reduction, or connect it to the sum that it was "
     "meant for."},
    {"DAG507", CheckId::Collectives, Severity::Critical,
     "TP ranks are not alike",
     "All ranks of a TP group have the same nodes, each with its shard.",
     "A rank with one node less or more skips a collective that the others "
     "wait in (an NCCL hang), or its share is missing (a silent wrong sum).",
     "Add the node on the rank that lacks it, or remove the one that only "
     "one rank has."},
    {"DAG508", CheckId::Collectives, Severity::Critical,
     "Sharding mismatch",
     "Each operand has the sharding that the op's typing rule asks for.",
     "The op combines shards that do not belong together, such as columns of "
     "one rank with rows of another: a silent wrong result on each rank.",
     "Insert the collective or slice that gives the operand this sharding, "
     "or change the sharding where the operand is made."},
    {"DAG509", CheckId::Collectives, Severity::Critical,
     "Wrong axis or root of a collective",
     "A collective runs over the axis along which its operand is sharded or "
     "partial, and its root is a rank of that group.",
     "Over the wrong axis it sums or gathers tensors of other stages or "
     "replicas, silently wrong; a root that is no rank of the group hangs.",
     "Name the axis of the operand's sharding or pending sum, and a root "
     "within the group."},

    //===--- Stages -------------------------------------------------------===//
    {"DAG601", CheckId::Stages, Severity::Medium,
     "Stage boundaries not marked",
     "Each pipeline stage is marked: by a cluster, an attribute or a label; "
     "in a plan, by dag.stage.",
     "Which GPU has which layer can only be guessed from device numbers: two "
     "engineers derive two layouts, and ranks that disagree on their peers "
     "hang.",
     "Put the nodes of each stage into a subgraph cluster_stage0, "
     "cluster_stage1, ..., or give them a stage attribute."},
    {"DAG602", CheckId::Stages, Severity::Medium,
     "Node on a device outside its stage",
     "A node runs on devices of its own stage.",
     "Its weights and inputs are on other GPUs than itself: the launch fails, "
     "or each step pays for a copy that nobody planned.",
     "Move the node to a device of its stage, or into the stage that has the "
     "device."},
    {"DAG603", CheckId::Stages, Severity::Medium,
     "Stages share devices",
     "No device belongs to two stages, unless they are the virtual stages of "
     "one rank.",
     "One GPU holds the weights of two stages (out of memory) and runs them "
     "by turns; as two ranks of one communicator it may hang NCCL.",
     "Give each stage its own devices: with TP ranks a stage, stage s has "
     "devices s * TP to (s + 1) * TP - 1."},
    {"DAG604", CheckId::Stages, Severity::Medium,
     "Stage's layer range disagrees with its nodes",
     "The layers that a stage declares are those that its nodes belong to.",
     "Weights are loaded by the range and run by the nodes: layers that "
     "nobody runs fill the memory, and layers that do run have no weights.",
     "Correct the range of the stage, or move the nodes to the stage of "
     "their layer."},
    {"DAG605", CheckId::Stages, Severity::Medium,
     "Gap in the stage numbers",
     "Stages are numbered without a gap.",
     "A rank that takes stage + 1 for its peer sends to a stage that does "
     "not exist and hangs; or a whole stage is missing, with its layers.",
     "Number the stages again, or add the missing one."},
    {"DAG606", CheckId::Stages, Severity::Medium,
     "Node spans several stages",
     "A node runs on the devices of one stage; only a transfer has two.",
     "Such a node needs all these GPUs at the same time: a stage that works "
     "on another micro-batch holds it up, and the pipeline stalls or hangs.",
     "Split the node by stages, or restrict its devices to one stage."},
    {"DAG607", CheckId::Stages, Severity::Medium,
     "TP rank changes its device",
     "A TP rank has the same device in all layers of a stage.",
     "The shard of the weights is on another GPU than the activations: an "
     "unplanned copy in each step, or two ranks exchanged and with them "
     "their shards, silently wrong.",
     "Give the node the device that its TP rank has in the stage's other "
     "layers."},

    //===--- Dimensions ---------------------------------------------------===//
    {"DAG701", CheckId::Dimensions, Severity::Medium,
     "Dimensions disagree along an edge",
     "A node takes in the dimensions that its predecessor gives out.",
     "The kernel is launched for another shape than the tensor has: an error "
     "at the first request, or a read past the end of the buffer.",
     "Correct the side that is wrong, or show the op that changes the "
     "dimensions on the way."},
    {"DAG702", CheckId::Dimensions, Severity::Medium,
     "Output cannot come from the input",
     "A node changes dimensions only as its role does: norms, activations "
     "and adds keep them, a projection changes the last one.",
     "No kernel of this role gives such a shape: a size is wrong, or an op "
     "is missing, and with it its weights, memory and time.",
     "Correct the dimensions, or show the op that changes them."},
    {"DAG703", CheckId::Dimensions, Severity::Medium,
     "Dimensions differ from the peers'",
     "Nodes of one role have the same dimensions in all layers and on all TP "
     "ranks, but for the remainder of an uneven split.",
     "One rank calls a collective with another count than its peers, which "
     "NCCL does not check: a hang or wrong data. In one layer alone, the "
     "checkpoint's weight does not fit.",
     "Give the node its peers' dimensions."},
    {"DAG704", CheckId::Dimensions, Severity::High,
     "Heads or head size do not fit",
     "The query heads are a multiple of the KV heads and of TP, the KV heads "
     "a multiple or a divisor of TP, and heads x head size is the width of "
     "the projection.",
     "The engine refuses to start; or it rounds the heads of a rank down, "
     "heads are lost or read the wrong KV head, and attention is silently "
     "wrong.",
     "Choose a TP that divides the heads, copy KV heads where TP is larger "
     "than their number, and give each rank heads / TP."},
    {"DAG705", CheckId::Dimensions, Severity::High,
     "Shards do not add up to the whole",
     "The shards of all ranks have as many elements as the whole, the "
     "remainder of an uneven split included.",
     "The columns left over are on no rank or on two: lost, or counted twice "
     "in the sum, without an error.",
     "Give the remainder to exactly one rank or spread it one by one, or pad "
     "to a multiple of TP and say so."},
    {"DAG706", CheckId::Dimensions, Severity::High,
     "Dimensions disagree with the model",
     "Hidden size, FFN size, heads and vocabulary are those of the model.",
     "The checkpoint does not fit: loading fails after the GPUs are booked, "
     "and until then memory and time are planned for another model.",
     "Take the size from the model's configuration, or name the model that "
     "was meant."},
    {"DAG707", CheckId::Dimensions, Severity::High,
     "Element types disagree",
     "Both ends of an edge and all operands of an op have one element type.",
     "bf16 read as f16 gives other numbers, and NCCL does not notice; a type "
     "wider than planned doubles memory and traffic.",
     "State one element type, or show the cast."},
    {"DAG708", CheckId::Dimensions, Severity::High,
     "Shape mismatch in the plan",
     "The types of each op follow its typing rule.",
     "The op cannot be compiled, and all that uses its result is typed for a "
     "shape that never occurs.",
     "Change the type of the operand or of the result as the message says."},

    //===--- Equivalence, beyond the checklist ----------------------------===//
    {"DAG790", CheckId::Equivalence, Severity::Critical,
     "Op with other figures than the model's",
     "Each op has the attributes that it has in the model: epsilon, scale, "
     "theta, mask, window, activation, top_k.",
     "Shapes and shardings fit, so the plan runs, and every token is wrong.",
     "Give the op the attribute that the model states."},
    {"DAG791", CheckId::Equivalence, Severity::Critical,
     "Wrong parameter or cache",
     "Each op uses the parameter, the input and the KV cache that it uses in "
     "the model.",
     "The weight of another layer fits in size and loads without an error; a "
     "wrong cache mixes keys with values or layers with each other.",
     "Name the parameter or the cache that the model uses there."},
    {"DAG792", CheckId::Equivalence, Severity::Critical,
     "Op on another value than the model's",
     "Each op has the operands that it has in the model, in their order.",
     "Values of equal type change places without an error, and every token is "
     "wrong.",
     "Connect the op as the model does."},
    {"DAG793", CheckId::Equivalence, Severity::Critical,
     "Part of the model missing",
     "Each op of the model that reaches an output or a KV cache is in the "
     "plan.",
     "A norm, a bias, a residual or a layer that is left out changes no shape: "
     "the plan runs and computes another function.",
     "Add what is missing, or make the plan again with --dag-plan."},
    {"DAG794", CheckId::Equivalence, Severity::Critical,
     "More than the model computes",
     "The plan has no op that changes a value and is not in the model.",
     "A norm, a residual or a layer that is computed twice changes no shape: "
     "the plan runs and computes another function.",
     "Remove what the model does not have."},
    {"DAG795", CheckId::Equivalence, Severity::Critical,
     "Size or type differs from the model's",
     "Parameters, inputs and KV caches have the global shape and the element "
     "type that they have in the model, padding aside.",
     "The checkpoint or the request does not fit; or it fits and is read as "
     "something else.",
     "Give it the type that it has in the model, or make the model with the "
     "batch and the sequence length of the plan."},
    {"DAG796", CheckId::Equivalence, Severity::Unverified,
     "Reference not found",
     "The model to compare with stands in the module of the plan.",
     "Nothing says what the plan has to compute.",
     "Keep the model beside its plan: --dag-plan=keep-reference names it "
     "@logical."},
    //===--- Deadlock, beyond the checklist -------------------------------===//
    {"DAG801", CheckId::Deadlock, Severity::Critical,
     "Ranks wait for each other",
     "Each rank reaches the end of its order of sends, recvs and collectives.",
     "The GPUs spin in NCCL kernels until the watchdog ends the job, half an "
     "hour later by default, without a word of where.",
     "Let one rank of the cycle do its operations in the order of its peer, or "
     "put the send and the recv into one group."},
    {"DAG802", CheckId::Deadlock, Severity::Critical,
     "Collective differs between ranks",
     "All ranks of a communicator call the same collectives, with one count, "
     "element type and root.",
     "NCCL does not compare them: the call hangs, or it returns wrong numbers "
     "on some ranks.",
     "Make the call alike on all ranks, or make a communicator of those ranks "
     "alone that call it."},
    {"DAG803", CheckId::Deadlock, Severity::Critical,
     "Send without its recv",
     "Each send has its recv on the rank that it goes to, and the other way "
     "round.",
     "The end that is there waits for ever, and with it all that is behind it "
     "on its rank.",
     "Add the missing end, or remove the one that is there."},
    {"DAG804", CheckId::Deadlock, Severity::Critical,
     "Order of transfers differs from the peer's",
     "Two ranks send and receive what is between them in one order, and in "
     "the same groups.",
     "Sends and recvs have no tags and match by their order: a micro-batch "
     "takes the place of another one, which goes unnoticed if sizes agree.",
     "Use one order on both ranks."},
    {"DAG805", CheckId::Deadlock, Severity::Critical,
     "Communicators without a common order",
     "Ranks that share several communicators use them in the same order.",
     "Each communicator waits for a rank that is busy in the other one: a "
     "hang, on some runs only if streams overlap.",
     "Call the collectives of all communicators in one order on all ranks."},
    {"DAG806", CheckId::Deadlock, Severity::Critical,
     "Buffer used too early",
     "Data is used when it has come, and a buffer again when it has been read.",
     "The tensor of one micro-batch is written over by the next one, and the "
     "result is wrong; or all wait for a buffer.",
     "Give the buffer more slots, or compute before the next recv."},
    {"DAG807", CheckId::Deadlock, Severity::Critical,
     "Device twice in a communicator",
     "The ranks of a communicator are on different devices.",
     "NCCL kernels of the two ranks wait for each other on one GPU, where the "
     "second may never start.",
     "Put the stages on devices of their own, or on one coordinate of the "
     "mesh as virtual stages of one rank."},
    {"DAG808", CheckId::Deadlock, Severity::Critical,
     "Streams without a common order",
     "Ranks that share several communicators order their calls by events where "
     "they are on several streams, in one order on all ranks.",
     "A GPU without room for both kernels runs one of them, its peer the other "
     "one, and each waits for what the other does not begin: a hang on some "
     "runs.",
     "Record an event behind the one call and wait for it before the other, on "
     "all ranks in one order."},
    {"DAG809", CheckId::Deadlock, Severity::High,
     "Streams overlap without an order",
     "Calls of several communicators on several streams of a rank are ordered "
     "by events.",
     "Ranks launch them in one order, but NCCL promises no progress: what is "
     "ready first begins first, on each rank as it happens.",
     "Record an event behind the one call and wait for it before the other, on "
     "all ranks in one order."},
    {"DAG810", CheckId::Deadlock, Severity::Critical,
     "Micro-batch left out",
     "Each stage does with every micro-batch what it does with one of them.",
     "The output of a micro-batch is never computed, or its gradient is "
     "missing, without an error.",
     "Add the action, or leave the micro-batch out everywhere."},

    //===--- Memory, beyond the checklist ---------------------------------===//
    {"DAG901", CheckId::Memory, Severity::High,
     "Rank needs more memory than its device has",
     "Weights, KV cache, activations, buffers and what libraries keep fit into "
     "the device's memory on each rank.",
     "The fullest rank runs out of memory, at loading or at the first long "
     "request, and takes the whole pipeline down with it.",
     "Use more ranks (tp, pp), fewer tokens or smaller batches, or a larger "
     "device."},
    {"DAG902", CheckId::Memory, Severity::Medium,
     "KV cache larger than engines give it",
     "The KV cache takes at most nine tenths of what weights, activations, "
     "buffers and libraries leave free.",
     "The engine makes a smaller cache than planned: requests wait or are "
     "computed twice, and fragments or a longer prompt can still run out of "
     "memory.",
     "Plan with fewer tokens or smaller batches, use more ranks, or give the "
     "cache a larger share (kv-percent)."},
    {"DAG903", CheckId::Memory, Severity::Low,
     "Memory unevenly spread over the stages",
     "The ranks of all stages need about the same memory.",
     "The fullest stage limits the tokens and batches of all others, whose "
     "memory stays empty.",
     "Balance the stages with embedding and head counted: "
     "--dag-partition-stages with balance=cost, or another layout."},
    {"DAG904", CheckId::Memory, Severity::Unverified,
     "Memory cannot be computed",
     "All sizes of a plan are numbers.",
     "Whether the plan fits depends on sizes that it does not state.",
     "State the batch and the sequence length that the plan is made for."},
};
// clang-format on

} // namespace mlir::dag::report

#endif // DAG_LIB_DIAGNOSTICS_CODETABLE_H
