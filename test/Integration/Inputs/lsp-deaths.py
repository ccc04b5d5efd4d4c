#!/usr/bin/env python3
"""lsp-deaths.py SERVER

Talks to a language server while upstream's server beside it is ended from outside,
and with texts and messages that are nested too deep for any parser. Whatever is
found is still said.
"""
import json
import os
import signal
import subprocess
import sys

server = subprocess.Popen(
    [sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
)
shown = []


def send_text(text):
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
    server.stdin.flush()


def send(**message):
    send_text(json.dumps({"jsonrpc": "2.0", **message}).encode())


def receive():
    """The next message that is not for the user."""
    while True:
        size = 0
        while line := server.stdout.readline().strip():
            size = int(line.split(b":")[1])
        message = json.loads(server.stdout.read(size))
        if message.get("method") != "window/showMessage":
            return message
        shown.append(message["params"]["message"])


def find(uri, text):
    """The messages of the diagnostics of a file."""
    document = {"uri": uri, "languageId": "mlir", "version": 1, "text": text}
    send(method="textDocument/didOpen", params={"textDocument": document})
    params = receive()["params"]
    expect(params["uri"] == uri, "diagnostics of " + uri, params)
    return [diagnostic["message"] for diagnostic in params["diagnostics"]]


def expect(holds, what, actual):
    if not holds:
        server.kill()
        sys.exit(f"expected {what}, but got {actual}")


def expect_one(uri, text, part):
    messages = find(uri, text)
    expect(len(messages) == 1 and part in messages[0], f"'{part}' in {uri}", messages)


def end_upstream():
    path = f"/proc/{server.pid}/task/{server.pid}/children"
    with open(path, encoding="ascii") as children:
        pids = [int(pid) for pid in children.read().split()]
    expect(len(pids) == 1, "one server beside", pids)
    os.kill(pids[0], signal.SIGKILL)
    # Until it is nobody's any more, or has been left to its parent.
    while os.path.exists(f"/proc/{pids[0]}/cmdline"):
        with open(f"/proc/{pids[0]}/cmdline", "rb") as arguments:
            if not arguments.read():
                return


send(id=0, method="initialize", params={"capabilities": {}})
receive()

for text in b"[" * 200000, b'{"a":' * 200000:
    send_text(text)
    error = receive()["error"]["message"]
    expect(error == "expected at most 256 levels of nesting, but got more", "a refusal", error)

expect_one("file:///t/a.mlir", "module { dag.foo }", "dag.foo")
deep = '"a.b"() ({\n' * 30000 + "}) : () -> ()\n" * 30000
expect_one("file:///t/deep.mlir", deep, "levels of nesting")
sums = "module attributes {a = affine_map<(d0)->(" + "-" * 1000000 + "d0)>} {}"
messages = find("file:///t/sums.mlir", sums)
expect(len(messages) == 1, "a refusal", messages)
expect_one("file:///t/config.json", "[" * 100000, "levels")
drawing = "digraph d {" + "{" * 100000 + "layer0_zork" + "}" * 100000 + "}"
messages = find("file:///t/deep.dot", drawing)
expect("no rule says what 'layer0_zork' is" in messages, "a finding", messages)
expect_one("file:///t/b.mlir", "module { dag.foo }", "dag.foo")

shown.clear()
end_upstream()
expect_one("file:///t/b.mlir", "module { dag.foo }", "dag.foo")
again = "MLIR's language server has ended and is started again"
expect(shown == [again], again, shown)
# It is told of what was open.
end_upstream()
request = {"textDocument": {"uri": "file:///t/a.mlir"}, "position": {"line": 0, "character": 0}}
send(id=1, method="textDocument/hover", params=request)
reply = receive()
expect(reply.get("id") == 1 and "result" in reply, "an answer", reply)

while shown[-1] == again:
    end_upstream()
    expect_one("file:///t/b.mlir", "module { dag.foo }", "dag.foo")
last = "is not started again: findings are still shown"
expect(last in shown[-1], last, shown)
request["textDocument"]["uri"] = "file:///t/b.mlir"
send(id=2, method="textDocument/definition", params=request)
expect("error" in receive(), "an error", shown)
expect_one("file:///t/b.mlir", "module { dag.foo }", "dag.foo")
expect(len(shown) == len(set(shown)) + shown.count(again) - 1, "the last message once", shown)

send(id=3, method="shutdown")
receive()
send(method="exit")
server.stdin.close()
expect(server.wait() == 0, "status 0", server.returncode)
