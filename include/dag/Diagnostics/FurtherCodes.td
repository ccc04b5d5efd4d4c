//===- FurtherCodes.td - Beyond the checklist --------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_FURTHERCODES_TD
#define DAG_DIAGNOSTICS_FURTHERCODES_TD

include "dag/Diagnostics/CodeBase.td"

def DeadlockCheck : CheckRow<8, "No deadlock", "Beyond">;
def MemoryCheck : CheckRow<9, "Memory fits the device", "Beyond">;
def EquivalenceCheck
    : CheckRow<10, "Plan computes the reference model", "Beyond">;

let Check = EquivalenceCheck in {

def DAG790 : CodeRow<"Op with other figures than the model's", "Critical",
    "Each op has the attributes that it has in the model: epsilon, scale, "
    "theta, mask, window, activation, top_k.",
    "Shapes and shardings fit, so the plan runs, and every token is wrong.",
    "Give the op the attribute that the model states.">;

def DAG791 : CodeRow<"Wrong parameter or cache", "Critical",
    "Each op uses the parameter, the input and the KV cache that it uses in "
    "the model.",
    "The weight of another layer fits in size and loads without an error; a "
    "wrong cache mixes keys with values or layers with each other.",
    "Name the parameter or the cache that the model uses there.">;

def DAG792 : CodeRow<"Op on another value than the model's", "Critical",
    "Each op has the operands that it has in the model, in their order.",
    "Values of equal type change places without an error, and every token is "
    "wrong.",
    "Connect the op as the model does.">;

def DAG793 : CodeRow<"Part of the model missing", "Critical",
    "Each op of the model that reaches an output or a KV cache is in the "
    "plan.",
    "A norm, a bias, a residual or a layer that is left out changes no shape: "
    "the plan runs and computes another function.",
    "Add what is missing, or make the plan again with --dag-plan.">;

def DAG794 : CodeRow<"More than the model computes", "Critical",
    "The plan has no op that changes a value and is not in the model.",
    "A norm, a residual or a layer that is computed twice changes no shape: "
    "the plan runs and computes another function.",
    "Remove what the model does not have.">;

def DAG795 : CodeRow<"Size or type differs from the model's", "Critical",
    "Parameters, inputs and KV caches have the global shape and the element "
    "type that they have in the model, padding aside.",
    "The checkpoint or the request does not fit; or it fits and is read as "
    "something else.",
    "Give it the type that it has in the model, or make the model with the "
    "batch and the sequence length of the plan.">;

def DAG796 : CodeRow<"Reference not found", "Unverified",
    "The model to compare with stands in the module of the plan.",
    "Nothing says what the plan has to compute.",
    "Keep the model beside its plan: --dag-plan=keep-reference names it "
    "@logical.">;

def DAG797 : CodeRow<"Other numbers than the model's", "Critical",
    "The programs of the ranks, run on small sizes with random weights and "
    "inputs, give the numbers of the model at each output.",
    "The plan runs and computes another function, or its ranks do not reach "
    "their end.",
    "Run the plan with dag-run to see where the numbers part; a finding of "
    "the proof beside this one says which op it is.">;
} // EquivalenceCheck

