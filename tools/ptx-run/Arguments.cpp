//===- Arguments.cpp - Parameters of a kernel on the command line -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "TensorMapText.h"
#include "dag/Support/Files.h"
#include "dag/Support/Safetensors.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace mlir::dag;
using namespace mlir::dag::ptx;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
using Bytes = std::vector<uint8_t>;

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

namespace {
struct ElementRow {
  StringRef name;
  Type type;
  StringRef stored;
};
} // namespace

static const ElementRow kElements[] = {
    {"u8", Type::U8, "U8"},          {"i8", Type::S8, "I8"},
    {"s8", Type::S8, "I8"},          {"u16", Type::U16, "U16"},
    {"i16", Type::S16, "I16"},       {"s16", Type::S16, "I16"},
    {"u32", Type::U32, "U32"},       {"i32", Type::S32, "I32"},
    {"s32", Type::S32, "I32"},       {"u64", Type::U64, "U64"},
    {"i64", Type::S64, "I64"},       {"s64", Type::S64, "I64"},
    {"b8", Type::U8, "U8"},          {"b16", Type::U16, "U16"},
    {"b32", Type::U32, "U32"},       {"b64", Type::U64, "U64"},
    {"f16", Type::F16, "F16"},       {"bf16", Type::BF16, "BF16"},
    {"f32", Type::F32, "F32"},       {"f64", Type::F64, "F64"},
    {"e4m3", Type::E4M3, "F8_E4M3"}, {"e5m2", Type::E5M2, "F8_E5M2"}};

std::optional<Type> mlir::dag::ptx::parseElement(StringRef name,
                                                 bool &isSigned) {
  for (const ElementRow &row : kElements)
    if (row.name == name) {
      isSigned = row.type >= Type::S8 && row.type <= Type::S64;
      return row.type;
    }
  return std::nullopt;
}

static const ElementRow &getElementRow(Type type) {
  for (const ElementRow &row : kElements)
    if (row.type == type)
      return row;
  return kElements[0];
}

StringRef mlir::dag::ptx::getStoredName(const BufferType &type) {
  return getElementRow(type.type).stored;
}

