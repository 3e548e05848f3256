import socket

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello, World!\n", {"X-Served-By": socket.gethostname()}


@app.get("/health")
def health():
    return "ok\n"
