//===- Rendezvous.cpp - Where calls of ranks meet -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rendezvous.h"

using namespace mlir;
using namespace mlir::dag;

Rendezvous::Instance &Rendezvous::getInstance(PostedCall call) {
  CommunicatorOp &communicator = communicators[call.op];
  if (!communicator)
    communicator = lookupCommunicator(call.op);
  if (Instance *known = instanceOfRanks.lookup({communicator, call.rank}))
    return *known;
  SmallVector<StringAttr> axes;
  for (Attribute axis : communicator.getAxes())
    axes.push_back(cast<StringAttr>(axis));
  // Once for all of its members.
  Instance &made = instances.emplace_back();
  made.members = ranks.getGroup(call.rank, axes);
  made.collectives.resize(made.members.size());
  for (size_t member : made.members)
    instanceOfRanks[{communicator, member}] = &made;
  return made;
}

ArrayRef<size_t> Rendezvous::getMembers(PostedCall call) {
  return getInstance(call).members;
}

StringRef Rendezvous::getSignature(PostedCall call) {
  std::string &text = signatures[call.op];
  if (text.empty())
    text = getCallSignature(call.op, getMembers(call).size());
  return text;
}

SmallVector<PostedCall> Rendezvous::post(PostedCall call) {
  Instance &instance = getInstance(call);
  if (std::optional<int64_t> peer = call.op.getPeerMember()) {
    size_t other = instance.members[*peer];
    bool isSend = call.op.isSend();
    Channel &channel = isSend ? instance.channels[{call.rank, other}]
                              : instance.channels[{other, call.rank}];
    std::deque<PostedCall> &others = isSend ? channel.recvs : channel.sends;
    if (others.empty()) {
      (isSend ? channel.sends : channel.recvs).push_back(call);
      return {};
    }
    PostedCall met = others.front();
    others.pop_front();
    return isSend ? SmallVector<PostedCall>{call, met}
                  : SmallVector<PostedCall>{met, call};
  }
  size_t self =
      llvm::find(instance.members, call.rank) - instance.members.begin();
  instance.collectives[self].push_back(call);
  if (instance.collectives[self].size() > 1 ||
      ++instance.numReady != instance.members.size())
    return {};
  SmallVector<PostedCall> met;
  instance.numReady = 0;
  for (std::deque<PostedCall> &calls : instance.collectives) {
    met.push_back(calls.front());
    calls.pop_front();
    instance.numReady += !calls.empty();
  }
  return met;
}

std::vector<uint32_t> Rendezvous::getMissing(PostedCall call) {
  Instance &instance = getInstance(call);
  std::vector<uint32_t> missing;
  if (std::optional<int64_t> peer = call.op.getPeerMember()) {
    missing.push_back(instance.members[*peer]);
    return missing;
  }
  for (auto [member, calls] :
       llvm::zip_equal(instance.members, instance.collectives))
    if (calls.empty())
      missing.push_back(member);
  return missing;
}

SmallVector<PostedCall> Rendezvous::getWaiting(size_t rank) const {
  SmallVector<PostedCall> waiting;
  auto collect = [&](const std::deque<PostedCall> &calls) {
    for (PostedCall call : calls)
      if (call.rank == rank)
        waiting.push_back(call);
  };
  for (const Instance &instance : instances) {
    for (const std::deque<PostedCall> &calls : instance.collectives)
      collect(calls);
    for (const auto &[ends, channel] : instance.channels) {
      collect(channel.sends);
      collect(channel.recvs);
    }
  }
  return waiting;
}
