//===- DagLspServerMain.cpp - The main of dag-lsp-server -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagLspServerMain.h"
#include "LspDocument.h"
#include "LspText.h"
#include "UpstreamServer.h"
#include "dag/Support/JsonOutline.h"
#include "dag/Tools/CommandLine.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/LSP/Transport.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;
namespace json = llvm::json;
namespace lsp = llvm::lsp;

/// Messages nest deeper by accident only, and the parser recurses.
constexpr unsigned kMaxDepth = 256;
/// Times that upstream's server is started: a file that ends it twice is not
/// sent again, but there may be many of them.
constexpr unsigned kMaxStarts = 12;

namespace {
/// Stands between the editor and upstream's server, one message at a time: what
/// upstream answers is waited for, and what it does not answer is not sent.
class LspServer {
public:
  LspServer(DialectRegistry &registry, UpstreamServer &upstream,
            lsp::JSONTransport &transport)
      : registry(registry), upstream(upstream), transport(transport) {}

  /// Takes a message of the editor; false after the last one.
  bool handle(StringRef text);
  bool isShutDown() const { return hasShutdown; }

private:
  void notify(StringRef method, const json::Value &message);
  void request(StringRef method, const json::Value &message,
               const json::Value &id);
  void open(const json::Value &message);
  void change(const json::Value &message);
  void close(const json::Value &message);
  bool hover(const json::Value &message, const json::Value &id);
  void publish(LspDocument &document);
  void publish(const LspDocument &document, json::Array diagnostics);
  /// The document that a request is about, or null.
  LspDocument *find(const json::Value &message);

  //===--- Upstream ------------------------------------------------------===//

  /// Upstream's server runs, perhaps since now.
  bool prepareUpstream();
  /// Sends a request, under an id of our own, and waits for the answer.
  std::optional<json::Object> ask(json::Object request);
  /// Sends a notification and waits for the diagnostics that it answers with.
  std::optional<json::Array> askForDiagnostics(json::Object notification);
  /// What upstream's server says of a text, which it is given; nothing if it
  /// cannot be asked.
  std::optional<json::Array> tellUpstream(LspDocument &document);
  void closeUpstream(LspDocument &document);
  /// Lets upstream answer a request, which may be about a document.
  void forward(json::Value message, const json::Value &id,
               const LspDocument *document = nullptr);
  void show(const Twine &message);

  DialectRegistry &registry;
  UpstreamServer &upstream;
  lsp::JSONTransport &transport;
  llvm::StringMap<std::unique_ptr<LspDocument>> documents;
  /// Of the editor's `initialize`.
  json::Value initializeParams = json::Object{{"capabilities", json::Object()}};
  unsigned numStarts = 0;
  int64_t lastId = 0;
  bool hasShutdown = false;
};
} // namespace

template <typename T>
static std::optional<T> getParams(const json::Value &message) {
  const json::Object *object = message.getAsObject();
  const json::Value *params = object ? object->get("params") : nullptr;
  T result;
  json::Path::Root root;
  if (params && fromJSON(*params, result, root))
    return result;
  return std::nullopt;
}

static StringRef getMethod(const json::Value &message) {
  const json::Object *object = message.getAsObject();
  return object ? object->getString("method").value_or("") : "";
}

static StringRef getMessage(const json::Value &diagnostic) {
  const json::Object *object = diagnostic.getAsObject();
  return object ? object->getString("message").value_or("") : "";
}

static llvm::Error makeError(lsp::ErrorCode code, const Twine &message) {
  return llvm::make_error<lsp::LSPError>(message.str(), code);
}

//===----------------------------------------------------------------------===//
// Upstream
//===----------------------------------------------------------------------===//

void LspServer::show(const Twine &message) {
  constexpr int kWarning = 2;
  transport.notify(
      "window/showMessage",
      json::Object{{"type", kWarning}, {"message", message.str()}});
}

bool LspServer::prepareUpstream() {
  if (upstream.isRunning())
    return true;
  if (numStarts > kMaxStarts)
    return false;
  if (numStarts == kMaxStarts) {
    ++numStarts;
    show("MLIR's language server has ended " + Twine(kMaxStarts) +
         " times and is not started again: findings are still shown");
    return false;
  }
  if (numStarts++ > 0)
    show("MLIR's language server has ended and is started again");
  return upstream.start() &&
         ask(json::Object{{"method", "initialize"},
                          {"params", initializeParams}}) &&
         upstream.send(json::Object{{"jsonrpc", "2.0"},
                                    {"method", "initialized"},
                                    {"params", json::Object()}});
}

std::optional<json::Object> LspServer::ask(json::Object request) {
  int64_t id = ++lastId;
  request["jsonrpc"] = "2.0";
  request["id"] = id;
  if (!upstream.send(std::move(request)))
    return std::nullopt;
  while (std::optional<json::Value> answer = upstream.receive())
    if (json::Object *object = answer->getAsObject();
        object && object->getInteger("id") == id)
      return std::move(*object);
  return std::nullopt;
}

