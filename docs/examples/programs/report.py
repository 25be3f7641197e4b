#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sums up readings as programs of today do: by several processes, kept in a database, sent over TLS.

The input is numbers, the answer JSON. The one argument is a directory that is the program's own.
"""
import json
import multiprocessing
from multiprocessing import shared_memory
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading

KEY, CERTIFICATE = "/tmp/key.pem", "/tmp/certificate.pem"


def square(number):
    return number * number


def fill(name, queue):
    """In a process of its own: what it writes is seen by the others, and it says when."""
    block = shared_memory.SharedMemory(name=name)
    block.buf[:4] = b"full"
    block.close()
    queue.put("filled")


def processes(numbers):
    with multiprocessing.Pool(2) as pool:
        squares = pool.map(square, numbers)
    block = shared_memory.SharedMemory(create=True, size=4096)
    queue = multiprocessing.Queue()
    filler = multiprocessing.Process(target=fill, args=(block.name, queue))
    filler.start()
    said = queue.get()
    filler.join()
    shared = bytes(block.buf[:4]).decode()
    block.close()
    block.unlink()
    return {"squares": sum(squares), "queue": said, "shared": shared}


def keep(directory, numbers):
    """Readings of all calls so far. With a log ahead, which wants files that processes share as memory."""
    base = sqlite3.connect(directory + "/readings.db")
    base.execute("PRAGMA journal_mode=WAL")
    with base:
        base.execute("CREATE TABLE IF NOT EXISTS reading (value REAL)")
        base.executemany("INSERT INTO reading VALUES (?)", [(n,) for n in numbers])
    kept = base.execute("SELECT count(*) FROM reading").fetchone()[0]
    base.close()
    return kept


def serve(end):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    try:
        with context.wrap_socket(end, server_side=True) as peer:
            peer.sendall(b"got " + peer.recv(100))
    except (ssl.SSLError, OSError):
        pass  # the other side has its own opinion, and says it


def send(context, text):
    """Over TLS to a server at the other end of a socket pair: here is no network."""
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=serve, args=(theirs,))
    server.start()
    try:
        with context.wrap_socket(ours, server_hostname="localhost") as peer:
            peer.sendall(text.encode())
            return peer.recv(100).decode()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        ours.close()
        server.join()


def tls():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-keyout", KEY, "-out", CERTIFICATE, "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, stderr=subprocess.DEVNULL)
    gateways = ssl.create_default_context()
    gateways.load_verify_locations("/etc/ssl/certs/ca-certificates.crt")
    return {"trusts": len(gateways.get_ca_certs()) > 50, "unknown": send(gateways, "hello"),
            "known": send(ssl.create_default_context(cafile=CERTIFICATE), "hello")}


def main():
    numbers = [float(word) for word in sys.stdin.read().split()]
    answer = processes(numbers)
    answer["kept"] = keep(sys.argv[1], numbers)
    answer["tls"] = tls()
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
