//===- ChecklistCodes.td - Of the checklist ----------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_CHECKLISTCODES_TD
#define DAG_DIAGNOSTICS_CHECKLISTCODES_TD

include "dag/Diagnostics/CodeBase.td"

def InputCheck : CheckRow<0, "Input understood", "Input">;
def AttentionCheck
    : CheckRow<1, "All attention submodules present "
                  "(QKV, scores, weights, output)", "Checklist">;
def LayersCheck
    : CheckRow<2, "All layers represented or sampling documented", "Checklist">;
def TransfersCheck
    : CheckRow<3, "Pipeline communication nodes included", "Checklist">;
def ConnectivityCheck
    : CheckRow<4, "Node connectivity verified (no orphaned nodes)",
               "Checklist">;
def CollectivesCheck
    : CheckRow<5, "TP communication patterns detailed", "Checklist">;
def StagesCheck : CheckRow<6, "PP stage boundaries clear", "Checklist">;
def DimensionsCheck
    : CheckRow<7, "Tensor dimensions consistent throughout", "Checklist">;

let Check = InputCheck in {

def DAG001 : CodeRow<"Syntax error in the drawing", "Unverified",
    "The whole file is a drawing in the DOT language.",
    "The reader skipped text to go on, so nodes and edges may be lost: "
    "nothing that the other checks say of this file can be relied on.",
    "Mend the text at this line and column; an unclosed quote, bracket or "
    "brace is the usual cause.">;

def DAG002 : CodeRow<"Node not understood", "Unverified",
    "The attributes, the name or the label of each node say what it does.",
    "No check can judge the node: a missing all-reduce or a second copy of a "
    "layer could hide behind it.",
    "Say what the node does with a role attribute, such as role=ffn_up, or "
    "teach the reader your naming with --dot-rules.">;

def DAG003 : CodeRow<"Sources contradict each other", "Unverified",
    "The attributes, name, label and cluster of a node say the same of it.",
    "Two readers of the plan build two deployments: the weights of layer 3 in "
    "the place of layer 4 load without an error and give wrong tokens.",
    "Correct the source that is wrong; until then attributes win over the "
    "label, the label over the cluster and the name.">;

def DAG004 : CodeRow<"Nothing to verify", "Unverified",
    "The file holds a drawing of a deployment, a sketch or a plan.",
    "An empty file, or a graph of another kind, has no defects and deploys "
    "nothing: taken for a pass, it would hide a wrong path or an export that "
    "failed.",
    "Check the path and the step that wrote the file.">;

def DAG005 : CodeRow<"Malformed op in the plan", "Unverified",
    "Each op of the plan is well formed by itself.",
    "What a malformed op does is undefined, so no check can judge it or what "
    "follows from it, and no later step can compile it.",
    "Mend the op as the message says.">;

def DAG006 : CodeRow<"Node never declared", "Unverified",
    "Each node that an edge names is declared with a label or attributes.",
    "A misspelled name makes a second, empty node: the edge leads nowhere, "
    "and the node that was meant waits for a tensor that never comes.",
    "Declare the node, or correct its name in the edge.">;

def DAG007 : CodeRow<"Input could not be read", "Unverified",
    "The file is there, and is a drawing, a plan or a model's configuration.",
    "Nothing of the deployment was looked at: a report of an earlier run says "
    "nothing of this file.",
    "Mend the path or the file as the message says, and verify again.">;

def DAG008 : CodeRow<"No layer drawn as a whole", "Unverified",
    "At least one layer is drawn with attention and a feed-forward network.",
    "The drawing shows a part of a model, or something else: what the whole "
    "computes, and that it fits together, nobody knows.",
    "Draw a layer with all its parts, or take the verdicts of the lines for "
    "what they say of the part.">;

def DAG009 : CodeRow<"Not the layout that is stated", "High",
    "The drawing or the plan has the layout that tp=, pp=, dp=, ep= and cp= "
    "state.",
    "It is the deployment of another cluster: launched as stated, groups have "
    "ranks that nobody drew, or lack some, and wait for each other.",
    "Correct the option, or the drawing that states otherwise.">;
} // InputCheck