std::optional<json::Array>
LspServer::askForDiagnostics(json::Object notification) {
  notification["jsonrpc"] = "2.0";
  if (!upstream.send(std::move(notification)))
    return std::nullopt;
  while (std::optional<json::Value> answer = upstream.receive()) {
    if (getMethod(*answer) != "textDocument/publishDiagnostics")
      continue;
    json::Object *params = answer->getAsObject()->getObject("params");
    json::Array *theirs = params ? params->getArray("diagnostics") : nullptr;
    return theirs ? std::move(*theirs) : json::Array();
  }
  return std::nullopt;
}

/// Always all of the text: upstream takes no other changes, and would not
/// answer.
static json::Object makeTextMessage(const LspDocument &document, bool isOpen) {
  json::Object id{{"uri", document.getURI().uri()},
                  {"version", document.getVersion()}};
  if (isOpen)
    return json::Object{
        {"method", "textDocument/didChange"},
        {"params",
         json::Object{{"textDocument", std::move(id)},
                      {"contentChanges", json::Array{json::Object{
                                             {"text", document.getText()}}}}}}};
  id["languageId"] = "mlir";
  id["text"] = document.getText();
  return json::Object{
      {"method", "textDocument/didOpen"},
      {"params", json::Object{{"textDocument", std::move(id)}}}};
}

std::optional<json::Array> LspServer::tellUpstream(LspDocument &document) {
  if (!document.isForUpstream())
    return std::nullopt;
  // What ends it once may be something else, such as a lack of memory.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!prepareUpstream())
      return std::nullopt;
    bool isOpen = document.getUpstreamStart() == numStarts;
    document.setUpstreamStart(numStarts);
    auto theirs = askForDiagnostics(makeTextMessage(document, isOpen));
    if (!theirs)
      continue;
    json::Value diagnostics = std::move(*theirs);
    convertColumns(diagnostics, document.getText(), document.getURI().uri(),
                   ColumnKind::Units);
    return std::move(*diagnostics.getAsArray());
  }
  document.refuse();
  return std::nullopt;
}

void LspServer::closeUpstream(LspDocument &document) {
  if (document.getUpstreamStart() != numStarts || !upstream.isRunning())
    return;
  document.setUpstreamStart(0);
  // It says itself that nothing is wrong any more.
  (void)askForDiagnostics(json::Object{
      {"method", "textDocument/didClose"},
      {"params",
       json::Object{
           {"textDocument", json::Object{{"uri", document.getURI().uri()}}}}}});
}

void LspServer::forward(json::Value message, const json::Value &id,
                        const LspDocument *document) {
  auto convert = [&](json::Value &value, ColumnKind kind) {
    if (document)
      convertColumns(value, document->getText(), document->getURI().uri(),
                     kind);
  };
  // What is asked about is in `params`, beside the document's name.
  convert(message, ColumnKind::Bytes);
  std::optional<json::Object> answer;
  if (prepareUpstream())
    answer = ask(std::move(*message.getAsObject()));
  if (!answer)
    return transport.reply(id, makeError(lsp::ErrorCode::InternalError,
                                         "MLIR's language server has ended"));
  if (json::Object *error = answer->getObject("error"))
    return transport.reply(
        id, makeError(static_cast<lsp::ErrorCode>(
                          error->getInteger("code").value_or(-32603)),
                      error->getString("message").value_or("")));
  json::Value *result = answer->get("result");
  if (!result)
    return transport.reply(id, nullptr);
  convert(*result, ColumnKind::Units);
  transport.reply(id, std::move(*result));
}

//===----------------------------------------------------------------------===//
// Documents
//===----------------------------------------------------------------------===//

/// Publishes what was found, together with what upstream says of a module.
void LspServer::publish(LspDocument &document) {
  if (!document.isForUpstream())
    closeUpstream(document);
  std::optional<json::Array> theirs = tellUpstream(document);
  document.check(registry, /*keepsErrors=*/!theirs);
  json::Array findings = document.getDiagnostics();
  // What breaks a rule of types is a finding as well: that has a code.
  json::Array all;
  for (json::Value &diagnostic : theirs ? *theirs : json::Array())
    if (llvm::none_of(findings, [&](const json::Value &ours) {
          return getMessage(diagnostic).ends_with(getMessage(ours));
        }))
      all.push_back(std::move(diagnostic));
  for (json::Value &finding : findings)
    all.push_back(std::move(finding));
  publish(document, std::move(all));
}

void LspServer::publish(const LspDocument &document, json::Array diagnostics) {
  transport.notify("textDocument/publishDiagnostics",
                   json::Object{{"uri", document.getURI().uri()},
                                {"diagnostics", std::move(diagnostics)},
                                {"version", document.getVersion()}});
}

void LspServer::open(const json::Value &message) {
  auto params = getParams<lsp::DidOpenTextDocumentParams>(message);
  if (!params)
    return;
  const lsp::TextDocumentItem &item = params->textDocument;
  auto &document = documents[item.uri.uri()];
  if (document)
    closeUpstream(*document);
  document = std::make_unique<LspDocument>(item.uri, item.text, item.version);
  publish(*document);
}

