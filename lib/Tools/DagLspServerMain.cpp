//===- DagLspServerMain.cpp - The main of dag-lsp-server -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagLspServerMain.h"
#include "LspDocument.h"
#include "UpstreamServer.h"
#include "dag/Tools/CommandLine.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;
namespace json = llvm::json;
namespace lsp = llvm::lsp;

namespace {
/// Stands between the editor and upstream's server, one message at a time: what
/// upstream answers is waited for.
class LspServer {
public:
  LspServer(DialectRegistry &registry, UpstreamServer &upstream,
            lsp::JSONTransport &transport)
      : registry(registry), upstream(upstream), transport(transport) {}

  /// Takes a message of the editor; false after the last one.
  bool handle(const json::Value &message);
  bool isShutDown() const { return hasShutdown; }

private:
  void open(const json::Value &message);
  void change(const json::Value &message);
  void close(const json::Value &message);
  bool hover(const json::Value &message, const json::Value &id);
  void publish(LspDocument &document, const lsp::URIForFile &uri,
               int64_t version, const json::Value &message);
  void forwardRequest(const json::Value &message, const json::Value &id);
  /// The document that a request is about, or null.
  LspDocument *find(const json::Value &message);

  DialectRegistry &registry;
  UpstreamServer &upstream;
  lsp::JSONTransport &transport;
  llvm::StringMap<std::unique_ptr<LspDocument>> documents;
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

/// Publishes what was found, together with what upstream says of a module.
void LspServer::publish(LspDocument &document, const lsp::URIForFile &uri,
                        int64_t version, const json::Value &message) {
  json::Array diagnostics;
  if (document.isModule()) {
    upstream.send(message);
    while (std::optional<json::Value> answer = upstream.receive()) {
      if (getMethod(*answer) != "textDocument/publishDiagnostics")
        continue;
      json::Object *params = answer->getAsObject()->getObject("params");
      if (json::Array *theirs =
              params ? params->getArray("diagnostics") : nullptr)
        diagnostics = std::move(*theirs);
      break;
    }
  }
  document.check(registry);
  json::Array findings = document.getDiagnostics();
  // What breaks a rule of types is a finding as well: that has a code.
  json::Array all;
  for (json::Value &theirs : diagnostics)
    if (llvm::none_of(findings, [&](const json::Value &ours) {
          return getMessage(theirs).ends_with(getMessage(ours));
        }))
      all.push_back(std::move(theirs));
  for (json::Value &finding : findings)
    all.push_back(std::move(finding));
  transport.notify("textDocument/publishDiagnostics",
                   json::Object{{"uri", uri.uri()},
                                {"diagnostics", std::move(all)},
                                {"version", version}});
}

void LspServer::open(const json::Value &message) {
  auto params = getParams<lsp::DidOpenTextDocumentParams>(message);
  if (!params)
    return;
  const lsp::TextDocumentItem &item = params->textDocument;
  auto &document = documents[item.uri.uri()];
  document = std::make_unique<LspDocument>(item.uri, item.text);
  publish(*document, item.uri, item.version, message);
}

void LspServer::change(const json::Value &message) {
  auto params = getParams<lsp::DidChangeTextDocumentParams>(message);
  if (!params)
    return;
  const lsp::VersionedTextDocumentIdentifier &id = params->textDocument;
  auto it = documents.find(id.uri.uri());
  if (it == documents.end() ||
      failed(lsp::TextDocumentContentChangeEvent::applyTo(
          params->contentChanges, it->second->getText())))
    return;
  publish(*it->second, id.uri, id.version, message);
}

void LspServer::close(const json::Value &message) {
  auto params = getParams<lsp::DidCloseTextDocumentParams>(message);
  if (!params)
    return;
  auto it = documents.find(params->textDocument.uri.uri());
  if (it == documents.end())
    return;
  bool isModule = it->second->isModule();
  documents.erase(it);
  json::Object empty{{"uri", params->textDocument.uri.uri()},
                     {"diagnostics", json::Array()}};
  if (isModule) {
    upstream.send(message);
    // It says itself that nothing is wrong any more.
    while (std::optional<json::Value> answer = upstream.receive())
      if (getMethod(*answer) == "textDocument/publishDiagnostics")
        break;
  }
  transport.notify("textDocument/publishDiagnostics", std::move(empty));
}

LspDocument *LspServer::find(const json::Value &message) {
  const json::Object *object = message.getAsObject();
  const json::Object *params = object ? object->getObject("params") : nullptr;
  const json::Object *id = params ? params->getObject("textDocument") : nullptr;
  std::optional<StringRef> uri = id ? id->getString("uri") : std::nullopt;
  auto it = uri ? documents.find(*uri) : documents.end();
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

void LspServer::forwardRequest(const json::Value &message,
                               const json::Value &id) {
  upstream.send(message);
  while (std::optional<json::Value> answer = upstream.receive()) {
    json::Object &object = *answer->getAsObject();
    const json::Value *answered = object.get("id");
    if (!answered || *answered != id)
      continue;
    if (json::Object *error = object.getObject("error"))
      transport.reply(id, llvm::make_error<lsp::LSPError>(
                              error->getString("message").value_or("").str(),
                              static_cast<lsp::ErrorCode>(
                                  error->getInteger("code").value_or(-32603))));
    else
      transport.reply(id, json::Value(std::move(*object.get("result"))));
    return;
  }
  transport.reply(id, nullptr);
}

bool LspServer::handle(const json::Value &message) {
  const json::Object *object = message.getAsObject();
  if (!object)
    return true;
  StringRef method = getMethod(message);
  if (method == "exit") {
    upstream.send(message);
    return false;
  }
  if (method == "textDocument/didOpen") {
    open(message);
  } else if (method == "textDocument/didChange") {
    change(message);
  } else if (method == "textDocument/didClose") {
    close(message);
  } else if (const json::Value *id = object->get("id")) {
    hasShutdown |= method == "shutdown";
    if (method == "textDocument/hover" && hover(message, *id))
      return true;
    // Upstream knows nothing of drawings.
    if (LspDocument *document = find(message);
        document && !document->isModule())
      transport.reply(*id, nullptr);
    else
      forwardRequest(message, *id);
  } else {
    upstream.send(message);
  }
  return true;
}

int dag::dagLspServerMain(int argc, char **argv, DialectRegistry &registry) {
  llvm::InitLLVM init(argc, argv);
  // Before anything is registered that upstream registers, too.
  UpstreamServer upstream(registry);
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
  LspServer server(registry, upstream, transport);
  std::string text;
  while (!input.isEndOfInput() && !input.hasError()) {
    if (failed(input.readMessage(text)))
      continue;
    llvm::Expected<json::Value> message = json::parse(text);
    if (!message)
      llvm::consumeError(message.takeError());
    else if (!server.handle(*message))
      break;
  }
  return server.isShutDown() ? EXIT_SUCCESS : EXIT_FAILURE;
}