let Check = AttentionCheck in {

def DAG101 : CodeRow<"Attention not decomposed", "Critical",
    "Each layer shows on each TP rank the QKV projection, the scores (QK^T), "
    "the weights (mask and softmax), the dropout and the output (weighted sum "
    "of the values).",
    "What is not shown is in no estimate and left to whoever implements it: "
    "the scores (batch x heads x seq x seq) run out of memory at long "
    "sequences, and a forgotten mask or scaling gives silently wrong tokens.",
    "Add the missing parts behind the QKV projection, for each layer and TP "
    "rank.">;

def DAG102 : CodeRow<"Attention parts out of order", "Critical",
    "Within a layer and TP rank data passes from QKV projection to scores, "
    "weights, dropout and output, in this order.",
    "The shapes often fit in the wrong order too, so nothing fails at run "
    "time: the model answers, and every token is wrong.",
    "Connect the parts in the order QKV projection, scores, weights, dropout, "
    "output, and remove edges that skip a part or lead back.">;

def DAG103 : CodeRow<"Attention part doubled", "Critical",
    "Each part of the attention stands once in each layer and TP rank.",
    "A part that runs twice scales, masks or projects twice, or adds two "
    "results at the reduction: a silent wrong sum, at twice the cost.",
    "Remove the copy, or correct its layer or TP rank if it belongs to "
    "another one.">;

def DAG104 : CodeRow<"Attention drawn as one composite", "Critical",
    "The attention is shown as its parts, from QKV projection to output.",
    "Nothing inside the box can be checked: how the heads are split over TP, "
    "how large the scores are, where the mask is. A head count that TP does "
    "not divide comes to light when the engine starts.",
    "Replace the box by the attention's parts on each TP rank, between the "
    "same neighbours.">;

def DAG105 : CodeRow<"Attention dropout not stated", "Low",
    "The dropout behind the attention weights is stated; inference has none "
    "and says p = 0.",
    "If the code keeps the default of the training (often p = 0.1), answers "
    "differ from run to run, and so do TP ranks with different random states.",
    "State the dropout between weights and output; for inference, p = 0.">;
} // AttentionCheck

let Check = LayersCheck in {

def DAG201 : CodeRow<"Layers missing, no sampling documented", "High",
    "Each layer of the model is shown once, or the layers shown are declared "
    "as a sample, with the reason.",
    "A layer that no stage owns is a lost layer: the model runs without it "
    "and answers nonsense, and memory and time are planned for a fraction of "
    "the model.",
    "Show the missing layers, or document the sampling: sampling=\\\"0, 19, "
    "20\\\" on the graph, or sampling = [0, 19, 20] with a reason on "
    "dag.model.">;

def DAG202 : CodeRow<"Layer in the wrong stage", "High",
    "Each layer stands in the stage whose range of layers holds it.",
    "The stage that loads the weights isn't the one that runs the layer: it "
    "fails for a tensor that is on another GPU, or runs out of memory.",
    "Move the layer to the stage that owns it, or change the ranges of both "
    "stages.">;

def DAG203 : CodeRow<"Layer appears twice", "High",
    "Each layer stands once in the whole pipeline.",
    "A layer that runs twice changes every token without an error, and its "
    "weights take the memory of two.",
    "Remove the copy, or give it the number of the layer that it stands for.">;

def DAG204 : CodeRow<"Layers out of order", "High",
    "Data passes the layers in ascending order, in and between stages.",
    "All layers have the same shapes, so two that are swapped run without an "
    "error and give wrong tokens; across a stage boundary the stages wait for "
    "each other: an NCCL hang.",
    "Connect each layer to the next one, or correct the layers' numbers.">;

def DAG205 : CodeRow<"Declared sampling is not true", "High",
    "The layers shown are exactly those that the sampling declares.",
    "The declaration excuses the layers that are not shown; where it is not "
    "true, a lost layer passes for a sampled one.",
    "Correct the declaration, or show the layers that it names and no others.">;

def DAG206 : CodeRow<"Layer incomplete", "High",
    "Each layer has the parts that its peers have: norms, attention, FFN or "
    "experts, residual adds, collectives.",
    "Without its FFN or norm a layer still has the right shapes, so it runs: "
    "activations drift or overflow, and the answers are silently wrong.",
    "Add the part that the layer's peers have, on each TP rank, with the same "
    "connections.">;

def DAG207 : CodeRow<"Number of layers differs from the model's", "High",
    "The plan has as many layers as the model.",
    "With fewer layers the checkpoint's last ones are dropped, often without "
    "an error: a lost layer. With more, loading fails or a layer runs on "
    "uninitialized weights.",
    "Take the number of layers from the model's configuration "
    "(num_hidden_layers), and give each one to a stage.">;

def DAG208 : CodeRow<"Layer with another layer's weights", "High",
    "The numbers in the names of weights and KV caches go with those of the "
    "layers that use them.",
    "The weights of another layer fit in size and load without an error: the "
    "stage computes other layers than the pipeline needs there.",
    "Name the weights of the layer, or give the layer the number that its "
    "weights have.">;
} // LayersCheck

