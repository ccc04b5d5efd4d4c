//===- ResolveDevices.cpp - Which device each rank runs on -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnLayout.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// A deployment of more devices than that is a slip of the pen.
static constexpr int64_t kMaxDevices = int64_t(1) << 20;

namespace {
class DeviceResolver {
public:
  DeviceResolver(const DeploymentGraph &graph, const DrawnLayout &drawn,
                 const LayoutChoice &choice, ResolvedLayout &result,
                 ChangeLog &log)
      : drawn(drawn), choice(choice), result(result), log(log),
        rootLoc(graph.getRoot()->getLoc()) {}

  void run();

private:
  void chooseDevices(int64_t all);
  bool takeDrawnDevices(int64_t each);

  const DrawnLayout &drawn;
  const LayoutChoice &choice;
  ResolvedLayout &result;
  ChangeLog &log;
  Location rootLoc;
};
} // namespace

/// Takes the devices that the user states.
void DeviceResolver::chooseDevices(int64_t all) {
  if (choice.devices.size() != static_cast<size_t>(all)) {
    log.refuse(rootLoc, "expected devices= with " + Twine(all) +
                            " devices, but got " +
                            Twine(choice.devices.size()));
    return;
  }
  DenseSet<int64_t> used;
  for (int64_t device : choice.devices) {
    if (device < 0 || device != toIndex(device)) {
      log.refuse(rootLoc, "expected devices= to lie in 0 to " +
                              Twine(toIndex(INT64_MAX)) + ", but got " +
                              Twine(device));
      return;
    }
    if (!used.insert(device).second) {
      log.refuse(rootLoc, "expected devices= to be different, but got " +
                              Twine(device) + " twice");
      return;
    }
  }
  result.devices = choice.devices;
}

/// Takes the devices of the stages that are drawn, `each` of them for a stage.
bool DeviceResolver::takeDrawnDevices(int64_t each) {
  bool isGood = true;
  size_t numUnknown = 0;
  for (const DrawnStage &stage : drawn.stages)
    numUnknown += stage.devices.empty();
  if (numUnknown == drawn.stages.size())
    return false;
  // Coordinates, not virtual stages, have devices.
  ArrayRef<DrawnStage> stages =
      ArrayRef(drawn.stages).take_front(static_cast<size_t>(result.pp));
  DenseMap<int64_t, const DrawnStage *> owner;
  for (const DrawnStage &stage : stages) {
    if (stage.devices.empty()) {
      log.refuse(stage.loc, "no device is drawn in " + getStageName(stage) +
                                ", but in other stages; devices= decides, with "
                                "the devices of all stages in order");
      isGood = false;
      continue;
    }
    size_t size = stage.devices.size();
    if (size != static_cast<size_t>(each)) {
      // More ranks are drawn than asked for: the user knows.
      if (choice.tp > 0 && size > static_cast<size_t>(each)) {
        log.add(ChangeKind::Dropped, stage.loc,
                getDevicesText(ArrayRef(stage.devices).drop_front(each)) +
                    " of " + getStageName(stage) + ", since tp= asks for " +
                    Twine(each) + " devices");
      } else {
        log.refuse(stage.loc,
                   "expected " + Twine(each) + " devices in " +
                       getStageName(stage) + ", one for each rank, but got " +
                       Twine(size) +
                       (size > static_cast<size_t>(each)
                            ? "; tp= and ep= decide how they are split"
                            : "; tp= decides the number of ranks, or devices= "
                              "where they run"));
        isGood = false;
        continue;
      }
    }
    for (int64_t device : ArrayRef(stage.devices).take_front(each)) {
      result.devices.push_back(device);
      auto [it, isNew] = owner.try_emplace(device, &stage);
      if (isNew)
        continue;
      log.refuse(stage.loc, "GPU " + Twine(device) + " is in " +
                                getStageName(*it->second) + " and in " +
                                getStageName(stage) +
                                "; devices= decides, with the devices of all "
                                "stages in order")
          .note(it->second->loc, getStageName(*it->second) + " is here");
      isGood = false;
      break;
    }
  }
  if (!isGood)
    result.devices.clear();
  return true;
}

void DeviceResolver::run() {
  int64_t each, all;
  if (llvm::MulOverflow(result.tp, result.ep, each) ||
      llvm::MulOverflow(each, result.pp, all) || all > kMaxDevices) {
    log.refuse(rootLoc, "expected at most " + Twine(kMaxDevices) +
                            " devices, but TP=" + Twine(result.tp) +
                            " and PP=" + Twine(result.pp) +
                            " are more; tp= and pp= decide");
    return;
  }
  if (!choice.devices.empty()) {
    chooseDevices(all);
    return;
  }
  if (usesDrawnStages(drawn, result)) {
    if (takeDrawnDevices(each))
      return;
  } else {
    // The stages are new; the devices can still be those of the drawing.
    SmallVector<int64_t> devices;
    DenseSet<int64_t> used;
    for (const DrawnStage &stage : drawn.stages)
      for (int64_t device : stage.devices)
        if (used.insert(device).second)
          devices.push_back(device);
    // Of devices in one heap, the first ranks' are not the first stage's.
    if (drawn.stages.size() == 1)
      llvm::sort(devices);
    if (devices.size() == static_cast<size_t>(all)) {
      result.devices = std::move(devices);
      return;
    }
    if (!devices.empty()) {
      log.add(ChangeKind::Changed, rootLoc,
              Twine(devices.size()) + " devices are drawn, but " + Twine(all) +
                  " are needed: GPU 0-" + Twine(all - 1) + " in their place");
      return;
    }
  }
  log.add(ChangeKind::Assumed, rootLoc,
          (all == 1 ? Twine("GPU 0") : "GPU 0-" + Twine(all - 1)) +
              ", since no devices are drawn");
}

void dag::resolveDevices(const DeploymentGraph &graph, const DrawnLayout &drawn,
                         const LayoutChoice &choice, ResolvedLayout &result,
                         ChangeLog &log) {
  DeviceResolver(graph, drawn, choice, result, log).run();
}
