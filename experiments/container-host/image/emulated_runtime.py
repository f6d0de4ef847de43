"""Stands for AWS's base image of functions where that cannot be pulled: runs /var/runtime/bootstrap
behind the Lambda Runtime API, and takes events at the path of the Runtime Interface Emulator.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

import os
import queue
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RUNTIME_API = ("127.0.0.1", 9001)
EVENTS = ("0.0.0.0", 8080)
MEMORY_MB = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")

# One event at a time, as in an execution environment.
one_at_a_time = threading.Lock()
events = queue.SimpleQueue()
answers = queue.SimpleQueue()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body=b"", headers=()):
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
        request, event, deadline_ms = events.get()
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", request),
            ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
            ("Lambda-Runtime-Invoked-Function-Arn", os.environ.get("_LAMBDA_FUNCTION_ARN", "")),
        ]
        self.answer(200, event, headers)

    def do_POST(self):
        answers.put((self.path.endswith("/error"), self.body()))
        self.answer(202)


class Events(Handler):
    def do_POST(self):
        event = self.body()
        request = self.headers.get("X-Amzn-RequestId") or os.urandom(16).hex()
        with one_at_a_time:
            timeout_s = int(os.environ.get("AWS_LAMBDA_FUNCTION_TIMEOUT", "3"))
            say(f"START RequestId: {request} Version: $LATEST")
            begun = time.monotonic()
            events.put((request, event, int((time.time() + timeout_s) * 1000)))
            failed, body = answers.get()
            took_ms = (time.monotonic() - begun) * 1000
            say(f"END RequestId: {request}")
            say(
                f"REPORT RequestId: {request}\tDuration: {took_ms:.2f} ms\t"
                f"Billed Duration: {int(took_ms) + 1} ms\tMemory Size: {MEMORY_MB} MB\t"
                f"Max Memory Used: {MEMORY_MB} MB\t"
            )
        headers = [("X-Amz-Function-Error", "Unhandled")] if failed else []
        self.answer(200, body, headers)


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main():
    runtime_api = ThreadingHTTPServer(RUNTIME_API, RuntimeApi)
    threading.Thread(target=runtime_api.serve_forever, daemon=True).start()
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": "%s:%d" % RUNTIME_API}
    function = subprocess.Popen(["/var/runtime/bootstrap"], env=environment)
    threading.Thread(target=lambda: os._exit(function.wait() or 1), daemon=True).start()
    ThreadingHTTPServer(EVENTS, Events).serve_forever()


main()