let Check = TransfersCheck in {

def DAG301 : CodeRow<"Data changes stage without send and recv", "High",
    "Wherever data changes stage, a send on the source and a recv on the "
    "target carry it.",
    "A GPU does not see another stage's activations: the next stage waits for "
    "an input that nobody sends (a hang), or runs on stale memory.",
    "Add a send at the end of the source stage and a recv at the start of the "
    "target stage, with their buffer, for each TP rank.">;

def DAG302 : CodeRow<"Send without a recv", "High",
    "Each send has one recv on the target stage.",
    "An ncclSend that no ncclRecv meets never completes: its GPU stands "
    "still, and the pipeline hangs until a watchdog ends the job.",
    "Add the recv on the target's device, or remove the send.">;

def DAG303 : CodeRow<"Recv without a send", "High",
    "Each recv has one send on the source stage.",
    "An ncclRecv that no ncclSend meets never completes: the stage hangs "
    "before its first layer.",
    "Add the send on the source's device, or remove the recv.">;

def DAG304 : CodeRow<"Send and recv disagree", "High",
    "Send and recv state the same shape and element type.",
    "NCCL does not compare the two ends: other counts hang or fill only a "
    "part of the buffer, and other types read the bytes as other numbers.",
    "State at both ends the dimensions and element type of the tensor that is "
    "sent.">;

def DAG305 : CodeRow<"Transfer without a stated buffer", "High",
    "Each transfer states its buffer with shape and element type.",
    "The buffer (batch x seq x hidden x bytes for each micro-batch in flight) "
    "is in no estimate: a stage that just fits runs out of memory at its "
    "first transfer.",
    "State the buffer at the send or the recv, such as 'Buffer: [B=8, S=2048, "
    "H=8192]'; in a plan, give it a comm_buffer.">;

def DAG306 : CodeRow<"Transfer to a wrong stage or device", "High",
    "A transfer leads to the stage of the next layer, and to the device of "
    "the same TP rank there.",
    "The send names a peer that posts no recv for it: both ends hang. Or "
    "another stage takes the tensor for its own, and the answers are wrong.",
    "Correct the target stage and device of the transfer, or the device of "
    "the recv.">;

def DAG307 : CodeRow<"Transfer doubled", "High",
    "Each tensor crosses a stage boundary once for each TP rank.",
    "The second send hangs for want of a recv, or is taken for the next "
    "micro-batch, and from then on every answer belongs to another request.",
    "Remove one of the two, or correct the ends of the one that belongs "
    "elsewhere.">;
} // TransfersCheck