std::string mlir::dag::ptx::stringify(const BufferType &type) {
  std::string text = getElementRow(type.type).name.str() + "[";
  for (size_t i = 0; i < type.shape.size(); ++i)
    text += (i ? "x" : "") + std::to_string(type.shape[i]);
  return text + "]";
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The bits of a number of a type.
static uint64_t toBits(double value, Type type) {
  switch (type) {
  case Type::F64:
    return llvm::bit_cast<uint64_t>(value);
  case Type::F32:
    return llvm::bit_cast<uint32_t>(float(value));
  case Type::F16:
  case Type::BF16:
  case Type::E4M3:
  case Type::E5M2:
    return encodeNumber(value, type);
  default:
    return value < 0 ? uint64_t(int64_t(value)) : uint64_t(value);
  }
}

double mlir::dag::ptx::getElement(const Buffer &buffer, const BufferType &type,
                                  uint64_t index) {
  unsigned size = getBits(type.type) / 8;
  uint64_t bits = 0;
  std::memcpy(&bits, buffer.bytes.data() + index * size, size);
  switch (type.type) {
  case Type::F64:
    return llvm::bit_cast<double>(bits);
  case Type::F32:
    return llvm::bit_cast<float>(uint32_t(bits));
  case Type::F16:
  case Type::BF16:
  case Type::E4M3:
  case Type::E5M2:
    return decodeNumber(bits, type.type);
  case Type::S8:
    return int8_t(bits);
  case Type::S16:
    return int16_t(bits);
  case Type::S32:
    return int32_t(bits);
  case Type::S64:
    return double(int64_t(bits));
  default:
    return double(bits);
  }
}

static bool isFloating(Type type) {
  return type == Type::F16 || type == Type::BF16 || type == Type::F32 ||
         type == Type::F64 || type == Type::E4M3 || type == Type::E5M2;
}

static Expected<uint64_t> readNumber(StringRef text, Type type) {
  uint64_t integer;
  int64_t negative;
  if (!isFloating(type)) {
    unsigned bits = getBits(type);
    bool isInteger = !text.getAsInteger(0, integer);
    if (isInteger && (bits >= 64 || integer >> bits == 0))
      return integer;
    if (!isInteger && !text.getAsInteger(0, negative) &&
        llvm::isIntN(bits, negative))
      return uint64_t(negative);
    return fail("expected a whole number of " + Twine(bits) +
                " bits, but got '" + text + "'");
  }
  double number;
  if (text.empty() || text.getAsDouble(number))
    return fail("expected a number, but got '" + text + "'");
  // What is written in digits is no infinity.
  if (std::isinf(number) && llvm::any_of(text, llvm::isDigit))
    return fail("expected a number of 64 bits, but got '" + text + "'");
  return toBits(number, type);
}

static Bytes toBytes(uint64_t bits, uint64_t size) {
  Bytes bytes(size);
  for (uint64_t i = 0; i < size && i < 8; ++i)
    bytes[i] = bits >> (8 * i);
  return bytes;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Expected<std::vector<uint64_t>> mlir::dag::ptx::readShape(StringRef text) {
  std::vector<uint64_t> shape;
  llvm::SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts) {
    uint64_t size;
    if (part.getAsInteger(10, size) || size == 0 || size > uint64_t(1) << 32)
      return fail("expected sizes such as 64x64, but got '" + text + "'");
    shape.push_back(size);
  }
  return shape;
}

llvm::Error Arguments::readTensor(Buffer &buffer, StringRef path,
                                  StringRef tensor) {
  Expected<std::unique_ptr<llvm::MemoryBuffer>> file = readInputFile(path);
  if (!file)
    return file.takeError();
  StringRef bytes = (*file)->getBuffer();
  if (!tensor.empty()) {
    auto tensors = readSafetensors((*file)->getMemBufferRef());
    if (!tensors)
      return fail(path + ": " + llvm::toString(tensors.takeError()));
    auto it = tensors->find(tensor);
    if (it == tensors->end())
      return fail(path + ": there is no tensor '" + tensor + "'");
    bytes = it->second.bytes;
  }
  if (bytes.size() != buffer.bytes.size())
    return fail(path + ": expected " + Twine(buffer.bytes.size()) +
                " bytes for '" + buffer.name + "', but got " +
                Twine(bytes.size()));
  std::memcpy(buffer.bytes.data(), bytes.data(), bytes.size());
  return llvm::Error::success();
}

llvm::Error Arguments::initialise(Buffer &buffer, const BufferType &type,
                                  StringRef init) {
  unsigned size = getBits(type.type) / 8;
  uint64_t count = buffer.bytes.size() / size;
  auto set = [&](uint64_t index, uint64_t bits) {
    std::memcpy(buffer.bytes.data() + index * size, &bits, size);
  };
  if (init.empty() || init == "zero")
    return llvm::Error::success();
  if (init == "uninit") {
    buffer.isInitialised = false;
    std::fill(buffer.bytes.begin(), buffer.bytes.end(), 0xff);
    return llvm::Error::success();
  }
  if (init == "iota") {
    for (uint64_t i = 0; i < count; ++i)
      set(i, toBits(double(i), type.type));
    return llvm::Error::success();
  }
  if (init == "one") {
    uint64_t one = toBits(1, type.type);
    for (uint64_t i = 0; i < count; ++i)
      set(i, one);
    return llvm::Error::success();
  }
  if (init.consume_front("random")) {
    uint64_t seed = launch.buffers.size();
    if (init.consume_front("(") &&
        (!init.consume_back(")") || init.getAsInteger(0, seed)))
      return fail("expected random(SEED)");
    // Multiples of 1/128 in [-1, 1): exact in every type but those of 8 bits.
    std::mt19937 rng(seed);
    for (uint64_t i = 0; i < count; ++i) {
      int value = int(rng() >> 24) - 128;
      set(i, isFloating(type.type)
                 ? toBits(value / 128.0, type.type)
                 : toBits(type.isSigned ? value : value + 128, type.type));
    }
    return llvm::Error::success();
  }
  Expected<uint64_t> bits = readNumber(init, type.type);
  if (bits) {
    for (uint64_t i = 0; i < count; ++i)
      set(i, *bits);
    return llvm::Error::success();
  }
  // What is a number, and none of this type, is no file.
  if (double number; !init.getAsDouble(number))
    return bits.takeError();
  llvm::consumeError(bits.takeError());
  auto [path, tensor] = init.split('#');
  return readTensor(buffer, path, tensor);
}

/// Whether memory holds so many bytes more, for which a vector would not ask.
static bool hasMemory(uint64_t bytes) {
  // What is not used would not be asked for either.
  void *volatile memory = std::malloc(bytes);
  std::free(memory);
  return memory != nullptr;
}

Expected<unsigned> Arguments::addBuffer(StringRef name, StringRef text) {
  if (!text.contains(']'))
    return fail("expected ']' behind the sizes, but got '" + text + "'");
  auto [element, rest] = text.split('[');
  auto [sizes, init] = rest.split(']');
  BufferType type;
  std::optional<Type> found = parseElement(element, type.isSigned);
  if (!found)
    return fail("expected a type of elements, but got '" + element + "'");
  type.type = *found;
  Expected<std::vector<uint64_t>> shape = readShape(sizes);
  if (!shape)
    return shape.takeError();
  type.shape = *shape;
  uint64_t bytes = getBits(type.type) / 8;
  for (uint64_t size : type.shape) {
    if (bytes > (uint64_t(1) << 32) / size)
      return fail("expected a buffer of at most 4 GiB, but got '" + text + "'");
    bytes *= size;
  }
  if (!init.empty() && !init.consume_front(":"))
    return fail("expected ':' and initial values, but got '" + init + "'");
  Buffer buffer;
  buffer.name = name.empty() ? "buffer " + std::to_string(launch.buffers.size())
                             : name.str();
  for (const Buffer &other : launch.buffers)
    if (other.name == buffer.name)
      return fail("buffer '" + name + "' is given twice");
  if (!hasMemory(bytes))
    return fail("there is no memory for the " + Twine(bytes) + " bytes of '" +
                buffer.name + "'");
  buffer.bytes.resize(bytes);
  if (llvm::Error error = initialise(buffer, type, init))
    return std::move(error);
  launch.buffers.push_back(std::move(buffer));
  types.push_back(std::move(type));
  return launch.buffers.size() - 1;
}

Expected<uint64_t> Arguments::findBuffer(StringRef name,
                                         unsigned *index) const {
  for (unsigned i = 0; i < launch.buffers.size(); ++i)
    if (launch.buffers[i].name == name) {
      if (launch.buffers[i].isVariable)
        return fail("buffer '" + name +
                    "' is a variable of the module, which "
                    "is no argument");
      if (index)
        *index = i;
      return getBufferAddress(i);
    }
  return fail("there is no buffer '" + name + "' before this");
}

//===----------------------------------------------------------------------===//
// Tensor maps
//===----------------------------------------------------------------------===//

/// `A,box=64x64,swizzle=128`: a buffer, and what is to be known of the map.
Expected<Bytes> Arguments::addTensorMap(StringRef text) {
  auto [name, options] = text.split(',');
  unsigned index = 0;
  Expected<uint64_t> address = findBuffer(name, &index);
  if (!address)
    return address.takeError();
  Expected<TensorMap> map = parseTensorMap(options, *address, types[index]);
  if (!map)
    return map.takeError();
  std::array<uint8_t, 128> bytes = encodeTensorMap(*map);
  return Bytes(bytes.begin(), bytes.end());
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Arguments::Arguments(const Module &module, const Function &entry,
                     llvm::ArrayRef<uint64_t> offsets, uint64_t paramBytes)
    : module(module), entry(entry), offsets(offsets) {
  launch.params.resize(paramBytes);
}

/// `A,B,C`: buffers of one size, those of several GPUs.
Expected<uint64_t> Arguments::addMulticast(StringRef text) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ',');
  std::vector<unsigned> buffers;
  for (StringRef part : parts) {
    unsigned index = 0;
    Expected<uint64_t> address = findBuffer(part, &index);
    if (!address)
      return address.takeError();
    const Bytes &bytes = launch.buffers[index].bytes;
    const Bytes &first =
        launch.buffers[buffers.empty() ? index : buffers[0]].bytes;
    if (bytes.size() != first.size())
      return fail("expected buffers of " + Twine(first.size()) +
                  " bytes behind one address, but '" + part + "' has " +
                  Twine(bytes.size()));
    if (llvm::is_contained(buffers, index))
      return fail("buffer '" + part + "' is behind the address twice");
    buffers.push_back(index);
  }
  launch.multicasts.push_back(std::move(buffers));
  return getMulticastAddress(launch.multicasts.size() - 1);
}

