//===- Errors.cpp - Errors, versions, handles -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Runtime/Errors.h"

#include "dag/Runtime/Handles.h"

using namespace dag::runtime;

namespace {

/// The last error of a thread: the fault, and what the ABI shows of it.
struct LastError {
  Error fault;
  DagrtError shown = {sizeof(DagrtError), DAGRT_OK, -1, -1, "", "", ""};
};

LastError &getLast() {
  static thread_local LastError last;
  return last;
}

} // namespace

Error dag::runtime::refuse(DagrtStatus status, std::string message) {
  Fault fault;
  fault.status = status;
  fault.message = std::move(message);
  return std::make_shared<const Fault>(std::move(fault));
}

Error dag::runtime::finish(Fault fault) {
  std::string text;
  if (fault.rank >= 0)
    text = "rank " + std::to_string(fault.rank) + ": ";
  text += fault.operation;
  if (!fault.communicator.empty())
    text += " on communicator '" + fault.communicator + "'";
  fault.text = text + ": " + fault.message;
  return std::make_shared<const Fault>(std::move(fault));
}

Error dag::runtime::complete(const Error &error, int32_t rank,
                             const char *operation) {
  if (!error->text.empty())
    return error;
  Fault whole = *error;
  whole.rank = rank;
  whole.operation = operation;
  return finish(std::move(whole));
}

DagrtStatus dag::runtime::report(const Error &error, int32_t rank,
                                 const char *operation) {
  if (!error)
    return DAGRT_OK;
  LastError &last = getLast();
  Error fault = complete(error, rank, operation);
  last.fault = fault;
  last.shown = {sizeof(DagrtError),
                fault->status,
                fault->rank,
                fault->peer,
                fault->operation.c_str(),
                fault->communicator.c_str(),
                fault->text.c_str()};
  return fault->status;
}

DagrtStatus dag::runtime::reportPlain(DagrtStatus status, const char *text) {
  LastError &last = getLast();
  last.fault = nullptr;
  last.shown = {sizeof(DagrtError), status, -1, -1, "", "", text};
  return status;
}

const char *dag::runtime::getHandleName(HandleKind kind) {
  switch (kind) {
  case HandleKind::Stream:
    return "stream";
  case HandleKind::Event:
    return "event";
  case HandleKind::Module:
    return "module";
  case HandleKind::Function:
    return "function";
  case HandleKind::Communicator:
    return "communicator";
  }
  return "handle";
}

uint64_t dag::runtime::packHandle(HandleParts parts) {
  return uint64_t(parts.kind) << 60 | uint64_t(parts.rank & 0xffff) << 44 |
         uint64_t(parts.generation) << 20 | parts.slot;
}

HandleParts dag::runtime::unpackHandle(uint64_t handle) {
  return {uint32_t(handle >> 60), uint32_t(handle >> 44) & 0xffff,
          uint32_t(handle >> 20) & 0xffffff, uint32_t(handle) & 0xfffff};
}

Error dag::runtime::checkHandle(uint64_t handle, HandleKind kind,
                                uint32_t rank) {
  std::string name = getHandleName(kind);
  HandleParts parts = unpackHandle(handle);
  if (handle == 0)
    return refuse(DAGRT_INVALID_HANDLE, name + " is none (0)");
  if (parts.kind == 0 || parts.kind > uint32_t(HandleKind::Communicator))
    return refuse(DAGRT_INVALID_HANDLE, name + " is no handle");
  if (parts.kind != uint32_t(kind))
    return refuse(DAGRT_INVALID_HANDLE,
                  "expected a " + name + ", but got a handle of kind '" +
                      getHandleName(HandleKind(parts.kind)) + "'");
  if (parts.rank != (rank & 0xffff))
    return refuse(DAGRT_INVALID_HANDLE,
                  name + " is of rank " + std::to_string(parts.rank));
  return nullptr;
}

extern "C" uint32_t dagrtGetVersion(void) {
  return uint32_t(DAGRT_VERSION_MAJOR) << 16 | DAGRT_VERSION_MINOR;
}

extern "C" DagrtStatus dagrtCheckVersion(uint32_t major, uint32_t minor) {
  if (major == DAGRT_VERSION_MAJOR && minor <= DAGRT_VERSION_MINOR)
    return DAGRT_OK;
  auto name = [](uint32_t major, uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
  };
  try {
    return report(refuse(DAGRT_WRONG_VERSION,
                         "program is for version " + name(major, minor) +
                             ", but the library is of version " +
                             name(DAGRT_VERSION_MAJOR, DAGRT_VERSION_MINOR)),
                  -1, "check_version");
  } catch (...) {
    return reportPlain(DAGRT_OUT_OF_MEMORY, "the runtime is out of memory");
  }
}

extern "C" const char *dagrtGetStatusName(DagrtStatus status) {
  static constexpr const char *kNames[] = {"DAGRT_OK",
                                           "DAGRT_NOT_READY",
                                           "DAGRT_INVALID_ARGUMENT",
                                           "DAGRT_INVALID_HANDLE",
                                           "DAGRT_OUT_OF_MEMORY",
                                           "DAGRT_IN_FLIGHT",
                                           "DAGRT_UNSUPPORTED",
                                           "DAGRT_WRONG_VERSION",
                                           "DAGRT_MISMATCH",
                                           "DAGRT_DEADLOCK",
                                           "DAGRT_RANK_ENDED",
                                           "DAGRT_ABORTED",
                                           "DAGRT_TIMED_OUT",
                                           "DAGRT_LAUNCH_FAILED",
                                           "DAGRT_RANK_FAILED",
                                           "DAGRT_INTERNAL"};
  return status >= 0 && status <= DAGRT_INTERNAL ? kNames[status]
                                                 : "unknown status";
}

extern "C" const DagrtError *dagrtGetLastError(void) {
  return &getLast().shown;
}
