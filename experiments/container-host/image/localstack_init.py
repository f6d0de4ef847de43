#!/usr/bin/env python3
"""Stands for LocalStack's own first program of an execution environment (lambda-runtime-init) where
that cannot be downloaded: takes events from LocalStack, hands them to the function over the Lambda
Runtime API, and gives LocalStack the answers and what was logged.

What LocalStack expects of it is in localstack/services/lambda_/invocation of localstack-core.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RUNTIME_API = ("127.0.0.1", 9001)
EVENTS = ("0.0.0.0", 9563)

LOCALSTACK = os.environ.pop("LOCALSTACK_RUNTIME_ENDPOINT")
ENVIRONMENT = os.environ.pop("LOCALSTACK_RUNTIME_ID")
TIMEOUT_S = int(os.environ["AWS_LAMBDA_FUNCTION_TIMEOUT"])
MEMORY_MB = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
VERSION = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]

# LocalStack gives an environment one event at a time.
events = queue.SimpleQueue()
answers = queue.SimpleQueue()
ready = threading.Event()
without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def tell(path, body):
    headers = {"Content-Type": "application/json"}
    without_proxy.open(urllib.request.Request(f"{LOCALSTACK}/{path}", body, headers)).close()


class Function:
    """The function's process, and what it has written."""

    def __init__(self):
        # A file, not a pipe: what a function writes before it answers is there with the answer.
        self.output, self.taken = tempfile.TemporaryFile(), 0
        self.start()

    def start(self):
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "%s:%d" % RUNTIME_API}
        streams = {"stdout": self.output, "stderr": self.output}
        self.process = subprocess.Popen(["/var/task/bootstrap"], env=environment, **streams)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        why = f"Runtime exited: {self.process.wait()}"
        answer("error", json.dumps({"errorType": "Runtime.ExitError", "errorMessage": why}).encode())

    def take(self):
        file = self.output.fileno()
        new = os.pread(file, os.fstat(file).st_size - self.taken, self.taken)
        self.taken += len(new)
        return new.decode(errors="replace")


def answer(kind, body):
    if ready.is_set():
        answers.put((kind, body))
    else:
        tell(f"status/{ENVIRONMENT}/error", body)


def invoke(event):
    request = event["invoke-id"]
    if function.process.poll() is not None:
        function.start()
    # Of a process that ended without an event, or answered after its time.
    while not answers.empty():
        answers.get()
    begun = time.monotonic()
    events.put(event)
    try:
        kind, body = answers.get(timeout=TIMEOUT_S)
    except queue.Empty:
        function.process.kill()
        answers.get()
        why = f"{request} Task timed out after {TIMEOUT_S}.00 seconds"
        kind, body = "error", json.dumps({"errorMessage": why}).encode()
    took_ms = (time.monotonic() - begun) * 1000
    logs = (
        f"START RequestId: {request} Version: {VERSION}\n{function.take()}END RequestId: {request}\n"
        f"REPORT RequestId: {request}\tDuration: {took_ms:.2f} ms\t"
        f"Billed Duration: {int(took_ms) + 1} ms\tMemory Size: {MEMORY_MB} MB\t"
        f"Max Memory Used: {MEMORY_MB} MB\t\n"
    )
    tell(f"invocations/{request}/logs", json.dumps({"logs": logs}).encode())
    tell(f"invocations/{request}/{kind}", body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class RuntimeApi(Handler):
    def do_GET(self):
        if not ready.is_set():
            ready.set()
            tell(f"status/{ENVIRONMENT}/ready", b"")
        event = events.get()
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", event["invoke-id"]),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + TIMEOUT_S) * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", event["invoked-function-arn"]),
            ("Lambda-Runtime-Trace-Id", event["trace-id"]),
        ]
        self.reply(200, event["payload"].encode(), headers)

    def do_POST(self):
        answer("error" if self.path.endswith("/error") else "response", self.body())
        self.reply(202)


class Events(Handler):
    def do_POST(self):
        event = json.loads(self.body())
        self.reply(200)
        threading.Thread(target=invoke, args=[event], daemon=True).start()


# The first process of a container is ended by no signal that it does not handle.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
runtime_api = ThreadingHTTPServer(RUNTIME_API, RuntimeApi)
threading.Thread(target=runtime_api.serve_forever, daemon=True).start()
events_server = ThreadingHTTPServer(EVENTS, Events)
function = Function()
events_server.serve_forever()