void LspServer::change(const json::Value &message) {
  auto params = getParams<lsp::DidChangeTextDocumentParams>(message);
  LspDocument *document = params ? find(message) : nullptr;
  if (!document)
    return;
  document->change(params->contentChanges, params->textDocument.version);
  publish(*document);
}

void LspServer::close(const json::Value &message) {
  LspDocument *document = find(message);
  if (!document)
    return;
  closeUpstream(*document);
  transport.notify("textDocument/publishDiagnostics",
                   json::Object{{"uri", document->getURI().uri()},
                                {"diagnostics", json::Array()}});
  documents.erase(document->getURI().uri());
}

LspDocument *LspServer::find(const json::Value &message) {
  const json::Object *object = message.getAsObject();
  const json::Object *params = object ? object->getObject("params") : nullptr;
  const json::Object *id = params ? params->getObject("textDocument") : nullptr;
  const json::Value *value = id ? id->get("uri") : nullptr;
  lsp::URIForFile uri;
  json::Path::Root root;
  if (!value || !fromJSON(*value, uri, root))
    return nullptr;
  auto it = documents.find(uri.uri());
  return it == documents.end() ? nullptr : it->second.get();
}

bool LspServer::hover(const json::Value &message, const json::Value &id) {
  auto params = getParams<lsp::TextDocumentPositionParams>(message);
  LspDocument *document = find(message);
  if (!params || !document)
    return false;
  json::Value hover = document->getHover(params->position);
  if (hover.kind() == json::Value::Null)
    return false;
  transport.reply(id, std::move(hover));
  return true;
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// Upstream hears of documents alone, as it does not answer notifications.
void LspServer::notify(StringRef method, const json::Value &message) {
  if (method == "textDocument/didOpen")
    open(message);
  else if (method == "textDocument/didChange")
    change(message);
  else if (method == "textDocument/didClose")
    close(message);
}

void LspServer::request(StringRef method, const json::Value &message,
                        const json::Value &id) {
  if (method == "shutdown") {
    hasShutdown = true;
    return transport.reply(id, nullptr);
  }
  if (method == "initialize")
    if (const json::Value *params = message.getAsObject()->get("params"))
      initializeParams = *params;
  if (method == "textDocument/hover" && hover(message, id))
    return;
  LspDocument *document = find(message);
  if (!document)
    return forward(message, id);
  // Upstream knows nothing of drawings.
  if (!document->isForUpstream())
    return transport.reply(id, nullptr);
  if (prepareUpstream() && document->getUpstreamStart() != numStarts)
    (void)tellUpstream(*document);
  forward(message, id, document);
}

bool LspServer::handle(StringRef text) {
  auto refuse = [&](const Twine &reason) {
    transport.reply(nullptr, makeError(lsp::ErrorCode::ParseError, reason));
    return true;
  };
  if (auto excess = JsonOutline(text, {kMaxDepth}).getExcess())
    return refuse(excess->message);
  llvm::Expected<json::Value> message = json::parse(text);
  if (!message)
    return refuse("malformed JSON: " + llvm::toString(message.takeError()));
  StringRef method = getMethod(*message);
  if (method == "exit")
    return false;
  // What has no method is an answer, but we ask nothing.
  if (method.empty())
    return true;
  if (const json::Value *id = message->getAsObject()->get("id"))
    request(method, *message, *id);
  else
    notify(method, *message);
  return true;
}

int dag::dagLspServerMain(int argc, char **argv, DialectRegistry &registry) {
  // Before anything is registered that upstream registers, too.
  if (argc == 2 && argv[1] == UpstreamServer::kArgument)
    return UpstreamServer::main(argv, registry);
  llvm::InitLLVM init(argc, argv);
  prepareTool();
  cl::opt<bool> isTest("lit-test",
                       cl::desc("Messages are set apart by lines of // -----, "
                                "and answers are indented"),
                       cl::cat(getToolCategory()));
  if (!parseCommandLine(argc, argv, "language server for plans and drawings\n",
                        {}))
    return static_cast<int>(ExitStatus::BadInput);
  if (isTest)
    lsp::URIForFile::registerSupportedScheme("test");
  auto style =
      isTest ? lsp::JSONStreamStyle::Delimited : lsp::JSONStreamStyle::Standard;
  llvm::sys::ChangeStdinToBinary();
  lsp::JSONTransportInputOverFile input(stdin, style);
  lsp::JSONTransport transport(stdin, llvm::outs(), style,
                               /*PrettyOutput=*/isTest);
  UpstreamServer upstream(llvm::sys::fs::getMainExecutable(
      argv[0], reinterpret_cast<void *>(&dagLspServerMain)));
  LspServer server(registry, upstream, transport);
  std::string text;
  while (!input.isEndOfInput() && !input.hasError())
    if (succeeded(input.readMessage(text)) && !server.handle(text))
      break;
  return server.isShutDown() ? EXIT_SUCCESS : EXIT_FAILURE;
}
