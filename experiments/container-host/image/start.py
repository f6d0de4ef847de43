"""Starts MiniStack; with MINISTACK_NODELAY set, its Lambda Runtime API with TCP_NODELAY.

The Runtime API is served by the standard library's socketserver, which leaves Nagle's algorithm on:
each answer then waits for the delayed acknowledgement of the one before, about 40 ms.
"""

import os
import socketserver

if os.environ.get("MINISTACK_NODELAY"):
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True

from ministack.app import main  # noqa: E402 - after the class is changed

main()