let Check = ConnectivityCheck in {

def DAG401 : CodeRow<"Node without a predecessor", "Medium",
    "Only an input has no predecessor.",
    "Nothing feeds the node: it computes on whatever lies in its buffer, or "
    "its rank waits for data that nobody sends.",
    "Draw the edge from the node that makes its input, most often the end of "
    "the layer before; or declare the node as an input.">;

def DAG402 : CodeRow<"Node without a successor", "Medium",
    "Only an output has no successor.",
    "The result is computed and thrown away, and what should use it gets its "
    "input from elsewhere or not at all.",
    "Draw the edge to the node that uses the result, most often the start of "
    "the next layer; or declare the node as an output.">;

def DAG403 : CodeRow<"Isolated node", "Medium",
    "Each node but notes and legends is connected.",
    "The node has weights and memory on its device and no part in the answer: "
    "a piece of the model is lost.",
    "Connect the node at both ends, or remove it; give notes and legends "
    "shape=note.">;

def DAG404 : CodeRow<"Cycle", "Critical",
    "No node depends on its own result.",
    "Each node on the cycle waits for the one before it, so the first step "
    "never ends: all GPUs hang in NCCL until a watchdog ends the job.",
    "Remove or turn round the edge that closes the cycle; feedback from one "
    "decoding step to the next is an output and an input.">;

def DAG405 : CodeRow<"Unreachable from any input", "Medium",
    "A path leads from an input to each node.",
    "No request ever arrives at the node: it runs on uninitialized memory or "
    "never starts, and so does all that depends on it.",
    "Connect the first node of this part to the input or to the layer before "
    "it.">;

def DAG406 : CodeRow<"Reaches no output", "Medium",
    "A path leads from each node to an output.",
    "All work from here on is thrown away, and the answer lacks this part of "
    "the model.",
    "Connect the last node of this part to the output or to the layer behind "
    "it.">;

def DAG407 : CodeRow<"No input", "Medium",
    "At least one input says what comes in, with its dimensions.",
    "There is no place for the tokens, batch and sequence length are open, "
    "and no node can be shown to be fed.",
    "Add an input node with its dimensions, and connect it to the first "
    "layer.">;

def DAG408 : CodeRow<"No output", "Medium",
    "At least one output says what goes out, with its dimensions.",
    "No result leaves the last stage: all work is thrown away, and a lost "
    "head (logits over the vocabulary) goes unnoticed.",
    "Add an output node with its dimensions behind the last layer or the "
    "head.">;

def DAG409 : CodeRow<"Edge drawn twice", "Medium",
    "One edge carries one tensor from one node to another.",
    "Taken at its word the tensor arrives twice: an add or a reduction counts "
    "it two times (a silent wrong sum), and a transfer is posted twice and "
    "hangs.",
    "Remove one of the edges.">;

def DAG410 : CodeRow<"Edge missing that peers have", "Medium",
    "Nodes of one role have the same edges on each rank and in each layer.",
    "One rank takes no part: its peers wait for it in the collective (an NCCL "
    "hang), or sum without its share (a silent wrong sum).",
    "Add the edge that corresponds to those of the peers.">;

def DAG411 : CodeRow<"Edge that no peer has", "Medium",
    "Edges stay within their TP rank and lead to the next layer, unless a "
    "collective or a transfer is between.",
    "The tensor is not on the device that the edge leads to; and where it is, "
    "the edge goes past a layer, whose work is lost.",
    "Lead the edge to the node that the peers' edges lead to, or draw the "
    "collective through which data crosses ranks.">;
} // ConnectivityCheck