/// Parts of a structure, each aligned to its size.
Expected<Bytes> Arguments::readPack(StringRef text) {
  Bytes all;
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    Expected<Bytes> bytes = read(part, Type::B64, 0);
    if (!bytes)
      return bytes.takeError();
    size_t align = std::min<size_t>(bytes->size(), 8);
    while (align > 0 && all.size() % align != 0)
      all.push_back(0);
    all.insert(all.end(), bytes->begin(), bytes->end());
  }
  return all;
}

/// `bytes` is the size that is asked for, or 0 for that of the type named.
Expected<Bytes> Arguments::read(StringRef text, Type type, uint64_t bytes) {
  uint64_t pointer = bytes == 0 ? 8 : bytes;
  if (text == "null")
    return toBytes(0, pointer);
  if (text.consume_front("@")) {
    auto [name, offset] = text.split('+');
    uint64_t by = 0;
    if (!offset.empty() && offset.getAsInteger(0, by))
      return fail("expected an offset, but got '" + offset + "'");
    Expected<uint64_t> address = findBuffer(name);
    if (!address)
      return address.takeError();
    return toBytes(*address + by, pointer);
  }
  if (text.consume_front("tmap:"))
    return addTensorMap(text);
  if (text.consume_front("multi:")) {
    Expected<uint64_t> address = addMulticast(text);
    if (!address)
      return address.takeError();
    return toBytes(*address, pointer);
  }
  if (text.consume_front("pack:"))
    return readPack(text);
  auto [prefix, rest] = text.split(':');
  bool isSigned;
  std::optional<Type> named = parseElement(prefix, isSigned);
  if (named && !rest.empty()) {
    Expected<uint64_t> bits = readNumber(rest, *named);
    if (!bits)
      return bits.takeError();
    return toBytes(*bits, getBits(*named) / 8);
  }
  size_t bracket = text.find('[');
  if (bracket != StringRef::npos) {
    StringRef name;
    size_t equal = text.find('=');
    if (equal < bracket) {
      name = text.take_front(equal);
      if (name.empty())
        return fail("expected a name before '=', but got '" + text + "'");
      text = text.drop_front(equal + 1);
    }
    Expected<unsigned> index = addBuffer(name, text);
    if (!index)
      return index.takeError();
    return toBytes(getBufferAddress(*index), pointer);
  }
  Expected<uint64_t> bits = readNumber(text, type);
  if (!bits)
    return bits.takeError();
  return toBytes(*bits, bytes == 0 ? 4 : bytes);
}

