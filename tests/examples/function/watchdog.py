#!/usr/bin/python3
"""watchdog.py BUNDLE PORT [RUNTIME] - a function as a service: every HTTP request is answered by a container of its own.

The request's body is the standard input of the container, its standard output is the answer. A function that fails is 502 with what
it wrote to standard error.
"""

import itertools
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

bundle, port = sys.argv[1], int(sys.argv[2])
runtime = sys.argv[3] if len(sys.argv) > 3 else "crun-lite"
serial = itertools.count(1)


class Watchdog(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = f"function-{port}-{next(serial)}"
        done = subprocess.run([runtime, "run", "--bundle", bundle, name], input=body, capture_output=True)
        answer = done.stdout if done.returncode == 0 else done.stderr
        self.send_response(200 if done.returncode == 0 else 502)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", port), Watchdog)
print("listening on port", port, flush=True)
server.serve_forever()
