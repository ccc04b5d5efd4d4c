//===- EntryStreams.cpp - Streams, events, modules, launches -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entry.h"

#include <cstring>

using namespace dag::runtime;

namespace {

Error checkSource(const DagrtModuleSource *source) {
  if (!source)
    return refuseArgument("source is a null pointer");
  if (source->size < sizeof(DagrtModuleSource))
    return refuseArgument("size of DagrtModuleSource is " +
                          std::to_string(source->size) + ", expected " +
                          std::to_string(sizeof(DagrtModuleSource)));
  if (source->numSymbols && !source->symbols)
    return refuseArgument("symbols is a null pointer");
  for (size_t i = 0; i < source->numSymbols; ++i) {
    if (!source->symbols[i].name)
      return refuseArgument("symbol " + std::to_string(i) + " has no name");
    if (!source->symbols[i].function)
      return refuseArgument(std::string("symbol '") + source->symbols[i].name +
                            "' has no function");
  }
  return nullptr;
}

Error checkParameters(const DagrtParameter *parameters, size_t number) {
  if (number && !parameters)
    return refuseArgument("parameters is a null pointer");
  for (size_t i = 0; i < number; ++i) {
    uint32_t bytes = parameters[i].bytes;
    if (parameters[i].isBuffer ? bytes != sizeof(void *)
                               : bytes == 0 || bytes > 4096)
      return refuseArgument("parameter " + std::to_string(i) + " cannot have " +
                            std::to_string(bytes) + " bytes");
  }
  return nullptr;
}

/// The memory that the arguments of a launch point to.
Error findUses(DagrtRank *rank, const std::vector<DagrtParameter> &parameters,
               void *const *arguments, size_t numArguments,
               std::vector<Allocation *> &uses) {
  if (numArguments != parameters.size())
    return refuseArgument("expected " + std::to_string(parameters.size()) +
                          " arguments, but got " +
                          std::to_string(numArguments));
  if (numArguments && !arguments)
    return refuseArgument("arguments is a null pointer");
  for (size_t i = 0; i < numArguments; ++i) {
    std::string what = "argument " + std::to_string(i);
    if (!arguments[i])
      return refuseArgument(what + " is a null pointer");
    if (!parameters[i].isBuffer)
      continue;
    void *buffer = nullptr;
    std::memcpy(&buffer, arguments[i], sizeof(buffer));
    Allocation *found = nullptr;
    if (buffer)
      if (Error error = rank->memory.find(buffer, 1, what, found))
        return error;
    if (found)
      uses.push_back(found);
  }
  return nullptr;
}

} // namespace

extern "C" {

DagrtStatus dagrtStreamCreate(DagrtRank *rank, const char *name,
                              DagrtStream *stream) {
  return enter(rank, "stream_create", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(stream, "stream"))
      return error;
    return rank->createStream(name ? name : "", *stream);
  });
}

DagrtStatus dagrtStreamDestroy(DagrtRank *rank, DagrtStream stream) {
  return enter(rank, "stream_destroy", Entry::Release,
               [&] { return rank->destroyStream(stream); });
}

DagrtStatus dagrtStreamSynchronize(DagrtRank *rank, DagrtStream stream) {
  return enter(rank, "stream_synchronize", Entry::Work,
               [&] { return rank->synchronizeStream(stream); });
}

DagrtStatus dagrtStreamQuery(DagrtRank *rank, DagrtStream stream) {
  bool isDone = false;
  DagrtStatus status = enter(rank, "stream_query", Entry::Work,
                             [&] { return rank->queryStream(stream, isDone); });
  return status != DAGRT_OK || isDone ? status : DAGRT_NOT_READY;
}

DagrtStatus dagrtEventCreate(DagrtRank *rank, DagrtEvent *event) {
  return enter(rank, "event_create", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(event, "event"))
      return error;
    return rank->createEvent(*event);
  });
}

DagrtStatus dagrtEventDestroy(DagrtRank *rank, DagrtEvent event) {
  return enter(rank, "event_destroy", Entry::Release,
               [&] { return rank->destroyEvent(event); });
}

DagrtStatus dagrtEventRecord(DagrtRank *rank, DagrtEvent event,
                             DagrtStream stream) {
  return enter(rank, "event_record", Entry::Work,
               [&] { return rank->recordEvent(event, stream); });
}

DagrtStatus dagrtEventSynchronize(DagrtRank *rank, DagrtEvent event) {
  return enter(rank, "event_synchronize", Entry::Work,
               [&] { return rank->synchronizeEvent(event); });
}

DagrtStatus dagrtEventQuery(DagrtRank *rank, DagrtEvent event) {
  bool isDone = false;
  DagrtStatus status = enter(rank, "event_query", Entry::Work,
                             [&] { return rank->queryEvent(event, isDone); });
  return status != DAGRT_OK || isDone ? status : DAGRT_NOT_READY;
}

DagrtStatus dagrtStreamWaitEvent(DagrtRank *rank, DagrtStream stream,
                                 DagrtEvent event) {
  return enter(rank, "stream_wait_event", Entry::Work,
               [&] { return rank->waitEvent(stream, event); });
}

DagrtStatus dagrtModuleLoad(DagrtRank *rank, const DagrtModuleSource *source,
                            DagrtModule *module) {
  return enter(rank, "module_load", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(module, "module"))
      return error;
    if (Error error = checkSource(source))
      return error;
    return rank->loadModule(*source, *module);
  });
}

DagrtStatus dagrtModuleUnload(DagrtRank *rank, DagrtModule module) {
  return enter(rank, "module_unload", Entry::Release,
               [&] { return rank->unloadModule(module); });
}

DagrtStatus dagrtModuleGetFunction(DagrtRank *rank, DagrtModule module,
                                   const char *name,
                                   const DagrtParameter *parameters,
                                   size_t numParameters,
                                   DagrtFunction *function) {
  return enter(rank, "module_get_function", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(function, "function"))
      return error;
    if (Error error = checkOutput(name, "name"))
      return error;
    if (Error error = checkParameters(parameters, numParameters))
      return error;
    return rank->getFunction(
        module, name, {parameters, parameters + numParameters}, *function);
  });
}

DagrtStatus dagrtLaunch(DagrtRank *rank, DagrtFunction function,
                        const DagrtLaunchShape *shape, void *const *arguments,
                        size_t numArguments, DagrtStream stream) {
  return enter(rank, "launch", Entry::Work, [&]() -> Error {
    if (Error error = rank->checkStream(stream))
      return error;
    if (shape && shape->size < sizeof(DagrtLaunchShape))
      return refuseArgument("size of DagrtLaunchShape is " +
                            std::to_string(shape->size) + ", expected " +
                            std::to_string(sizeof(DagrtLaunchShape)));
    const std::vector<DagrtParameter> *parameters = nullptr;
    if (Error error = rank->getParameters(function, parameters))
      return error;
    std::vector<Allocation *> uses;
    if (Error error =
            findUses(rank, *parameters, arguments, numArguments, uses))
      return error;
    return rank->launch(function, shape, arguments, std::move(uses), stream);
  });
}

} // extern "C"