/// A buffer that is no argument may be a variable of the module, as a host sets
/// it by cudaMemcpyToSymbol.
llvm::Error Arguments::giveVariable(Buffer &buffer) {
  for (const Variable &variable : module.variables) {
    bool isMemory =
        variable.space == Space::Global || variable.space == Space::Const;
    if (!isMemory || variable.name != buffer.name)
      continue;
    if (variable.bytes != buffer.bytes.size())
      return fail("expected the " + Twine(variable.bytes) +
                  " bytes of the variable '" + buffer.name + "', but got " +
                  Twine(buffer.bytes.size()));
    buffer.isVariable = true;
  }
  return llvm::Error::success();
}

llvm::Error Arguments::add(StringRef text, bool isParam) {
  if (!isParam) {
    auto [name, rest] = text.split('=');
    Expected<unsigned> index = addBuffer(name, rest);
    return index ? giveVariable(launch.buffers[*index]) : index.takeError();
  }
  if (next == entry.params.size())
    return fail("expected " + Twine(entry.params.size()) + " arguments of '" +
                entry.name + "', but got '" + text + "' more");
  const Variable &param = module.variables[entry.params[next]];
  Expected<Bytes> bytes = read(text, param.type, param.bytes);
  if (!bytes)
    return fail("argument " + Twine(next + 1) + ": " +
                llvm::toString(bytes.takeError()));
  if (bytes->size() == 128 && param.bytes == 8) {
    // A pointer to a tensor map.
    Buffer buffer;
    buffer.name = ("tensor map " + Twine(launch.buffers.size())).str();
    buffer.bytes = std::move(*bytes);
    types.push_back({Type::U8, false, {128}});
    launch.buffers.push_back(std::move(buffer));
    bytes = toBytes(getBufferAddress(launch.buffers.size() - 1), 8);
  }
  if (bytes->size() > param.bytes)
    return fail("argument " + Twine(next + 1) + ": expected " +
                Twine(param.bytes) + " bytes for '" + param.name +
                "', but got " + Twine(bytes->size()));
  std::copy(bytes->begin(), bytes->end(),
            launch.params.begin() + offsets[next]);
  ++next;
  return llvm::Error::success();
}

llvm::Error Arguments::finish() const {
  if (next == entry.params.size())
    return llvm::Error::success();
  return fail("expected " + Twine(entry.params.size()) + " arguments of '" +
              entry.name + "', but got " + Twine(next));
}
