# SPDX-License-Identifier: Apache-2.0
"""A client for the addresses that Exec and PortForward answer: a WebSocket (RFC 6455) of several channels, whose number is the first
byte of every message."""
import base64
import json
import os
import socket
import struct
import sys
import urllib.parse

PROTOCOL = "v4.channel.k8s.io"


class Stream:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=100)
        self.file = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        path = parts.path + ("?" + parts.query if parts.query else "")
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n".encode()
        )
        status = self.file.readline()
        while self.file.readline() not in (b"\r\n", b""):
            pass
        if b" 101 " not in status:
            sys.exit(f"{url}: {status.decode().strip()}")

    def send(self, channel, data):
        message = bytes([channel]) + data
        assert len(message) < 126
        # the mask that clients have to use may be zero
        self.socket.sendall(bytes([0x82, 0x80 | len(message)]) + bytes(4) + message)

    def messages(self):
        """(channel, data) until the other side closes"""
        while True:
            head = self.file.read(2)
            if len(head) < 2 or head[0] & 0xF == 8:
                return
            length = head[1] & 0x7F
            if length >= 126:
                form = "!H" if length == 126 else "!Q"
                (length,) = struct.unpack(form, self.file.read(struct.calcsize(form)))
            data = self.file.read(length)
            if data and head[0] & 0xF in (1, 2):
                yield data[0], data[1:]


def run(url):
    """print what the program prints, and return its exit status"""
    status = {}
    for channel, data in Stream(url).messages():
        if channel == 3:
            status = json.loads(data)
        elif channel in (1, 2):
            out = (sys.stdout, sys.stderr)[channel - 1]
            out.buffer.write(data)
            out.flush()
    if status.get("status") == "Success":
        return 0
    causes = {c.get("reason"): c.get("message") for c in status.get("details", {}).get("causes", [])}
    if "ExitCode" not in causes:
        print(status.get("message"), file=sys.stderr)
    return int(causes.get("ExitCode", 1))


def forward(url, request):
    """send the request to the port, print the answer"""
    stream = Stream(url)
    stream.send(0, request)
    begun = set()
    for channel, data in stream.messages():
        if channel not in begun:  # the first message has the number of the port
            begun.add(channel)
            continue
        out = (sys.stdout, sys.stderr)[channel]
        out.buffer.write(data)
        out.flush()
        if channel == 1:
            return 1
    return 0
