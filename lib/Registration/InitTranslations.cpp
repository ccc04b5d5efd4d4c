//===- InitTranslations.cpp - Registration of translations -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file of its own, so that who has no translations does not link them.
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Target/Dot/ExportDot.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/GGUF/ImportGguf.h"
#include "dag/Target/GPU/ExportObject.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Target/Schedule/ImportCsv.h"

using namespace mlir;

void dag::registerAllTranslations() {
  dot::registerDotTranslations();
  dot::registerExportDotTranslation();
  gguf::registerTranslations();
  gpu_target::registerExportObjectTranslation();
  huggingface::registerTranslation();
  schedule::registerTranslation();
}