let Check = CollectivesCheck in {

def DAG501 : CodeRow<"Collective lacks detail", "Medium",
    "A collective states its kind, its devices or ranks, and its dimensions "
    "before and after.",
    "Ranks that fill the gaps in differently call NCCL with different counts "
    "or groups: a hang or a silent wrong sum; and its cost is unknown.",
    "State the kind (all-reduce, all-gather, ...), the devices of the group "
    "and the dimensions before and after.">;

def DAG502 : CodeRow<"Collective cannot give these dimensions", "Critical",
    "An all-reduce or broadcast keeps the shape, an all-gather or gather "
    "multiplies one dimension by the size of the group, and a reduce-scatter, "
    "scatter or slice divides one by it.",
    "The kind or the dimensions are wrong: NCCL writes another number of "
    "elements than the buffer holds, past its end or only a part of it.",
    "Name the kind that does what the dimensions say (shards need an "
    "all-gather, partial sums an all-reduce), or correct the dimensions.">;

def DAG503 : CodeRow<"Collective group disagrees with its operands", "Critical",
    "The group has exactly the devices whose tensors the collective combines.",
    "All ranks of the group hang for one that never calls the collective; and "
    "a rank that is left out keeps its part of the sum, silently wrong.",
    "Make the group the devices of the operands, or connect the operand that "
    "is missing.">;

def DAG504 : CodeRow<"Communication pattern not shown", "Medium",
    "The drawing shows what each rank holds before the collective (a partial "
    "sum, a slice or a copy), and how its result is sliced.",
    "A sum over copies is TP times too large, and a sum over slices adds "
    "columns that do not belong together; neither gives an error.",
    "State what each TP rank holds, such as heads=32 of 64 for a slice or "
    "'partial sum' for a row-parallel product, and show the slice or scatter "
    "where a tensor is split.">;

def DAG505 : CodeRow<"Pending sum not reduced before use", "Critical",
    "A row-parallel product (output projection, FFN down) is reduced before "
    "anything but a sum uses it.",
    "Each rank goes on with its own part of the sum: shapes fit and nothing "
    "hangs, but every norm, activation and later layer is wrong.",
    "Put the all-reduce or reduce-scatter directly behind the product, and "
    "biases and non-linear functions behind that.">;

def DAG506 : CodeRow<"Sum reduced twice", "Critical",
    "Each partial sum is reduced once.",
    "The second all-reduce adds TP equal values: the hidden state is TP times "
    "too large, without an error.",
    "Remove the second reduction, or connect it to the sum that it was meant "
    "for.">;

def DAG507 : CodeRow<"TP ranks are not alike", "Critical",
    "All ranks of a TP group have the same nodes, each with its shard.",
    "A rank with one node less or more skips a collective that the others "
    "wait in (an NCCL hang), or its share is missing (a silent wrong sum).",
    "Add the node on the rank that lacks it, or remove the one that only one "
    "rank has.">;

def DAG508 : CodeRow<"Sharding mismatch", "Critical",
    "Each operand has the sharding that the op's typing rule asks for.",
    "The op combines shards that do not belong together, such as columns of "
    "one rank with rows of another: a silent wrong result on each rank.",
    "Insert the collective or slice that gives the operand this sharding, or "
    "change the sharding where the operand is made.">;

def DAG509 : CodeRow<"Wrong axis or root of a collective", "Critical",
    "A collective runs over the axis along which its operand is sharded or "
    "partial, and its root is a rank of that group.",
    "Over the wrong axis it sums or gathers tensors of other stages or "
    "replicas, silently wrong; a root that is no rank of the group hangs.",
    "Name the axis of the operand's sharding or pending sum, and a root "
    "within the group.">;
} // CollectivesCheck

let Check = StagesCheck in {

def DAG601 : CodeRow<"Stage boundaries not marked", "Medium",
    "Each pipeline stage is marked: by a cluster, an attribute or a label; in "
    "a plan, by dag.stage.",
    "Which GPU has which layer can only be guessed from device numbers: two "
    "engineers derive two layouts, and ranks that disagree on their peers "
    "hang.",
    "Put the nodes of each stage into a subgraph cluster_stage0, "
    "cluster_stage1, ..., or give them a stage attribute.">;

def DAG602 : CodeRow<"Node on a device outside its stage", "Medium",
    "A node runs on devices of its own stage.",
    "Its weights and inputs are on other GPUs than itself: the launch fails, "
    "or each step pays for a copy that nobody planned.",
    "Move the node to a device of its stage, or into the stage that has the "
    "device.">;

def DAG603 : CodeRow<"Stages share devices", "Medium",
    "No device belongs to two stages, unless they are the virtual stages of "
    "one rank.",
    "One GPU holds the weights of two stages (out of memory) and runs them by "
    "turns; as two ranks of one communicator it may hang NCCL.",
    "Give each stage its own devices: with TP ranks a stage, stage s has "
    "devices s * TP to (s + 1) * TP - 1.">;

def DAG604 : CodeRow<"Stage's layer range disagrees with its nodes", "Medium",
    "The layers that a stage declares are those that its nodes belong to.",
    "Weights are loaded by the range and run by the nodes: layers that nobody "
    "runs fill the memory, and layers that do run have no weights.",
    "Correct the range of the stage, or move the nodes to the stage of their "
    "layer.">;

def DAG605 : CodeRow<"Gap in the stage numbers", "Medium",
    "Stages are numbered without a gap.",
    "A rank that takes stage + 1 for its peer sends to a stage that does not "
    "exist and hangs; or a whole stage is missing, with its layers.",
    "Number the stages again, or add the missing one.">;

def DAG606 : CodeRow<"Node spans several stages", "Medium",
    "A node runs on the devices of one stage; only a transfer has two.",
    "Such a node needs all these GPUs at the same time: a stage that works on "
    "another micro-batch holds it up, and the pipeline stalls or hangs.",
    "Split the node by stages, or restrict its devices to one stage.">;

def DAG607 : CodeRow<"TP rank changes its device", "Medium",
    "A TP rank has the same device in all layers of a stage.",
    "The shard of the weights is on another GPU than the activations: an "
    "unplanned copy in each step, or two ranks exchanged and with them their "
    "shards, silently wrong.",
    "Give the node the device that its TP rank has in the stage's other "
    "layers.">;
} // StagesCheck

