"""An agent that tries to act as a person. Reads a brief whose text is JSON: `calls`, the skill calls to try.

Prints as its result the list of attempts: way, goal, HTTP status or exit code, and the response.
"""

import contextlib
import ctypes
import http.client
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

IS_CHILD = len(sys.argv) > 1
STATE = Path(sys.argv[2] if IS_CHILD else os.environ["CLAW_STATE_DIR"])
COORDINATOR = json.loads((STATE / "coordinator.json").read_text())
BEARER, URL = COORDINATOR["token"], COORDINATOR["url"]


def headers(token=BEARER, **more):
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **more}


def post(skill, arguments, **kw):
    request = urllib.request.Request(f"{URL}/skills/{skill}", json.dumps(arguments).encode(), headers(**kw))
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def command_line(skill, arguments):
    """The command line without the task token."""
    environment = {name: value for name, value in os.environ.items() if name != "CLAW_TASK_TOKEN"}
    action = arguments.get("action")
    words = {
        "control_task": ["control-task", "--action", str(action)],
        "registry_status": ["registry-status"],
        "spawn_agent": ["spawn-agent", arguments.get("task", "")],
    }[skill]
    for name in ("task_id", "delivery_id", "agent"):
        if name in arguments:
            option = {"task_id": "--task", "delivery_id": "--delivery", "agent": "--agent"}[name]
            words += [option, arguments[name]]
    ended = subprocess.run(
        [*json.loads(os.environ["CLAW_CLI"]), *words, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout + ended.stderr


def over_tcp(skill, arguments):
    """The coordinator's bearer token over TCP."""
    return post(skill, arguments)


def as_an_owner_in_openclaw(skill, arguments):
    """The bearer token, and the claim to be OpenClaw's plugin with an owner's message."""
    claim = {"surface": "openclaw", "sender_id": "1", "sender_is_owner": True, "session_key": "agent:main:main"}
    return post(skill, arguments, **{"X-Claw-Caller": json.dumps(claim)})


def over_the_socket(skill, arguments):
    """The bearer token over the Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        os.chdir(Path(COORDINATOR["socket"]).parent)  # the kernel takes no long paths
        connection.connect(Path(COORDINATOR["socket"]).name)
        client = http.client.HTTPConnection("localhost")
        client.sock = connection
        client.request("POST", f"/skills/{skill}", json.dumps(arguments), headers())
        response = client.getresponse()
        return response.status, response.read().decode()


def without_environment(skill, arguments):
    """A child with an empty environment."""
    return in_child([], {}, skill, arguments)


def with_a_forged_mark(skill, arguments):
    """A child that says it belongs to another run, and is a supervisor."""
    return in_child([], {"CLAW_RUN_MARK": "0" * 64, "CLAW_RUN_SUPERVISOR": "0" * 64}, skill, arguments)


def from_a_daemon(skill, arguments):
    """A child that has left the session and lost its parent, with an empty environment."""
    return in_child(["daemon"], {}, skill, arguments)


def from_a_thread_that_outlives_the_first(skill, arguments):
    """A child of a process whose first thread has ended, which the system shows as a zombie."""
    return in_child(["zombie"], {}, skill, arguments)


def over_a_socket_of_another_user(skill, arguments):
    """The bearer token over a TCP socket that was given to another user, as root can."""
    connection = socket.socket()
    with contextlib.suppress(PermissionError):
        os.fchown(connection.fileno(), 65534, 65534)
    with connection:
        connection.connect(("127.0.0.1", int(URL.rpartition(":")[2])))
        client = http.client.HTTPConnection("127.0.0.1")
        client.sock = connection
        client.request("POST", f"/skills/{skill}", json.dumps(arguments), headers())
        response = client.getresponse()
        return response.status, response.read().decode()


def over_mcp(skill, arguments):
    """The bearer token at the MCP address."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": skill, "arguments": arguments}}
    accept = {"Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(f"{URL}/mcp", json.dumps(call).encode(), headers(**accept))
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def without_waiting(skill, arguments):
    """The bearer token over TCP; the connection's process has ended before the call is read."""
    body = json.dumps(arguments)
    lines = [f"POST /skills/{skill} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {BEARER}"]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", body]
    with socket.create_connection(("127.0.0.1", int(URL.rpartition(":")[2]))) as connection:
        connection.sendall("\r\n".join(lines).encode())
    time.sleep(0.3)
    return 0, "sent"


def over_other_spellings_of_mcp(skill, arguments):
    """The bearer token at other spellings of the MCP address, with the id of a session."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": skill, "arguments": arguments}}
    more = {"Accept": "application/json, text/event-stream", "Mcp-Session-Id": "1"}
    attempts = []
    for path in ("/mcp/", "//mcp", "/%6dcp", "/skills/../mcp", "/skills//mcp"):
        client = http.client.HTTPConnection("127.0.0.1", int(URL.rpartition(":")[2]))
        client.request("POST", path, json.dumps(call), headers(**more))
        response = client.getresponse()
        attempts.append((response.status, response.read().decode()))
        client.close()
    return min(attempts)[0], " ".join(text for _, text in attempts)


def with_a_socket_that_nobody_holds(skill, arguments):
    """The bearer token over TCP; the connection is on its way between two sockets while the call is read."""
    connection = socket.create_connection(("127.0.0.1", int(URL.rpartition(":")[2])))
    client = http.client.HTTPConnection("127.0.0.1")
    client.sock = connection
    client.request("POST", f"/skills/{skill}", json.dumps(arguments), headers())
    ours, theirs = socket.socketpair()
    socket.send_fds(ours, [b"x"], [connection.fileno()])
    connection.close()
    time.sleep(0.5)
    _, received, _, _ = socket.recv_fds(theirs, 1, 1)
    with socket.socket(fileno=received[0]) as connection, ours, theirs:
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        return response.status, response.read().decode()


def with_connections_of_the_same_ports(skill, arguments):
    """The bearer token over TCP, after a service of this machine has been made to connect from the same port."""
    port = int(URL.rpartition(":")[2])
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        for number in range(1, 40):
            server = stack.enter_context(socket.create_server((f"127.0.1.{number}", port)))
            fetch = [f"127.0.1.{number}", port, f"127.0.2.{number}", connection.getsockname()[1]]
            service = stack.enter_context(socket.create_connection(("127.0.0.1", FETCHER)))
            service.sendall(json.dumps(fetch).encode() + b"\n")
            stack.enter_context(server.accept()[0])
        client = http.client.HTTPConnection("127.0.0.1")
        client.sock = connection
        client.request("POST", f"/skills/{skill}", json.dumps(arguments), headers())
        response = client.getresponse()
        return response.status, response.read().decode()


def while_the_parents_end(skill, arguments):
    """A child with an empty environment, whose ancestors end one after the other meanwhile."""
    return in_child(["orphan"], {}, skill, arguments)


def from_namespaces(skill, arguments):
    """A child with an empty environment, in user and PID namespaces of its own where the system allows it."""
    return in_child(["namespaces"], {}, skill, arguments)


def in_child(options, environment, skill, arguments):
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        subprocess.run(
            [sys.executable, __file__, str(answer), str(STATE), skill, json.dumps(arguments), *options],
            env=environment,
            check=True,
            timeout=60,
        )
        for _ in range(300):
            if answer.exists() and (text := answer.read_text()):
                return tuple(json.loads(text))
            time.sleep(0.1)
    return 0, "no response"


def outlive_the_first_thread(command):
    def work():
        time.sleep(0.3)
        subprocess.run(command, env={}, check=False, timeout=60)
        os._exit(0)

    threading.Thread(target=work).start()
    ctypes.CDLL(None).syscall(SYS_EXIT, 0)


def child(answer, _state, skill, arguments, *options):
    if "zombie" in options:
        outlive_the_first_thread([sys.executable, __file__, answer, str(STATE), skill, arguments])
    if "daemon" in options:
        if os.fork():
            os._exit(0)
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(0.2)
    if "orphan" in options:
        for number in range(8):
            if os.fork():
                time.sleep(0.002 * (8 - number))
                os._exit(0)
    if "namespaces" in options and ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0 and (pid := os.fork()):
        os.waitpid(pid, 0)
        os._exit(0)
    result = post(skill, json.loads(arguments))
    aside = Path(f"{answer}.new")
    aside.write_text(json.dumps(result))
    aside.replace(answer)


SYS_EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]
"""The number of the system call that ends one thread. Source: the kernel's syscall tables."""
CLONE_NEWUSER, CLONE_NEWPID = 0x10000000, 0x20000000
"""Source: linux/sched.h."""
WAYS = (
    command_line,
    over_tcp,
    as_an_owner_in_openclaw,
    over_the_socket,
    without_environment,
    with_a_forged_mark,
    from_a_daemon,
    from_a_thread_that_outlives_the_first,
    over_a_socket_of_another_user,
    over_mcp,
    without_waiting,
    over_other_spellings_of_mcp,
    with_a_socket_that_nobody_holds,
    with_connections_of_the_same_ports,
    while_the_parents_end,
    from_namespaces,
)

if __name__ == "__main__":
    if IS_CHILD:
        child(*sys.argv[1:])
        sys.exit()
    brief = json.loads(json.load(sys.stdin)["text"])
    FETCHER = brief["fetcher"]
    attempts = []
    for way in WAYS:
        for goal, skill, arguments in brief["calls"]:
            print(f"{way.__name__}: {goal}", flush=True)
            status, response = way(skill, arguments)
            attempts.append([way.__name__, goal, status, response])
    print(json.dumps({"text": json.dumps(attempts), "kind": "attempts"}))