let Check = DeadlockCheck in {

def DAG801 : CodeRow<"Ranks wait for each other", "Critical",
    "Each rank reaches the end of its order of sends, recvs and collectives.",
    "The GPUs spin in NCCL kernels until the watchdog ends the job, half an "
    "hour later by default, without a word of where.",
    "Let one rank of the cycle do its operations in the order of its peer, or "
    "put the send and the recv into one group.">;

def DAG802 : CodeRow<"Collective differs between ranks", "Critical",
    "All ranks of a communicator call the same collectives, with one count, "
    "element type and root.",
    "NCCL does not compare them: the call hangs, or it returns wrong numbers "
    "on some ranks.",
    "Make the call alike on all ranks, or make a communicator of those ranks "
    "alone that call it.">;

def DAG803 : CodeRow<"Send without its recv", "Critical",
    "Each send has its recv on the rank that it goes to, and the other way "
    "round.",
    "The end that is there waits for ever, and with it all that is behind it "
    "on its rank.",
    "Add the missing end, or remove the one that is there.">;

def DAG804 : CodeRow<"Order of transfers differs from the peer's", "Critical",
    "Two ranks send and receive what is between them in one order, and in the "
    "same groups.",
    "Sends and recvs have no tags and match by their order: a micro-batch "
    "takes the place of another one, which goes unnoticed if sizes agree.",
    "Use one order on both ranks.">;

def DAG805 : CodeRow<"Communicators without a common order", "Critical",
    "Ranks that share several communicators use them in the same order.",
    "Each communicator waits for a rank that is busy in the other one: a "
    "hang, on some runs only if streams overlap.",
    "Call the collectives of all communicators in one order on all ranks.">;

def DAG806 : CodeRow<"Buffer used too early", "Critical",
    "Data is used when it has come, and a buffer again when it has been read.",
    "The tensor of one micro-batch is written over by the next one, and the "
    "result is wrong; or all wait for a buffer.",
    "Give the buffer more slots, or compute before the next recv.">;

def DAG807 : CodeRow<"Rank without a device of its own", "Critical",
    "Each rank is on one device, and those of a communicator are on different "
    "ones.",
    "NCCL kernels of two ranks on one GPU wait for each other, and the second "
    "may never start. What a rank leaves on one GPU is not on another.",
    "Put the stages on devices of their own, or on one coordinate of the mesh "
    "as virtual stages of one rank.">;

def DAG808 : CodeRow<"Streams without a common order", "Critical",
    "Ranks that share several communicators order their calls by events where "
    "they are on several streams, in one order on all ranks.",
    "A GPU without room for both kernels runs one of them, its peer the other "
    "one, and each waits for what the other does not begin: a hang on some "
    "runs.",
    "Record an event behind the one call and wait for it before the other, on "
    "all ranks in one order.">;

def DAG809 : CodeRow<"Streams overlap without an order", "High",
    "Calls of several communicators on several streams of a rank are ordered "
    "by events.",
    "Ranks launch them in one order, but NCCL promises no progress: what is "
    "ready first begins first, on each rank as it happens.",
    "Record an event behind the one call and wait for it before the other, on "
    "all ranks in one order.">;

def DAG810 : CodeRow<"Micro-batch left out", "Critical",
    "Each stage does with every micro-batch what it does with one of them.",
    "The output of a micro-batch is never computed, or its gradient is "
    "missing, without an error.",
    "Add the action, or leave the micro-batch out everywhere.">;

def DAG811 : CodeRow<"Communicator made inside a group", "Critical",
    "A communicator is made outside of groups, one at a time.",
    "NCCL merges the making of a communicator with no other call: what stands "
    "beside it in the group finds no communicator, or the ranks wait for each "
    "other.",
    "Make the communicator before the group.">;
} // DeadlockCheck

let Check = MemoryCheck in {

def DAG901 : CodeRow<"Rank needs more memory than its device has", "High",
    "Weights, KV cache, activations, buffers and what libraries keep fit into "
    "the device's memory on each rank.",
    "The fullest rank runs out of memory, at loading or at the first long "
    "request, and takes the whole pipeline down with it.",
    "Use more ranks (tp, pp), fewer tokens or smaller batches, or a larger "
    "device.">;

def DAG902 : CodeRow<"KV cache larger than engines give it", "Medium",
    "The KV cache takes at most nine tenths of what weights, activations, "
    "buffers and libraries leave free.",
    "The engine makes a smaller cache than planned: requests wait or are "
    "computed twice, and fragments or a longer prompt can still run out of "
    "memory.",
    "Plan with fewer tokens or smaller batches, use more ranks, or give the "
    "cache a larger share (kv-percent).">;

def DAG903 : CodeRow<"Memory unevenly spread over the stages", "Low",
    "The ranks of all stages need about the same memory.",
    "The fullest stage limits the tokens and batches of all others, whose "
    "memory stays empty.",
    "Balance the stages with embedding and head counted: "
    "--dag-partition-stages with balance=cost, or another layout.">;

def DAG904 : CodeRow<"Memory cannot be computed", "Unverified",
    "All sizes of a plan are numbers.",
    "Whether the plan fits depends on sizes that it does not state.",
    "State the batch and the sequence length that the plan is made for.">;
} // MemoryCheck

#endif // DAG_DIAGNOSTICS_FURTHERCODES_TD