let Check = DimensionsCheck in {

def DAG701 : CodeRow<"Dimensions disagree along an edge", "Medium",
    "A node takes in the dimensions that its predecessor gives out.",
    "The kernel is launched for another shape than the tensor has: an error "
    "at the first request, or a read past the end of the buffer.",
    "Correct the side that is wrong, or show the op that changes the "
    "dimensions on the way.">;

def DAG702 : CodeRow<"Output cannot come from the input", "Medium",
    "A node changes dimensions only as its role does: norms, activations and "
    "adds keep them, a projection changes the last one.",
    "No kernel of this role gives such a shape: a size is wrong, or an op is "
    "missing, and with it its weights, memory and time.",
    "Correct the dimensions, or show the op that changes them.">;

def DAG703 : CodeRow<"Dimensions differ from the peers'", "Medium",
    "Nodes of one role have the same dimensions in all layers and on all TP "
    "ranks, but for the remainder of an uneven split.",
    "One rank calls a collective with another count than its peers, which "
    "NCCL does not check: a hang or wrong data. In one layer alone, the "
    "checkpoint's weight does not fit.",
    "Give the node its peers' dimensions.">;

def DAG704 : CodeRow<"Heads or head size do not fit", "High",
    "The query heads are a multiple of the KV heads and of TP, the KV heads a "
    "multiple or a divisor of TP, and heads x head size is the width of the "
    "projection.",
    "The engine refuses to start; or it rounds the heads of a rank down, "
    "heads are lost or read the wrong KV head, and attention is silently "
    "wrong.",
    "Choose a TP that divides the heads, copy KV heads where TP is larger "
    "than their number, and give each rank heads / TP.">;

def DAG705 : CodeRow<"Shards do not add up to the whole", "High",
    "The shards of all ranks have as many elements as the whole, the "
    "remainder of an uneven split included.",
    "The columns left over are on no rank or on two: lost, or counted twice "
    "in the sum, without an error.",
    "Give the remainder to exactly one rank or spread it one by one, or pad "
    "to a multiple of TP and say so.">;

def DAG706 : CodeRow<"Dimensions disagree with the model", "High",
    "Hidden size, FFN size, heads and vocabulary are those of the model.",
    "The checkpoint does not fit: loading fails after the GPUs are booked, "
    "and until then memory and time are planned for another model.",
    "Take the size from the model's configuration, or name the model that was "
    "meant.">;

def DAG707 : CodeRow<"Element types disagree", "High",
    "Both ends of an edge and all operands of an op have one element type.",
    "bf16 read as f16 gives other numbers, and NCCL does not notice; a type "
    "wider than planned doubles memory and traffic.",
    "State one element type, or show the cast.">;

def DAG708 : CodeRow<"Shape mismatch in the plan", "High",
    "The types of each op follow its typing rule.",
    "The op cannot be compiled, and all that uses its result is typed for a "
    "shape that never occurs.",
    "Change the type of the operand or of the result as the message says.">;
} // DimensionsCheck

#endif // DAG_DIAGNOSTICS_CHECKLISTCODES_TD
