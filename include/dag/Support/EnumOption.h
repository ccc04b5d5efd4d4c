//===- EnumOption.h - Options that are one of a few names -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_ENUMOPTION_H
#define DAG_SUPPORT_ENUMOPTION_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"

namespace mlir::dag {

/// What `llvm::cl::parser` is for enums, but that a wrong value is told what
/// would be right: "expected low, medium, high or critical, but got 'grave'".
/// The values are those that `cl::values` gives the option.
///
/// To be used, `llvm::cl::parser<EnumT>` derives from it.
template <typename EnumT>
class EnumParser : public llvm::cl::generic_parser_base {
  // Under upstream's names, which MLIR's options look up.
protected:
  struct OptionInfo : GenericOptionInfo {
    OptionInfo(llvm::StringRef name, EnumT value, llvm::StringRef description)
        : GenericOptionInfo(name, description), V(value) {}

    llvm::cl::OptionValue<EnumT> V;
  };
  llvm::SmallVector<OptionInfo, 8> Values;

public:
  using generic_parser_base::generic_parser_base;
  using parser_data_type = EnumT;

  unsigned getNumOptions() const override { return Values.size(); }
  llvm::StringRef getOption(unsigned index) const override {
    return Values[index].Name;
  }
  llvm::StringRef getDescription(unsigned index) const override {
    return Values[index].HelpStr;
  }
  const llvm::cl::GenericOptionValue &
  getOptionValue(unsigned index) const override {
    return Values[index].V;
  }

  /// True on failure.
  bool parse(llvm::cl::Option &option, llvm::StringRef /*argument*/,
             llvm::StringRef text, EnumT &value) {
    for (const OptionInfo &info : Values)
      if (info.Name == text) {
        value = info.V.getValue();
        return false;
      }
    std::string message = "expected ";
    for (size_t i = 0; i < Values.size(); ++i) {
      if (i > 0)
        message += i + 1 < Values.size() ? ", " : " or ";
      message += Values[i].Name;
    }
    return option.error(message + ", but got '" + text + "'");
  }

  template <typename ValueT>
  void addLiteralOption(llvm::StringRef name, const ValueT &value,
                        llvm::StringRef description) {
    Values.emplace_back(name, static_cast<EnumT>(value), description);
    AddLiteralOption(Owner, name);
  }
};

} // namespace mlir::dag

#endif // DAG_SUPPORT_ENUMOPTION_H
